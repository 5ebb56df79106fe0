"""The document is valid, keeps what was published, and says what the routes do."""

import json
from collections.abc import Iterator
from typing import Any, get_args

import jsonschema_rs
import pytest
import yaml  # type: ignore[import-untyped]
from openapi_spec_validator import validate

from adapters.norce.mapping import decode_order
from domain import errors
from domain.errors import AdapterError
from domain.identifiers import Tenant
from entrypoints.http import wire
from entrypoints.http.errors import STATUS
from entrypoints.http.incoming import convert, parsed
from entrypoints.http.openapi import openapi_document, openapi_json, openapi_yaml
from entrypoints.http.openapi_errors import ERRORS
from entrypoints.http.routes import api_routes
from entrypoints.http.yaml_text import yaml_text
from tests.golden.published_api_2024 import ERROR_CODES as EARLIER_CODES
from tests.golden.published_api_2024 import HEADERS, MEMBERS, PUBLISHED, Published
from tests.golden.published_api_2026 import ENUMS

DOCUMENT = openapi_document()
SCHEMAS = DOCUMENT["components"]["schemas"]
ERROR_CODES = ENUMS["ErrorCode"]


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """What a reference stands for."""
    if "$ref" not in node:
        return node
    found: Any = DOCUMENT
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    result: dict[str, Any] = found
    return result


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def contents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every JSON body of a request or response, with where it stands."""
    for method, path, operation in operations():
        if "requestBody" in operation:
            yield f"{method} {path} request", operation["requestBody"]["content"]["application/json"]
        for status, response in operation["responses"].items():
            if "content" in response:
                yield f"{method} {path} {status}", response["content"]["application/json"]


def test_the_document_is_a_valid_openapi_document() -> None:
    validate(DOCUMENT)


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda p: f"{p.method} {p.path}")
def test_a_published_operation_is_still_there_as_it_was(published: Published) -> None:
    operation = DOCUMENT["paths"][published.path][published.method]
    parameters = {resolved(p)["name"]: resolved(p) for p in operation["parameters"]}
    in_path = [name for name in ("order_id", "payment_id") if f"{{{name}}}" in published.path]
    added = {name for name, parameter in parameters.items() if not parameter["required"]} - set(published.tenant)
    assert [name for name in parameters if name not in added] == [*in_path, *published.tenant]
    assert ("token" in parameters) is not published.secured
    place = "header" if published.tenant == HEADERS else "query"
    assert {parameters[name]["in"] for name in published.tenant} == {place}
    assert operation["security"] == ([{"Bearer": []}] if published.secured else [])
    assert published.statuses <= {int(status) for status in operation["responses"]}
    assert operation.get("requestBody", {}).get("required", False) is published.body


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda p: f"{p.method} {p.path}")
def test_a_published_answer_has_its_members(published: Published) -> None:
    answer = DOCUMENT["paths"][published.path][published.method]["responses"]["200"]
    if not published.answer:
        assert "content" not in answer
        return
    schema = resolved(answer["content"]["application/json"]["schema"])
    schema = resolved(schema["items"]) if schema.get("type") == "array" else schema
    assert set(published.answer) <= set(schema["properties"])


@pytest.mark.parametrize(("name", "members"), list(MEMBERS.items()))
def test_a_published_structure_has_all_its_members(name: str, members: tuple[str, ...]) -> None:
    assert set(members) <= set(SCHEMAS[name]["properties"])


def test_the_error_codes_are_the_published_ones_in_their_order() -> None:
    assert SCHEMAS["Error"]["properties"]["code"]["enum"] == list(ERROR_CODES)
    assert get_args(wire.ErrorCode) == ERROR_CODES
    assert [code for code in ERROR_CODES if code in EARLIER_CODES] == list(EARLIER_CODES)


def test_keys_travel_as_published() -> None:
    scheme = DOCUMENT["components"]["securitySchemes"]["Bearer"]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "Authorization")


def test_every_route_is_documented_and_every_documented_path_is_a_route() -> None:
    routed = {(route.method.lower(), route.path) for route in api_routes()}
    assert {(method, path) for method, path, _ in operations()} == routed


def test_operations_have_ids_of_their_own_and_words() -> None:
    told = [operation for _, _, operation in operations()]
    assert len({operation["operationId"] for operation in told}) == len(told)
    assert all(operation["summary"] and operation["description"] for operation in told)


@pytest.mark.parametrize(
    ("where", "content"), list(contents()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_body_has_examples_that_fit_its_schema(where: str, content: dict[str, Any]) -> None:
    schema = {**content["schema"], "components": DOCUMENT["components"]}
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    assert content["examples"]
    for example in content["examples"].values():
        validator.validate(resolved(example)["value"])


def test_every_error_code_is_explained_with_an_example() -> None:
    assert set(ERRORS) == set(ERROR_CODES)
    shown = {name for _, content in contents() for name in content["examples"]}
    assert set(ERROR_CODES) <= shown
    for code in ERROR_CODES:
        assert f"| `{code}` |" in DOCUMENT["info"]["description"]
        assert DOCUMENT["components"]["examples"][code]["value"]["code"] == code


def failures() -> list[type[AdapterError]]:
    return [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AdapterError)]


@pytest.mark.parametrize("kind", [kind for kind in failures() if kind in STATUS], ids=lambda kind: kind.__name__)
def test_the_status_of_an_error_is_the_one_its_code_promises(kind: type[AdapterError]) -> None:
    assert STATUS[kind] in ERRORS[kind.code].statuses


def test_the_codes_shown_under_a_status_can_have_that_status() -> None:
    for _, _, operation in operations():
        for status, response in operation["responses"].items():
            for code in response.get("content", {}).get("application/json", {}).get("examples", {}):
                assert status == "200" or code not in ERRORS or int(status) in ERRORS[code].statuses


def test_the_example_orders_are_orders_that_are_accepted() -> None:
    for method, path, operation in operations():
        if path.endswith(("cart-changed", "state-changed")):
            for example in operation["requestBody"]["content"]["application/json"]["examples"].values():
                order = decode_order(json.dumps(example["value"]).encode(), Tenant("norce", "1"))
                assert order.total.including_vat == 104_700, method


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("validate", wire.ValidateOrder),
        ("push", wire.Push),
        ("status", wire.Push),
        ("shipping-option-update", wire.ShippingOption),
    ],
)
def test_the_other_example_requests_are_accepted(name: str, wanted: type) -> None:
    (operation,) = [operation for _, path, operation in operations() if path.endswith(f"/{name}")]
    for example in operation["requestBody"]["content"]["application/json"]["examples"].values():
        convert(parsed(json.dumps(example["value"]).encode()), wanted)


def test_amounts_are_numbers_everywhere() -> None:
    assert '"decimal"' not in openapi_json().decode()


def test_both_spellings_of_the_document_say_the_same() -> None:
    assert json.loads(openapi_json()) == DOCUMENT
    assert yaml.safe_load(openapi_yaml()) == DOCUMENT


@pytest.mark.parametrize(
    "value",
    [
        {"a": [], "b": {}, "c": [[1, 2], [{"d": None}], []], "on": True, "3": 1.5},
        ["yes", "no", "~", "null", "1e3", "0x1f", "2026-11-23", "a: b", "a #b", "- a", "'", '"', " a ", "a ", ""],
        {"text": "one\ntwo", "kept": "one\ntwo\n", "odd": "one\n\n two\n\n", "lead": " one\ntwo", "tab": "a\tb\nc"},
        {"unicode": "Göteborg 💶 \u2028 \x7f", "key with: colon": {"deep": {"er": ["x", {"y": "z"}]}}},
    ],
)
def test_yaml_reads_back_as_it_was(value: Any) -> None:
    assert yaml.safe_load(yaml_text(value)) == value
