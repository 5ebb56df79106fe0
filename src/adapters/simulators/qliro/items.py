"""Rules for order lines (section 5.1) and their wire form."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from adapters.simulators.qliro.goods import check_goods
from adapters.simulators.qliro.model import Item, ItemType
from adapters.simulators.qliro.money import to_major
from adapters.simulators.qliro.validation import ITEM_REFERENCE, Fields

MOST_LINES = 200
INT32 = 2**31 - 1


def read_kind(fields: Fields, *, required: bool, name: str = "Type") -> ItemType:
    """The item type by name in any letter case, or by its number."""
    value = fields.body.get(name)
    if value is None:
        if required:
            fields.bad(name, f"The {name} field is required.")
        return ItemType.PRODUCT
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(ItemType):
        return list(ItemType)[value]
    for kind in ItemType:
        if isinstance(value, str) and value.casefold() == kind.value.casefold():
            return kind
    fields.bad(name, f"The value '{value}' is not a valid order item type.")
    return ItemType.PRODUCT


def check_signs(fields: Fields, kind: ItemType, inc: int, ex: int, name: str = "PricePerItemIncVat") -> None:
    """Discounts are never positive, the rest never negative, and VAT never shrinks a price."""
    if kind is ItemType.DISCOUNT:
        if inc > 0 or ex > 0:
            fields.bad(name, "Discount items must not have a positive price.")
    elif inc < 0 or ex < 0:
        fields.bad(name, f"{kind.value} items must not have a negative price.")
    if abs(inc) < abs(ex):
        fields.bad(name, "The price including VAT must not be less than the price excluding VAT.")


def _check_rate(fields: Fields, inc: int, ex: int) -> None:
    rate = fields.percent("VatRate")
    if rate is None:
        return
    if rate < 0 or rate > 100:
        fields.bad("VatRate", "The VatRate must be between 0 and 100.")
        return
    # Both prices are rounded to the cent, so a consistent rate may be off by a cent on each.
    expected = Decimal(ex) * (1 + rate / 100)
    if abs(expected - inc) > 2:
        fields.bad("VatRate", "The VatRate does not match the prices.")


def _check_metadata(fields: Fields) -> Mapping[str, Any] | None:
    metadata = fields.sub("Metadata")
    if metadata is None:
        return None
    metadata.flag("HasRisk")
    metadata.text("MerchantData", most=250)
    for name in ("Subscription", "TravelInformation"):
        metadata.sub(name)
    check_goods(metadata)
    subscription = metadata.sub("Subscription")
    if subscription is not None:
        subscription.flag("Enabled")
    return metadata.body


def read_item(fields: Fields, *, type_required: bool = False, ex_required: bool = False) -> Item | None:
    """One line with all its limits; None when it is too broken to use."""
    before = len(fields.problems.found)
    reference = fields.text("MerchantReference", required=True, pattern=ITEM_REFERENCE)
    description = fields.text("Description", most=4000)
    kind = read_kind(fields, required=type_required)
    quantity = fields.integer("Quantity", required=True, least=1, most=INT32)
    inc = fields.amount("PricePerItemIncVat", required=True)
    ex = fields.amount("PricePerItemExVat", required=ex_required)
    metadata = _check_metadata(fields)
    if inc is not None:
        check_signs(fields, kind, inc, inc if ex is None else ex)
        if ex is not None:
            _check_rate(fields, inc, ex)
    if len(fields.problems.found) > before or reference is None or quantity is None or inc is None:
        return None
    return Item(reference, kind, quantity, inc, inc if ex is None else ex, description, metadata)


def read_items(fields: Fields, *, refuse_duplicates: bool, most: int = MOST_LINES) -> list[Item]:
    """The OrderItems of create and update: 1 to 200 lines with unlike identities."""
    value = fields.body.get("OrderItems")
    if value == []:
        fields.bad("OrderItems", "The OrderItems field must contain at least one item.")
    if isinstance(value, list) and len(value) > most:
        fields.bad("OrderItems", f"The OrderItems field must contain at most {most} items.")
        return []
    read = [read_item(row) for row in fields.rows("OrderItems", required=True)]
    items = [item for item in read if item is not None]
    if refuse_duplicates:
        refuse_same_identity(fields, items)
    return items


def refuse_same_identity(fields: Fields, items: Iterable[Item]) -> None:
    """Two lines with one reference and price can't be told apart later."""
    seen: set[tuple[str, int]] = set()
    for index, item in enumerate(items):
        if item.identity in seen:
            fields.bad(
                f"OrderItems[{index}]",
                f"Another item has MerchantReference '{item.reference}' and PricePerItemIncVat {to_major(item.inc)}.",
            )
        seen.add(item.identity)


def wire_item(item: Item, transaction_id: int | None = None) -> dict[str, Any]:
    """An item as GET order and the callbacks show it."""
    wire: dict[str, Any] = {
        "MerchantReference": item.reference,
        "Description": item.description,
        "Type": item.kind.value,
        "Quantity": item.quantity,
        "PricePerItemIncVat": to_major(item.inc),
        "PricePerItemExVat": to_major(item.ex),
        "Metadata": _shown(item.metadata),
    }
    if item.upsell_id is not None:
        wire["UpsellId"] = item.upsell_id
    if transaction_id is not None:
        wire["PaymentTransactionId"] = transaction_id
    return wire


def _shown(metadata: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Only the keys that GET order echoes."""
    if metadata is None:
        return None
    names = (
        "ShippingMethodMerchantReference", "ShippingMethodSecondaryOptionMerchantReference",
        "ShippingMethodAccessCode", "AdditionalShippingProperties", "MerchantData",
    )  # fmt: skip
    shown = {name: metadata[name] for name in names if name in metadata}
    return shown or None
