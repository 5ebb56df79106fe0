"""Delivery platforms integrated at Qliro (sections 7.6 and 13): what they demand, offer, and book."""

from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from adapters.simulators.qliro.config import DeliveryPlatform, SimMerchant
from adapters.simulators.qliro.model import Item, ItemType, Order
from adapters.simulators.qliro.validation import Fields

FREE_VOUCHER = "FRIFRAKT"
"""The voucher that makes Ingrid deliver for nothing."""
HEAVY_GRAMS = 20_000
"""What Ingrid doesn't hand out at a pickup point any more."""


def check_delivery(fields: Fields, merchant: SimMerchant, items: list[Item], *, new: bool) -> None:
    """What the platform of the merchant, or the one that the request names, can't do without or can't live with."""
    configuration = fields.body.get("ShippingConfiguration") or {}
    nshift = configuration.get("Unifaun") if isinstance(configuration, dict) else None
    platform = merchant.delivery_platform
    if platform is DeliveryPlatform.UNIFAUN and (new or nshift is not None):
        checkout_id = nshift.get("CheckoutId") if isinstance(nshift, dict) else None
        if not checkout_id:
            fields.bad("ShippingConfiguration.Unifaun.CheckoutId", "The CheckoutId field is required.")
    integrated = platform is not None or nshift is not None or any(map(goods_of, items))
    for index, item in enumerate(items):
        if integrated and item.kind is ItemType.SHIPPING:
            text = "Shipping items are not allowed: the integrated platform adds its own."
            fields.bad(f"OrderItems[{index}].Type", text)
        if platform is DeliveryPlatform.INGRID and item.kind is ItemType.PRODUCT and not goods_of(item).get("Sku"):
            fields.bad(f"OrderItems[{index}].Metadata.Ingrid.Sku", "The Sku field is required.")


def goods_of(item: Item) -> dict[str, Any]:
    """What Ingrid knows of a row."""
    return dict((item.metadata or {}).get("Ingrid") or {})


def offer_delivery(order: Order, merchant: SimMerchant) -> None:
    """The platform's methods for the cart as it is now; an order with shipping of its own is offered none."""
    own = any(item.kind is ItemType.SHIPPING for item in order.items)
    given = "AvailableShippingMethods" in order.request and not order.offered_delivery
    if not merchant.shipping_methods or own or given:
        return
    methods = deepcopy(list(merchant.shipping_methods))
    if merchant.delivery_platform is DeliveryPlatform.INGRID:
        methods = _planned_by_ingrid(order, methods)
    order.request["AvailableShippingMethods"] = methods
    order.offered_delivery = True


def _planned_by_ingrid(order: Order, methods: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ingrid looks at vouchers and weight: a voucher may deliver for nothing, and heavy goods only go home."""
    pairs = order.request.get("MerchantProvidedMetadata") or []
    vouchers = {pair.get("Value") for pair in pairs if pair.get("Key") == "Ingrid.Vouchers"}
    weight = sum((goods_of(item).get("Weight") or 0) * item.quantity for item in order.items)
    if weight > HEAVY_GRAMS:
        methods = [method for method in methods if not method.get("SecondaryOptions")]
    if FREE_VOUCHER in vouchers:
        for method in methods:
            method["OriginalPrice"] = method.get("PriceIncVat")
            method["PriceIncVat"] = method["PriceExVat"] = Decimal(0)
    return methods


def platform_of(order: Order) -> DeliveryPlatform | None:
    """Who delivers this order, as its request tells."""
    configuration = order.request.get("ShippingConfiguration") or {}
    if configuration.get("Unifaun") is not None:
        return DeliveryPlatform.UNIFAUN
    return DeliveryPlatform.INGRID if any(map(goods_of, order.items)) else None


def shipping_properties(order: Order, method: dict[str, Any], option: str | None) -> dict[str, Any] | None:
    """`AdditionalShippingProperties` of the delivery row; None for deliveries that the merchant provides."""
    platform = platform_of(order)
    if platform is None:
        return None
    place = next((o for o in method.get("SecondaryOptions") or [] if o["MerchantReference"] == option), None)
    return {
        "ShippingProvider": platform.value,
        "ServiceId": _service_id(method),
        "Agent": None if place is None else _agent(place),
    }


def _agent(place: dict[str, Any]) -> dict[str, Any]:
    spot = place.get("Coordinates") or {}
    return {
        "Id": place["MerchantReference"], "Name": place["DisplayName"], "Address1": place.get("Address"),
        "Address2": None, "ZipCode": place.get("PostalCode"), "City": place.get("City"),
        "MapLatitude": spot.get("Lat"), "MapLongitude": spot.get("Lng"),
    }  # fmt: skip


def _service_id(method: dict[str, Any]) -> str:
    """What the carrier calls the method."""
    return str(method.get("ServiceId") or method["MerchantReference"])


def booking_payload(order: Order, platform: DeliveryPlatform, method: dict[str, Any]) -> dict[str, Any]:
    """What the platform tells of the booking it made (section 7.6)."""
    if platform is DeliveryPlatform.UNIFAUN:
        return {"service": {"id": _service_id(method), "name": method["DisplayName"]}}
    shipping = {"carrier": method.get("Brand"), "carrier_product_id": _service_id(method)}
    return {"session": {"delivery_groups": [{"tos_id": f"tos-{order.id}", "shipping": shipping}]}}


def moment(text: str | None, now: datetime) -> datetime:
    """A stated moment, or now."""
    told = datetime.fromisoformat(text) if text else now
    return told if told.tzinfo else told.replace(tzinfo=UTC)
