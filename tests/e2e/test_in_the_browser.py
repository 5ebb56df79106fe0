"""The sandbox as a customer and a merchant see it, in headless Chromium."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import FrameLocator, Page, async_playwright, expect

from adapters.simulators.qliro.ledger import Totals
from tests.e2e.shop import Order, Shop

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic",
]  # fmt: skip
pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    assert CHROMIUM, "the browser tests need Chromium on the path"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        opened = await browser.new_page(viewport={"width": 1280, "height": 1100})
        opened.set_default_timeout(15_000)
        yield opened
        await browser.close()


class Customer:
    """Somebody at the demo shop's checkout."""

    def __init__(self, shop: Shop, page: Page) -> None:
        self.shop = shop
        self.page = page
        self.order = Order(shop, "")

    @property
    def checkout(self) -> FrameLocator:
        return self.page.frame_locator("[data-testid=qliro-frame]")

    async def start(self, example: str) -> None:
        await self.page.goto(self.shop.sandbox.norce.url)
        await self.page.get_by_test_id(f"start-{example}").click()
        await expect(self.page.get_by_test_id("payment-state")).to_have_text("intent")
        await self.checkout.get_by_test_id("identify").wait_for()
        self.order.id = (await self.page.get_by_test_id("order-id").inner_text()).strip()
        self.order.payment_id = self.order.own_payments[-1]["id"]

    async def identify(self, person: str = "person-approved") -> None:
        await self.checkout.get_by_test_id(person).click()
        await self.checkout.get_by_test_id("identify").click()
        await self.checkout.get_by_test_id("customer-address").wait_for()

    async def pay(self, method: str = "CREDITCARDS", challenge: str | None = "challenge-approve") -> None:
        await self.checkout.get_by_test_id(f"payment-method-{method}").click()
        await self.checkout.get_by_test_id("buy").click()
        if challenge:
            await self.checkout.get_by_test_id(challenge).click()

    async def picture(self, name: str) -> None:
        """Keep what is seen, when somebody asked for pictures."""
        if folder := os.environ.get("SCREENSHOTS"):
            await self.page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.fixture
def customer(shop: Shop, page: Page) -> Customer:
    return Customer(shop, page)


async def test_from_shop_to_confirmation_to_capture_to_refund(customer: Customer) -> None:
    page, order = customer.page, customer.order
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(customer.shop.sandbox.norce.url)
    await customer.picture("shop")
    await customer.start("b2c")
    await customer.identify()
    await page.get_by_test_id("item-plus").first.click()
    await expect(page.get_by_test_id("item-quantity").first).to_have_text("3")
    await expect(page.get_by_test_id("event-log")).to_contain_text("onOrderUpdated")
    await customer.checkout.get_by_test_id("payment-method-CREDITCARDS").click()
    await customer.picture("checkout")
    await customer.pay()
    await expect(page.get_by_test_id("confirmation-heading")).to_be_visible()
    await customer.checkout.get_by_test_id("thank-you").wait_for()
    await expect(page.get_by_test_id("payment-state")).to_have_text("reserved")
    await customer.picture("confirmation")
    paid = int(order.total * 100)
    assert order.money == Totals(authorized=paid)
    await page.get_by_test_id("action-capture").click()
    await expect(page.get_by_test_id("payment-state")).to_have_text("captured")
    assert order.money == Totals(authorized=paid, captured=paid)
    await page.get_by_test_id("action-refund").click()
    await expect(page.get_by_test_id("payment-state")).to_have_text("refunded")
    await customer.picture("refunded")
    assert order.money == Totals(authorized=paid, captured=paid, refunded=paid)
    assert errors == []


async def test_a_failed_bank_dialog_then_another_cart_then_a_purchase(customer: Customer) -> None:
    await customer.start("b2c_simple")
    await customer.identify()
    await customer.pay(challenge="challenge-fail")
    await customer.checkout.get_by_test_id("declined").wait_for()
    await customer.picture("declined")
    await customer.page.get_by_test_id("item-plus").first.click()
    await expect(customer.page.get_by_test_id("order-state")).to_have_text("checkout")
    await customer.checkout.get_by_test_id("buy").click()
    await customer.checkout.get_by_test_id("challenge-approve").click()
    await expect(customer.page.get_by_test_id("payment-state")).to_have_text("reserved")
    assert customer.order.money.authorized == int(customer.order.total * 100)


async def test_an_invoice_on_hold_is_confirmed_and_pending(customer: Customer) -> None:
    await customer.start("b2c_simple")
    await customer.identify("person-on_hold")
    await customer.pay("QLIRO_INVOICE", challenge=None)
    await expect(customer.page.get_by_test_id("confirmation-heading")).to_be_visible()
    await expect(customer.page.get_by_test_id("payment-state")).to_have_text("pending")
    await customer.picture("on-hold")


async def test_a_pickup_point_chosen_at_qliro_is_bought_and_its_booking_shown(customer: Customer) -> None:
    page, checkout = customer.page, customer.checkout
    customer.shop.channel = "se-ingrid"
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await customer.start("ingrid")
    await expect(page.get_by_test_id("to-pay")).not_to_be_empty()
    await expect(page.get_by_test_id("cart-editor").get_by_text("Home delivery")).to_be_hidden()
    await customer.identify()
    await checkout.get_by_test_id("shipping-method-ingrid-pickup").check()
    await checkout.get_by_test_id("pickup-point").select_option("station")
    await checkout.get_by_test_id("service-notice").check()
    await expect(page.get_by_test_id("chosen-pickup")).to_contain_text("Stationen")
    await expect(page.get_by_test_id("chosen-services")).to_have_text("Avisering per sms")
    await expect(page.get_by_test_id("chosen-price")).to_contain_text("58")
    await expect(page.get_by_test_id("cart-editor").get_by_text("Home delivery")).to_be_hidden()
    await customer.picture("delivery-chosen")
    await customer.pay()
    await expect(page.get_by_test_id("confirmation-heading")).to_be_visible()
    await expect(page.get_by_test_id("chosen-booking")).to_have_text(f"tos-{customer.order.qliro_id}")
    await expect(page.get_by_test_id("chosen-state")).to_have_text("confirmed")
    await expect(page.get_by_test_id("chosen-pickup")).to_contain_text("Bangatan 2, 961 62 Boden")
    await expect(page.get_by_test_id("chosen-vat")).to_have_text("25 %")
    await expect(page.get_by_test_id("chosen-carrier")).to_have_text("PostNord · pn-collect")
    await customer.picture("delivery-booked")
    assert customer.order.money.authorized == int(customer.order.total * 100)
    assert errors == []


async def test_a_gift_box_is_added_on_the_confirmation_page(customer: Customer) -> None:
    page, order = customer.page, customer.order
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    customer.shop.channel = "se-upsell"
    await customer.start("upsell")
    await customer.identify()
    await customer.pay()
    await expect(page.get_by_test_id("upsell-card")).to_be_visible()
    await expect(page.get_by_test_id("order-state")).to_have_text("accepted")
    await customer.picture("upsell-offer")
    await page.get_by_test_id("upsell-add").click()
    await expect(page.get_by_test_id("upsell-attempt")).to_have_attribute("data-state", "completed")
    await expect(page.get_by_test_id("to-pay")).to_have_attribute("data-amount", "543.00")
    await customer.picture("upsell-added")
    await page.get_by_test_id("upsell-decline").click()
    await expect(page.get_by_test_id("order-state")).to_have_text("completed")
    await expect(page.get_by_test_id("upsell-add")).to_be_hidden()
    await page.get_by_test_id("action-capture").click()
    await expect(page.get_by_test_id("payment-state")).to_have_text("captured")
    assert order.money == Totals(authorized=54_300, captured=54_300)
    assert errors == []


async def test_a_gift_box_is_paid_for_at_a_link(customer: Customer) -> None:
    page, order = customer.page, customer.order
    customer.shop.channel = "se-upsell"
    await customer.start("upsell")
    await customer.identify()
    await customer.pay("PAYPAL", challenge=None)
    await page.get_by_test_id("upsell-add").click()
    await page.get_by_test_id("upsell-link").click()
    await expect(page.get_by_test_id("upsell-total")).to_have_text("45.00 SEK")
    await customer.picture("upsell-link")
    await page.get_by_test_id("upsell-fail").click()
    await expect(page.get_by_test_id("upsell-said")).to_contain_text("try again")
    await page.get_by_test_id("upsell-pay").click()
    await expect(page.get_by_test_id("confirmation-heading")).to_be_visible()
    await expect(page.get_by_test_id("upsell-attempt")).to_have_attribute("data-state", "completed")
    assert order.money == Totals(authorized=54_300)
