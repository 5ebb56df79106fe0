"""Schemas of what callers send, as the published API has them: nothing required, nothing limited but by its type.

The service reads more strictly than that and says so in words: a message that is put as published is never refused for
how it is put, only for what it says or lacks, with a code and a message.
"""

from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

TAKEN = (
    "NorceOrder",
    "GetOrderResponse",
    "QliroCheckoutPushRequest",
    "QliroOrderManagementStatusRequest",
    "QliroCheckoutNotificationRequest",
    "MerchantSavedCreditCard",
    "QliroCheckoutShippingMethodChanged",
    "RecurringTokenModel",
)
_LIMITS = ("minimum", "maximum", "minLength", "maxLength", "pattern", "minItems", "maxItems")
_ONLY_OF_STATUS = ("TimeStamp", "PaymentType")
_NOT_OF_STATUS = ("Timestamp", "NotificationType")


def pushes(named: dict[str, Schema], rest_of_push: Schema, rest_of_status: Schema) -> None:
    """One type reads both pushes in any spelling; published are two, each with its own."""
    read = named["QliroCheckoutPushRequest"]
    named["QliroOrderManagementStatusRequest"] = _with(read, rest_of_status, without=_NOT_OF_STATUS)
    told = _with(read, rest_of_push, without=_ONLY_OF_STATUS)
    camel = {name[0].lower() + name[1:]: member for name, member in told["properties"].items()}
    named["QliroCheckoutPushRequest"] = {**told, "properties": camel}
    status = named["QliroOrderManagementStatusRequest"]["properties"]
    status["OrderID"] = status.pop("OrderId")


def relax(named: dict[str, Schema]) -> None:
    """Take the limits from everything that a published request is made of; what is needed is told in words."""
    for name in _reachable(named):
        schema = named[name] = _unlimited(named[name])
        needed = schema.pop("required", [])
        if needed:
            words = f"{schema.get('description', '')} Needed: {', '.join(needed)}."
            schema["description"] = words.strip()


def _with(read: Schema, ignored: Schema, *, without: tuple[str, ...]) -> Schema:
    members = {name: member for name, member in read["properties"].items() if name not in without}
    return {**read, "properties": {**members, **ignored["properties"]}}


def _reachable(named: dict[str, Schema]) -> set[str]:
    found: set[str] = set()
    waiting = [name for name in TAKEN if name in named]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _references(named[name])
    return found


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(reference := node.get("$ref"), str):
            yield reference.rpartition("/")[2]
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from _references(inner)


def _unlimited(node: Any) -> Any:
    """Without limits, but for a member that happens to be called like one."""
    if isinstance(node, list):
        return [_unlimited(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    made = {name: _unlimited(inner) for name, inner in node.items() if name not in _LIMITS or isinstance(inner, dict)}
    if isinstance(members := node.get("properties"), dict):
        made["properties"] = {name: _unlimited(inner) for name, inner in members.items()}
    return made
