"""The Order API as its clients see it."""

from decimal import Decimal
from typing import Any

import pytest

from adapters.simulators.norce.app import RunningSimulator

from .conftest import ORDERS, ORDERS_V1, Api

PAYMENT = {"adapterId": "qliro_checkout_adapter", "name": "Qliro", "amount": 785.2, "reference": "4009289"}
SHIPPING = {"adapterId": "a", "name": "Bud", "total": {"includingVat": 125, "excludingVat": 100}, "vatRate": 0.25}
ADDRESS = {"type": "Organization", "givenName": "Åsa", "country": "se", "unknown": 1}


async def test_an_order_belongs_to_its_merchant_and_channel(api: Api, order_id: str) -> None:
    assert (await api("GET", f"{ORDERS}/{order_id}")).status == 200
    for tenant in ({"x_channel": "no"}, {"x_merchant": "other"}):
        refused = await api("GET", f"{ORDERS}/{order_id}", **tenant)
        assert (refused.status, refused.json["code"]) == (404, "order-not-found")
        assert (await api("PUT", f"{ORDERS}/{order_id}/state", {"currentStatus": "removed"}, **tenant)).status == 404
    assert (await api("GET", ORDERS, x_channel="no")).json["pagination"]["totalSize"] == 0


async def test_both_keys_open_and_others_do_not(sim: RunningSimulator, api: Api, order_id: str) -> None:
    path = f"{ORDERS}/{order_id}"
    assert (await api("GET", path, Authorization="Bearer sandbox-norce-secondary")).status == 200
    for wrong in ("Bearer nonsense", "Basic sandbox-norce", "", "Bearer"):
        refused = await api("GET", path, Authorization=wrong)
        assert (refused.status, refused.json["code"]) == (401, "unauthorized")
    sim.state.merchant_tokens["sandbox"] = ("own",)
    assert (await api("GET", path)).status == 401
    assert (await api("GET", path, Authorization="Bearer own")).status == 200


@pytest.mark.parametrize("header", ["x_merchant", "x_channel"])
async def test_tenant_headers_are_required(api: Api, order_id: str, header: str) -> None:
    refused = await api("GET", f"{ORDERS}/{order_id}", **{header: " "})
    assert (refused.status, refused.json["code"]) == (400, "order-bad-request")


async def test_a_payment_lives_through_create_get_put(api: Api, order_id: str) -> None:
    base = f"{ORDERS}/{order_id}/payments"
    created = await api("POST", base, PAYMENT | {"id": "mine", "merchant": "evil"})
    assert created.status == 201
    ident = created.json["id"]
    assert ident.startswith("p")
    assert len(ident) == 27
    assert created.headers["Location"].endswith(f"/payments/{ident}")
    stored = (await api("GET", f"{base}/{ident}")).json
    assert stored | {"type": "default", "state": "intent", "currency": "SEK", "merchant": "sandbox"} == stored
    changed = await api("PUT", f"{base}/{ident}", {"amount": 10, "state": "Removed", "attributes": {"a": [1.5]}})
    assert changed.status == 200
    assert changed.json["state"] == "removed"
    assert changed.json["reference"] is None
    assert changed.json["attributes"] == {"a": [Decimal("1.5")]}
    assert len((await api("GET", base)).json) == 1
    assert (await api("GET", f"{base}/pNothing")).json["code"] == "payment-not-found"
    assert (await api("DELETE", f"{base}/{ident}")).status == 405


@pytest.mark.parametrize(
    "body",
    [
        {"name": "no amount"},
        {"amount": "10"},
        {"amount": 10.005},
        {"amount": True},
        {"amount": 1, "state": "paid"},
        {"amount": 1, "type": "card"},
        {"amount": 1, "currency": "EUR"},
        {"amount": 1, "attributes": []},
        {"amount": 1, "actions": [{"type": "capture", "url": "x"}]},
        [],
    ],
)
async def test_a_malformed_payment_is_refused(api: Api, order_id: str, body: Any) -> None:
    refused = await api("POST", f"{ORDERS}/{order_id}/payments", body)
    assert (refused.status, refused.json["code"]) == (400, "order-bad-request")
    assert (await api("GET", f"{ORDERS}/{order_id}/payments")).json == []


async def test_totals_follow_shippings(api: Api, order_id: str) -> None:
    before = (await api("GET", f"{ORDERS}/{order_id}")).json["total"]
    ident = (await api("POST", f"{ORDERS}/{order_id}/shippings", SHIPPING)).json["id"]
    after = (await api("GET", f"{ORDERS}/{order_id}")).json["total"]
    assert after["includingVat"] == before["includingVat"] + 125
    assert after["excludingVat"] == before["excludingVat"] + 100
    gone = await api("PUT", f"{ORDERS}/{order_id}/shippings/{ident}", SHIPPING | {"state": "removed"})
    assert gone.json["state"] == "removed"
    assert (await api("GET", f"{ORDERS}/{order_id}")).json["total"] == before
    without = {name: value for name, value in SHIPPING.items() if name != "vatRate"}
    assert (await api("POST", f"{ORDERS}/{order_id}/shippings", without)).status == 400


async def test_an_address_is_replaced_as_a_whole(api: Api, order_id: str) -> None:
    assert (await api("PUT", f"{ORDERS}/{order_id}/customer/billing", ADDRESS)).status == 200
    customer = (await api("GET", f"{ORDERS}/{order_id}")).json["customer"]
    assert customer["type"] == "organization"
    assert customer["billing"]["familyName"] is None
    assert customer["billing"]["country"] == "se"
    assert "unknown" not in customer["billing"]
    refused = await api("PUT", f"{ORDERS}/{order_id}/customer/shipping", {"country": "SWE"})
    assert refused.status == 400


async def test_a_state_change_leaves_a_transition(sim: RunningSimulator, api: Api, order_id: str) -> None:
    for status in ("Processing", "processing", "accepted"):
        assert (await api("PUT", f"{ORDERS}/{order_id}/state", {"currentStatus": status})).status == 200
    state = (await api("GET", f"{ORDERS}/{order_id}")).json["state"]
    assert [each["status"] for each in state["transitions"]] == ["checkout", "processing", "accepted"]
    assert (await api("PUT", f"{ORDERS}/{order_id}/state", {"currentStatus": "paid"})).status == 400
    moves = [(each["from"], each["to"]) for each in sim.state.ledger.states if each["orderId"] == order_id]
    assert moves == [(None, "checkout"), ("checkout", "processing"), ("processing", "accepted")]


async def test_required_consents_come_before_processing(sim: RunningSimulator, api: Api) -> None:
    order_id = sim.state.create_order("consent_missing").id
    refused = await api("PUT", f"{ORDERS}/{order_id}/state", {"currentStatus": "processing"})
    assert (refused.status, refused.json["code"]) == (400, "order-validation")
    assert (await api("PATCH", f"{ORDERS}/{order_id}/consents/terms", {"checked": True, "text": "x"})).status == 200
    consent = (await api("GET", f"{ORDERS}/{order_id}")).json["consents"][0]
    assert consent["text"] != "x"
    assert (await api("PUT", f"{ORDERS}/{order_id}/state", {"currentStatus": "processing"})).status == 200


async def test_strict_states_forbid_leaps_and_edits(sim: RunningSimulator, api: Api, order_id: str) -> None:
    async def move(status: str) -> int:
        return (await api("PUT", f"{ORDERS}/{order_id}/state", {"currentStatus": status})).status

    assert await move("declined") == 200
    assert await move("checkout") == 200
    sim.state.set_modes(strict_states=True)
    assert await move("declined") == 400
    assert await move("processing") == 200
    cart: dict[str, Any] = {"items": [], "discounts": []}
    assert (await api("PUT", f"{ORDERS}/{order_id}/cart", cart)).status == 400
    assert await move("accepted") == 200
    assert await move("completed") == 200
    assert await move("removed") == 400
    assert await move("completed") == 200


async def test_transactions_keep_order_and_check_their_json(api: Api, order_id: str) -> None:
    payment = (await api("POST", f"{ORDERS}/{order_id}/payments", PAYMENT)).json["id"]
    base = f"{ORDERS}/{order_id}/payments/{payment}/transactions"
    sent = {"event": "Open", "amount": 785.2, "isSuccess": True, "requestJson": '{"a":1}', "created": "1999"}
    made = await api("POST", base, sent)
    assert made.status == 200
    assert made.json["created"] != "1999"
    assert made.json["event"] == "open"
    assert (await api("POST", base, sent | {"requestJson": "{"})).status == 400
    assert (await api("POST", base, sent | {"event": "paid"})).status == 400
    assert [each["event"] for each in (await api("GET", base)).json] == ["open"]


async def test_attributes_merge_and_reference_is_a_string(api: Api, order_id: str) -> None:
    await api("PATCH", f"{ORDERS}/{order_id}/attributes", {"a": 1})
    await api("PATCH", f"{ORDERS}/{order_id}/attributes", {"b": {"c": None}})
    await api("PUT", f"{ORDERS}/{order_id}/reference", "4711")
    order = (await api("GET", f"{ORDERS}/{order_id}")).json
    assert order["attributes"] == {"a": 1, "b": {"c": None}}
    assert order["reference"] == "4711"
    assert (await api("PUT", f"{ORDERS}/{order_id}/reference", {"a": 1})).status == 400


async def test_orders_are_created_listed_and_deleted(sim: RunningSimulator, api: Api) -> None:
    body = {"merchant": "x", "channel": "y", "id": "oX", "cart": {"reference": "77", "items": []}}
    created = await api("POST", ORDERS, body)
    assert created.status == 201
    ident = created.json["id"]
    assert created.headers["Location"] == f"/api/v0/checkout/orders/{ident}"
    sim.state.create_order("b2c")
    found = (await api("GET", f"{ORDERS}?cart_reference=77")).json
    assert [each["id"] for each in found["data"]] == [ident]
    assert found["pagination"] == {"offset": 0, "limit": 25, "size": 1, "totalSize": 1}
    assert (await api("GET", f"{ORDERS}?limit=1&offset=1")).json["pagination"]["totalSize"] == 2
    assert (await api("GET", f"{ORDERS}?search=undulatsson")).json["pagination"]["totalSize"] == 1
    assert (await api("DELETE", f"{ORDERS}/{ident}")).status == 204
    assert (await api("GET", f"{ORDERS}/{ident}")).status == 404


async def test_version_one_spells_things_its_way(api: Api, order_id: str) -> None:
    hook = {"adapterId": "a", "scope": "/cart", "target": "/payments", "invoke": "http://x", "reference": "r"}
    assert (await api("POST", f"{ORDERS_V1}/{order_id}/hooks", hook)).status == 200
    payment = (await api("POST", f"{ORDERS_V1}/{order_id}/payments", PAYMENT)).json["id"]
    validation = {"adapterId": "a", "invoke": "http://x"}
    assert (await api("POST", f"{ORDERS_V1}/{order_id}/validations", validation)).status == 200
    new = (await api("GET", f"{ORDERS_V1}/{order_id}")).json
    old = (await api("GET", f"{ORDERS}/{order_id}")).json
    assert new["hooks"][0]["scope"] == old["hooks"][0]["subscribeTo"] == "/cart"
    assert new["hooks"][0]["reference"] == "r"
    assert "merchant" not in new["payments"][0]
    assert old["payments"][0]["merchant"] == "sandbox"
    assert new["validations"][0]["invoke"] == old["validations"][0]["url"] == "http://x"
    assert new["cart"]["items"][0]["productType"] == "physical"
    assert "merchant" not in (await api("GET", f"{ORDERS_V1}/{order_id}/payments/{payment}")).json
    replaced = validation | {"invoke": "http://y"}
    ident = new["validations"][0]["id"]
    assert (await api("PUT", f"{ORDERS_V1}/{order_id}/validations/{ident}", replaced)).status == 200


async def test_version_one_errors_are_problems(api: Api, order_id: str) -> None:
    missing = await api("GET", f"{ORDERS_V1}/oNothing")
    assert missing.headers["Content-Type"].startswith("application/problem+json")
    assert (missing.json["status"], missing.json["code"]) == (404, "order-not-found")
    assert (await api("POST", f"{ORDERS_V1}/{order_id}/hooks", {}, Authorization="Bearer x")).status == 403
    assert (await api("GET", f"{ORDERS_V1}/{order_id}", Authorization="Bearer x")).status == 401


async def test_modes_change_what_is_emitted(sim: RunningSimulator, api: Api, order_id: str) -> None:
    await api("POST", f"{ORDERS}/{order_id}/payments", PAYMENT | {"attributes": {"keep": None}})
    sim.state.set_modes(nulls=False, lowercase_country=True, capitalised_enums=True)
    order = (await api("GET", f"{ORDERS}/{order_id}")).json
    assert "reference" not in order
    assert order["payments"][0]["attributes"] == {"keep": None}
    assert order["country"] == order["customer"]["billing"]["country"] == "se"
    assert order["state"]["currentStatus"] == "Checkout"
    assert order["payments"][0]["state"] == "Intent"
    assert order["customer"]["type"] == "Person"


async def test_bodies_must_be_json(sim: RunningSimulator, api: Api, order_id: str) -> None:
    assert (await api("POST", f"{ORDERS}/{order_id}/payments")).status == 400
    assert (await api("POST", f"{ORDERS}/{order_id}/payments", {"amount": 1}, Content_Type="text/json")).status == 201
    entry = sim.state.ledger.requests[-1]
    assert (entry["method"], entry["status"], entry["merchant"]) == ("POST", 201, "sandbox")
    assert entry["body"] == {"amount": 1}


async def test_a_new_order_brings_its_callbacks_but_no_payments(sim: RunningSimulator, api: Api) -> None:
    hook = {"adapterId": "norce_adapter", "subscribeTo": "/state", "invoke": "http://x/{order_id}"}
    body = {"cart": {"items": []}, "payments": [{"amount": 1}], "shippings": [SHIPPING], "hooks": [hook]}
    order = (await api("GET", f"{ORDERS}/{(await api('POST', ORDERS, body)).json['id']}")).json
    assert (order["payments"], order["shippings"]) == ([], [])
    assert order["hooks"][0]["id"].startswith("oc")
    assert order["total"] == {"includingVat": 0, "excludingVat": 0}
    wrong = body | {"hooks": [hook | {"subscribeTo": "/nothing"}]}
    assert (await api("POST", ORDERS, wrong)).status == 400
    assert len(sim.state.orders) == 1


@pytest.mark.parametrize("amount", [Decimal("1E+999999999"), Decimal("1E-999999999"), Decimal("1E+41")])
async def test_a_number_out_of_all_bounds_is_refused(api: Api, order_id: str, amount: Decimal) -> None:
    for path in ("payments", "payments/p1/transactions"):
        refused = await api("POST", f"{ORDERS}/{order_id}/{path}", PAYMENT | {"amount": amount})
        assert (refused.status, refused.json["code"]) == (400, "order-bad-request")
