"""JSON Schema of a merchant's configuration, against which Norce checks a document when it is saved.

It says the same as `adapters.norce.configuration_document`: a field stands at the top level or in its group.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from application.texts import DeclineReason
from domain.order import ADAPTER_ID

PATH = f"/openapi/v1/schemas/{ADAPTER_ID}.json"
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Field:
    """One field, its group, other names it is read under, and whether a document is useless without it."""

    name: str
    group: str
    schema: Schema
    told: str
    also: tuple[str, ...] = ()
    required: bool = False


def _text(longest: int) -> Schema:
    return {"type": ["string", "null"], "maxLength": longest}


def _whole(most: int) -> Schema:
    return {"type": ["integer", "null"], "minimum": 0, "maximum": most}


_URL: Schema = {
    "type": ["string", "null"],
    "maxLength": 1_000,
    "pattern": r"^$|^https://[^\s/@]+|^http://(localhost|127\.0\.0\.1|\[::1\])([:/]|$)",
}
_COLOUR: Schema = {"type": ["string", "null"], "pattern": "^$|^#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$"}
_FLAG: Schema = {"type": ["boolean", "null"]}
_TEXTS: Schema = {"type": ["object", "null"], "additionalProperties": _text(200)}
_DECLINES: Schema = {
    "type": ["object", "null"],
    "additionalProperties": {
        "type": ["object", "null"],
        "properties": {reason.value: _text(200) for reason in DeclineReason},
        "additionalProperties": _text(200),
    },
}
_API, _URLS, _OPTIONS, _WORDS = "apiSettings", "redirectUrls", "options", "localizationOptions"
FIELDS = (
    Field("publicUrl", "adapter", _URL, "Address under which Qliro and Norce reach the adapter"),
    Field("apiUrl", _API, _URL, "Qliro's API host", required=True),
    Field("merchantApiKey", _API, _text(50), "The merchant's key at Qliro", required=True),
    Field("merchantApiSecret", _API, _text(500), "Signs requests to Qliro", required=True),
    Field("merchantConfirmationUrl", _URLS, _URL, "Shown after the purchase", ("confirmationUrl",), required=True),
    Field("merchantTermsUrl", _URLS, _URL, "The shop's terms", ("termsUrl",), required=True),
    Field("merchantIntegrityPolicyUrl", _URLS, _URL, "The shop's privacy policy", ("integrityPolicyUrl",)),
    Field("primaryColor", _OPTIONS, _COLOUR, "Colour of the checkout"),
    Field("backgroundColor", _OPTIONS, _COLOUR, "Colour behind the checkout"),
    Field("callToActionColor", _OPTIONS, _COLOUR, "Colour of buttons"),
    Field("callToActionHoverColor", _OPTIONS, _COLOUR, "Colour of buttons under the pointer"),
    Field("cornerRadius", _OPTIONS, _whole(1_000), "Pixels"),
    Field("buttonCornerRadius", _OPTIONS, _whole(1_000), "Pixels"),
    Field("minimumCustomerAge", _OPTIONS, _whole(150), "Years; 0 for none"),
    Field("requireIdentityVerification", _OPTIONS, _FLAG, "Customers prove who they are"),
    Field("merchantConstraintName", _OPTIONS, _text(100), "Rule at Qliro that filters payment methods"),
    Field(
        "merchantReferenceSource",
        _OPTIONS,
        {"enum": ["OrderId", "OrderCartReference", "", None]},
        "What Qliro shows as reference",
    ),
    Field("mapDiscountPerRow", _OPTIONS, _FLAG, "Discounts in the rows they belong to"),
    Field("useIntegratedShipping", _OPTIONS, _FLAG, "Qliro offers delivery"),
    Field("recurring", _OPTIONS, _FLAG, "Recurring payments are wanted"),
    Field("useUpsell", _OPTIONS, _FLAG, "Offers after the purchase are wanted"),
    Field("upsellTimeoutSeconds", _OPTIONS, _whole(86_400), "Time for an offer"),
    Field("loyaltyConfiguration", _OPTIONS, {"type": ["object", "null"]}, "Qliro's loyalty sign-up"),
    Field("discountLocalizations", _WORDS, _TEXTS, "Name of discount rows by culture", ("discountText",)),
    Field("voucherLocalizations", _WORDS, _TEXTS, "Name of voucher rows by culture", ("voucherText",)),
    Field("declineLocalizations", _WORDS, _DECLINES, "Texts of stopped purchases", ("declineText",)),
)


@cache
def configuration_schema() -> bytes:
    """The schema as indented JSON."""
    groups = {field.group: _group(field.group) for field in FIELDS}
    return msgspec.json.format(
        msgspec.json.encode(
            {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "title": "Qliro Checkout adapter",
                "type": "object",
                "properties": {
                    "$schema": {"type": "string"},
                    "id": {"const": ADAPTER_ID},
                    "active": {"type": "boolean", "description": "Whether new payments are made"},
                    **groups,
                    **_members(FIELDS),
                },
                "required": ["$schema", "id"],
                "allOf": [_needed(field) for field in FIELDS if field.required],
            }
        ),
        indent=2,
    )


def _group(name: str) -> dict[str, Any]:
    return {"type": ["object", "null"], "properties": _members(field for field in FIELDS if field.group == name)}


def _members(fields: Any) -> dict[str, Any]:
    return {name: {"description": field.told, **field.schema} for field in fields for name in (field.name, *field.also)}


def _needed(field: Field) -> dict[str, Any]:
    """Somewhere, and not empty."""
    present = [
        {"properties": {name: {"type": "string", "minLength": 1}}, "required": [name]}
        for name in (field.name, *field.also)
    ]
    inside = {"properties": {field.group: {"type": "object", "anyOf": present}}, "required": [field.group]}
    return {"anyOf": [*present, inside]}
