"""The schema and the reader of configurations agree."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from adapters.norce.configuration_document import ConfigurationRules, parse_configuration
from domain.errors import ConfigurationInvalid
from domain.identifiers import Tenant
from entrypoints.http.configuration_schema import FIELDS, configuration_schema

DOCS = Path(__file__).resolve().parents[4] / "docs" / "configuration.md"
SCHEMA = json.loads(configuration_schema())
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)
GROUPED: dict[str, Any] = {
    "$schema": "https://adapter.example.com/openapi/v1/schemas/qliro_checkout_adapter.json",
    "id": "qliro_checkout_adapter",
    "active": True,
    "adapter": {"publicUrl": "https://adapter.example.com", "internalUrl": "https://adapter.internal"},
    "apiSettings": {"apiUrl": "https://pago.qit.nu", "merchantApiKey": "KEY", "merchantApiSecret": "secret"},
    "redirectUrls": {
        "merchantConfirmationUrl": "https://shop.example.com/done?orderId={orderId}",
        "merchantTermsUrl": "https://shop.example.com/terms",
        "merchantIntegrityPolicyUrl": None,
    },
    "options": {"primaryColor": "#fff", "cornerRadius": 4, "merchantReferenceSource": "OrderId", "useUpsell": False},
    "localizationOptions": {"discountLocalizations": {"sv-SE": "Rabatt"}, "declineText": {"sv": {"tryAgain": "Igen"}}},
}
FLAT: dict[str, Any] = {
    name: value
    for key, member in GROUPED.items()
    for name, value in (member.items() if isinstance(member, dict) else [(key, member)])
}


def readable(document: dict[str, Any]) -> bool:
    rules = ConfigurationRules(qliro_hosts=frozenset({"https://pago.qit.nu"}))
    try:
        parse_configuration(json.dumps(document).encode(), Tenant("norce", "1"), rules)
    except ConfigurationInvalid:
        return False
    return True


@pytest.mark.parametrize("document", [GROUPED, FLAT], ids=["grouped", "flat"])
def test_a_good_document_is_good_for_both(document: dict[str, Any]) -> None:
    VALIDATOR.validate(document)
    assert readable(document)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, None) for name in ("apiUrl", "merchantApiKey", "merchantApiSecret", "merchantTermsUrl")],
        *[(name, "") for name in ("apiUrl", "merchantConfirmationUrl")],
        ("merchantTermsUrl", "http://shop.example.com/terms"),
        ("merchantTermsUrl", "shop.example.com/terms"),
        ("merchantApiKey", "x" * 51),
        ("primaryColor", "red"),
        ("cornerRadius", -1),
        ("cornerRadius", 1.5),
        ("minimumCustomerAge", "18"),
        ("useUpsell", "yes"),
        ("merchantReferenceSource", "Cart"),
        ("upsellTimeoutSeconds", 86_401),
        ("loyaltyConfiguration", []),
        ("discountLocalizations", {"sv-SE": 7}),
        ("voucherLocalizations", "Presentkort"),
        ("declineLocalizations", {"sv": {"tryAgain": "x" * 201}}),
    ],
)
def test_a_bad_value_is_bad_for_both(name: str, value: object) -> None:
    document = {**FLAT, name: value}
    assert not VALIDATOR.is_valid(document)
    assert not readable(document)


def test_the_schema_and_the_documentation_know_the_same_fields() -> None:
    told = DOCS.read_text(encoding="utf-8")
    for field in FIELDS:
        assert f"| `{field.name}` | `{field.group}` |" in told
        assert all(f"`{name}`" in told for name in field.also)
