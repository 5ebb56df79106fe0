"""Selling more at the simulated Qliro: strict requests, limits, the window, both ways to pay, pushes."""

import uuid
from datetime import timedelta
from typing import Any

import pytest

from adapters.simulators.qliro.ledger import Totals
from tests.simulators.qliro.bench import Bench, code, line

UPSELL = "/checkout/merchantapi/Upsell"
GLOVES = line("GLOVES", 45, ex=36)


async def sell(bench: Bench, order_id: int, *items: dict[str, Any], **changes: Any) -> tuple[int, Any]:
    body = {
        "RequestId": str(uuid.uuid4()),
        "OrderId": order_id,
        "Currency": "SEK",
        "OrderItems": list(items) or [GLOVES],
        "UpsellId": f"U-{uuid.uuid4()}",
        **changes,
    }
    return await bench.send("POST", UPSELL, {name: value for name, value in body.items() if value is not None})


def upsells(bench: Bench) -> list[dict[str, Any]]:
    return [body for body in bench.merchant.bodies("push") if body["NotificationType"] == "UpsellStatus"]


async def test_a_card_is_reserved_for_it_beside_the_purchase(bench: Bench) -> None:
    order_id = await bench.bought()
    status, answer = await sell(bench, order_id, UpsellId="U-1")
    assert (status, answer["Status"]) == (200, "Created")
    await bench.sim.settled()
    assert bench.sim.ledger(order_id) == Totals(authorized=60_300 + 4_500)
    _, order = await bench.send("GET", f"/checkout/merchantapi/Orders/{order_id}")
    assert order["TotalPrice"] == 648
    assert order["Upsell"]["IsUpsellOrder"] is True
    assert order["Upsell"]["UpsellTotalPrice"] == 45
    sold = {item["MerchantReference"]: item for item in order["OrderItems"]}
    assert (sold["GLOVES"]["UpsellId"], "UpsellId" in sold["BOOK"]) == ("U-1", False)
    assert sold["GLOVES"]["PaymentTransactionId"] == answer["PaymentTransactionId"]
    (push,) = upsells(bench)
    first = bench.sim.order(order_id).transactions[0].id
    assert (push["Status"], push["UpsellId"], push["ReplacesOriginalPaymentTransaction"]) == ("Success", "U-1", False)
    assert (push["PaymentTransactionId"], push["OriginalPaymentTransactionId"]) == (
        answer["PaymentTransactionId"],
        first,
    )


async def test_with_an_invoice_one_reservation_holds_everything(bench: Bench) -> None:
    order_id = await bench.bought(method="QLIRO_INVOICE")
    _, answer = await sell(bench, order_id)
    await bench.sim.settled()
    totals = bench.sim.ledger(order_id)
    assert (totals.authorized, totals.reversed, totals.reserved) == (125_100, 60_300, 64_800)
    _, order = await bench.send("GET", f"/checkout/merchantapi/Orders/{order_id}")
    assert {item["PaymentTransactionId"] for item in order["OrderItems"]} == {answer["PaymentTransactionId"]}
    states = [t["Status"] for t in (await bench.admin(order_id))["PaymentTransactions"]]
    assert states == ["Cancelled", "Success"]
    assert upsells(bench)[0]["ReplacesOriginalPaymentTransaction"] is True


async def test_money_taken_at_once_is_paid_at_a_link(bench: Bench) -> None:
    order_id = await bench.bought(method="SWISH")
    status, answer = await sell(bench, order_id, UpsellId="U-2")
    assert (status, list(answer)) == (200, ["UpsellLink"])
    async with bench.http.get(answer["UpsellLink"]) as page:
        assert "Gloves" in await page.text()
    async with bench.http.post(answer["UpsellLink"] + "/fail") as refused:
        assert refused.status == 200
    await bench.sim.settled()
    assert upsells(bench) == []
    async with bench.http.post(answer["UpsellLink"] + "/pay") as paid:
        assert (await paid.json())["state"] == "paid"
    await bench.sim.settled()
    assert bench.sim.ledger(order_id) == Totals(authorized=64_800, captured=64_800)
    assert [push["Status"] for push in upsells(bench)] == ["Success"]
    async with bench.http.post(answer["UpsellLink"] + "/pay") as again:
        assert again.status == 409
    assert code((await sell(bench, order_id, UpsellId="U-2"))[1]) == "INVALID_REQUEST"


async def test_the_end_of_the_session_is_told_once_without_a_transaction(bench: Bench) -> None:
    order_id = await bench.bought(method="PAYPAL")
    await sell(bench, order_id)
    bench.sim.state.clock.advance(bench.sim.state.config.upsell_session_seconds + 1)
    while not upsells(bench):
        await bench.sim.settled()
    assert [(push["Status"], push["PaymentTransactionId"]) for push in upsells(bench)] == [("Error", 0)]
    assert bench.sim.ledger(order_id) == Totals(authorized=60_300)


async def test_a_transaction_that_fails_is_told_with_its_id(bench: Bench) -> None:
    order_id = await bench.bought()
    bench.sim.fail_next()
    _, answer = await sell(bench, order_id)
    await bench.sim.settled()
    (push,) = upsells(bench)
    assert (push["Status"], push["PaymentTransactionId"]) == ("Error", answer["PaymentTransactionId"])
    assert bench.sim.ledger(order_id) == Totals(authorized=60_300)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"OrderItems": []}, "INVALID_INPUT"),
        ({"OrderItems": [line("GLOVES", 45, ex=36, kind="Nothing")]}, "INVALID_INPUT"),
        ({"OrderItems": [{k: v for k, v in GLOVES.items() if k != "Type"}]}, "INVALID_INPUT"),
        ({"OrderItems": [{k: v for k, v in GLOVES.items() if k != "PricePerItemExVat"}]}, "INVALID_INPUT"),
        ({"OrderItems": [GLOVES, GLOVES]}, "INVALID_INPUT"),
        ({"OrderItems": [line("GLÖVES#1", 45, ex=36)]}, "INVALID_INPUT"),
        ({"OrderItems": [line("GLOVES", 45.001, ex=36)]}, "SYSTEM_ERROR"),
        ({"OrderItems": [line("FREE", 0, ex=0)]}, "INVALID_REQUEST_TOTAL_AMOUNT"),
        ({"OrderItems": [line("DEAR", 300.01, ex=240)]}, "INVALID_REQUEST_TOTAL_AMOUNT"),
        ({"RequestId": "no guid"}, "INVALID_INPUT"),
        ({"OrderId": None}, "INVALID_INPUT"),
        ({"Currency": None}, "INVALID_INPUT"),
        ({"Currency": "NOK"}, "CURRENCY_MISMATCH"),
        ({"Surprise": 1}, "INVALID_INPUT"),
    ],
)
async def test_a_request_that_is_not_right_is_refused_and_nothing_happens(
    bench: Bench, changes: dict[str, Any], expected: str
) -> None:
    order_id = await bench.bought()
    status, answer = await sell(bench, order_id, **changes)
    assert status >= 400
    assert code(answer) == expected
    await bench.sim.settled()
    assert bench.sim.ledger(order_id) == Totals(authorized=60_300)
    assert upsells(bench) == []


async def test_only_completed_orders_inside_the_window_are_eligible(bench: Bench) -> None:
    order_id = await bench.create()
    assert code((await sell(bench, order_id))[1]) == "OPERATION_NOT_SUPPORTED"
    held = await bench.bought(person="on_hold", method="QLIRO_INVOICE")
    assert code((await sell(bench, held))[1]) == "PAYMENT_ONHOLD"
    paid = await bench.bought()
    bench.sim.state.clock.advance(timedelta(minutes=5).total_seconds())
    _, order = await bench.send("GET", f"/checkout/merchantapi/Orders/{paid}")
    assert order["Upsell"]["EligibleForUpsell"] is False
    assert code((await sell(bench, paid))[1]) == "OPERATION_NOT_SUPPORTED"


async def test_a_redirect_needs_an_upsell_id_and_the_same_one_leads_to_the_same_link(bench: Bench) -> None:
    order_id = await bench.bought(method="PAYPAL")
    assert code((await sell(bench, order_id, UpsellId=None))[1]) == "INVALID_INPUT"
    first = (await sell(bench, order_id, UpsellId="U-3"))[1]
    assert (await sell(bench, order_id, UpsellId="U-3"))[1] == first


async def test_the_limit_is_for_all_that_is_sold(bench: Bench) -> None:
    order_id = await bench.bought()
    for _ in range(6):
        assert (await sell(bench, order_id))[0] == 200
        await bench.sim.settled()
    assert code((await sell(bench, order_id))[1]) == "INVALID_REQUEST_TOTAL_AMOUNT"


async def test_a_request_is_received_once_and_waits_for_the_one_before(bench: Bench) -> None:
    order_id, request = await bench.bought(), str(uuid.uuid4())
    assert (await sell(bench, order_id, RequestId=request))[0] == 200
    assert "in process" in (await sell(bench, order_id))[1]["ErrorMessage"]
    await bench.sim.settled()
    assert "already been received" in (await sell(bench, order_id, RequestId=request))[1]["ErrorMessage"]


async def test_the_control_plane_plays_the_customer(bench: Bench) -> None:
    order_id = await bench.bought(method="PAYPAL")
    await sell(bench, order_id)
    base = f"{bench.sim.url}/__sim/orders/{order_id}/upsells"
    async with bench.http.post(base + "/pay", json={"approve": False}) as answer:
        assert (await answer.json())["result"] == "open"
    async with bench.http.post(base + "/pay", json={}) as answer:
        assert (await answer.json())["result"] == "success"
    async with bench.http.post(base + "/end", json={}) as answer:
        assert answer.status == 409
    async with bench.http.get(base) as answer:
        (shown,) = (await answer.json())["upsells"]
    assert (shown["result"], shown["amount"]) == ("success", 45)
