"""Order API v1, which storefronts read: its operations, its members and no others, its filters and refusals."""

import re
from typing import Any

import jsonschema_rs
import pytest

from adapters.simulators.norce.app import RunningSimulator
from tests.golden.norce_order_v1 import MEMBERS, OPERATIONS, QUERIES, strict

from .conftest import ORDERS, ORDERS_V1, Api

PRICE = {"includingVat": 125, "excludingVat": 100}
DISCOUNT = {"type": "item", "name": "Rea", "value": PRICE, "reference": "r", "description": "d"}
ITEM = {
    "reference": "1",
    "name": "Hat",
    "sku": "hat",
    "quantity": 1,
    "price": PRICE,
    "vatRate": 0.25,
    "logistics": {"weight": 100, "tags": []},
    "upsell": True,
    "discounts": [DISCOUNT],
}
PAYMENT = {
    "adapterId": "qliro_checkout_adapter",
    "name": "Qliro",
    "amount": 125,
    "reference": "4009289",
    "recurring": {"token": "t"},
    "upsell": {"eligible": True, "transactions": []},
    "actions": [{"adapterId": "qliro_checkout_adapter", "type": "capture", "url": "http://127.0.0.1:9/x"}],
}
SHIPPING = {
    "adapterId": "nshift_adapter",
    "name": "Bud",
    "total": PRICE,
    "vatRate": 0.25,
    "deliveryDetails": {"carrier": "PostNord", "carrierProductId": "19", "product": {"reference": "19"}},
}
TRANSACTION = {"event": "open", "amount": 125, "isSuccess": True, "requestJson": "{}"}
HOOK = {"adapterId": "a", "invoke": "http://127.0.0.1:9/hook", "target": "/payments"}
NOTIFICATION = {"reference": "n", "scope": "/state/currentStatus", "invoke": "http://127.0.0.1:9/n", "delay": 5}


def fits(value: Any, name: str, *, many: bool = False) -> None:
    """Only members of v1, of their types."""
    reference = {"$ref": f"#/components/schemas/{name}"}
    schema = {"type": "array", "items": reference} if many else reference
    jsonschema_rs.validator_for({**schema, "components": {"schemas": strict()}}).validate(_plain(value))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return float(value) if type(value).__name__ == "Decimal" else value


@pytest.fixture
async def full(api: Api) -> str:
    """An order with one of everything, the newest members among them, made over v0."""
    created = await api("POST", ORDERS, {"cart": {"items": [ITEM], "discounts": [DISCOUNT]}})
    ident: str = created.json["id"]
    for path, body in (
        ("payments", PAYMENT), ("shippings", SHIPPING), ("notifications", NOTIFICATION),
        ("hooks", HOOK | {"subscribeTo": "/reference"}), ("validations", {"adapterId": "v", "url": "http://127.0.0.1:9/v"}),
        ("consents", {"text": "yes?", "required": False}),
    ):  # fmt: skip
        assert (await api("POST", f"{ORDERS}/{ident}/{path}", body)).status in (200, 201), path
    return ident


def test_every_operation_is_there_and_no_other(sim: RunningSimulator) -> None:
    prefix = "/checkout/order/api/v1/checkout/orders"
    routed = {
        (route.method, re.sub(r"\{[^}]*\}", "{}", route.resource.canonical.removeprefix(prefix)))
        for route in sim.app.router.routes()
        if route.resource and route.resource.canonical.startswith(prefix) and route.method != "HEAD"
    }
    assert routed == OPERATIONS


async def test_an_order_has_the_members_of_v1_and_no_others(api: Api, full: str) -> None:
    order = (await api("GET", f"{ORDERS_V1}/{full}")).json
    fits(order, "Order")
    assert set(order) == set(MEMBERS["Order"])
    assert order["cart"]["items"][0]["productType"] == "physical"
    payment = order["payments"][0]["id"]
    assert order["payments"][0]["recurring"]["token"] == "t"
    fits((await api("GET", f"{ORDERS_V1}/{full}/payments")).json, "Payment", many=True)
    fits((await api("GET", f"{ORDERS_V1}/{full}/payments/{payment}")).json, "Payment")
    fits((await api("GET", f"{ORDERS_V1}/{full}/shippings")).json, "Shipping", many=True)
    fits((await api("GET", f"{ORDERS_V1}/{full}/shippings/{order['shippings'][0]['id']}")).json, "Shipping")
    log = f"{ORDERS_V1}/{full}/payments/{payment}/transactions"
    fits((await api("POST", log, TRANSACTION)).json, "PaymentTransaction")
    fits((await api("GET", log)).json, "PaymentTransaction", many=True)
    fits((await api("GET", ORDERS_V1)).json, "OrderPaginationSet")
    v0 = (await api("GET", f"{ORDERS}/{full}")).json
    assert v0["payments"][0]["upsell"]["eligible"] is True
    assert v0["cart"]["items"][0]["logistics"] == {"weight": 100, "tags": []}
    assert v0["shippings"][0]["deliveryDetails"]["carrierProductId"] == "19"
    assert v0["notifications"][0]["delay"] == 5


async def test_the_platform_of_2024_has_not_heard_of_what_came_later(
    api: Api, sim: RunningSimulator, full: str
) -> None:
    sim.state.set_generation("sandbox", "2024-03")
    order = (await api("GET", f"{ORDERS}/{full}")).json
    assert "notifications" not in order
    assert not {"recurring", "upsell"} & set(order["payments"][0])
    assert not {"logistics", "upsell"} & set(order["cart"]["items"][0])
    assert not {"reference", "description"} & set(order["cart"]["discounts"][0])
    assert "carrierProductId" not in order["shippings"][0]["deliveryDetails"]
    assert not {"recurring", "upsell"} & set((await api("GET", f"{ORDERS}/{full}/payments")).json[0])


async def test_a_merchant_is_moved_between_generations_on_the_control_plane(api: Api, order_id: str) -> None:
    for generation, newer in (("2024-03", False), ("2026-01", True)):
        moved = await api("PATCH", "/__sim/settings", {"generations": {"sandbox": generation}})
        assert moved.json["generations"] == {"sandbox": generation}
        assert ("notifications" in (await api("GET", f"{ORDERS}/{order_id}")).json) is newer
    assert (await api("PATCH", "/__sim/settings", {"generations": {"sandbox": "1999"}})).status == 400
    assert (await api("PATCH", "/__sim/modes", {"generation": "1999"})).status == 400


@pytest.mark.parametrize(
    "name", [name for name in QUERIES if not name.startswith(("order_by", "limit", "offset", "date"))]
)
async def test_the_list_is_narrowed_by_every_filter(api: Api, sim: RunningSimulator, name: str) -> None:
    wanted = sim.state.create_order("b2c")
    address = {
        "country": "NO",
        "email": "x@example.no",
        "phone": "+4712345678",
        "givenName": "Xenia",
        "familyName": "Ulv",
    }
    wanted.doc["payments"] = [{"id": "pX", "amount": 1, "state": "intent"}]
    wanted.doc["state"]["currentStatus"] = "accepted"
    wanted.doc["country"], wanted.doc["reference"], wanted.doc["cart"]["reference"] = "NO", "R-1", "C-1"
    for which in ("billing", "shipping"):
        wanted.doc["customer"][which] = address
    sim.state.create_order("b2c")
    part = name.partition("_")[2]
    of_order = {
        "cart_reference": "C-1",
        "reference": "R-1",
        "payment_id": "pX",
        "status": "accepted",
        "countries": "NO",
    }
    of_address = {"countries": "no", "emails": "X@example.no", "phones": "+4712345678", "names": "xenia ulv"}
    value = of_order.get(name) or of_address[part]
    found = (await api("GET", f"{ORDERS_V1}?{name}={value.replace('+', '%2B').replace(' ', '%20')}")).json
    assert [order["id"] for order in found["data"]] == [wanted.id]


async def test_refusals_are_problems_and_callbacks_are_forbidden(api: Api, full: str) -> None:
    wrong = {"Authorization": "Bearer wrong"}
    refused = await api("GET", f"{ORDERS_V1}/{full}", **wrong)
    assert (refused.status, refused.json["status"]) == (401, 401)
    assert refused.headers["Content-Type"].startswith("application/problem+json")
    for kind in ("hooks", "notifications", "validations"):
        assert (await api("POST", f"{ORDERS_V1}/{full}/{kind}", {}, **wrong)).status == 403
    assert (await api("GET", f"{ORDERS_V1}/oUnknown")).status == 404


async def test_creating_answers_with_the_bare_id(api: Api) -> None:
    made = await api("POST", ORDERS_V1, {"cart": {"items": [ITEM]}})
    assert made.status == 201
    assert isinstance(made.json, str)
    assert made.headers["Location"].endswith(made.json)
