"""Parts of a payment: items by quantity, sums, repeats under the caller's own key; Qliro's ledger is the judge."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from adapters.simulators.qliro.state import OutcomeRule
from tests.e2e.shop import Answer, Order, Shop


async def bought(shop: Shop, example: str = "b2c", **options: Any) -> Order:
    order = shop.order(example)
    await order.create()
    await order.bought(**options)
    return order


async def ask(order: Order, kind: str, body: Any = None, key: str | None = None) -> Answer:
    headers = order.shop.headers | ({"Idempotency-Key": key} if key else {})
    path = f"/api/order/v1/orders/{order.id}/payments/{order.payment_id}/{kind}"
    return await order.shop.adapter("POST", path, headers=headers, **({} if body is None else {"json": body}))


async def test_items_are_captured_by_quantity_and_the_rest_later(shop: Shop) -> None:
    order = await bought(shop, method="QLIRO_INVOICE")
    mugs = {"items": [{"reference": "71001", "quantity": 1}]}
    assert (await ask(order, "capture", mugs)).status == 200
    await order.quiet()
    assert order.money.captured == 29900
    assert order.payment["state"] == "captured"
    assert order.payment["amount"] == 299
    assert {a["type"] for a in order.payment["actions"]} == {"capture", "cancel", "refund"}
    assert (await ask(order, "capture")).status == 200
    await order.quiet()
    assert order.money.captured == order.money.authorized
    assert order.payment["amount"] == order.total


async def test_the_rest_of_a_partly_captured_payment_is_cancelled(shop: Shop) -> None:
    order = await bought(shop, method="QLIRO_INVOICE")
    await ask(order, "capture", {"items": [{"reference": "71001", "quantity": 2}]})
    assert (await ask(order, "cancel")).status == 200
    await order.quiet()
    assert order.payment["state"] == "captured"
    assert order.money.captured == 59800
    assert order.money.reserved == 0
    assert {a["type"] for a in order.payment["actions"]} == {"refund"}


async def test_an_odd_sum_is_refunded_then_items_less_a_fee_then_everything_that_is_left(shop: Shop) -> None:
    order = await bought(shop, method="QLIRO_INVOICE")
    await ask(order, "capture", {"items": [{"reference": "71002", "quantity": 1}]})
    await ask(order, "capture")
    assert (await ask(order, "refund", {"amount": Decimal("12.34").__float__()})).status == 200
    await order.quiet()
    assert order.money.refunded == 1234
    assert order.payment["state"] == "credited"
    assert order.payment["amount"] == order.total - Decimal("12.34")
    answer = await ask(
        order, "refund", {"items": [{"reference": "71003", "quantity": 2}], "amount": 50, "reason": "used"}
    )
    assert answer.status == 200, answer
    await order.quiet()
    assert order.money.refunded == 1234 + 5000
    assert (await ask(order, "refund")).status == 200
    await order.quiet()
    assert order.money.refunded == order.money.captured == int(order.total * 100)
    assert order.payment["state"] == "refunded"


async def test_an_odd_sum_of_money_that_was_taken_at_once_is_refunded(shop: Shop) -> None:
    order = await bought(shop, method="SWISH")
    assert (await ask(order, "refund", {"amount": 100.5})).status == 200
    await order.quiet()
    assert order.money.refunded == 10050


async def test_what_cannot_be_done_is_refused_before_any_call(shop: Shop) -> None:
    order = await bought(shop)
    calls = len(shop.qliro.state.requests.all())
    bodies: tuple[Any, ...] = (
        {"items": [{"reference": "71001", "quantity": 3}]},
        {"items": [{"reference": "unknown", "quantity": 1}]},
        {"items": [{"reference": "71001", "quantity": 0}]},
        {"items": [{"reference": "71001", "quantity": 1.5}]},
        {"items": [{"reference": "71001", "quantity": 1}], "amount": 1},
        {"amount": 5},
        {"amount": -5},
        {"amount": 0},
        {"amount": 1.234},
        {"amount": "x"},
        {"currency": "NOK"},
        {"items": []},
        {"items": None},
        {"amount": None},
        [],
    )
    for body in bodies:
        answer = await ask(order, "capture", body)
        assert answer.status == 400, (body, answer)
        assert answer.json["code"] in {"payment-error", "order-validation"}
    assert (await ask(order, "refund", {"amount": 5})).status == 400
    made = [r for r in shop.qliro.state.requests.all()[calls:] if r.method == "POST"]
    assert made == []
    assert order.money.captured == 0


async def test_a_repeat_under_the_same_key_answers_like_the_first_and_moves_nothing(shop: Shop) -> None:
    order = await bought(shop, method="QLIRO_INVOICE")
    part = {"items": [{"reference": "71003", "quantity": 1}]}
    answers = await asyncio.gather(*(ask(order, "capture", part, key="erp-1") for _ in range(3)))
    assert {a.status for a in answers} == {200}
    assert (await ask(order, "capture", part, key="erp-1")).status == 200
    assert order.money.captured == 4500
    assert (await ask(order, "capture", key="erp-1")).status == 409
    assert (await ask(order, "refund", part, key="erp-1")).status == 409
    assert (await ask(order, "capture", part, key="erp-2")).status == 200
    assert order.money.captured == 9000


async def test_a_part_without_a_key_asked_for_again_before_its_answer_is_the_same_one(shop: Shop) -> None:
    order = await bought(shop, method="QLIRO_INVOICE")
    await ask(order, "capture")
    sum_back = {"amount": 45}
    answers = await asyncio.gather(*(ask(order, "refund", sum_back) for _ in range(3)))
    assert {a.status for a in answers} == {200}
    assert order.money.refunded == 4500
    assert (await ask(order, "refund", sum_back)).status == 200
    assert order.money.refunded == 9000


async def test_a_refusal_is_repeated_under_the_same_key_and_tried_again_under_another(shop: Shop) -> None:
    order = await bought(shop)
    shop.qliro.fail_next("DECLINED")
    first = await ask(order, "capture", key="erp-1")
    assert first.status == 400
    assert first.json["code"] == "qliro-error"
    assert (await ask(order, "capture", key="erp-1")).status == 400
    assert order.money.captured == 0
    assert order.payment["state"] == "reserved"
    assert (await ask(order, "capture", key="erp-2")).status == 200
    assert order.money.captured == order.money.authorized


@pytest.mark.parametrize("act", ["capture", "cancel", "refund"])
async def test_why_qliro_ended_a_transaction_is_told_in_its_own_words(shop: Shop, act: str) -> None:
    order = await bought(shop)
    if act == "refund":
        assert (await ask(order, "capture")).status == 200
    words = "The account is closed \u2013 ask the bank"
    shop.qliro.state.outcomes.append(OutcomeRule("ACCOUNT_CLOSED", words))
    for _ in range(2):
        answer = await ask(order, act, key="erp-1")
        assert (answer.status, answer.json["code"]) == (400, "qliro-error"), answer
        told = answer.json["qliroError"]
        assert (told["errorCode"], told["errorMessages"]) == ("ACCOUNT_CLOSED", [words])
        assert told["errorMessage"] == words


async def test_an_order_that_shrank_after_the_purchase_is_captured_for_what_it_is_worth(shop: Shop) -> None:
    order = await bought(shop)
    assert (await order.change_quantity(1)).status < 300
    worth = int(order.total * 100)
    assert worth < order.money.authorized
    assert (await ask(order, "capture")).status == 200
    await order.quiet()
    assert order.money.captured == worth
    assert order.payment["state"] == "captured"
    assert order.payment["amount"] == order.total


async def test_a_cart_row_is_captured_at_its_own_price_though_another_has_its_sku(shop: Shop) -> None:
    order = await bought(shop, "odd_references", method="QLIRO_INVOICE")
    dear, cheap = (row for row in order.doc["cart"]["items"] if row["sku"] == "ÅÄÖ/1 & 2")
    assert (await ask(order, "capture", {"items": [{"reference": cheap["id"], "quantity": 1}]})).status == 200
    await order.quiet()
    assert order.money.captured == int(cheap["total"]["includingVat"] * 100) == 5_000
    assert (await ask(order, "capture")).status == 200
    assert (await ask(order, "refund", {"items": [{"reference": dear["id"], "quantity": 1}]})).status == 200
    await order.quiet()
    assert order.money.refunded == int(dear["total"]["includingVat"] * 100) == 45_000


async def test_one_of_three_pieces_that_were_sold_as_one_is_not_refunded_at_the_price_of_all(shop: Shop) -> None:
    order = await bought(shop, "indivisible", method="QLIRO_INVOICE")
    assert (await ask(order, "capture")).status == 200
    one = {"items": [{"reference": "40001", "quantity": 1}]}
    assert (await ask(order, "refund", one)).status == 400
    assert (await ask(order, "refund", one | {"amount": 33.33})).status == 200
    await order.quiet()
    assert order.money.refunded == 3_333
    assert (await ask(order, "refund")).status == 200
    await order.quiet()
    assert order.money.refunded == order.money.captured


@pytest.mark.parametrize("freight", ["29", "0", "removed"])
async def test_delivery_that_became_cheaper_after_the_purchase_is_captured_for_what_it_costs(
    shop: Shop, freight: str
) -> None:
    order = await bought(shop, method="QLIRO_INVOICE")
    (delivery,) = order.doc["shippings"]
    new = {name: delivery[name] for name in ("adapterId", "reference", "name")} | {
        "state": "removed" if freight == "removed" else "intent",
        "total": {"includingVat": 29, "excludingVat": 23.2}
        if freight == "29"
        else {"includingVat": 0, "excludingVat": 0},
        "vatRate": 0.25,
    }
    path = f"/checkout/order/api/v0/checkout/orders/{order.id}/shippings/{delivery['id']}"
    assert (await shop.gateway("PUT", path, json=new)).status == 200
    worth = int(order.total * 100)
    assert worth < order.money.authorized
    assert (await ask(order, "capture")).status == 200
    await order.quiet()
    assert order.money.captured == worth
    assert order.payment["amount"] == order.total


async def test_a_reservation_follows_an_order_that_shrinks_without_anybody_asking(shop: Shop) -> None:
    order = await bought(shop)
    assert (await order.change_quantity(1)).status < 300
    await order.until(lambda: order.payment["amount"] == order.total)
    await order.quiet()
    assert order.payment["state"] == "reserved"
    assert order.money.reserved == int(order.total * 100)


async def test_why_a_reservation_cannot_be_reduced_is_told_and_nothing_is_captured(shop: Shop) -> None:
    order = await bought(shop)
    await order.change_quantity(1)
    shop.qliro.fail_next("NOT_ALLOWED", times=20)
    answer = await ask(order, "capture")
    assert answer.status == 400
    assert "reduce" in answer.json["message"]
    assert order.money.captured == 0
