"""nShift and Ingrid deliver: what Qliro is sent, what Norce shows of the choice, the purchase and the booking."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from adapters.simulators.qliro.buying import Result
from adapters.simulators.qliro.callbacks import CallbackKind, CallbackRule, DeliveryState, Treatment
from adapters.simulators.qliro.config import Booking, DeliveryRows
from adapters.simulators.qliro.model import ShippingChoice
from application.compose_checkout import CALLBACKS_ATTRIBUTE
from tests.e2e.shop import Answer, Json, Order, Shop

PICKUP = {"nshift": "postnord-mypack", "ingrid": "ingrid-pickup"}
GENERATIONS = pytest.mark.parametrize("merchant", ["sandbox", "sandbox-2024"])
PLATFORMS = pytest.mark.parametrize("platform", ["nshift", "ingrid"])


class Delivered(Order):
    """An order that a platform at Qliro delivers."""

    async def control(self, method: str, path: str, body: Json = None) -> Json:
        url = f"{self.shop.sandbox.qliro.url}/__sim/orders/{self.qliro_id}{path}"
        async with self.shop.http.request(method, url, json=body) as reply:
            assert reply.status == 200, await reply.text()
            return await reply.json()

    async def choose(self, method: str, **choice: Any) -> Json:
        """The customer's choice at Qliro; the browser's event about it."""
        return (await self.control("POST", "/delivery", {"method": method, **choice}))["event"]

    async def chosen(self, method: str, **choice: Any) -> Json:
        """Chosen at Qliro and told to us by the storefront."""
        event = await self.choose(method, **choice)
        answer = await self.event("shipping-option-update", event)
        assert answer.status == 200, answer
        return event

    @property
    def delivery(self) -> Json:
        """Our shipping in Norce."""
        (mine,) = [s for s in self.doc["shippings"] if s["adapterId"] == "qliro_checkout_adapter"]
        return mine

    @property
    def booked(self) -> bool:
        shippings = self.doc["shippings"]
        return any(s["attributes"].get("qliroShippingBooking") == "booked" for s in shippings)

    async def notified(self, body: Json, *, token: str | None = None) -> Answer:
        """Qliro's notification as it would come, to the address that create gave."""
        url = self.at_qliro.request["MerchantNotificationUrl"]
        path = url.removeprefix(self.shop.sandbox.adapter.url)
        if token is not None:
            path = path.partition("&token=")[0] + f"&token={token}"
        return await self.shop.adapter("POST", path, json=body, headers={})


def delivered(shop: Shop, platform: str, **options: Any) -> Delivered:
    shop.channel = f"se-{platform}"
    record = shop.norce.create_order(platform, merchant=shop.merchant, channel=shop.channel, **options)
    return Delivered(shop, record.id)


def total(shipping: Json) -> tuple[Any, ...]:
    return shipping["total"]["includingVat"], shipping["total"]["excludingVat"], shipping["vatRate"]


@PLATFORMS
@GENERATIONS
async def test_a_pickup_point_is_chosen_bought_and_booked(shop: Shop, platform: str, merchant: str) -> None:
    shop.merchant = merchant
    order = delivered(shop, platform)
    assert (await order.create()).status == 200
    event = await order.chosen(PICKUP[platform], option="station", services=["notice"])
    assert set(event) >= {
        "method", "methodName", "secondaryOption", "additionalShippingServices", "shippingServicesNames", "price",
        "priceExVat", "totalShippingPrice", "totalShippingPriceExVat", "pickupLocation",
    }  # fmt: skip
    chosen = order.delivery
    assert (chosen["state"], chosen["reference"], chosen["name"]) == ("intent", event["method"], event["methodName"])
    assert chosen["total"]["includingVat"] == 58
    assert chosen["vatRate"] == Decimal("0.25")
    pickup = chosen["deliveryDetails"]["pickupLocation"]
    assert (pickup["reference"], pickup["name"]) == ("station", "Stationen")
    assert [addon["reference"] for addon in chosen["addons"]] == ["notice"]
    assert chosen["attributes"]["qliroShippingServices"] == ["Avisering per sms"]
    assert chosen["attributes"]["qliroPickupDescription"] == ["Bangatan 2", "Dygnet runt"]
    assert order.payment["amount"] == order.total
    outcome = await order.buy(shipping=ShippingChoice(PICKUP[platform], "station", ("notice",)))
    assert outcome.result is Result.COMPLETED
    await order.until(lambda: order.status == "completed" and order.booked)
    await order.quiet()
    shown = order.delivery
    assert shown["state"] == "confirmed"
    assert shown["deliveryDetails"]["pickupLocation"]["address"]["city"] == "Boden"
    reference = "P19" if platform == "nshift" else f"tos-{order.qliro_id}"
    assert shown["tmsReference"] == reference
    assert shown["attributes"]["qliroCarrierProduct"] == ("P19" if platform == "nshift" else "pn-collect")
    assert order.total == order.payment["amount"] == Decimal(order.money.authorized) / 100
    assert (await order.operate("capture")).status == 200
    await order.quiet()
    assert order.money.captured == order.money.authorized


async def test_nshift_is_sent_its_checkout_and_ingrid_the_goods_with_every_cart(shop: Shop) -> None:
    nshift = delivered(shop, "nshift")
    await nshift.create()
    assert nshift.at_qliro.request["ShippingConfiguration"] == {
        "Unifaun": {"CheckoutId": "SANDBOX-1", "Tags": {"warehouse": "north"}}
    }
    assert all(item.metadata is None for item in nshift.at_qliro.items)
    ingrid = delivered(shop, "ingrid")
    await ingrid.create()
    mug, poster = ingrid.at_qliro.items[:2]
    assert mug.metadata == {
        "Ingrid": {
            "Weight": 850, "Sku": "1001", "Attributes": ["fragile"], "Discount": 0,
            "Dimensions": {"Height": 110, "Length": 210, "Width": 95},
        }
    }  # fmt: skip
    assert poster.metadata["Ingrid"]["Discount"] == 29
    assert poster.metadata["Ingrid"]["OutOfStock"] is False
    pairs = [
        {"Key": "Ingrid.Vouchers", "Value": "SOMMAR"},
        {"Key": "Ingrid.CartAttributes", "Value": "sandbox"},
        {"Key": "Ingrid.CartAttributes", "Value": "fragile"},
        {"Key": "Ingrid.CartAttributes", "Value": "oversize"},
    ]
    assert ingrid.at_qliro.request["MerchantProvidedMetadata"] == pairs
    assert all(item.kind.value != "Shipping" for item in ingrid.at_qliro.items)


async def test_a_changed_cart_changes_what_ingrid_plans_by(shop: Shop) -> None:
    order = delivered(shop, "ingrid")
    await order.create()
    await order.chosen("ingrid-pickup", option="kiosk")
    assert (await order.change_quantity(30)).status < 300
    assert order.at_qliro.items[0].quantity == 30
    assert order.at_qliro.items[0].metadata["Ingrid"]["Weight"] == 850
    offered = await order.control("GET", "/delivery")
    assert [method["MerchantReference"] for method in offered["methods"]] == ["ingrid-home", "ingrid-letter"]
    path = f"/checkout/norce-adapter/api/v1/orders/{order.id}/cart/discounts"
    assert (await shop.gateway("POST", path, json={"code": "FRIFRAKT"})).status < 300
    offered = await order.control("GET", "/delivery")
    assert {method["PriceIncVat"] for method in offered["methods"]} == {0}
    await order.bought(shipping=ShippingChoice("ingrid-home"))
    assert total(order.delivery) == (0, 0, 0)
    assert order.total == order.payment["amount"] == Decimal(order.money.authorized) / 100


@PLATFORMS
@GENERATIONS
async def test_what_is_bought_counts_and_not_what_the_browser_said_last(
    shop: Shop, platform: str, merchant: str
) -> None:
    shop.merchant = merchant
    order = delivered(shop, platform)
    await order.create()
    await order.chosen(PICKUP[platform], option="kiosk", services=["notice"])
    home = "budbee-home" if platform == "nshift" else "ingrid-home"
    assert (await order.buy(shipping=ShippingChoice(home, access_code="1234"))).result is Result.COMPLETED
    await order.until(lambda: order.status == "completed" and order.booked)
    shown = order.delivery
    assert shown["reference"] == home
    assert shown["deliveryDetails"].get("pickupLocation") is None
    assert shown["addons"] == []
    assert "qliroPickupDescription" not in shown["attributes"]
    expected = (79, Decimal("63.2")) if platform == "nshift" else (119, Decimal("95.24"))
    assert total(shown) == (*expected, Decimal("0.25"))
    assert order.total == order.payment["amount"] == Decimal(order.money.authorized) / 100


@PLATFORMS
async def test_a_delivery_that_no_browser_told_of_is_in_norce_after_the_purchase(shop: Shop, platform: str) -> None:
    order = delivered(shop, platform)
    await order.create()
    assert (await order.buy()).result is Result.COMPLETED
    await order.until(lambda: order.status == "completed" and order.booked)
    await order.quiet()
    assert order.delivery["reference"] == PICKUP[platform]
    assert order.total == order.payment["amount"] == Decimal(order.money.authorized) / 100


@pytest.mark.parametrize("rows", [DeliveryRows.SERVICES_APART, DeliveryRows.SERVICES_AS_FEES])
async def test_rows_that_qliro_splits_become_one_delivery_to_the_cent(shop: Shop, rows: DeliveryRows) -> None:
    shop.qliro.state.config.delivery_rows = rows
    order = delivered(shop, "ingrid")
    await order.create()
    await order.chosen("ingrid-pickup", option="kiosk", services=["notice"])
    assert order.payment["amount"] == order.total
    await order.bought(shipping=ShippingChoice("ingrid-pickup", "kiosk", ("notice",)))
    assert total(order.delivery) == (58, Decimal("46.37"), Decimal("0.25"))
    assert order.total == order.payment["amount"] == Decimal(order.money.authorized) / 100


async def test_the_old_payload_of_six_members_is_taken_too(shop: Shop) -> None:
    order = delivered(shop, "nshift")
    await order.create()
    event = await order.choose("postnord-mypack", option="kiosk", services=["notice"])
    old = ("method", "secondaryOption", "additionalShippingServices", "price", "totalShippingPrice")
    body = {name: event[name] for name in (*old, "totalShippingPriceExVat")}
    assert (await order.event("shipping-option-update", body)).status == 200
    assert order.delivery["reference"] == "postnord-mypack"
    assert order.delivery["deliveryDetails"]["pickupLocation"]["reference"] == "kiosk"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("method", ""), ("method", None), ("methodName", 7), ("price", -1), ("priceExVat", "much"),
        ("totalShippingPriceExVat", 1e12), ("totalShippingPriceExVat", 1000), ("shippingServicesNames", "all"),
        ("additionalShippingServices", [1]), ("pickupLocation", "kiosk"), ("pickupLocation", {"description": "there"}),
    ],
)  # fmt: skip
async def test_a_choice_that_cannot_be_understood_is_refused_by_name(shop: Shop, member: str, value: Any) -> None:
    order = delivered(shop, "nshift")
    await order.create()
    event = await order.choose("postnord-mypack", option="kiosk")
    answer = await order.event("shipping-option-update", event | {member: value})
    assert answer.status == 400, answer
    assert answer.json["code"] == "order-validation"
    assert member in answer.json["message"]
    assert order.doc["shippings"] == []


@PLATFORMS
async def test_a_real_difference_is_still_declined(shop: Shop, platform: str) -> None:
    order = delivered(shop, platform)
    await order.create()
    await order.chosen(PICKUP[platform], option="kiosk")
    shop.norce.edit(order.id, cart=_dearer(order.doc["cart"]))
    outcome = await order.buy()
    assert outcome.result is Result.DECLINED
    assert order.money.authorized == 0


def _dearer(cart: Json) -> Json:
    items = [dict(item) for item in cart["items"]]
    price = {name: value + 100 for name, value in items[0]["total"].items()}
    items[0] = items[0] | {"total": price, "originalTotal": price}
    return cart | {"items": items}


INGRID_BOOKED = {
    "EventType": "SHIPPING_PROVIDER_UPDATE",
    "Provider": "Ingrid",
    "IsSuccess": True,
    "ErrorMessage": None,
    "Timestamp": "2026-03-01T10:00:00.000",
    "Payload": {
        "session": {
            "delivery_groups": [{"tos_id": "TOS-9", "shipping": {"carrier": "DHL", "carrier_product_id": "dhl-box"}}]
        }
    },
}


async def test_a_booking_before_the_purchase_is_kept_and_shown_once_it_is_bought(shop: Shop) -> None:
    shop.qliro.state.config.booking = Booking.NONE
    order = delivered(shop, "ingrid")
    await order.create()
    told = INGRID_BOOKED | {"OrderId": order.qliro_id, "MerchantReference": "m"}
    for _ in range(3):
        answer = await order.notified(told)
        assert answer.status == 200
        assert answer.json["callbackResponse"] == answer.json["CallbackResponse"] == "received"
    await asyncio.sleep(0.3)
    assert order.doc["shippings"] == []
    await order.buy(shipping=ShippingChoice("ingrid-pickup", "kiosk"))
    await order.until(lambda: order.booked)
    await order.quiet()
    assert order.delivery["tmsReference"] == "TOS-9"
    assert order.delivery["deliveryDetails"]["carrier"] == "DHL"
    assert order.delivery["state"] == "confirmed"
    assert order.total == order.payment["amount"]


async def test_a_notification_is_read_in_either_spelling_and_only_with_its_own_token(shop: Shop) -> None:
    shop.qliro.state.config.booking = Booking.NONE
    order = delivered(shop, "ingrid")
    await order.create()
    await order.bought(shipping=ShippingChoice("ingrid-home"))
    assert (await order.notified(INGRID_BOOKED, token="0" * 40)).status == 404
    push = order.at_qliro.request["MerchantCheckoutStatusPushUrl"].partition("token=")[2]
    assert (await order.notified(INGRID_BOOKED, token=push)).status == 404
    camel = {name[0].lower() + name[1:]: value for name, value in INGRID_BOOKED.items()}
    assert (await order.notified(camel)).status == 200
    await order.until(lambda: order.booked)
    assert order.delivery["tmsReference"] == "TOS-9"


async def test_failed_and_booked_leave_the_same_delivery_in_any_order(shop: Shop) -> None:
    shop.qliro.state.config.booking = Booking.NONE
    failed = INGRID_BOOKED | {"IsSuccess": False, "ErrorMessage": "No slot left", "Payload": None}
    later = INGRID_BOOKED | {"Timestamp": "2026-03-01T11:00:00"}
    shown = []
    for events in ((failed, later), (later, failed)):
        order = delivered(shop, "ingrid")
        await order.create()
        await order.bought(shipping=ShippingChoice("ingrid-home"))
        for told in events:
            assert (await order.notified(told)).status == 200
            await order.quiet()
        kept = {name: order.delivery[name] for name in ("state", "tmsReference", "attributes", "total")}
        shown.append(kept)
        assert order.total == order.payment["amount"] == Decimal(order.money.authorized) / 100
    assert shown[0] == shown[1]
    assert shown[0]["state"] == "confirmed"


async def test_a_failed_booking_is_shown_and_changes_no_money(shop: Shop) -> None:
    shop.qliro.state.config.booking = Booking.FAILED
    order = delivered(shop, "nshift")
    await order.create()
    await order.bought(shipping=ShippingChoice("postnord-mypack", "kiosk"))
    await order.until(lambda: order.delivery["state"] == "failed")
    assert order.delivery["attributes"]["qliroShippingError"] == "The carrier did not answer"
    assert order.delivery["attributes"]["qliroShippingBooking"] == "failed"
    assert order.status == "completed"
    assert order.total == order.payment["amount"] == Decimal(order.money.authorized) / 100
    assert (await order.operate("capture")).status == 200
    await order.quiet()
    assert order.money.captured == order.money.authorized


@pytest.mark.parametrize(
    "told",
    [
        {"EventType": "LOYALTY_SIGNUP", "Provider": "Voyado", "IsSuccess": True, "Payload": {"email": "a@example.com"}},
        {"EventType": "SOMETHING_NEW", "Provider": None, "IsSuccess": None, "Payload": [1, {"deep": [None]}]},
        {"EventType": 7, "Provider": 9, "IsSuccess": "true", "Payload": "text"},
        {"EventType": "SHIPPING_PROVIDER_UPDATE", "Provider": "ingrid", "IsSuccess": True, "Payload": {"session": []}},
        {},
    ],
    ids=["loyalty", "unknown", "odd types", "empty booking", "nothing"],
)
async def test_events_of_others_are_kept_and_change_nothing_that_matters(shop: Shop, told: Json) -> None:
    shop.qliro.state.config.booking = Booking.NONE
    order = delivered(shop, "ingrid")
    await order.create()
    await order.bought(shipping=ShippingChoice("ingrid-home"))
    before = order.delivery
    assert (await order.notified(told)).status == 200
    await order.quiet()
    after = order.delivery
    same = ("reference", "name", "total", "vatRate", "tmsReference", "state", "deliveryDetails")
    assert [after[name] for name in same] == [before[name] for name in same]
    assert order.status == "completed"


async def test_bookings_come_late_twice_and_after_refused_deliveries(shop: Shop) -> None:
    shop.qliro.state.config.retry_time_scale = 0.02
    rule = CallbackRule(Treatment.DUPLICATE, CallbackKind.NOTIFICATION, copies=3)
    shop.qliro.callbacks.rules.append(rule)
    order = delivered(shop, "nshift")
    await order.create()
    await order.bought(shipping=ShippingChoice("postnord-mypack", "kiosk"))
    await order.until(lambda: order.booked)
    await order.control("POST", "/notification", {"times": 2})
    await order.until(lambda: all(d.state is DeliveryState.DELIVERED for d in _notifications(shop, order)))
    await order.quiet()
    assert order.delivery["tmsReference"] == "P19"
    assert order.delivery["state"] == "confirmed"


def _notifications(shop: Shop, order: Order) -> list[Any]:
    return shop.qliro.callbacks.of(order.qliro_id, CallbackKind.NOTIFICATION)


async def test_a_booking_for_a_payment_of_the_previous_adapter_must_name_its_qliro_order(shop: Shop) -> None:
    shop.qliro.state.config.booking = Booking.NONE
    order = delivered(shop, "ingrid")
    await order.create()
    await order.bought(shipping=ShippingChoice("ingrid-home"))
    attributes = {name: value for name, value in order.payment["attributes"].items() if name != CALLBACKS_ATTRIBUTE}
    shop.norce.edit(order.id, payments=[order.payment | {"attributes": attributes}])

    async def told(body: Json) -> int:
        params = {"merchant": shop.merchant, "channel": shop.channel}
        answer = await shop.adapter("POST", f"{order.callback}/notification", headers={}, params=params, json=body)
        return answer.status

    assert await told(INGRID_BOOKED) == 404
    assert await told(INGRID_BOOKED | {"OrderId": order.qliro_id + 1}) == 404
    assert await told(INGRID_BOOKED | {"OrderId": order.qliro_id}) == 200
    await order.until(lambda: any(s["tmsReference"] == "TOS-9" for s in order.doc["shippings"]))
    await order.quiet()
    assert order.total == order.payment["amount"] == Decimal(order.money.authorized) / 100
