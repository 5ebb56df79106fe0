"""The control plane's OpenAPI document."""

from typing import Any, Final

import msgspec

from adapters.simulators.fault_rules import FAULT_RULE_SCHEMA
from adapters.simulators.norce.config import Modes
from adapters.simulators.norce.examples import EXAMPLES
from adapters.simulators.norce.state import NorceState

Json = dict[str, Any]
_ANY: Final[Json] = {"type": "object"}
_ORDER: Final[Json] = {"$ref": "#/components/schemas/Order"}


def control_openapi(state: NorceState) -> Json:
    """OpenAPI 3.1 of `/__sim`."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Norce simulator: control plane",
            "version": "1",
            "description": "Sets scenes, plays the platform, injects faults and shows the ledger. No key needed.",
        },
        "servers": [{"url": state.public_url}] if state.public_url else [],
        "paths": _paths(),
        "components": {"schemas": _schemas(state)},
    }


def _paths() -> Json:
    paths: Json = {}
    for method, path, summary, body, status, answer in _OPERATIONS:
        paths.setdefault("/__sim" + path, {})[method] = _operation(method, path, summary, body, status, answer)
    return paths


def _operation(method: str, path: str, summary: str, body: Json | None, status: int, answer: Json | None) -> Json:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    operation: Json = {
        "operationId": method + "".join(part.strip("{}").capitalize() for part in path.split("/")),
        "summary": summary,
        "parameters": [{"name": each, "in": "path", "required": True, "schema": {"type": "string"}} for each in names],
        "responses": {str(status): _content(summary, answer), "400": _content("Refused", _ref("Error"))},
    }
    for name in _QUERIES.get((method, path), ()):
        operation["parameters"].append({"name": name, "in": "query", "schema": {"type": "string"}})
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def _content(description: str, schema: Json | None) -> Json:
    answer: Json = {"description": description}
    return answer if schema is None else answer | {"content": {"application/json": {"schema": schema}}}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(schema: Json) -> Json:
    return {"type": "array", "items": schema}


def _object(**properties: Json) -> Json:
    return {"type": "object", "properties": properties}


def _schemas(state: NorceState) -> Json:
    _, definitions = msgspec.json.schema_components([Modes])
    rule = FAULT_RULE_SCHEMA | {"properties": dict(FAULT_RULE_SCHEMA["properties"])}
    action = dict(rule["properties"]["action"])
    action["properties"] = action["properties"] | {"kind": {"enum": sorted(state.faults.kinds)}}
    rule["properties"]["action"] = action
    return {
        "Error": _object(code={"type": "string"}, message={"type": "string"}),
        "Order": {"type": "object", "description": "An order as Order API v0 shows it."},
        "Modes": definitions["Modes"],
        "FaultRule": rule,
        "Entry": {"type": "object", "required": ["seq", "at"], "additionalProperties": True},
        "NewOrder": _object(
            example={"enum": list(EXAMPLES)},
            order=_ORDER,
            merchant={"type": "string", "default": "sandbox"},
            channel={"type": "string"},
            cartTotal={"enum": ["net", "gross"]},
        ),
    }


_ITEM: Final = "/orders/{order}/items/{item}"
_SHIPPING: Final = "/orders/{order}/shippings/{shipping}"
_CONFIGURATION: Final = "/configurations/{merchant}/{channel}/{name}"
_HOOKS: Final = ("hooks",)
_QUERIES: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("get", "/orders"): ("merchant", "channel"),
    ("get", "/ledger"): ("order", "since"),
    ("get", "/ledger/{kind}"): ("order", "since"),
    ("put", "/orders/{order}/state"): ("force", "hooks"),
    ("post", "/orders/{order}/items"): _HOOKS,
    ("patch", _ITEM): _HOOKS,
    ("delete", _ITEM): _HOOKS,
    ("post", "/orders/{order}/vouchers"): _HOOKS,
    ("post", "/orders/{order}/shippings"): _HOOKS,
    ("put", _SHIPPING): _HOOKS,
    ("delete", _SHIPPING): _HOOKS,
}
_OPERATIONS: Final[tuple[tuple[str, str, str, Json | None, int, Json | None], ...]] = (
    ("get", "/openapi.json", "This document", None, 200, _ANY),
    ("post", "/reset", "Forget orders, configurations, faults, modes and the ledger", None, 204, None),
    ("get", "/examples", "The example carts", None, 200, _list(_ANY)),
    ("get", "/orders", "All orders, newest first", None, 200, _list(_ORDER)),
    ("post", "/orders", "Create an order from an example or from JSON", _ref("NewOrder"), 201, _ORDER),
    ("get", "/orders/{order}", "One order of any tenant", None, 200, _ORDER),
    ("patch", "/orders/{order}", "Overwrite top-level members without hooks", _ANY, 200, _ORDER),
    (
        "put",
        "/orders/{order}/state",
        "Move the order; force=true skips hooks and rules",
        _object(currentStatus={"type": "string"}),
        200,
        _ORDER,
    ),
    ("post", "/orders/{order}/items", "Put an item in the cart", _ANY, 200, _ORDER),
    ("patch", _ITEM, "Change an item's quantity", _object(quantity={"type": "integer"}), 200, _ORDER),
    ("delete", _ITEM, "Take an item out of the cart", None, 200, _ORDER),
    (
        "post",
        "/orders/{order}/vouchers",
        "Add a voucher payment",
        _object(amount={"type": "number"}, reference={"type": "string"}),
        200,
        _ORDER,
    ),
    ("delete", "/orders/{order}/vouchers/{payment}", "Set a payment removed", None, 200, _ORDER),
    ("post", "/orders/{order}/shippings", "Add a shipping", _ANY, 200, _ORDER),
    ("put", _SHIPPING, "Replace a shipping", _ANY, 200, _ORDER),
    ("delete", _SHIPPING, "Set a shipping removed", None, 200, _ORDER),
    (
        "put",
        "/orders/{order}/consents/{consent}",
        "Check or uncheck a consent",
        _object(checked={"type": "boolean"}),
        200,
        _ORDER,
    ),
    ("get", "/orders/{order}/history", "State changes of order and payments", None, 200, _list(_ref("Entry"))),
    ("get", "/orders/{order}/payments/{payment}/transactions", "A payment's log", None, 200, _list(_ANY)),
    ("get", "/ledger", "Everything that happened", None, 200, _ANY),
    (
        "get",
        "/ledger/{kind}",
        "One list: requests, calls, hooks, transactions or states",
        None,
        200,
        _list(_ref("Entry")),
    ),
    ("delete", "/ledger", "Empty the ledger", None, 204, None),
    ("get", "/events", "Notification events and their attempts", None, 200, _list(_ANY)),
    ("get", "/faults", "Fault rules, spent ones too", None, 200, _list(_ANY)),
    ("post", "/faults", "Add a fault rule, or an array of them", _ref("FaultRule"), 201, _list(_ANY)),
    ("delete", "/faults", "Remove all fault rules", None, 204, None),
    ("delete", "/faults/{fault}", "Remove one fault rule", None, 204, None),
    ("get", "/modes", "The switches", None, 200, _ref("Modes")),
    ("patch", "/modes", "Turn some switches", _ref("Modes"), 200, _ref("Modes")),
    ("get", "/settings", "Adapter address, and the keys and platform generations of merchants", None, 200, _ANY),
    ("patch", "/settings", "Change adapterBaseUrl, merchantTokens or generations", _ANY, 200, _ANY),
    ("get", _CONFIGURATION, "A configuration document", None, 200, _ANY),
    ("put", _CONFIGURATION, "Store a document unchecked", _ANY, 200, _ANY),
    ("delete", _CONFIGURATION, "Remove a document", None, 204, None),
)
