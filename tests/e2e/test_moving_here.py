"""A merchant moves here from another Qliro adapter while orders are under way. Our database has never heard of them."""

import pytest

from adapters.simulators.qliro.buying import Result
from tests.e2e.previous_adapter import begun_by_it
from tests.e2e.shop import Order, Shop

NOWHERE = "http://127.0.0.1:9/checkout/qliro-adapter"


async def posted(order: Order, name: str, body: object = None, **query: str) -> int:
    """A callback of Qliro's at an address of the published form."""
    params = {"merchant": order.shop.merchant, "channel": order.shop.channel, **query}
    answer = await order.shop.adapter("POST", f"{order.callback}/{name}", headers={}, params=params, json=body or {})
    return answer.status


async def known(shop: Shop) -> int:
    """Payments in our database."""
    return int((await shop.sql("select count(*) as n from payment"))[0]["n"])


@pytest.mark.parametrize("status_call", ["push", "status"], ids=["pushed as in 2024", "status as in 2026"])
@pytest.mark.parametrize("merchant", ["sandbox", "sandbox-2024"])
async def test_an_unpaid_order_is_bought_captured_and_refunded_here(
    shop: Shop, merchant: str, status_call: str
) -> None:
    shop.merchant = merchant
    order = shop.order()
    await begun_by_it(order, status_call=status_call, attributes={"qliroMerchantReference": "OLD"})
    assert await known(shop) == 0
    outcome = await order.bought()
    assert outcome.result is not Result.DECLINED
    assert (order.status, order.payment["state"]) == ("completed", "reserved")
    assert order.doc["customer"]["billing"]["givenName"]
    assert (await order.operate("capture")).status == 200
    await order.quiet()
    assert order.payment["state"] == "captured"
    assert (await order.operate("refund")).status == 200
    await order.quiet()
    assert order.payment["state"] == "refunded"
    assert order.money.captured == order.money.refunded == int(order.total * 100)


async def test_a_capture_in_the_portal_is_told_to_the_address_of_the_old_adapter(shop: Shop) -> None:
    order = shop.order()
    await begun_by_it(order)
    await order.bought()
    await shop.portal(order, "capture")
    await order.until(lambda: order.payment["state"] == "captured")


@pytest.mark.parametrize("cart_call", ["cart-changed", "update-payment"])
async def test_a_cart_changed_after_the_move_reaches_its_qliro_order(shop: Shop, cart_call: str) -> None:
    order = shop.order()
    await begun_by_it(order, cart_call=cart_call)
    assert (await order.change_quantity(3)).status < 300
    assert order.payment["amount"] == order.total
    assert sum(i.total for i in order.at_qliro.items) == int(order.total * 100)
    await order.bought()
    assert order.money.authorized == int(order.total * 100)


async def test_hooks_that_lead_nowhere_any_more_are_replaced_when_the_checkout_is_shown(shop: Shop) -> None:
    order = shop.order()
    await begun_by_it(order, at=NOWHERE)
    assert (await order.change_quantity(3)).status == 400
    assert (await order.get()).status == 200
    ours = [hook["invoke"] for hook in order.doc["hooks"]]
    assert len(ours) == 4
    assert all(invoke.startswith(shop.sandbox.adapter.url) for invoke in ours)
    assert (await order.change_quantity(3)).status < 300
    assert order.payment["amount"] == order.total


async def test_a_purchase_whose_pushes_go_nowhere_is_noticed_all_the_same(shop: Shop) -> None:
    order = shop.order()
    await begun_by_it(order, at=NOWHERE)
    assert (await order.get()).status == 200
    await order.buy()
    assert (await order.get()).status == 200
    await order.until(lambda: order.status == "completed")
    assert order.payment["state"] == "reserved"


async def test_create_answers_with_the_payment_that_is_there(shop: Shop) -> None:
    order = shop.order()
    await begun_by_it(order)
    payment = order.payment_id
    answer = await order.create()
    assert (answer.status, answer.json["paymentId"]) == (200, payment)
    assert len(order.own_payments) == 1
    await order.bought()


async def test_remove_withdraws_it_with_its_hooks(shop: Shop) -> None:
    order = shop.order()
    await begun_by_it(order)
    assert (await order.remove()).status == 200
    assert order.doc["hooks"] == []
    assert order.payment["state"] == "removed"


async def test_a_paid_order_is_captured_although_nobody_told_us_of_it(shop: Shop) -> None:
    order = shop.order()
    shop.drop_pushes()
    await begun_by_it(order)
    await order.buy()
    assert (await order.operate("capture")).status == 200
    assert order.money.captured == int(order.total * 100)
    assert order.payment["state"] == "captured"
    assert order.status == "completed"


class TestWithoutToken:
    @pytest.mark.parametrize("name", ["validate", "push", "status", "save-recurring-details"])
    async def test_a_payment_begun_here_is_like_an_unknown_one(self, shop: Shop, name: str) -> None:
        order = shop.order()
        await order.create()
        body = {"OrderId": order.qliro_id, "Currency": "SEK", "OrderItems": []}
        assert await posted(order, name, body) == 404
        assert await posted(order, name, body, token="") == 404
        order.payment_id = "pUnknown"
        assert await posted(order, name, body) == 404
        assert (await shop.sql("select count(*) as n from inbox"))[0]["n"] == 0

    async def test_another_qliro_orders_id_is_refused(self, shop: Shop) -> None:
        order = shop.order()
        await begun_by_it(order)
        assert await posted(order, "push", {"OrderId": order.qliro_id + 1}) == 404
        assert await posted(order, "push", {"OrderId": order.qliro_id}) == 200
        assert await posted(order, "push") == 200

    async def test_nothing_is_acknowledged_while_norce_does_not_answer(self, shop: Shop) -> None:
        order = shop.order()
        await begun_by_it(order)
        shop.norce.set_faults(
            {"match": {"path": ORDER_PATH}, "times": None, "action": {"kind": "status", "status": 503}}
        )
        assert await posted(order, "push") == 400
        shop.norce.set_faults()
        assert await posted(order, "push") == 200


ORDER_PATH = "/checkout/order/api/v0/checkout/orders"
