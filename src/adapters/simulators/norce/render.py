"""Stored order to answer: v0 or v1 members, and the modes of `Modes` that concern what is emitted."""

from typing import Any

from adapters.simulators.norce import model
from adapters.simulators.norce.config import Modes

Json = dict[str, Any]
_FREE = {"attributes", "schema", "request", "response"}
_STATES = {*model.ORDER_STATUSES, *model.PAYMENT_STATES, *model.SHIPPING_STATES}
_TYPES = {"person", "organization", "default", "prepaid", "voucher", "item", "shipping"}


_PLACES: dict[str, dict[str, str]] = {
    "order": {"cart": "cart", "payments": "payment", "shippings": "shipping", "notifications": "notification"},
    "cart": {"items": "item", "discounts": "discount"},
    "item": {"items": "item", "discounts": "discount"},
    "shipping": {"deliveryDetails": "delivery"},
}
_CAME_LATER: dict[str, tuple[str, ...]] = {
    "order": ("notifications",),
    "item": ("logistics", "upsell"),
    "discount": ("reference", "description"),
    "payment": ("recurring", "upsell"),
    "delivery": ("carrierProductId",),
}
_ONLY_IN_V0: dict[str, tuple[str, ...]] = {
    "item": ("logistics", "upsell"),
    "discount": ("reference", "description"),
    "payment": ("merchant", "channel", "upsell"),
    "shipping": ("merchant", "channel"),
    "delivery": ("carrierProductId",),
    "notification": ("delay",),
}


def order(doc: Json, version: str, modes: Modes) -> Json:
    """The whole order in the shape of this API version, on this generation of the platform."""
    shown = dict(doc)
    shown["hooks"] = [hook(each, version) for each in doc["hooks"]]
    shown["validations"] = [_validation(each, version) for each in doc["validations"]]
    if version == "v1":
        items = [{"productType": "physical", "items": [], **each} for each in doc["cart"]["items"]]
        shown["cart"] = doc["cart"] | {"items": items}
    emitted: Json = emit(_known(shown, "order", version, modes), modes)
    return emitted


def entry(doc: Json, version: str, modes: Modes) -> Any:
    """One payment or shipping, told apart by what only a payment has."""
    return emit(_known(doc, "payment" if "amount" in doc else "shipping", version, modes), modes)


def _known(doc: Any, place: str, version: str, modes: Modes) -> Any:
    """Without the members that this version or generation has not heard of."""
    if isinstance(doc, list):
        return [_known(each, place, version, modes) for each in doc]
    if not isinstance(doc, dict):
        return doc
    hidden = (_ONLY_IN_V0 if version == "v1" else {}).get(place, ())
    hidden += _CAME_LATER.get(place, ()) if modes.older else ()
    inside = _PLACES.get(place, {})
    return {
        name: _known(value, inside[name], version, modes) if name in inside else value
        for name, value in doc.items()
        if name not in hidden
    }


def hook(doc: Json, version: str) -> Json:
    """A hook: `subscribeTo` in v0 is `scope` in v1."""
    if version == "v1":
        return doc
    shown = {"subscribeTo" if name == "scope" else name: value for name, value in doc.items()}
    return {name: value for name, value in shown.items() if name not in ("reference", "description")}


def _validation(doc: Json, version: str) -> Json:
    return doc if version == "v1" else {"id": doc["id"], "adapterId": doc["adapterId"], "url": doc["invoke"]}


def emit(value: Any, modes: Modes) -> Any:
    """The value as it leaves: with or without nulls, in the casing of the modes."""
    if isinstance(value, list):
        return [emit(each, modes) for each in value]
    if not isinstance(value, dict):
        return value
    shown = {}
    for name, each in value.items():
        if each is None and not modes.nulls:
            continue
        shown[name] = each if name in _FREE else _leaf(name, each, modes)
    return shown


def _leaf(name: str, value: Any, modes: Modes) -> Any:
    if not isinstance(value, str):
        return emit(value, modes)
    if name == "country" and modes.lowercase_country:
        return value.lower()
    is_enum = (name in ("state", "currentStatus", "status") and value in _STATES) or (
        name == "type" and value in _TYPES
    )
    if modes.capitalised_enums and is_enum:
        return value[:1].upper() + value[1:]
    return value
