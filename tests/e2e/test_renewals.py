"""Renewals over real HTTP: an order is paid with a saved card, or by invoice, without the customer."""

import asyncio
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from adapters.simulators.norce.examples import EXAMPLES
from adapters.simulators.qliro.callbacks import CallbackKind, CallbackRule, Treatment
from adapters.simulators.qliro.config import SettleMode
from adapters.simulators.qliro.model import TxType
from entrypoints.cli.sandbox import KEY
from tests.e2e.shop import Answer, Order, Shop

INVOICE = "QLIRO_INVOICE"


async def saved_card(shop: Shop) -> str:
    """The token that a subscriber's first purchase leaves on Norce's payment."""
    shop.configure(recurring=True)
    order = shop.order()
    await order.create()
    await order.bought()
    return str(order.payment["recurring"]["token"])


async def made_card(shop: Shop, **changes: Any) -> str:
    """A card of the merchant's that nobody bought anything with."""
    async with shop.http.post(f"{shop.qliro.url}/__sim/cards", json=changes) as reply:
        assert reply.status == 200, await reply.text()
        return str((await reply.json())["id"])


async def renew(order: Order, token: Any, **options: Any) -> Answer:
    answer = await order.shop.adapter("POST", f"{order.path}/recurring", json={"token": token}, **options)
    if answer.status == 200:
        assert set(answer.json) == {"paymentId"}
        order.payment_id = answer.json["paymentId"]
    return answer


def charged(order: Order) -> list[Any]:
    """Orders at Qliro that the merchant made for this order."""
    return [o for o in order.qliro_orders if o.merchant_made]


async def renewed(shop: Shop, token: str, example: Any = "b2c_simple") -> Order:
    order = shop.order(example)
    assert (await renew(order, token)).status == 200
    await order.until(lambda: order.status == "completed")
    await order.quiet()
    return order


async def test_a_subscribers_card_pays_the_next_order_and_everything_afterwards_works(shop: Shop) -> None:
    token = await saved_card(shop)
    order = await renewed(shop, token, "b2c")
    assert order.payment["state"] == "reserved"
    assert order.payment["type"] == "default"
    assert order.payment["recurring"]["token"] == token
    assert order.payment["amount"] == order.total == Decimal(order.money.authorized) / 100
    assert [t["status"] for t in order.doc["state"]["transitions"]][-3:] == ["processing", "accepted", "completed"]
    assert order.events == [("open", True), ("confirm", True)]
    assert {a["type"] for a in order.payment["actions"]} == {"capture", "cancel"}
    (at_qliro,) = charged(order)
    assert at_qliro.request["PaymentMethod"] == {"Name": "CREDITCARDS", "MerchantSavedCreditCardId": token}
    assert (await order.get()).json == {"paymentId": order.payment_id, "htmlSnippet": ""}
    assert (await order.operate("capture")).status == 200
    await order.quiet()
    assert order.payment["state"] == "captured"
    assert (await order.operate("refund")).status == 200
    await order.quiet()
    assert order.payment["state"] == "refunded"
    assert order.money.refunded == order.money.captured == order.money.authorized


async def test_a_renewal_can_be_cancelled(shop: Shop) -> None:
    order = await renewed(shop, await made_card(shop))
    assert (await order.operate("cancel")).status == 200
    await order.quiet()
    assert order.payment["state"] == "cancelled"
    assert order.money.reserved == 0


@pytest.mark.parametrize("example", ["b2c", "voucher", "indivisible", "odd_references", "many_lines"])
async def test_every_kind_of_order_is_renewed_to_the_cent(shop: Shop, example: str) -> None:
    order = await renewed(shop, await made_card(shop), example)
    others = sum(p["amount"] for p in order.doc["payments"] if p["type"] == "voucher")
    assert order.payment["amount"] == order.total - others == Decimal(order.money.authorized) / 100


@pytest.mark.parametrize("decline", [False, True])
async def test_a_platform_of_2024_keeps_no_token_and_calls_our_hooks_and_is_renewed_all_the_same(
    shop: Shop, decline: bool
) -> None:
    shop.merchant = "sandbox-2024"
    token, order = await made_card(shop), shop.order("b2c")
    if decline:
        shop.qliro.fail_next(kind=TxType.PREAUTHORIZATION)
    first = await renew(order, token)
    assert first.status == 200, first
    if decline:
        await order.until(lambda: order.status == "checkout" and order.payment["state"] == "declined")
        await order.quiet()
        assert (await renew(order, token)).status == 200
    else:
        assert (await renew(order, token)).json == first.json
    assert "recurring" not in order.payment
    await order.until(lambda: order.status == "completed")
    await order.quiet()
    assert order.payment["state"] == "reserved"
    assert order.payment["amount"] == order.total == Decimal(order.money.authorized) / 100
    assert len(charged(order)) == 1 + decline
    assert (await renew(order, token)).json["paymentId"] == order.payment_id


async def test_the_gateway_leads_to_it(shop: Shop) -> None:
    order, token = shop.order(), await made_card(shop)
    path = f"/checkout/qliro-adapter/api/checkout/v1/orders/{order.id}/payments/recurring"
    answer = await shop.gateway("POST", path, json={"token": token}, headers=shop.headers)
    assert answer.status == 200, answer


async def test_a_renewal_repeated_and_raced_charges_once(shop: Shop) -> None:
    order, token = shop.order(), await made_card(shop)
    answers = await asyncio.gather(*(renew(order, token) for _ in range(5)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.json["paymentId"] for answer in answers}) == 1
    await order.until(lambda: order.status == "completed")
    await order.quiet()
    assert (await renew(order, token)).json == answers[0].json
    assert len(charged(order)) == 1
    assert order.money.authorized == int(order.total * 100)
    assert len([p for p in order.own_payments if p["state"] != "removed"]) == 1


async def test_a_card_that_qliro_does_not_know_is_refused_and_another_may_be_tried(shop: Shop) -> None:
    order, unknown = shop.order(), "00000000-1111-2222-3333-444444444444"
    answer = await renew(order, unknown)
    assert (answer.status, answer.json["code"]) == (400, "qliro-validation")
    assert answer.json["qliroError"]["errorCode"] == "INVALID_INPUT"
    assert unknown not in str(answer.json)
    assert [p["state"] for p in order.own_payments] == ["declined"]
    assert order.status == "checkout"
    assert (await renew(order, await made_card(shop))).status == 200
    await order.until(lambda: order.status == "completed")
    assert [(p["state"], p["amount"]) for p in order.own_payments] == [("declined", 0), ("reserved", order.total)]


async def test_a_currency_that_the_merchant_has_not_set_up_is_refused_by_qliro(shop: Shop) -> None:
    order = shop.order(dict(EXAMPLES["b2c_simple"].order(), currency="USD"))
    answer = await renew(order, await made_card(shop))
    assert (answer.status, answer.json["code"]) == (400, "qliro-error")
    assert answer.json["qliroError"]["errorCode"] == "PAYMENT_METHOD_NOT_CONFIGURED"
    assert [p["state"] for p in order.own_payments] == ["declined"]
    assert order.status == "checkout"


async def test_a_silent_qliro_leaves_the_renewal_pending_and_found_out_later(shop: Shop) -> None:
    """The answer is lost, and so is every question about it, for a while."""
    token = await made_card(shop)
    for match in ({"method": "POST", "path": "merchantpayment"}, {"method": "GET", "path": "adminapi/v2/orders/"}):
        rule = {
            "match": match,
            "action": {"kind": "reset", "after": True},
            "times": 1 if match["method"] == "POST" else 8,
        }
        async with shop.http.post(f"{shop.qliro.url}/__sim/faults", json=rule) as reply:
            assert reply.status < 300
    shop.drop_pushes()
    order = shop.order()
    first = await renew(order, token)
    assert first.status == 200, first
    async with shop.http.delete(f"{shop.qliro.url}/__sim/faults") as reply:
        assert reply.status == 200
    assert (await renew(order, token)).json == first.json
    await shop.sql("update payment set look_at = now() where look_at is not null")
    await order.until(lambda: order.status == "completed", seconds=20)
    assert len(charged(order)) == 1


async def test_a_card_past_its_date_is_declined_by_the_push(shop: Shop) -> None:
    order, token = shop.order(), await made_card(shop, year=2020)
    assert (await renew(order, token)).status == 200
    await order.until(lambda: order.payment["state"] == "declined")
    await order.until(lambda: order.status == "checkout")
    await order.quiet()
    assert order.events[-1] == ("cancel", False)
    assert order.money.authorized == 0
    assert (await order.create()).status == 200


async def test_an_undecided_renewal_stays_pending_with_the_order_frozen(shop: Shop) -> None:
    shop.qliro.state.config.settle = SettleMode.MANUAL
    order = shop.order()
    assert (await renew(order, await made_card(shop))).status == 200
    assert (order.payment["state"], order.status) == ("pending", "processing")
    assert (await order.change_quantity(3)).status in {400, 409}
    assert (await order.create()).json["code"] == "payment-conflict"
    assert (await order.remove()).json["code"] == "payment-error"
    (tx,) = charged(order)[0].transactions
    async with shop.http.post(f"{shop.qliro.url}/__sim/transactions/{tx.id}/settle", json={}) as reply:
        assert reply.status == 200
    await order.until(lambda: order.status == "completed")
    assert order.payment["state"] == "reserved"


@pytest.mark.parametrize("approve", [True, False])
async def test_a_renewal_on_hold_waits_for_its_decision(shop: Shop, approve: bool) -> None:
    order = shop.order()
    hold = {"code": None, "hold": True, "type": "Preauthorization"}
    async with shop.http.post(f"{shop.qliro.url}/__sim/outcomes", json=hold) as reply:
        assert reply.status == 200
    assert (await renew(order, await made_card(shop))).status == 200
    await order.quiet()
    assert (order.payment["state"], order.status) == ("pending", "processing")
    (tx,) = charged(order)[0].transactions
    settle = {"approve": approve}
    async with shop.http.post(f"{shop.qliro.url}/__sim/transactions/{tx.id}/settle", json=settle) as reply:
        assert reply.status == 200
    await order.until(lambda: order.payment["state"] == ("reserved" if approve else "declined"))
    await order.until(lambda: order.status == ("completed" if approve else "checkout"))


@pytest.mark.parametrize("approve", [True, False])
async def test_a_renewal_whose_every_push_is_lost_is_settled_by_looking(shop: Shop, approve: bool) -> None:
    shop.drop_pushes()
    if not approve:
        shop.qliro.fail_next(kind=TxType.PREAUTHORIZATION)
    order = shop.order()
    assert (await renew(order, await made_card(shop))).status == 200
    await shop.qliro.settled()
    assert order.payment["state"] == "pending"
    await shop.sql("update payment set look_at = now() where look_at is not null")
    await order.until(lambda: order.payment["state"] == ("reserved" if approve else "declined"), seconds=20)
    await order.until(lambda: order.status == ("completed" if approve else "checkout"))


@pytest.mark.parametrize("after", [True, False])
@pytest.mark.parametrize("kind", ["reset", "status"])
async def test_an_answer_that_is_lost_is_looked_up_before_anything_is_tried_again(
    shop: Shop, kind: str, after: bool
) -> None:
    token = await made_card(shop)
    match = {"method": "POST", "path": "merchantpayment"}
    rule = {"match": match, "action": {"kind": kind, "after": after, "status": 502}, "times": 1}
    async with shop.http.post(f"{shop.qliro.url}/__sim/faults", json=rule) as reply:
        assert reply.status < 300, await reply.text()
    order = shop.order()
    assert (await renew(order, token)).status == 200
    await order.until(lambda: order.status == "completed")
    await order.quiet()
    assert len(charged(order)) == 1
    assert order.money.authorized == int(order.total * 100)
    requests = [r for r in shop.qliro.state.requests.all() if r.path.endswith("/merchantpayment")]
    assert len({r.request_id for r in requests if r.request_id}) <= 1


async def test_an_invoice_needs_the_customers_number(shop: Shop) -> None:
    order = shop.order()
    answer = await renew(order, INVOICE)
    assert (answer.status, answer.json["code"]) == (400, "order-validation")
    assert "customer.billing.nationalIdentificationNumber" in answer.json["message"]
    assert not order.own_payments
    body = dict(order.doc["customer"]["billing"], nationalIdentificationNumber="790625-5307")
    path = f"/checkout/order/api/v0/checkout/orders/{order.id}/customer/billing"
    assert (await shop.gateway("PUT", path, json=body)).status == 200
    assert (await renew(order, "qliro_invoice")).status == 200
    await order.until(lambda: order.status == "completed")
    assert charged(order)[0].request["PaymentMethod"] == {"Name": INVOICE, "Subtype": "INVOICE"}


BAD_BODIES: tuple[tuple[Any, str], ...] = (
    ({}, "token"),
    ({"token": None}, "token"),
    ({"token": ""}, "token"),
    ({"token": 7}, "token"),
    ({"token": "not-a-guid"}, "token"),
    ({"token": "x" * 200}, "token"),
    ([], "object"),
    ("text", "object"),
)


@pytest.mark.parametrize(("body", "named"), BAD_BODIES)
async def test_a_bad_body_is_refused_by_name(shop: Shop, body: Any, named: str) -> None:
    order = shop.order()
    answer = await shop.adapter("POST", f"{order.path}/recurring", json=body)
    assert (answer.status, answer.json["code"]) == (400, "order-validation")
    assert named in answer.json["message"]
    assert "not-a-guid" not in answer.json["message"]
    assert not order.own_payments


async def test_who_may_not_ask_or_asks_for_nothing_is_refused(shop: Shop) -> None:
    order, token = shop.order(), await made_card(shop)
    without_key = {"x-merchant": "sandbox", "x-channel": "se"}
    assert (await renew(order, token, headers=without_key)).status == 401
    answer = await renew(order, token, headers={"Authorization": f"Bearer {KEY}", "x-merchant": "sandbox"})
    assert (answer.status, "x-channel" in answer.json["message"]) == (400, True)
    answer = await shop.adapter("POST", f"{order.path}/recurring", data=b"{", headers=shop.headers)
    assert (answer.status, answer.json["code"]) == (400, "order-validation")
    nowhere = Order(shop, "oNowhere")
    answer = await renew(nowhere, token)
    assert (answer.status, answer.json["code"]) == (404, "order-not-found")


async def test_what_stands_in_the_way_of_a_renewal_is_told(shop: Shop) -> None:
    token = await made_card(shop)
    completed = await renewed(shop, token)
    completed.payment_id = ""
    answer = await renew(completed, await made_card(shop))
    assert (answer.status, answer.json["code"]) == (409, "payment-conflict")
    beside = shop.order()
    await beside.create()
    answer = await renew(beside, token)
    assert (answer.status, answer.json["code"]) == (409, "payment-conflict")
    assert (await beside.remove()).status == 200
    assert (await renew(beside, token)).status == 200
    paid = shop.order("gift_item")
    path = f"/checkout/order/api/v0/checkout/orders/{paid.id}/payments"
    voucher = {"adapterId": "voucher", "type": "voucher", "amount": paid.total, "state": "reserved", "name": "Gift"}
    assert (await add(shop, path, voucher)).status == 201
    answer = await renew(paid, token)
    assert (answer.status, answer.json["code"]) == (400, "order-validation")
    other = shop.order()
    path = f"/checkout/order/api/v0/checkout/orders/{other.id}/payments"
    card = {"adapterId": "other_adapter", "type": "default", "amount": other.total, "state": "intent", "name": "O"}
    assert (await add(shop, path, card)).status == 201
    answer = await renew(other, token)
    assert (answer.status, answer.json["code"]) == (409, "payment-conflict")


async def test_the_token_is_in_no_table_of_ours(shop: Shop) -> None:
    token = await made_card(shop)
    order = await renewed(shop, token)
    assert order.payment["recurring"]["token"] == token
    rows = await shop.sql(
        "select row_to_json(x)::text as told from payment x union all select row_to_json(x)::text from outbox x"
        " union all select row_to_json(x)::text from inbox x"
        " union all select row_to_json(x)::text from checkout_order x"
    )
    assert rows
    assert not any(token in row["told"] for row in rows)


async def test_a_card_saved_by_one_purchase_is_charged_while_other_pushes_are_held(shop: Shop) -> None:
    shop.qliro.callbacks.rules.append(CallbackRule(Treatment.HOLD, kind=CallbackKind.ORDER_MANAGEMENT, times=None))
    order = shop.order()
    assert (await renew(order, await made_card(shop))).status == 200
    await shop.qliro.settled()
    assert order.payment["state"] == "pending"
    shop.qliro.callbacks.rules.clear()
    shop.qliro.callbacks.release()
    await order.until(lambda: order.status == "completed")


async def add(shop: Shop, path: str, payment: dict[str, Any]) -> Answer:
    """Somebody else's payment, its amount exact."""
    body = msgspec.json.Encoder(decimal_format="number").encode(payment)
    headers = shop.headers | {"Authorization": "Bearer sandbox-norce", "Content-Type": "application/json"}
    return await shop.gateway("POST", path, data=body, headers=headers)
