"""Norce's Order API v1 restated: the order that storefronts read, as far as it differs from the one that hooks get."""

from collections.abc import Mapping
from typing import Any

from tests.golden.published_api_2026 import (
    ENUMS,
    FLAG,
    FREE,
    MOMENT,
    NUMBER,
    STRUCTURES,
    TEXT,
    WHOLE,
    Schema,
    schema_of,
)

Members = Mapping[str, Any]


def _texts(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split(), TEXT)


def _without(name: str, *members: str) -> dict[str, Any]:
    return {member: kind for member, kind in STRUCTURES[name].items() if member not in members}


WORDS: Mapping[str, tuple[str, ...]] = {
    **ENUMS,
    "ProductType": ("physical", "digital", "giftCard", "bundle"),
    "OrderVersion": ("v0", "v1"),
    "PaymentEvent": ("open", "process", "confirm", "reopen", "cancel", "paymentAction", "capture", "refund"),
}
MEMBERS: Mapping[str, Members] = {
    **STRUCTURES,
    "Order": {**STRUCTURES["NorceOrder"], "validations": ["Validation"]},
    "Item": {**_without("Item", "logistics", "upsell"), "productType": "ProductType", "items": ["Item"]},
    "Payment": _without("Payment", "merchant", "channel", "upsell"),
    "Shipping": _without("Shipping", "merchant", "channel"),
    "Hook": {**_texts("id adapterId scope target invoke reference description"), "version": "OrderVersion"},
    "Notification": {**_without("Notification", "delay"), "version": "OrderVersion"},
    "Validation": _texts("id adapterId invoke reference description"),
    "PaymentTransaction": {
        "event": "PaymentEvent",
        "amount": NUMBER,
        "isSuccess": FLAG,
        "created": MOMENT,
        **_texts("pspEvent errorDetail pspStatus requestJson responseJson"),
        "paymentAction": "PaymentAction",
    },
    "Pagination": dict.fromkeys(("offset", "limit", "size", "totalSize"), WHOLE),
    "OrderPaginationSet": {"data": ["Order"], "pagination": "Pagination"},
    "ValidationError": _texts("code adapterId"),
}
QUERIES = (
    *("billing_countries", "billing_emails", "billing_names", "billing_phones", "cart_reference", "countries"),
    *("date_from", "date_to", "limit", "offset", "order_by", "order_by_direction", "payment_id", "reference"),
    *("shipping_countries", "shipping_emails", "shipping_names", "shipping_phones", "status"),
)
OPERATIONS = frozenset(
    {
        *(("GET", path) for path in ("", "/{}", "/{}/payments", "/{}/payments/{}", "/{}/payments/{}/transactions")),
        *(("GET", path) for path in ("/{}/shippings", "/{}/shippings/{}")),
        *(("POST", path) for path in ("", "/{}/consents", "/{}/hooks", "/{}/notifications", "/{}/payments")),
        *(("POST", f"/{{}}/payments/{{}}/{act}") for act in ("actions", "actions/{}/execute", "transactions")),
        *(("POST", path) for path in ("/{}/shippings", "/{}/validate", "/{}/validations")),
        *(("PUT", path) for path in ("/{}/cart", "/{}/customer/billing", "/{}/customer/shipping", "/{}/reference")),
        *(("PUT", path) for path in ("/{}/payments/{}", "/{}/shippings/{}", "/{}/state", "/{}/validations/{}")),
        *(("PATCH", path) for path in ("/{}/attributes", "/{}/consents", "/{}/consents/{}")),
        ("DELETE", "/{}"),
        *(("DELETE", f"/{{}}/{kind}/{{}}") for kind in ("consents", "hooks", "notifications", "validations")),
    }
)


def strict() -> dict[str, Schema]:
    """Every structure with these members and no other; each may be null."""
    made: dict[str, Schema] = {name: {"enum": [*words, None]} for name, words in WORDS.items()}
    for name, members in MEMBERS.items():
        made[name] = {
            "type": ["object", "null"],
            "properties": {member: _nullable(schema_of(kind)) for member, kind in members.items()},
            "additionalProperties": False,
        }
    return made


def _nullable(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]} if "type" in schema else schema


__all__ = ["FREE", "MEMBERS", "OPERATIONS", "QUERIES", "WORDS", "strict"]
