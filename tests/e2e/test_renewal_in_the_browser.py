"""A subscription as customer and merchant see it, in headless Chromium."""

import pytest
from playwright.async_api import Page, expect

from adapters.simulators.qliro.ledger import Totals
from tests.e2e.shop import Order, Shop
from tests.e2e.test_in_the_browser import Customer, customer, page

__all__ = ["customer", "page"]
pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


async def renewed(page: Page, shop: Shop, before: str) -> Order:
    """Press the button; the shop shows the receipt of the next order."""
    await page.get_by_test_id("renew").click()
    await expect(page.get_by_test_id("order-id")).not_to_have_text(before)
    await expect(page.get_by_test_id("payment-state")).to_have_text("reserved")
    order = Order(shop, (await page.get_by_test_id("order-id").inner_text()).strip())
    order.payment_id = order.own_payments[-1]["id"]
    return order


async def test_a_subscribers_next_orders_are_paid_at_the_press_of_a_button(customer: Customer, shop: Shop) -> None:
    page = customer.page
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    shop.channel = "se-recurring"
    await customer.start("subscription")
    await customer.identify()
    await customer.pay()
    await expect(page.get_by_test_id("payment-state")).to_have_text("reserved")
    await expect(page.get_by_test_id("saved-card")).to_contain_text("VISA")
    await customer.picture("subscription")
    first = customer.order
    token = first.payment["recurring"]["token"]
    assert token not in await page.inner_text("body")
    second = await renewed(page, shop, first.id)
    third = await renewed(page, shop, second.id)
    await customer.picture("renewed")
    for order in (second, third):
        assert order.payment["recurring"]["token"] == token
        assert order.money == Totals(authorized=int(order.total * 100))
        assert order.total == first.total
    await page.get_by_test_id("action-capture").click()
    await expect(page.get_by_test_id("payment-state")).to_have_text("captured")
    assert third.money.captured == third.money.authorized
    assert errors == []


async def test_a_renewal_whose_card_is_refused_says_so(customer: Customer, shop: Shop) -> None:
    page = customer.page
    shop.channel = "se-recurring"
    await customer.start("subscription")
    await customer.identify()
    await customer.pay()
    await expect(page.get_by_test_id("renew")).to_be_visible()
    shop.qliro.fail_next()
    await page.get_by_test_id("renew").click()
    await expect(page.get_by_test_id("notice")).to_contain_text("was declined")
    await customer.picture("renewal-declined")
