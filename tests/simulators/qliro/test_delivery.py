"""Delivery platforms at the simulated Qliro: what they demand, offer and tell."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web

from adapters.simulators.qliro.config import DeliveryPlatform, QliroSimConfig, SimMerchant
from adapters.simulators.qliro.deliveries import CallbackKind, DeliveryState
from tests.simulators.qliro.bench import KEY, SECRET, Bench, code, line
from tests.simulators.qliro.test_control_plane import Control

ORDERS = "/checkout/merchantapi/Orders"
METHODS: tuple[dict[str, Any], ...] = (
    {
        "MerchantReference": "collect", "DisplayName": "Till ombud", "PriceIncVat": 49, "PriceExVat": Decimal("39.17"),
        "ServiceId": "pn-19", "Brand": "PostNord",
        "SecondaryOptions": [{"MerchantReference": "A1", "DisplayName": "Kiosk", "Address": "Torget 1", "City": "X",
                              "PostalCode": "111 11", "Descriptions": ["Torget 1"]}],
        "AdditionalShippingServices": [
            {"MerchantReference": "sms", "DisplayName": "Sms", "PriceIncVat": 9, "PriceExVat": Decimal("7.20")}
        ],
    },
    {"MerchantReference": "home", "DisplayName": "Hem", "PriceIncVat": 99, "PriceExVat": Decimal("79.20")},
)  # fmt: skip


def goods(reference: str, inc: float, ingrid: Any = None, **more: Any) -> dict[str, Any]:
    told = {"Sku": reference, "Weight": 500} if ingrid is None else ingrid
    return line(reference, inc, ex=inc * 0.8, Metadata={"Ingrid": told}, **more)


async def opened(platform: DeliveryPlatform) -> Bench:
    account = SimMerchant(KEY, SECRET, shipping_methods=METHODS, delivery_platform=platform)
    return await Bench.open(QliroSimConfig(merchants=(account,), retry_time_scale=0.001))


@pytest.fixture
async def ingrid() -> AsyncIterator[Bench]:
    bench = await opened(DeliveryPlatform.INGRID)
    yield bench
    await bench.close()


@pytest.fixture
async def nshift() -> AsyncIterator[Bench]:
    bench = await opened(DeliveryPlatform.UNIFAUN)
    yield bench
    await bench.close()


async def refused(bench: Bench, path: str, **body: Any) -> str:
    status, answer = await bench.send("POST", ORDERS, bench.order_body(**body))
    assert (status, code(answer)) == (400, "INVALID_INPUT")
    text: str = answer["ErrorMessage"]
    assert path in text
    return text


async def test_a_shipping_row_is_refused_where_a_platform_delivers(ingrid: Bench, nshift: Bench) -> None:
    freight = line("FREIGHT", 49, ex=39.2, kind="Shipping")
    await refused(ingrid, "OrderItems[1].Type", OrderItems=[goods("A", 100), freight])
    unifaun = {"Unifaun": {"CheckoutId": "C"}}
    items = [line("A", 100, ex=80), freight]
    await refused(nshift, "OrderItems[1].Type", OrderItems=items, ShippingConfiguration=unifaun)
    order_id = await ingrid.create(OrderItems=[goods("A", 100)])
    status, _ = await ingrid.send("PUT", f"{ORDERS}/{order_id}", {"OrderItems": [goods("A", 100), freight]})
    assert status == 400
    assert len(ingrid.sim.order(order_id).items) == 1


async def test_each_platform_insists_on_what_it_needs(ingrid: Bench, nshift: Bench) -> None:
    await refused(ingrid, "OrderItems[0].Metadata.Ingrid.Sku", OrderItems=[line("A", 100, ex=80)])
    await refused(nshift, "ShippingConfiguration.Unifaun.CheckoutId", OrderItems=[line("A", 100, ex=80)])
    order_id = await nshift.create(
        OrderItems=[line("A", 100, ex=80)], ShippingConfiguration={"Unifaun": {"CheckoutId": "C", "Tags": {"a": "b"}}}
    )
    status, _ = await nshift.send("PUT", f"{ORDERS}/{order_id}", {"OrderItems": [line("A", 100, ex=80)]})
    assert status == 200


@pytest.mark.parametrize(
    ("told", "path"),
    [
        ({"Sku": "A", "Weight": 1.5}, "Weight"),
        ({"Sku": "A", "Weight": -1}, "Weight"),
        ({"Sku": "A", "Weight": "250"}, "Weight"),
        ({"Sku": 7}, "Sku"),
        ({"Sku": "A", "Attributes": "fragile"}, "Attributes"),
        ({"Sku": "A", "Attributes": [1]}, "Attributes"),
        ({"Sku": "A", "Dimensions": {"Height": "high"}}, "Dimensions.Height"),
        ({"Sku": "A", "Dimensions": {"Depth": 1}}, "Dimensions.Depth"),
        ({"Sku": "A", "OutOfStock": "no"}, "OutOfStock"),
        ({"Sku": "A", "Discount": -1}, "Discount"),
        ({"Sku": "A", "ShippingDate": {"Start": "soon"}}, "ShippingDate.Start"),
        ({"Sku": "A", "Colour": "red"}, "Colour"),
        ("heavy", "Ingrid"),
    ],
)
async def test_goods_are_taken_as_the_schema_says_or_refused_by_name(ingrid: Bench, told: Any, path: str) -> None:
    await refused(ingrid, path, OrderItems=[goods("A", 100, told)])


async def test_the_customers_choice_becomes_rows_events_and_a_booking(ingrid: Bench) -> None:
    control = Control(ingrid)
    order_id = await ingrid.create(
        OrderItems=[goods("A", 100)], MerchantNotificationUrl=f"{ingrid.merchant.url}/notification"
    )
    await control("PATCH", "/config", {"booking_delay": 0.01})
    choice = {"method": "collect", "option": "A1", "services": ["sms"]}
    event = (await control("POST", f"/orders/{order_id}/delivery", choice))["event"]
    assert event == {
        "method": "collect", "methodName": "Till ombud", "secondaryOption": "A1",
        "additionalShippingServices": ["sms"], "shippingServicesNames": ["Sms"], "price": 49.0, "priceExVat": 39.17,
        "totalShippingPrice": 58.0, "totalShippingPriceExVat": 46.37,
        "pickupLocation": {"name": "Kiosk", "description": ["Torget 1"]},
    }  # fmt: skip
    await control("POST", f"/orders/{order_id}/buy", {})
    _, order = await ingrid.send("GET", f"{ORDERS}/{order_id}")
    (row,) = [item for item in order["OrderItems"] if item["Type"] == "Shipping"]
    assert (row["PricePerItemIncVat"], row["PricePerItemExVat"]) == (58.0, 46.37)
    told = row["Metadata"]["AdditionalShippingProperties"]
    assert (told["ShippingProvider"], told["ServiceId"], told["Agent"]["City"]) == ("Ingrid", "pn-19", "X")
    while not (told := ingrid.merchant.bodies("notification")):  # noqa: ASYNC110 - the merchant has no event
        await asyncio.sleep(0.005)
    assert told[0]["Payload"]["session"]["delivery_groups"][0]["tos_id"] == f"tos-{order_id}"
    assert (told[0]["IsSuccess"], told[0]["Provider"]) == (True, "Ingrid")


async def test_a_notification_is_repeated_until_it_is_received(nshift: Bench) -> None:
    control = Control(nshift)
    order_id = await nshift.create(
        OrderItems=[line("A", 100, ex=80)],
        ShippingConfiguration={"Unifaun": {"CheckoutId": "C"}},
        MerchantNotificationUrl=f"{nshift.merchant.url}/notification",
    )
    answers = iter([503, 404, 200])
    nshift.merchant.answers["notification"] = lambda: web.json_response(
        {"CallbackResponse": "received"}, status=next(answers)
    )
    await control("POST", f"/orders/{order_id}/notification", {"success": False, "error": "Full"})
    (delivery,) = nshift.sim.callbacks.of(order_id, CallbackKind.NOTIFICATION)
    while delivery.state is not DeliveryState.DELIVERED:  # noqa: ASYNC110 - deliveries have no event
        await asyncio.sleep(0.005)
    bodies = nshift.merchant.bodies("notification")
    assert len(bodies) == 3
    assert all(body == bodies[0] for body in bodies)
    assert (bodies[0]["IsSuccess"], bodies[0]["ErrorMessage"], bodies[0]["Payload"]) == (False, "Full", None)


async def test_ingrid_plans_by_weight_and_vouchers_anew_with_every_cart(ingrid: Bench) -> None:
    order_id = await ingrid.create(OrderItems=[goods("A", 100)])
    heavy = {"OrderItems": [goods("A", 100, quantity=50)]}
    assert (await ingrid.send("PUT", f"{ORDERS}/{order_id}", heavy))[0] == 200
    offered = ingrid.sim.order(order_id).request["AvailableShippingMethods"]
    assert [method["MerchantReference"] for method in offered] == ["home"]
    free = heavy | {"MerchantProvidedMetadata": [{"Key": "Ingrid.Vouchers", "Value": "FRIFRAKT"}]}
    assert (await ingrid.send("PUT", f"{ORDERS}/{order_id}", free))[0] == 200
    offered = ingrid.sim.order(order_id).request["AvailableShippingMethods"]
    assert [(method["PriceIncVat"], method["OriginalPrice"]) for method in offered] == [(0, 99)]
