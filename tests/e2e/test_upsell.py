"""Selling more after the purchase, over real HTTP: shop, Norce, adapter, Qliro, and real PostgreSQL between them."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from adapters.simulators.qliro.callbacks import CallbackKind, CallbackRule, Treatment
from adapters.simulators.qliro.ledger import Totals
from adapters.simulators.qliro.rendering import merchant_order
from tests.e2e.shop import Answer, Order, Shop, eventually

MORE = {
    "reference": "GIFTBOX", "sku": "GIFTBOX", "name": "Presentask", "quantity": 1, "unit": "st", "upsell": True,
    "price": {"includingVat": 45, "excludingVat": 36}, "vatRate": 0.25, "discounts": [], "attributes": {},
}  # fmt: skip


@pytest.fixture
def shop(shop: Shop) -> Shop:
    shop.channel = "se-upsell"
    return shop


class Upselling:
    """An order with which more may be sold."""

    def __init__(self, order: Order) -> None:
        self.order = order

    @property
    def window(self) -> Any:
        return self.order.payment["upsell"]

    @property
    def attempts(self) -> list[Any]:
        return list(self.window["transactions"])

    def states(self) -> list[str]:
        return [each["state"] for each in self.attempts]

    async def add(self, **changes: Any) -> Answer:
        path = f"/checkout/norce-adapter/api/v1/orders/{self.order.id}/cart/items"
        return await self.order.shop.gateway("POST", path, json=MORE | changes)

    async def added(self, state: str = "completed", **changes: Any) -> None:
        before = len(self.attempts)
        assert (await self.add(**changes)).status < 300
        await self.order.until(lambda: len(self.attempts) > before and self.states()[-1] == state)

    async def complete(self) -> Answer:
        return await self.order.shop.adapter("POST", f"{self.order.callback}/upsell/complete")

    async def calm(self) -> None:
        """Transactions are decided, pushes handled, letters delivered; Norce's delayed call still waits."""
        await self.order.shop.qliro.settled()
        await eventually(self.order.shop.nothing_owed, about=self.order.describe)

    def requests(self) -> list[Any]:
        log = self.order.shop.qliro.state.requests.all()
        return [each for each in log if each.path.lower().endswith("/upsell")]


async def sold(shop: Shop, example: str = "b2c_simple", **options: Any) -> Upselling:
    """Bought, and the order waits."""
    order = shop.order(example)
    assert (await order.create()).status == 200
    await order.buy(**options)
    await order.until(lambda: order.status == "accepted" and "upsell" in order.payment)
    return Upselling(order)


async def test_the_order_waits_accepted_and_norce_is_to_call_when_the_time_is_over(shop: Shop) -> None:
    sale = await sold(shop)
    assert sale.window["eligible"] is True
    assert sale.window["transactions"] == []
    (notification,) = sale.order.doc["notifications"]
    assert notification["invoke"].endswith(f"/payments/{sale.order.payment_id}/upsell/complete")
    assert 290 <= notification["delay"] <= 300
    assert sale.order.payment["state"] == "reserved"


async def test_a_row_is_sold_beside_the_purchase_captured_with_it_and_given_back(shop: Shop) -> None:
    sale = await sold(shop)
    order = sale.order
    await sale.added()
    assert order.total == Decimal(543)
    assert order.payment["amount"] == 543
    assert order.money == Totals(authorized=54_300)
    assert order.events[-1] == ("confirm", True)
    assert len(sale.requests()) == 1
    (attempt,) = sale.attempts
    lines = {line["MerchantReference"]: line for line in qliro_order(shop, order)["OrderItems"]}
    assert lines["GIFTBOX"]["UpsellId"] == attempt["id"]
    assert lines["GIFTBOX"]["PaymentTransactionId"] == attempt["attributes"]["qliroPaymentTransactionId"]
    assert lines["1001"]["PaymentTransactionId"] != lines["GIFTBOX"]["PaymentTransactionId"]
    assert (await sale.complete()).json == []
    await order.until(lambda: order.status == "completed")
    assert sale.window["eligible"] is False
    assert (await order.operate("capture")).status == 200
    captures = [r for r in shop.qliro.state.requests.all() if "markitemsasshipped" in r.path.lower()]
    assert len(captures) == 1
    assert order.money == Totals(authorized=54_300, captured=54_300)
    assert (await order.operate("refund")).status == 200
    await order.until(lambda: order.payment["state"] == "refunded")
    assert order.money == Totals(authorized=54_300, captured=54_300, refunded=54_300)


def qliro_order(shop: Shop, order: Order) -> Any:
    """As Qliro's Merchant API tells it."""
    return merchant_order(shop.qliro.state, order.at_qliro)


async def test_with_an_invoice_one_reservation_takes_the_place_of_the_first(shop: Shop) -> None:
    sale = await sold(shop, method="QLIRO_INVOICE")
    await sale.added()
    order = sale.order
    await order.until(lambda: order.payment["amount"] == 543)
    assert order.money.reserved == 54_300
    assert (await sale.complete()).status == 200
    assert (await order.operate("capture")).status == 200
    assert order.money.captured == 54_300
    await order.until(lambda: order.payment["state"] == "captured")


@pytest.mark.parametrize("method", ["SWISH", "PAYPAL"])
async def test_at_a_link_the_customer_pays_for_it(shop: Shop, method: str) -> None:
    sale = await sold(shop, method=method)
    await sale.added("actionRequired")
    order = sale.order
    link = sale.attempts[-1]["attributes"]["upsellLink"]
    async with shop.http.get(link) as page:
        assert page.status == 200
        assert "45.00 SEK" in await page.text()
    async with shop.http.post(f"{link}/fail") as answer:
        assert answer.status == 200
    await sale.calm()
    assert sale.states() == ["actionRequired"]
    async with shop.http.post(f"{link}/pay") as answer:
        assert (await answer.json())["state"] == "paid"
    await order.until(lambda: sale.states() == ["completed"])
    assert order.payment["amount"] == 543
    assert order.money.authorized == 54_300
    assert (await sale.complete()).status == 200
    await order.until(lambda: order.status == "completed")


async def test_a_link_that_nobody_pays_at_fails_by_a_push_without_transaction(shop: Shop) -> None:
    sale = await sold(shop, method="PAYPAL")
    await sale.added("actionRequired")
    order = sale.order
    shop.qliro.end_upsell(order.qliro_id)
    await order.until(lambda: sale.states() == ["failed"])
    (push,) = shop.qliro.callbacks.of(order.qliro_id, CallbackKind.UPSELL)
    assert push.payload["PaymentTransactionId"] == 0
    assert order.money == Totals(authorized=49_800)
    assert order.payment["amount"] == 498
    assert sale.window["eligible"] is True
    assert order.status == "accepted"
    await order.until(lambda: order.events[-1] == ("confirm", False))


async def test_without_any_message_the_order_is_handed_on_when_the_time_is_over(shop: Shop) -> None:
    shop.configure(upsellTimeoutSeconds=2)
    shop.norce.faults.add(
        {"match": {"path": "/notifications"}, "times": None, "action": {"kind": "status", "status": 404}}
    )
    shop.drop_pushes()
    order = shop.order()
    await order.create()
    await order.buy()
    assert (await order.get()).status == 200  # the confirmation page
    await order.until(lambda: order.status == "accepted")
    await order.until(lambda: order.status == "completed", seconds=15)
    assert order.payment["upsell"]["eligible"] is False


async def test_norces_delayed_call_ends_it(shop: Shop) -> None:
    shop.configure(upsellTimeoutSeconds=2)
    sale = await sold(shop)
    await sale.order.until(lambda: sale.order.status == "completed", seconds=15)
    await shop.norce.settled()
    calls = [c for c in shop.norce.ledger.calls if c["kind"] == "notification"]
    assert [(c["status"], c["response"]) for c in calls] == [(200, [])]


async def test_completing_is_answered_as_published(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    path = f"{order.callback}/upsell/complete"
    refused = await shop.adapter("POST", path)
    assert (refused.status, refused.json["code"]) == (400, "payment-error")
    assert (await shop.adapter("POST", path.replace(order.payment_id, "pNobodys"))).status == 404
    assert (await shop.adapter("POST", path, headers={"x-merchant": "sandbox", "x-channel": "se"})).status == 401
    await order.buy()
    await order.until(lambda: order.status == "accepted")
    for _ in range(3):
        done = await shop.adapter("POST", path, data=b"whatever this is")
        assert (done.status, done.json) == (200, [])
    await order.until(lambda: order.status == "completed")


async def test_what_comes_too_late_or_costs_nothing_is_refused_and_qliro_is_not_asked(shop: Shop) -> None:
    sale = await sold(shop)
    free = {"includingVat": 0, "excludingVat": 0}
    assert (await sale.add(price=free)).status == 400
    await sale.complete()
    await sale.order.until(lambda: sale.order.status == "completed")
    assert (await sale.add()).status == 400
    assert len(sale.order.doc["cart"]["items"]) == 1
    assert sale.requests() == []


async def test_what_qliro_declines_adds_nothing_and_the_time_goes_on(shop: Shop) -> None:
    sale = await sold(shop)
    await sale.added("failed", price={"includingVat": 301, "excludingVat": 240.8})
    assert sale.order.payment["amount"] == 498
    assert sale.order.money == Totals(authorized=49_800)
    assert sale.window["eligible"] is True


async def test_pushes_held_back_doubled_and_turned_round_change_nothing(shop: Shop) -> None:
    sale = await sold(shop)
    shop.qliro.callbacks.rules.append(CallbackRule(Treatment.HOLD, times=None))
    assert (await sale.add()).status < 300
    await sale.order.until(lambda: sale.states() == ["completed"])
    shop.qliro.callbacks.rules.clear()
    shop.qliro.callbacks.rules.append(CallbackRule(Treatment.DUPLICATE, times=None, copies=3))
    shop.qliro.callbacks.release(reverse=True)
    await sale.calm()
    for delivery in shop.qliro.callbacks.of(sale.order.qliro_id):
        shop.qliro.callbacks.send_again(delivery.id, times=2)
    await sale.calm()
    assert sale.states() == ["completed"]
    assert sale.order.money == Totals(authorized=54_300)
    assert [event for event, _ in sale.order.events].count("confirm") == 2


async def test_an_answer_that_is_lost_sells_it_once(shop: Shop) -> None:
    sale = await sold(shop)
    action = {"kind": "reset", "after": True}
    shop.qliro.state.faults.add({"match": {"method": "POST", "path": "/Upsell"}, "times": 1, "action": action})
    await sale.added()
    assert sale.order.money == Totals(authorized=54_300)
    assert len({r.request_id for r in sale.requests()}) == 1


async def test_ending_telling_and_adding_at_once_lose_nothing(shop: Shop) -> None:
    sale = await sold(shop)
    await asyncio.gather(sale.add(), sale.complete(), sale.complete(), sale.order.operate("refresh"))
    order = sale.order
    await order.until(lambda: order.status == "completed", seconds=20)
    await sale.calm()
    assert order.money.authorized == int(order.total * 100)  # it is in both, or in neither
    assert order.payment["amount"] == order.total
    assert sale.states() in ([], ["completed"])


async def test_a_purchase_of_a_merchant_who_sells_nothing_more_is_handed_on_at_once(shop: Shop) -> None:
    shop.channel = "se"
    order = shop.order()
    await order.create()
    await order.bought()
    assert order.status == "completed"
    assert "upsell" not in order.payment


@pytest.mark.parametrize("method", ["CREDITCARDS", "PAYPAL"])
async def test_with_a_discount_on_the_whole_cart_it_costs_less(shop: Shop, method: str) -> None:
    sale = await sold(shop, "b2c", method=method)
    before = sale.order.total
    await sale.added("completed" if method == "CREDITCARDS" else "actionRequired")
    assert sale.order.total == before + Decimal("40.50")
    if method == "PAYPAL":
        shop.qliro.pay_upsell(sale.order.qliro_id)
    await sale.order.until(lambda: sale.order.payment["amount"] == sale.order.total)
    assert sale.order.money.authorized == int(sale.order.total * 100)


@pytest.mark.parametrize("spelling", ["pascal", "camel"])
async def test_qliros_messages_are_understood_in_both_spellings(shop: Shop, spelling: str) -> None:
    sale = await sold(shop, method="PAYPAL")
    await sale.added("actionRequired")
    order, config = sale.order, shop.qliro.state.config
    shop.drop_pushes()
    url = str(order.at_qliro.request["MerchantCheckoutStatusPushUrl"])
    body = {
        "OrderId": order.qliro_id,
        "MerchantReference": order.at_qliro.reference,
        "Status": "Error",
        "Timestamp": "2026-11-23T15:30:00.000",
        "NotificationType": "UpsellStatus",
        "UpsellId": sale.attempts[-1]["id"],
        "PaymentTransactionId": 0,
        "OriginalPaymentTransactionId": order.at_qliro.transactions[0].id,
        "ReplacesOriginalPaymentTransaction": False,
    }
    told = body if spelling == "pascal" else {name[0].lower() + name[1:]: value for name, value in body.items()}
    for _ in range(2):
        async with shop.http.post(url, json=told) as answer:
            assert (answer.status, (await answer.json())["CallbackResponse"]) == (200, "received")
    await order.until(lambda: sale.states() == ["failed"])
    stored = await shop.sql("select kind from inbox where kind = 'upsell'")
    assert len(stored) == 1
    assert config.upsell_enabled
    assert order.money == Totals(authorized=49_800)


async def test_a_result_unheard_of_decides_nothing_and_a_number_is_the_result_it_stands_for(shop: Shop) -> None:
    sale = await sold(shop, method="PAYPAL")
    await sale.added("actionRequired")
    order = sale.order
    shop.drop_pushes()
    url = str(order.at_qliro.request["MerchantCheckoutStatusPushUrl"])
    told = {"OrderId": str(order.qliro_id), "NotificationType": "UpsellStatus", "UpsellId": sale.attempts[-1]["id"]}
    for status in ("Pondering", 99, None, "OnHold"):
        async with shop.http.post(url, json=told | {"Status": status, "PaymentTransactionId": "0"}) as answer:
            assert answer.status == 200
    await order.quiet()
    assert sale.states() == ["actionRequired"]
    async with shop.http.post(url, json=told | {"Status": 5, "PaymentTransactionId": 0}) as answer:
        assert answer.status == 200
    await order.until(lambda: sale.states() == ["failed"])


async def test_a_success_told_of_a_wrong_transaction_does_not_keep_out_the_right_one(shop: Shop) -> None:
    sale = await sold(shop, method="PAYPAL")
    await sale.added("actionRequired")
    order, attempt = sale.order, sale.attempts[-1]
    url = str(order.at_qliro.request["MerchantCheckoutStatusPushUrl"])
    told = {"OrderId": order.qliro_id, "NotificationType": "UpsellStatus", "UpsellId": attempt["id"]}
    for result in ({"Status": "Success", "PaymentTransactionId": 1}, {"Status": "Error", "PaymentTransactionId": 0}):
        async with shop.http.post(url, json=told | result) as answer:
            assert answer.status == 200
    await order.until(lambda: sale.states() == ["failed"])
    async with shop.http.post(f"{attempt['attributes']['upsellLink']}/pay") as answer:
        assert answer.status == 200
    await order.until(lambda: sale.states() == ["completed"])
    assert order.payment["amount"] == 543
    assert order.money.authorized == 54_300


async def test_what_was_sold_later_is_captured_and_given_back_by_itself(shop: Shop) -> None:
    sale = await sold(shop)
    await sale.added()
    await sale.complete()
    order = sale.order
    path = f"/api/order/v1/orders/{order.id}/payments/{order.payment_id}"
    part = {"items": [{"reference": "GIFTBOX", "quantity": 1}]}
    assert (await shop.adapter("POST", f"{path}/capture", json=part)).status == 200
    assert order.money == Totals(authorized=54_300, captured=4_500)
    both = {"items": [{"reference": "1001", "quantity": 1}]}
    assert (await shop.adapter("POST", f"{path}/capture", json=both)).status == 200
    assert (await shop.adapter("POST", f"{path}/refund", json=part)).status == 200
    assert order.money == Totals(authorized=54_300, captured=29_400, refunded=4_500)
    assert (await order.operate("capture")).status == 200
    assert (await shop.adapter("POST", f"{path}/refund", json={"amount": 0.01})).status == 200
    assert order.money == Totals(authorized=54_300, captured=54_300, refunded=4_501)
    assert (await order.operate("refund")).status == 200
    await order.until(lambda: order.payment["state"] == "refunded")
    assert order.money == Totals(authorized=54_300, captured=54_300, refunded=54_300)


@pytest.mark.parametrize("state", ["removed", "declined"])
async def test_an_order_that_norce_closes_meanwhile_is_released_and_stays_closed(shop: Shop, state: str) -> None:
    sale = await sold(shop)
    order = sale.order
    path = f"/checkout/order/api/v0/checkout/orders/{order.id}/state"
    assert (await shop.gateway("PUT", path, json={"currentStatus": state})).status == 200
    await order.until(lambda: order.money.reversed == 49_800 and not sale.window["eligible"])
    await sale.calm()
    assert order.payment["state"] == "cancelled"
    assert order.status == state
    assert [each["status"] for each in order.doc["state"]["transitions"]][-2:] == ["accepted", state]


async def test_both_are_released_by_a_cancel(shop: Shop) -> None:
    sale = await sold(shop)
    await sale.added()
    assert (await sale.order.operate("cancel")).status == 200
    await sale.order.until(lambda: sale.order.payment["state"] == "cancelled")
    assert sale.order.money == Totals(authorized=54_300, reversed=54_300)
    assert sale.window["eligible"] is False
