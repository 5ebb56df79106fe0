"""The schema and the reader of configurations agree."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from adapters.norce.configuration_document import ConfigurationRules, parse_configuration
from domain.errors import ConfigurationInvalid
from domain.identifiers import Tenant
from entrypoints.configuration_oddities import oddities
from entrypoints.http.configuration_kinds import Field
from entrypoints.http.configuration_schema import configuration_schema
from entrypoints.http.configuration_table import ACTIVE, FIELDS, GROUPS

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


BASE = jsonschema_rs.validator_for(
    {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "$schema": {"type": "string"},
            "id": {"type": "string"},
            "active": {"type": "boolean"},
            "adapter": {
                "type": "object",
                "properties": {"publicUrl": {"type": "string"}, "internalUrl": {"type": "string"}},
                "required": ["publicUrl"],
            },
        },
        "required": ["$schema", "id"],
    }
)
"""What Norce demands of every adapter's configuration, besides the adapter's own schema (norce.md d.1)."""


def test_the_schema_is_a_schema() -> None:
    assert jsonschema_rs.meta.is_valid(SCHEMA)


@pytest.mark.parametrize("field", [ACTIVE, *FIELDS], ids=lambda field: field.name)
def test_every_example_is_good_for_norce_and_for_us(field: Field) -> None:
    document = copy.deepcopy(GROUPED)
    for value in (field.example, field.default):
        if value is not None:
            (document[field.group] if field.group else document)[field.name] = value
            BASE.validate(document)
            jsonschema_rs.validator_for(SCHEMA, validate_formats=True).validate(document)
            assert readable(document)


def test_the_documents_of_the_documentation_are_good_for_norce_and_for_us() -> None:
    smallest, *parts = map(json.loads, re.findall(r"```json\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL))
    for document in (smallest, *({**smallest, **part} for part in parts)):
        BASE.validate(document)
        VALIDATOR.validate(document)
        assert readable(document)


def test_one_document_of_the_documentation_holds_every_field() -> None:
    *_, full = map(json.loads, re.findall(r"```json\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL))
    assert {(group, name) for group in GROUPS for name in full[group]} == {(f.group, f.name) for f in FIELDS}
    assert [odd.path for odd in oddities(full)] == ["options.minimumCustomerAge"]


def test_a_document_of_a_schema_less_adapter_is_refused() -> None:
    assert not VALIDATOR.is_valid({name: value for name, value in GROUPED.items() if name != "$schema"})
    assert not VALIDATOR.is_valid({**GROUPED, "id": "walley_checkout_adapter"})


@pytest.mark.parametrize("group", GROUPS)
def test_a_form_shows_every_field_once_with_words(group: str) -> None:
    shown = SCHEMA["properties"][group]
    assert shown["title"]
    assert shown["description"]
    names = [field.name for field in FIELDS if field.group == group]
    assert [name for name in shown["properties"] if name != "internalUrl"] == names
    assert all(told["title"] and told["description"] for told in shown["properties"].values())


def test_a_form_offers_nothing_outside_the_groups() -> None:
    assert list(SCHEMA["properties"]) == ["$schema", "id", "active", *GROUPS]


def test_a_form_hides_the_secret_and_names_its_choices() -> None:
    account, options = (SCHEMA["properties"][name]["properties"] for name in ("apiSettings", "options"))
    assert [name for name, told in account.items() if told.get("format") == "password"] == ["merchantApiSecret"]
    assert {"const": "OrderId", "title": "Order id"} in options["merchantReferenceSource"]["oneOf"]
    assert options["merchantReferenceSource"]["default"] == "OrderId"
    assert options["upsellTimeoutSeconds"]["default"] == 300


def test_a_form_that_is_left_empty_but_for_what_is_needed_can_be_saved() -> None:
    """No dead ends: a field that a form has no answer for may be null, or an empty text."""
    document = copy.deepcopy(GROUPED)
    for field in FIELDS:
        if not field.required and field.name != "publicUrl":
            texts = "string" in field.schema.get("type", ()) or "oneOf" in field.schema
            for nothing in (None, "") if texts else (None,):
                document[field.group][field.name] = nothing
                BASE.validate(document)
                VALIDATOR.validate(document)
                assert readable(document)


@pytest.mark.parametrize("field", [field for field in FIELDS if field.required], ids=lambda field: field.name)
def test_what_is_needed_may_stand_anywhere_but_must_be_somewhere(field: Field) -> None:
    without = copy.deepcopy(GROUPED)
    value = without[field.group].pop(field.name)
    assert not VALIDATOR.is_valid(without)
    for name in field.names:
        for place in ("", *GROUPS):
            document = copy.deepcopy(without)
            (document[place] if place else document)[name] = value
            VALIDATOR.validate(document)
            assert readable(document)


def test_the_schema_and_the_documentation_know_the_same_fields() -> None:
    told = DOCS.read_text(encoding="utf-8")
    rows = {row.split("`")[1]: row for row in told.splitlines() if row.startswith("| `")}
    for field in FIELDS:
        row = rows[field.name]
        assert row.startswith(f"| `{field.name}` | `{field.group}` |")
        assert all(f"`{name}`" in row for name in field.also)
        assert row.rstrip(" |").endswith("`"), f"{field.name} has no example"
        assert field.default in (None, False) or f"`{field.default}`" in row
