"""Configuration, platform adapter, gateway, control plane."""

from decimal import Decimal

import aiohttp
import pytest
from openapi_spec_validator import validate

from adapters.simulators.norce.app import RunningSimulator, start
from adapters.simulators.norce.config import NorceSimConfig
from adapters.simulators.norce.seed import seed_sandbox

from .conftest import ORDERS, Adapter, Api, answering

CONFIGURATION = "/checkout/configuration/api/v1/configuration/merchants"
PLATFORM = "/checkout/norce-adapter/api/v1/orders"
DOCUMENT = {"$schema": "http://x/s.json", "id": "some_adapter", "adapter": {"publicUrl": "http://x"}}


async def test_a_configuration_document_lives_in_its_channel(api: Api) -> None:
    one = f"{CONFIGURATION}/m/channels/c/configurations/some_adapter"
    assert (await api("GET", one)).status == 404
    assert (await api("PUT", one, DOCUMENT)).status == 200
    assert (await api("GET", one)).json == DOCUMENT
    assert (await api("GET", f"{CONFIGURATION}/m/channels")).json == ["c"]
    assert (await api("GET", f"{CONFIGURATION}/other/channels/c/configurations/some_adapter")).status == 404
    assert (await api("DELETE", one)).status == 200
    assert (await api("GET", f"{CONFIGURATION}/m/channels")).json == []
    assert (await api("GET", one, Authorization="Bearer x")).status == 401


@pytest.mark.parametrize("change", [{"$schema": None}, {"id": "other"}, {"active": "yes"}, {"adapter": {}}])
async def test_a_document_against_the_base_schema_is_refused(api: Api, change: dict[str, object]) -> None:
    one = f"{CONFIGURATION}/m/channels/c/configurations/some_adapter"
    refused = await api("PUT", one, DOCUMENT | change)
    assert (refused.status, set(refused.json)) == (400, {"code", "message", "details"})


async def test_seeding_configures_every_channel(sim: RunningSimulator, api: Api) -> None:
    seed_sandbox(sim.state, qliro_url="http://qliro", adapter_public_url="http://adapter")
    path = f"{CONFIGURATION}/sandbox/channels"
    assert (await api("GET", path)).json == [
        "dk",
        "fi",
        "no",
        "se",
        "se-b2b",
        "se-branded",
        "se-ingrid",
        "se-nshift",
        "se-recurring",
        "se-shipping",
        "se-upsell",
    ]
    document = (await api("GET", f"{path}/fi/configurations/qliro_checkout_adapter")).json
    assert document["apiSettings"]["apiUrl"] == "http://qliro"
    assert document["redirectUrls"]["merchantConfirmationUrl"].startswith(sim.url + "/shop/confirmation?")
    assert len(sim.state.orders) >= 15


async def test_the_platform_makes_one_order_per_cart(sim: RunningSimulator, api: Api) -> None:
    made = await api("POST", PLATFORM, {"cartReference": 4711, "culture": "sv-SE"})
    assert made.status == 201
    assert (await api("POST", PLATFORM, {"cartReference": 4711, "culture": "sv-SE"})).json == made.json
    assert sim.state.order(made.json["id"]).doc["cart"]["reference"] == "4711"
    assert (await api("POST", PLATFORM, {"culture": "sv-SE"})).status == 400


async def test_quantities_scale_and_come_back_exactly(sim: RunningSimulator, api: Api) -> None:
    record = sim.state.create_order("indivisible")
    before = record.doc["cart"]
    path = f"{PLATFORM}/{record.id}/cart/items/{before['items'][0]['id']}"
    assert (await api("PATCH", path, {"quantity": 7})).status == 200
    assert record.doc["cart"]["items"][0]["total"]["includingVat"] == Decimal("233.33")
    assert (await api("PATCH", path, {"quantity": 3})).status == 200
    assert record.doc["cart"] == before
    for wrong in (0, -1, "2", None):
        assert (await api("PATCH", path, {"quantity": wrong})).status == 400
    assert (await api("DELETE", path)).status == 200
    assert (await api("DELETE", path)).status == 404


async def test_a_cart_change_reopens_an_order_in_processing(sim: RunningSimulator, api: Api, order_id: str) -> None:
    await api("PUT", f"{ORDERS}/{order_id}/state", {"currentStatus": "processing"})
    voucher = await api("POST", f"{PLATFORM}/{order_id}/vouchers", {"amount": 100})
    assert voucher.status == 201
    doc = sim.state.order(order_id).doc
    assert doc["state"]["currentStatus"] == "checkout"
    assert doc["payments"][0]["amount"] == 100
    assert (await api("DELETE", f"{PLATFORM}/{order_id}/vouchers/{voucher.json['id']}")).status == 200
    assert sim.state.order(order_id).doc["payments"][0]["state"] == "removed"


async def test_discount_codes_come_and_go(sim: RunningSimulator, api: Api, order_id: str) -> None:
    before = sim.state.order(order_id).doc["total"]
    path = f"{PLATFORM}/{order_id}/cart/discounts"
    assert (await api("POST", path, {"code": "TIO"})).status == 200
    assert (await api("POST", path, {"code": "TIO"})).status == 409
    assert sim.state.order(order_id).doc["total"]["includingVat"] < before["includingVat"]
    assert (await api("DELETE", path, {"code": "TIO"})).status == 200
    assert sim.state.order(order_id).doc["total"] == before


async def test_the_gateway_passes_everything_on(api: Api, adapter: Adapter) -> None:
    adapter.respond = answering(409, {"code": "payment-conflict"})
    path = "/checkout/qliro-adapter/api/checkout/v1/orders/o%2F1/payments?merchant=a%20b"
    answer = await api("POST", path, {"x": 1}, Authorization="Bearer mine")
    assert (answer.status, answer.json) == (409, {"code": "payment-conflict"})
    target, headers, body = adapter.asked[0]
    assert target == "/api/checkout/v1/orders/o%2F1/payments?merchant=a%20b"
    assert (headers["Authorization"], headers["x-channel"], body) == ("Bearer mine", "se", {"x": 1})


async def test_the_gateway_adds_the_key_and_says_when_the_adapter_is_down(
    sim: RunningSimulator, adapter: Adapter
) -> None:
    async with aiohttp.ClientSession(sim.url) as session:
        async with session.get("/checkout/qliro-adapter/health/live") as answer:
            assert answer.status == 200
        assert adapter.asked[0][1]["Authorization"] == "Bearer sandbox"
        sim.state.adapter_base_url = "http://127.0.0.1:9"
        async with session.get("/checkout/qliro-adapter/health/live") as answer:
            assert answer.status == 502
            assert (await answer.json())["code"] == "bad-gateway"


async def test_the_control_plane_plays_the_platform(sim: RunningSimulator, api: Api) -> None:
    made = await api("POST", "/__sim/orders", {"example": "finland", "cartTotal": "gross"})
    assert made.status == 201
    order = made.json
    assert order["channel"] == "fi"
    assert order["cart"]["total"]["includingVat"] > order["total"]["includingVat"] - 6
    one = f"/__sim/orders/{order['id']}"
    item = order["cart"]["items"][1]["id"]
    assert (await api("PATCH", f"{one}/items/{item}", {"quantity": 1})).json["cart"]["items"][1]["quantity"] == 1
    assert (await api("POST", f"{one}/vouchers", {"amount": 10})).json["payments"][0]["type"] == "voucher"
    shipping = order["shippings"][0]["id"]
    assert (await api("DELETE", f"{one}/shippings/{shipping}")).json["shippings"][0]["state"] == "removed"
    assert (await api("PUT", f"{one}/consents/newsletter", {"checked": True})).json["consents"][1]["checked"] is True
    forced = await api("PUT", f"{one}/state?force=true", {"currentStatus": "completed"})
    assert forced.json["state"]["currentStatus"] == "completed"
    assert (await api("POST", "/__sim/orders", {"example": "nothing"})).status == 404
    assert (await api("GET", "/__sim/orders?channel=fi")).json[0]["id"] == order["id"]
    assert (await api("POST", "/__sim/reset")).status == 204
    assert sim.state.orders == {}


async def test_faults_and_modes_are_set_over_http(sim: RunningSimulator, api: Api, order_id: str) -> None:
    rule = {"match": {"path": order_id}, "action": {"kind": "status", "status": 429, "headers": {"Retry-After": "1"}}}
    assert (await api("POST", "/__sim/faults", rule)).status == 201
    assert (await api("GET", f"{ORDERS}/{order_id}")).status == 429
    assert (await api("GET", f"{ORDERS}/{order_id}")).status == 200
    assert (await api("GET", "/__sim/faults")).json[0]["hits"] == 1
    assert (await api("POST", "/__sim/faults", {"action": {"kind": "x"}})).status == 400
    assert (await api("PATCH", "/__sim/modes", {"nulls": False})).json["nulls"] is False
    assert (await api("PATCH", "/__sim/modes", {"nul": False})).status == 400
    assert [each["status"] for each in (await api("GET", "/__sim/ledger/requests")).json] == [429, 200]


async def test_a_lost_answer_was_a_done_deed(sim: RunningSimulator, api: Api, order_id: str) -> None:
    sim.state.set_faults({"match": {"method": "POST"}, "action": {"kind": "reset", "after": True}})
    with pytest.raises(aiohttp.ClientConnectionError):
        await api("POST", f"{ORDERS}/{order_id}/payments", {"amount": 1})
    assert len(sim.state.order(order_id).doc["payments"]) == 1


async def test_the_control_planes_document_is_valid_and_complete(sim: RunningSimulator, api: Api) -> None:
    document = (await api("GET", "/__sim/openapi.json")).json
    validate(document)
    served = {
        (route.method.lower(), route.resource.canonical)
        for route in sim.app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/__sim") and route.method != "HEAD"
    }
    described = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert served == described


async def test_two_simulators_know_nothing_of_each_other() -> None:
    one, two = await start(NorceSimConfig()), await start(NorceSimConfig())
    try:
        one.state.create_order("b2c")
        assert one.url != two.url
        assert two.state.orders == {}
    finally:
        await one.stop()
        await two.stop()


async def test_events_are_listed_and_delivered_again(
    sim: RunningSimulator, api: Api, adapter: Adapter, order_id: str
) -> None:
    body = {"adapterId": "a", "reference": "r", "scope": "/state", "invoke": adapter.url + "/told"}
    await api("POST", f"{ORDERS}/{order_id}/notifications", body)
    await api("PUT", f"{ORDERS}/{order_id}/state", {"currentStatus": "accepted"})
    await sim.state.settled()
    base = "/checkout/notification/api/v1/events"
    (event,) = (await api("GET", f"{base}?order_id={order_id}&reference=r")).json["data"]
    assert event["order"]["state"]["currentStatus"] == "accepted"
    assert (await api("GET", f"{base}?reference=other")).json["data"] == []
    assert (await api("GET", base, x_merchant="other")).json["data"] == []
    assert (await api("POST", f"{base}/{event['id']}/retry")).status == 202
    await sim.state.settled()
    assert len((await api("GET", f"{base}/{event['id']}")).json["attempts"]) == 2
    assert len(adapter.asked) == 2


async def test_a_channels_static_notifications_are_on_every_new_order(sim: RunningSimulator, api: Api) -> None:
    notification = {"reference": "r", "scope": "/state", "invoke": "http://x"}
    sim.state.set_configuration(
        "sandbox", "se", {"id": "static_notifications", "order": {"notifications": [notification]}}
    )
    record = sim.state.create_order("b2c")
    assert (await api("GET", f"{ORDERS}/{record.id}")).json["notifications"][0]["reference"] == "r"


async def test_saving_a_document_may_ask_its_schema(sim: RunningSimulator, api: Api, adapter: Adapter) -> None:
    schema = {"type": "object", "required": ["apiUrl"], "properties": {"share": {"multipleOf": 0.01}}}
    adapter.respond = answering(200, schema)
    sim.state.set_modes(validate_schemas=True)
    path = f"{CONFIGURATION}/m/channels/c/configurations/some_adapter"
    document = DOCUMENT | {"$schema": adapter.url + "/schema.json"}
    refused = await api("PUT", path, document)
    assert (refused.status, "apiUrl" in refused.json["message"]) == (400, True)
    assert (await api("PUT", path, document | {"apiUrl": "http://q", "share": 0.25})).status == 200
    assert (await api("PUT", path, DOCUMENT | {"$schema": "http://127.0.0.1:9/s.json"})).status == 400
