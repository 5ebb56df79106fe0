"""The schemas of the document: the wire's own types under their published names, patched where JSON says more."""

from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from entrypoints.http import qliro_order_schema as unread
from entrypoints.http import wire
from entrypoints.http.norce_order_schema import NorceOrder
from entrypoints.http.openapi_errors import ERRORS
from entrypoints.http.openapi_published import pushes, relax

Schema = dict[str, Any]
_LARGEST = 10**11
_TYPES = (
    wire.Error,
    wire.CheckoutOrder,
    wire.CallbackResponse,
    wire.Declined,
    wire.ShippingOption,
    wire.Part,
    wire.ValidateOrder,
    wire.Push,
    wire.SavedCreditCard,
    wire.ProviderNotification,
    wire.RecurringToken,
    wire.RecurringOrder,
    NorceOrder,
    unread.PatchOperation,
    unread.UnreadOrderMembers,
    unread.UnreadItemMembers,
    unread.UnreadPushMembers,
    unread.UnreadStatusMembers,
)
_PUBLISHED: Mapping[str, str] = {
    "CheckoutOrder": "QliroCheckoutOrder",
    "CallbackResponse": "QliroCheckoutPushResponse",
    "Declined": "QliroCheckoutValidationErrorResponse",
    "ShippingOption": "QliroCheckoutShippingMethodChanged",
    "Part": "PartialOperation",
    "PartItem": "PartialOperationItem",
    "ValidateOrder": "GetOrderResponse",
    "QliroItem": "OrderItem",
    "Push": "QliroCheckoutPushRequest",
    "RecurringToken": "RecurringTokenModel",
    "RecurringOrder": "QliroCheckoutRecurringOrder",
    "SavedCreditCard": "MerchantSavedCreditCard",
    "ProviderNotification": "QliroCheckoutNotificationRequest",
    "PickupPoint": "QliroCheckoutShippingMethodChangedPickupLocation",
}


def schemas() -> dict[str, Schema]:
    """Every component by its published name."""
    _, made = msgspec.json.schema_components(_TYPES, ref_template="#/components/schemas/{name}")
    named = {_PUBLISHED.get(name, name): _patched(schema) for name, schema in made.items()}
    pushes(named, named.pop("UnreadPushMembers"), named.pop("UnreadStatusMembers"))
    named["GetOrderResponse"] = _with(named["GetOrderResponse"], named.pop("UnreadOrderMembers"))
    named["OrderItem"] = _with(named["OrderItem"], named.pop("UnreadItemMembers"))
    _patch_members(named)
    relax(named)
    return dict(sorted(named.items()))


def _with(read: Schema, ignored: Schema) -> Schema:
    return {**read, "properties": {**read["properties"], **ignored["properties"]}}


def _patch_members(named: dict[str, Schema]) -> None:
    codes = list(get_args(wire.ErrorCode))
    told = {code: f"HTTP {'/'.join(map(str, ERRORS[code].statuses))}. {ERRORS[code].meaning}" for code in codes}
    named["Error"]["properties"]["code"] |= {"enum": codes, "x-enumDescriptions": told}
    named["QliroCheckoutValidationErrorResponse"]["properties"]["code"]["enum"] = codes
    item = named["OrderItem"]["properties"]
    item["Quantity"] = {"type": "integer", "default": 1}
    item["PricePerItemIncVat"]["default"] = 0


def _patched(node: Any) -> Any:
    """Decimals as numbers, optional members as two types in one, references under the published names."""
    if isinstance(node, list):
        return [_patched(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    made = {name: _patched(value) for name, value in node.items() if name != "title" or not isinstance(value, str)}
    if made.get("format") == "decimal":
        made |= {"type": "number", "format": "double", "minimum": -_LARGEST, "maximum": _LARGEST}
    if "enum" in made and "type" not in made:
        made["type"] = "string"
    if isinstance(reference := made.get("$ref"), str):
        name = reference.rpartition("/")[2]
        made["$ref"] = f"#/components/schemas/{_PUBLISHED.get(name, name)}"
    if made.get("required") == []:
        del made["required"]
    return _merged_choice(made)


def _merged_choice(made: Schema) -> Schema:
    """`{"type": ["string", "null"]}` reads better than a choice of two schemas."""
    choices = made.get("anyOf")
    if not isinstance(choices, list) or any("type" not in choice for choice in choices):
        return made
    rest = {name: value for name, value in made.items() if name != "anyOf"}
    merged: Schema = {"type": [choice["type"] for choice in choices]}
    for choice in choices:
        merged |= {name: value for name, value in choice.items() if name != "type"}
    if rest.get("default", 0) is None:
        del rest["default"]
    return {**merged, **rest}
