"""Lines that Qliro adds itself: the chosen shipping method and the fees of the payment method."""

from typing import Any

from adapters.simulators.qliro.config import DeliveryRows
from adapters.simulators.qliro.delivery import shipping_properties
from adapters.simulators.qliro.items import read_kind
from adapters.simulators.qliro.model import Item, ItemType, Order, ShippingChoice, total_of
from adapters.simulators.qliro.money import to_minor
from adapters.simulators.qliro.validation import Fields, Problems


def shipping_methods(order: Order) -> list[dict[str, Any]]:
    """AvailableShippingMethods as the merchant gave them last."""
    methods = order.request.get("AvailableShippingMethods")
    return methods if isinstance(methods, list) else []


def method_named(order: Order, reference: str) -> dict[str, Any] | None:
    return next((m for m in shipping_methods(order) if m.get("MerchantReference") == reference), None)


def preselect(order: Order) -> None:
    """Keep a choice that is still offered; else take the first method with its first option."""
    methods = shipping_methods(order)
    if not methods:
        order.choice = None
        return
    if order.choice is not None and method_named(order, order.choice.method) is not None:
        return
    options = methods[0].get("SecondaryOptions") or []
    first = options[0]["MerchantReference"] if options else None
    order.choice = ShippingChoice(methods[0]["MerchantReference"], first)


def _amount(raw: dict[str, Any], name: str) -> int:
    value = raw.get(name)
    return 0 if value is None else to_minor(value)


def shipping_price(order: Order, choice: ShippingChoice) -> tuple[int, int, int, int]:
    """Price with and without VAT of the method alone, then with its chosen extras."""
    method = method_named(order, choice.method) or {}
    inc, ex = _amount(method, "PriceIncVat"), _amount(method, "PriceExVat")
    total_inc, total_ex = inc, ex
    for service in method.get("AdditionalShippingServices") or []:
        if service.get("MerchantReference") in choice.services:
            total_inc += _amount(service, "PriceIncVat")
            total_ex += _amount(service, "PriceExVat")
    return inc, ex, total_inc, total_ex


def shipping_items(order: Order) -> list[Item]:
    """The lines for the customer's choice of delivery (section 7.5): one, or its paid services on their own."""
    choice = order.choice
    method = method_named(order, choice.method) if choice is not None else None
    if choice is None or method is None:
        return []
    inc, ex, total_inc, total_ex = shipping_price(order, choice)
    reference = method.get("ShippingFeeMerchantReference") or choice.method
    metadata = {
        "ShippingMethodMerchantReference": choice.method,
        "ShippingMethodSecondaryOptionMerchantReference": choice.option,
        "ShippingMethodAccessCode": choice.access_code,
        "AdditionalShippingProperties": shipping_properties(order, method, choice.option),
        "MerchantData": None,
    }
    name = method.get("DisplayName")
    if order.delivery_rows is DeliveryRows.ONE:
        return [Item(reference, ItemType.SHIPPING, 1, total_inc, total_ex, name, metadata)]
    kind = ItemType.FEE if order.delivery_rows is DeliveryRows.SERVICES_AS_FEES else ItemType.SHIPPING
    named = {"ShippingMethodMerchantReference": choice.method}
    return [
        Item(reference, ItemType.SHIPPING, 1, inc, ex, name, metadata),
        *(
            Item(row["MerchantReference"], kind, 1, _amount(row, "PriceIncVat"), _amount(row, "PriceExVat"),
                 row["DisplayName"], named)
            for row in method.get("AdditionalShippingServices") or []
            if row.get("MerchantReference") in choice.services
        ),
    ]  # fmt: skip


def fee_items(order: Order, method: str | None) -> list[Item]:
    """The fee lines that ApplicableFees names for a payment method."""
    container = order.request.get("ApplicableFees") or {}
    rows = (container.get("Fees") or {}).get(method) or [] if method is not None else []
    fees = []
    for row in rows:
        kind = read_kind(Fields(row, Problems()), required=False)
        inc, ex = _amount(row, "AmountIncludingVat"), _amount(row, "AmountExcludingVat")
        fees.append(Item(row["MerchantReference"], kind, 1, inc, ex, row.get("Description")))
    return fees


def current_items(order: Order) -> list[Item]:
    """The cart as the customer sees it, or the bought lines after the purchase."""
    if order.final_items is not None:
        return order.final_items
    return [*order.items, *shipping_items(order), *fee_items(order, order.method)]


def total_price(order: Order) -> int:
    """What the customer pays, with shipping and fees."""
    return total_of(current_items(order))
