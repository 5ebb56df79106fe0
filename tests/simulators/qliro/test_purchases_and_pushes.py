import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from adapters.simulators.qliro.buying import Result
from adapters.simulators.qliro.config import QliroSimConfig
from adapters.simulators.qliro.deliveries import CallbackKind, CallbackRule, DeliveryState, Treatment
from adapters.simulators.qliro.ledger import Totals
from adapters.simulators.qliro.model import CheckoutStatus, ShippingChoice
from adapters.simulators.qliro.persons import PEOPLE
from tests.simulators.qliro.bench import Bench, code, line

ORDERS = "/checkout/merchantapi/Orders"
METHODS = [
    {
        "MerchantReference": "MYPACK",
        "DisplayName": "MyPack",
        "PriceIncVat": 49,
        "PriceExVat": 39.2,
        "SecondaryOptions": [{"MerchantReference": "AGENT-1", "DisplayName": "Kiosk"}],
    },
    {
        "MerchantReference": "HOME",
        "ShippingFeeMerchantReference": "HOME-FEE",
        "DisplayName": "Home",
        "PriceIncVat": 79,
        "PriceExVat": 63.2,
        "AdditionalShippingServices": [
            {"MerchantReference": "DOOR", "DisplayName": "At the door", "PriceIncVat": 10, "PriceExVat": 8}
        ],
    },
]


def declining(reason: str, message: str) -> web.Response:
    return web.json_response({"DeclineReason": reason, "DeclineReasonMessage": message}, status=400)


async def test_validate_sees_the_whole_order_and_may_decline_it(bench: Bench) -> None:
    order_id = await bench.create()
    bench.merchant.answers["validate"] = lambda: declining("OutOfStock", "Slut")

    outcome = await bench.sim.buy(order_id)

    assert (outcome.result, outcome.reason, outcome.message) == (Result.DECLINED, "OutOfStock", "Slut")
    assert bench.sim.order(order_id).status is CheckoutStatus.IN_PROCESS
    asked = bench.merchant.bodies("validate")[0]
    assert asked["TotalPrice"] == 603.0
    assert asked["Customer"]["FirstName"] == "Agda"
    assert asked["PaymentMethod"] == {"PaymentMethodName": "CREDITCARDS", "PaymentTypeCode": "VISA"}
    assert bench.merchant.bodies("push") == []


async def test_a_decline_text_above_150_characters_is_dropped(bench: Bench) -> None:
    order_id = await bench.create()
    bench.merchant.answers["validate"] = lambda: declining("Other", "x" * 151)

    assert (await bench.sim.buy(order_id)).message is None


@pytest.mark.parametrize(("silence_approves", "expected"), [(True, Result.COMPLETED), (False, Result.DECLINED)])
async def test_a_broken_validate_approves_unless_configured(silence_approves: bool, expected: Result) -> None:
    bench = await Bench.open(QliroSimConfig(silence_approves=silence_approves))
    try:
        order_id = await bench.create()
        bench.merchant.answers["validate"] = lambda: web.Response(status=503)
        assert (await bench.sim.buy(order_id)).result is expected
    finally:
        await bench.close()


async def test_a_failed_3d_secure_leaves_the_order_open_after_an_approved_validate(bench: Bench) -> None:
    order_id = await bench.create()

    outcome = await bench.sim.buy(order_id, three_d_secure="fail")

    assert outcome.result is Result.DECLINED
    assert len(bench.merchant.bodies("validate")) == 1
    assert bench.sim.order(order_id).transactions == []
    body = {"OrderItems": [line("NEW", 10)]}
    assert (await bench.send("PUT", f"{ORDERS}/{order_id}", body))[0] == 200
    assert (await bench.sim.buy(order_id)).result is Result.COMPLETED
    assert bench.sim.ledger(order_id) == Totals(authorized=1000)


@pytest.mark.parametrize("person", PEOPLE, ids=lambda p: f"{p.country}-{p.number}")
async def test_every_test_identity_ends_as_listed(bench: Bench, person: Any) -> None:
    currency = {"SE": "SEK", "NO": "NOK", "DK": "DKK", "FI": "EUR"}[person.country]
    order_id = await bench.create(Country=person.country, Currency=currency)

    outcome = await bench.sim.buy(order_id, person=person.number, method="QLIRO_INVOICE")

    expected = {"approved": Result.COMPLETED, "on_hold": Result.ON_HOLD, "denied": Result.DECLINED}
    assert outcome.result is expected[person.verdict]


async def test_customer_data_is_masked_until_the_purchase(bench: Bench) -> None:
    order_id = await bench.create()
    await bench.sim.buy(order_id, three_d_secure="fail")
    _, order = await bench.send("GET", f"{ORDERS}/{order_id}")
    assert order["BillingAddress"]["Street"] == "T***"
    assert order["Customer"]["PersonalNumber"] is None

    await bench.sim.buy(order_id)

    _, order = await bench.send("GET", f"{ORDERS}/{order_id}")
    assert order["BillingAddress"]["Street"] == "Testgatan 1"
    assert order["OrderItems"][0]["PaymentTransactionId"] == bench.sim.order(order_id).transactions[0].id


async def test_shipping_chosen_at_qliro_becomes_an_item(bench: Bench) -> None:
    order_id = await bench.create(OrderItems=[line("A", 100)], AvailableShippingMethods=METHODS)

    await bench.sim.buy(order_id, shipping=ShippingChoice("HOME", services=("DOOR",), access_code="12"))

    _, order = await bench.send("GET", f"{ORDERS}/{order_id}")
    item = order["OrderItems"][-1]
    assert (item["Type"], item["MerchantReference"], item["PricePerItemIncVat"]) == ("Shipping", "HOME-FEE", 89.0)
    assert item["Metadata"]["ShippingMethodMerchantReference"] == "HOME"
    assert bench.merchant.bodies("validate")[0]["SelectedShippingMethod"] == "HOME"
    assert bench.sim.ledger(order_id).authorized == 18900


async def test_the_first_shipping_method_is_preselected(bench: Bench) -> None:
    order_id = await bench.create(OrderItems=[line("A", 100)], AvailableShippingMethods=METHODS)

    assert bench.sim.order(order_id).choice == ShippingChoice("MYPACK", "AGENT-1")


async def test_the_fee_of_the_chosen_method_becomes_an_item(bench: Bench) -> None:
    fee = {"Type": "Fee", "MerchantReference": "FEE", "AmountIncludingVat": 29, "AmountExcludingVat": 23.2}
    order_id = await bench.create(ApplicableFees={"Fees": {"QLIRO_INVOICE": [fee]}})

    await bench.sim.buy(order_id, method="QLIRO_INVOICE")

    assert bench.sim.ledger(order_id).authorized == 63200


async def test_a_subscription_paid_by_card_stores_the_card(bench: Bench) -> None:
    item = line("SUB", 129, Metadata={"Subscription": {"Enabled": True}})
    url = f"{bench.merchant.url}/card"
    order_id = await bench.create(OrderItems=[item], MerchantSavedCreditCardPushUrl=url)

    await bench.sim.buy(order_id)
    await bench.sim.settled()

    _, order = await bench.send("GET", f"{ORDERS}/{order_id}")
    assert bench.merchant.bodies("card")[0]["Id"] == order["MerchantSavedCreditCard"]["Id"]


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        (lambda: web.json_response({"callbackresponse": "received"}), True),
        (lambda: web.json_response({"CallbackResponse": "ok"}), False),
        (lambda: web.json_response({"CallbackResponse": "received"}, status=202), False),
        (lambda: web.Response(text="received"), False),
        (lambda: web.Response(status=500), False),
    ],
)
async def test_only_200_with_received_ends_the_delivery(bench: Bench, answer: Any, accepted: bool) -> None:
    bench.merchant.answers["push"] = answer
    order_id = await bench.bought()
    await bench.sim.settled()

    (delivery,) = bench.sim.callbacks.of(order_id, CallbackKind.CHECKOUT_STATUS)

    assert (delivery.state is DeliveryState.DELIVERED) is accepted


async def test_pushes_are_retried_on_schedule_and_then_given_up() -> None:
    bench = await Bench.open(QliroSimConfig(retry_time_scale=0.00001, retry_schedule=(0, 2, 5, 10, 30, 60)))
    bench.merchant.answers["push"] = lambda: web.Response(status=503)
    try:
        order_id = await bench.bought()
        (delivery,) = bench.sim.callbacks.of(order_id, CallbackKind.CHECKOUT_STATUS)
        async with asyncio.timeout(5):
            while delivery.state is DeliveryState.WAITING:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        assert (delivery.state, len(delivery.tries)) == (DeliveryState.GIVEN_UP, 6)
    finally:
        await bench.close()


async def test_the_schedule_follows_the_simulated_clock(bench: Bench) -> None:
    bench.merchant.answers["push"] = lambda: web.Response(status=503)
    order_id = await bench.bought()
    await bench.sim.settled()
    (delivery,) = bench.sim.callbacks.of(order_id, CallbackKind.CHECKOUT_STATUS)

    for wait, expected in ((1.5, 1), (1, 2), (4, 2), (1.5, 3)):
        bench.sim.state.clock.advance(wait)
        await asyncio.sleep(0.05)
        assert len(delivery.tries) == expected
    del bench.merchant.answers["push"]
    bench.sim.state.clock.advance(11)
    await asyncio.sleep(0.05)
    assert delivery.state is DeliveryState.DELIVERED


async def test_messages_can_be_held_swapped_doubled_and_dropped(bench: Bench) -> None:
    rules = bench.sim.callbacks.rules
    rules.append(CallbackRule(Treatment.HOLD, kind=CallbackKind.CHECKOUT_STATUS, times=2))
    rules.append(CallbackRule(Treatment.DROP, kind=CallbackKind.ORDER_MANAGEMENT, times=None))
    order_id = await bench.bought(person="on_hold")
    bench.sim.resolve_hold(order_id, approve=True)
    await bench.sim.settled()
    assert bench.merchant.bodies("push") == []

    assert bench.sim.callbacks.release(reverse=True) == 2
    await bench.sim.settled()
    assert [b["Status"] for b in bench.merchant.bodies("push")] == ["Completed", "OnHold"]
    assert bench.merchant.bodies("status") == []

    first = bench.sim.callbacks.of(order_id, CallbackKind.CHECKOUT_STATUS)[0]
    bench.sim.callbacks.send_again(first.id, times=3)
    await bench.sim.settled()
    assert len(bench.merchant.bodies("push")) == 5


async def test_quirks_change_the_wire_but_not_the_truth() -> None:
    config = QliroSimConfig()
    config.quirks.extra_fields = config.quirks.integer_enums = config.quirks.detailed_error_message = True
    config.quirks.read_lag_count = 2
    bench = await Bench.open(config)
    try:
        order_id = await bench.bought()
        assert [(await bench.send("GET", f"{ORDERS}/{order_id}"))[0] for _ in range(3)] == [404, 404, 200]
        admin = await bench.admin(order_id)
        assert (admin["PaymentTransactions"][0]["Type"], admin["PaymentTransactions"][0]["Status"]) == (0, 4)
        assert (admin["OrderItemActions"][2]["ActionType"], admin["OrderItemActions"][2]["Type"]) == (1, 1)
        assert "AddedByANewerVersion" in admin
        _, refusal = await bench.ship(order_id, line("NOPE", 1))
        assert "DetailedErrorMessage" in refusal
    finally:
        await bench.close()


async def test_admin_reads_can_be_stale() -> None:
    config = QliroSimConfig()
    config.quirks.stale_admin_seconds = 30
    bench = await Bench.open(config)
    try:
        order_id = await bench.bought()
        bench.sim.state.clock.advance(31)
        await bench.shipped(order_id)
        assert len((await bench.admin(order_id))["PaymentTransactions"]) == 1
        bench.sim.state.clock.advance(31)
        assert len((await bench.admin(order_id))["PaymentTransactions"]) == 2
    finally:
        await bench.close()


async def test_a_lost_answer_still_captures(bench: Bench) -> None:
    order_id = await bench.bought()
    action = {"kind": "status", "status": 504, "after": True}
    bench.sim.state.faults.add({"match": {"path": "MarkItemsAsShipped"}, "action": action})

    status, _ = await bench.ship(order_id)
    await bench.sim.settled()

    assert status == 504
    assert bench.sim.ledger(order_id).captured == 60300
    logged = [r for r in bench.sim.state.requests.all() if r.path.endswith("MarkItemsAsShipped")]
    assert [(r.status, r.order_id) for r in logged] == [(504, order_id)]


async def test_the_embedded_checkout_needs_its_own_orders_token(bench: Bench) -> None:
    mine, other = await bench.create(), await bench.create()
    _, order = await bench.send("GET", f"{ORDERS}/{mine}")
    bearer = "Bearer " + order["OrderHtmlSnippet"].split('"Bearer ')[1].split('"')[0]

    async def look(order_id: int, authorization: str) -> int:
        url = f"{bench.sim.url}/checkout/webapi/orders/{order_id}"
        async with bench.http.get(url, headers={"Authorization": authorization}) as answer:
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            return answer.status

    assert await look(mine, bearer) == 200
    assert await look(other, bearer) == 401
    assert await look(mine, bearer[:-3] + "abc") == 401
    bench.sim.state.clock.advance(5401)
    assert await look(mine, bearer) == 401


async def test_a_customer_can_buy_through_the_web_api(bench: Bench) -> None:
    order_id = await bench.create()
    _, order = await bench.send("GET", f"{ORDERS}/{order_id}")
    bearer = "Bearer " + order["OrderHtmlSnippet"].split('"Bearer ')[1].split('"')[0]

    async def act(step: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"{bench.sim.url}/checkout/webapi/orders/{order_id}/{step}"
        async with bench.http.post(url, data=json.dumps(body), headers={"Authorization": bearer}) as answer:
            found: dict[str, Any] = await answer.json()
            return found

    person = {"email": "a@example.com", "postalCode": "11122", "personalNumber": "7905255307"}
    assert code(await act("customer", person)) == "CHECKOUT_REFUSED"
    view = await act("customer", {**person, "personalNumber": "19790625-5307"})
    assert view["customer"]["isMasked"] is True
    assert (await act("payment", {"method": "CREDITCARDS"}))["payment"]["method"] == "CREDITCARDS"
    assert (await act("purchase", {}))["result"] == "challenge"
    assert (await act("challenge", {"approve": True}))["result"] == "completed"
    assert bench.sim.ledger(order_id).authorized == 60300
