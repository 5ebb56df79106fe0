"""A form made of the schema by somebody who knows nothing of this adapter has no dead ends."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrypoints.http.configuration_schema import configuration_schema
from tests.unit.entrypoints.http.test_configuration_schema import BASE, GROUPED, readable

SCHEMA = json.loads(configuration_schema())
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)
Part = dict[str, Any]


def type_of(part: Part) -> str:
    """The type that a form shows: of several, the one that is not null."""
    told = part.get("type", [])
    named = [told] if isinstance(told, str) else [name for name in told if name != "null"]
    return "choice" if "oneOf" in part or "const" in part else named[0]


def inputs(part: Part, path: str = "") -> Iterator[tuple[str, Part]]:
    """Every input of the form, with its path."""
    if type_of(part) == "object" and part.get("properties"):
        for name, inner in part["properties"].items():
            yield from inputs(inner, f"{path}/{name}")
    else:
        yield path, part


def filled(part: Part, *, empty: Any) -> Any:
    """What a form sends when everything that may stay empty does: `empty` for texts, nothing for the rest."""
    match type_of(part):
        case "object":
            return {name: filled(inner, empty=empty) for name, inner in part.get("properties", {}).items()}
        case "array":
            return []
        case "choice":
            return part.get("default", part.get("const"))
        case "string":
            return empty
    return part.get("default")


INPUTS = dict(inputs(SCHEMA))


def test_every_input_is_of_a_kind_that_forms_know() -> None:
    kinds = {path: type_of(part) for path, part in INPUTS.items()}
    assert set(kinds.values()) == {"string", "boolean", "integer", "choice", "array", "object"}
    free = {path for path, kind in kinds.items() if kind == "object"}
    assert free == {"/options/loyaltyConfiguration", "/options/shippingConfiguration/unifaun/tags"}
    assert INPUTS["/options/loyaltyConfiguration"]["format"] == "json"


@pytest.mark.parametrize("path", INPUTS)
def test_every_input_has_a_label_and_says_what_it_is_for(path: str) -> None:
    assert INPUTS[path]["title"]
    assert INPUTS[path]["description"]


@pytest.mark.parametrize("path", [path for path, part in INPUTS.items() if type_of(part) == "choice"])
def test_every_choice_has_words(path: str) -> None:
    part = INPUTS[path]
    assert "const" in part or all(each["title"] for each in part["oneOf"])


@pytest.mark.parametrize("empty", ["", None])
def test_a_form_that_sends_every_empty_input_too_can_be_saved(empty: Any) -> None:
    document = filled(SCHEMA, empty=empty)
    document["$schema"] = GROUPED["$schema"]
    document["adapter"]["publicUrl"] = "https://adapter.example.com"
    document["adapter"]["internalUrl"] = "https://adapter.internal"
    for group, name in (
        ("apiSettings", "apiUrl"), ("apiSettings", "merchantApiKey"), ("apiSettings", "merchantApiSecret"),
        ("redirectUrls", "merchantConfirmationUrl"), ("redirectUrls", "merchantTermsUrl"),
    ):  # fmt: skip
        assert not VALIDATOR.is_valid(document)
        document[group][name] = GROUPED[group][name]
    BASE.validate(document)
    VALIDATOR.validate(document)
    assert readable(document)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_what_is_chosen_or_exemplified_can_always_be_saved(data: st.DataObject) -> None:
    document = copy.deepcopy(GROUPED)
    for path in data.draw(st.sets(st.sampled_from(sorted(INPUTS)), max_size=6)):
        part, (*groups, name) = INPUTS[path], path.strip("/").split("/")
        offered = [each["const"] for each in part.get("oneOf", ()) if each["const"] is not None]
        values = [*offered, *part.get("examples", []), *([part["default"]] if "default" in part else [])]
        if len(groups) <= 1 and values:
            target = document[groups[0]] if groups else document
            target[name] = data.draw(st.sampled_from(values))
    BASE.validate(document)
    VALIDATOR.validate(document)
    assert readable(document)
