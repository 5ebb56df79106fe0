"""Saved cards and payments without the customer, as Qliro's contract has them (sections 5.4, 7.7, 11)."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest

from adapters.simulators.qliro.config import QliroSimConfig, SettleMode
from adapters.simulators.qliro.ledger import Totals
from adapters.simulators.qliro.model import CheckoutStatus, TxStatus
from tests.simulators.qliro.bench import KEY, Bench, code, line

PAY = "/checkout/adminapi/v2/merchantpayment"
REMOVE = "/checkout/merchantapi/RemoveMerchantSavedCreditCard"
ADDRESS = {"FirstName": "Agda", "LastName": "Testsson", "Street": "Testgatan 1", "PostalCode": "11122", "City": "Sthlm"}
SUBSCRIBED = {"Metadata": {"Subscription": {"Enabled": True}}}


def body(bench: Bench, **changes: Any) -> dict[str, Any]:
    made = {
        "RequestId": str(uuid.uuid4()),
        "MerchantReference": f"R-{uuid.uuid4().hex[:12]}",
        "Currency": "SEK",
        "Country": "SE",
        "Language": "sv-se",
        "MerchantOrderManagementStatusPushUrl": f"{bench.merchant.url}/status",
        "OrderItems": [line("COFFEE", 129, ex=115.18), line("FREIGHT", 49, ex=39.2, kind="Shipping")],
        "BillingAddress": ADDRESS,
        "PaymentMethod": {"Name": "CREDITCARDS", "MerchantSavedCreditCardId": str(uuid.uuid4())},
    }
    return {name: value for name, value in {**made, **changes}.items() if value is not None}


def by_card(token: str) -> dict[str, Any]:
    return {"Name": "CREDITCARDS", "MerchantSavedCreditCardId": token}


def by_invoice(number: str) -> dict[str, Any]:
    return {
        "PaymentMethod": {"Name": "QLIRO_INVOICE", "Subtype": "INVOICE"},
        "Customer": {"PersonalNumber": number, "JuridicalType": "Physical"},
    }


async def saved(bench: Bench) -> str:
    """A card saved by a subscriber's purchase."""
    item = {**line("COFFEE", 129, ex=115.18), **SUBSCRIBED}
    order_id = await bench.create(OrderItems=[item], MerchantSavedCreditCardPushUrl=f"{bench.merchant.url}/card")
    await bench.sim.buy(order_id)
    await bench.sim.settled()
    card = bench.sim.order(order_id).saved_card
    assert card is not None
    return card.id


async def test_a_subscribers_card_is_pushed_shown_and_charged(bench: Bench) -> None:
    token = await saved(bench)
    (pushed,) = bench.merchant.bodies("card")
    assert (pushed["Id"], pushed["CardBrandName"], pushed["CardExpiryYear"]) == (token, "VISA", 2030)
    status, answer = await bench.send("POST", PAY, body(bench, PaymentMethod=by_card(token)))
    assert status == 200
    (made,) = answer["PaymentTransactions"]
    assert made["Status"] == "Created"
    order_id = answer["OrderId"]
    assert bench.sim.ledger(order_id) == Totals()
    assert (await bench.send("GET", f"/checkout/merchantapi/Orders/{order_id}"))[0] == 404
    await bench.sim.settled()
    assert bench.sim.ledger(order_id) == Totals(authorized=17_800)
    told = bench.merchant.bodies("status")[-1]
    assert (told["PaymentType"], told["Status"], told["Amount"]) == ("Preauthorization", "Success", 178.0)
    assert (await bench.admin(order_id))["PaymentTransactions"][0]["PaymentMethodName"] == "CREDITCARDS"
    assert (await bench.ship(order_id, line("COFFEE", 129)))[0] == 200
    await bench.sim.settled()
    assert bench.sim.ledger(order_id).captured == 12_900


async def test_a_request_id_is_good_for_one_charge(bench: Bench) -> None:
    wanted = body(bench, PaymentMethod=by_card(await saved(bench)))
    assert (await bench.send("POST", PAY, wanted))[0] == 200
    status, answer = await bench.send("POST", PAY, wanted)
    assert (status, code(answer)) == (400, "INVALID_REQUEST")
    assert "RequestId" in answer["ErrorMessage"]
    await bench.sim.settled()
    assert sum(order.merchant_made for order in bench.sim.state.orders.values()) == 1


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"BillingAddress": None}, "BillingAddress"),
        ({"BillingAddress": {**ADDRESS, "City": ""}}, "BillingAddress.City"),
        ({"MerchantReference": "not allowed!"}, "MerchantReference"),
        ({"OrderItems": []}, "OrderItems"),
        ({"PaymentMethod": None}, "PaymentMethod"),
        ({"PaymentMethod": {"Name": "CREDITCARDS"}}, "PaymentMethod.MerchantSavedCreditCardId"),
        ({"PaymentMethod": {"Name": "SWISH"}}, "PaymentMethod.Name"),
        ({"PaymentMethod": {"Name": "QLIRO_INVOICE"}}, "PaymentMethod.Subtype"),
        ({"PaymentMethod": {"Name": "QLIRO_INVOICE", "Subtype": "INVOICE"}}, "Customer"),
        ({"RequestId": "7"}, "RequestId"),
    ],
)
async def test_a_bad_request_is_refused_by_name(bench: Bench, changes: dict[str, Any], named: str) -> None:
    status, answer = await bench.send("POST", PAY, body(bench, **changes))
    assert (status, code(answer)) == (400, "INVALID_INPUT")
    assert f"Property: {named}, " in answer["ErrorMessage"]


async def test_what_the_merchant_may_not_charge_is_refused(bench: Bench) -> None:
    token = await saved(bench)
    for changes, refused in (
        ({"PaymentMethod": by_card(str(uuid.uuid4()))}, "INVALID_INPUT"),
        ({"Currency": "USD"}, "PAYMENT_METHOD_NOT_CONFIGURED"),
        ({"OrderItems": [line("GIFT", 0, ex=0)]}, "INVALID_REQUEST_TOTAL_AMOUNT"),
    ):
        status, answer = await bench.send("POST", PAY, body(bench, **{"PaymentMethod": by_card(token), **changes}))
        assert (status, code(answer)) == (400, refused)
    bench.sim.state.config.refuse_merchant_payments = "CARD_REFUSED"
    status, answer = await bench.send("POST", PAY, body(bench, PaymentMethod=by_card(token)))
    assert (status, code(answer)) == (400, "CARD_REFUSED")


async def test_an_unsigned_charge_is_refused(bench: Bench) -> None:
    bench.secret = "wrong"
    assert (await bench.send("POST", PAY, body(bench)))[0] == 401


async def test_an_old_card_is_accepted_and_refused_afterwards_and_another_way_may_be_tried(bench: Bench) -> None:
    token = await saved(bench)
    bench.sim.state.clock.advance(timedelta(days=10 * 366).total_seconds())
    _, answer = await bench.send("POST", PAY, body(bench, PaymentMethod=by_card(token)))
    await bench.sim.settled()
    order_id = answer["OrderId"]
    assert bench.merchant.bodies("status")[-1]["ErrorCode"] == "CARD_EXPIRED"
    assert bench.sim.order(order_id).status is CheckoutStatus.REFUSED
    assert bench.sim.ledger(order_id) == Totals()
    retry = {"RequestId": str(uuid.uuid4()), "OrderId": order_id, **by_invoice("790625-5307")}
    assert (await bench.send("POST", PAY + "/retry", retry))[0] == 200
    await bench.sim.settled()
    assert bench.sim.ledger(order_id) == Totals(authorized=17_800)
    again = await bench.send("POST", PAY + "/retry", {**retry, "RequestId": str(uuid.uuid4())})
    assert (again[0], code(again[1])) == (400, "OPERATION_NOT_SUPPORTED")


@pytest.mark.parametrize(
    ("number", "end"),
    [("790625-5307", TxStatus.SUCCESS), ("770530-1773", TxStatus.ON_HOLD), ("750420-8104", TxStatus.ERROR)],
)
async def test_an_invoice_ends_as_the_person_deserves(bench: Bench, number: str, end: TxStatus) -> None:
    _, answer = await bench.send("POST", PAY, body(bench, **by_invoice(number)))
    await bench.sim.settled()
    order = bench.sim.order(answer["OrderId"])
    assert order.transactions[0].status is end
    if end is TxStatus.ON_HOLD:
        status, answer = await bench.ship(order.id, line("COFFEE", 129))
        assert (status, code(answer)) == (400, "PAYMENT_ONHOLD")
        bench.sim.resolve_hold(order.id, approve=True)
        assert bench.sim.ledger(order.id) == Totals(authorized=17_800)


async def test_a_letter_costs_a_fee(bench: Bench) -> None:
    method = {"Name": "QLIRO_INVOICE", "Subtype": "INVOICE", "SelectedLetterInvoiceOption": True}
    wanted = body(bench, **{**by_invoice("790625-5307"), "PaymentMethod": method})
    _, answer = await bench.send("POST", PAY, wanted)
    await bench.sim.settled()
    assert bench.sim.ledger(answer["OrderId"]) == Totals(authorized=17_800 + 2_900)


async def test_the_decision_can_be_withheld() -> None:
    bench = await Bench.open(QliroSimConfig(settle=SettleMode.MANUAL))
    try:
        _, answer = await bench.send("POST", PAY, body(bench, **by_invoice("790625-5307")))
        order = bench.sim.order(answer["OrderId"])
        assert order.transactions[0].status is TxStatus.CREATED
        status, _ = await bench.send("POST", f"/__sim/transactions/{order.transactions[0].id}/settle", {})
        assert status == 400, "the key of the signed client is no member of the control plane's body"
        async with bench.http.post(f"{bench.sim.url}/__sim/transactions/{order.transactions[0].id}/settle") as done:
            assert done.status == 200
        assert bench.sim.ledger(order.id) == Totals(authorized=17_800)
    finally:
        await bench.close()


async def test_a_removed_card_is_gone(bench: Bench) -> None:
    token = await saved(bench)
    assert await bench.send("DELETE", REMOVE, {"MerchantSavedCreditCardId": token}) == (200, None)
    for again in (
        await bench.send("DELETE", REMOVE, {"MerchantSavedCreditCardId": token}),
        await bench.send("POST", PAY, body(bench, PaymentMethod=by_card(token))),
        await bench.send("DELETE", REMOVE, {"MerchantSavedCreditCardId": "x"}),
        await bench.send("DELETE", REMOVE, {}),
    ):
        assert (again[0], code(again[1])) == (400, "INVALID_INPUT")


async def test_a_card_can_be_saved_without_a_purchase(bench: Bench) -> None:
    wanted = {
        "MerchantReference": "CARD-1",
        "Currency": "SEK",
        "Country": "SE",
        "Language": "sv-se",
        "MerchantSavedCreditCardPushUrl": f"{bench.merchant.url}/card",
        "Customer": {"Email": "agda@example.se", "JuridicalType": "Physical", "MobileNumber": "+46701234567"},
    }
    status, answer = await bench.send("POST", "/checkout/merchantapi/CreateMerchantSavedCreditCard", wanted)
    assert status == 200
    assert answer["OrderForRegistrationTokenHtmlSnippet"]
    while not bench.merchant.bodies("card"):
        await bench.sim.settled()
        await asyncio.sleep(0.01)
    token = bench.merchant.bodies("card")[0]["Id"]
    assert (await bench.send("POST", PAY, body(bench, PaymentMethod=by_card(token))))[0] == 200


async def test_the_control_plane_makes_expires_and_forgets_cards(bench: Bench) -> None:
    base = f"{bench.sim.url}/__sim/cards"
    async with bench.http.post(base, json={"merchantApiKey": KEY, "last4": "4242"}) as answer:
        token = (await answer.json())["id"]
    async with bench.http.post(f"{base}/{token}/expire") as answer:
        assert (await answer.json())["expired"]
    async with bench.http.get(base) as answer:
        assert [card["last4"] for card in (await answer.json())["cards"]] == ["4242"]
    for status in (200, 404):
        async with bench.http.delete(f"{base}/{token}") as answer:
            assert answer.status == status
