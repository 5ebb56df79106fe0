"""The comparison of schemas finds what it must find."""

from typing import Any

import jsonschema_rs
import pytest

from tests.golden.schema_subset import Comparison, Examples, Schemas

TEXT, WHOLE, FREE = {"type": "string"}, {"type": "integer"}, {"type": "object", "additionalProperties": True}
TREES = {"type": "array", "items": {"$ref": "#/Tree"}}
NAMED: dict[str, dict[str, Any]] = {
    "Word": {"type": "string", "enum": ["one", "two"]},
    "Tree": {"type": "object", "properties": {"leaf": TEXT, "trees": TREES}},
}


def members(**of: Any) -> dict[str, Any]:
    return {"type": "object", "properties": of}


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        (TEXT, {}),
        (TEXT, {"type": ["string", "null"]}),
        (WHOLE, {"type": "number"}),
        ({"type": "integer", "minimum": 2}, {"type": "integer", "minimum": 1}),
        ({"$ref": "#/Word"}, TEXT),
        ({"$ref": "#/Word"}, {"enum": ["two", "one", "three"]}),
        ({"const": "one"}, {"$ref": "#/Word"}),
        ({"$ref": "#/Tree"}, {"$ref": "#/Tree"}),
        (members(a=TEXT), members(a=TEXT, b=WHOLE)),
        (members(a=TEXT, b=WHOLE), members(a=TEXT)),
        (members(a=TEXT), {"type": "object", "additionalProperties": TEXT}),
        ({**members(a=TEXT), "required": ["a"]}, {**members(a=TEXT), "required": ["a"]}),
        (FREE, {"type": "object"}),
        ({"anyOf": [TEXT, WHOLE]}, {"type": ["string", "integer"]}),
        (TEXT, {"anyOf": [WHOLE, TEXT]}),
        ({"type": "array", "items": WHOLE}, {"type": "array", "items": {"type": "number"}}),
    ],
)
def test_what_fits_has_no_faults(narrow: dict[str, Any], wide: dict[str, Any]) -> None:
    assert Comparison(Schemas(NAMED), Schemas(NAMED)).faults(narrow, wide) == []


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ({}, TEXT),
        ({"type": ["string", "null"]}, TEXT),
        ({"type": "number"}, WHOLE),
        (TEXT, {"type": "string", "minLength": 1}),
        (TEXT, {"type": "string", "pattern": "^a"}),
        (WHOLE, {"type": "integer", "minimum": 0}),
        ({"type": "integer", "minimum": 0}, {"type": "integer", "minimum": 1}),
        (WHOLE, {"type": "integer", "maximum": 9}),
        (TEXT, {"$ref": "#/Word"}),
        ({"enum": ["one", "three"]}, {"$ref": "#/Word"}),
        ({"$ref": "#/Word"}, {"const": "one"}),
        (members(a=TEXT), {**members(a=TEXT), "required": ["a"]}),
        (members(a=members(b=TEXT)), members(a=members(b=WHOLE))),
        (members(a=TEXT), {"type": "object", "additionalProperties": False}),
        (members(a=TEXT), {"type": "object", "additionalProperties": WHOLE}),
        (FREE, {"type": "object", "additionalProperties": TEXT}),
        ({"anyOf": [TEXT, WHOLE]}, TEXT),
        (TEXT, {"anyOf": [WHOLE, {"type": "null"}]}),
        ({"type": "array", "items": TEXT}, {"type": "array", "items": {"$ref": "#/Word"}}),
        ({"type": "array", "items": TEXT}, {"type": "array", "items": TEXT, "maxItems": 3}),
    ],
)
def test_what_does_not_fit_is_noticed(narrow: dict[str, Any], wide: dict[str, Any]) -> None:
    assert Comparison(Schemas(NAMED), Schemas(NAMED)).faults(narrow, wide)


@pytest.mark.parametrize("name", list(NAMED))
def test_examples_are_values_of_their_schema(name: str) -> None:
    schema = {"$ref": f"#/{name}", **NAMED}
    validator = jsonschema_rs.validator_for(schema)
    for seed in range(50):
        validator.validate(Examples(Schemas(NAMED), seed).of(schema))
