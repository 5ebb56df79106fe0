"""The document takes all that the newest published build takes, and answers nothing that it does not."""

from typing import Any, get_args

import jsonschema_rs
import pytest

from entrypoints.http import wire
from entrypoints.http.openapi import openapi_document
from tests.golden.published_api_2026 import ENUMS, NEWEST, STRUCTURES, Newest, expanded, schema_of
from tests.golden.schema_subset import Comparison, Examples, Schemas

DOCUMENT = openapi_document()
OURS = Schemas(DOCUMENT["components"]["schemas"])
THEIRS = Schemas(expanded())
SEEDS = range(60)
ALL = [pytest.param(newest, id=f"{newest.method} {newest.path}") for newest in NEWEST]
WITH_BODY = [pytest.param(newest, id=newest.path) for newest in NEWEST if newest.takes]


def operation(newest: Newest) -> dict[str, Any]:
    found: dict[str, Any] = DOCUMENT["paths"][newest.path][newest.method]
    return found


def parameters(newest: Newest) -> dict[str, dict[str, Any]]:
    resolved = [
        DOCUMENT["components"]["parameters"][p["$ref"].rpartition("/")[2]] for p in operation(newest)["parameters"]
    ]
    return {parameter["name"]: parameter for parameter in resolved}


def content(part: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = part["content"]["application/json"]["schema"]
    return found


@pytest.mark.parametrize("newest", ALL)
def test_an_operation_asks_for_nothing_more(newest: Newest) -> None:
    ours = parameters(newest)
    in_path = [name for name in ("order_id", "payment_id") if f"{{{name}}}" in newest.path]
    assert {name for name, parameter in ours.items() if parameter["required"]} == {*in_path, *newest.tenant}
    assert {ours[name]["in"] for name in newest.tenant} == {"header" if newest.tenant[0].startswith("x-") else "query"}
    assert {ours[name]["in"] for name in in_path} == {"path"}
    for name in (*in_path, *newest.tenant):
        assert Comparison(THEIRS, OURS).faults({"type": "string"}, ours[name]["schema"], name) == []


@pytest.mark.parametrize("newest", ALL)
def test_an_operation_takes_every_body_that_it_must(newest: Newest) -> None:
    taken = operation(newest).get("requestBody")
    if newest.takes is None:
        assert taken is None or taken["required"] is False
        return
    assert taken is not None
    assert Comparison(THEIRS, OURS).faults(schema_of(newest.takes), content(taken), newest.takes) == []


@pytest.mark.parametrize("newest", WITH_BODY)
def test_every_generated_body_is_valid(newest: Newest) -> None:
    schema = {**content(operation(newest)["requestBody"]), "components": DOCUMENT["components"]}
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    for seed in SEEDS:
        body = Examples(THEIRS, seed).of(schema_of(newest.takes))
        assert [error.message for error in validator.iter_errors(body)] == []


@pytest.mark.parametrize("newest", ALL)
def test_an_operation_answers_with_published_statuses_and_such_as_every_service_has(newest: Newest) -> None:
    ours = {int(status) for status in operation(newest)["responses"]}
    assert set(newest.answers) <= ours
    assert ours - set(newest.answers) <= newest.added
    assert [status for status in ours if status < 400] == [200]


@pytest.mark.parametrize("newest", ALL)
def test_an_operation_answers_nothing_else(newest: Newest) -> None:
    for status, response in operation(newest)["responses"].items():
        told = newest.answers.get(int(status), "Error")
        if told is None and status == "200":
            assert "content" not in response
            continue
        wanted = {} if told is None else schema_of(told)
        assert Comparison(OURS, THEIRS).faults(content(response), wanted, status) == []


@pytest.mark.parametrize("name", list(STRUCTURES))
def test_a_structure_has_every_member_under_its_published_name(name: str) -> None:
    ours = DOCUMENT["components"]["schemas"][name]["properties"]
    assert set(STRUCTURES[name]) - set(ours) == set()


def test_error_codes_are_the_published_ones() -> None:
    assert get_args(wire.ErrorCode) == ENUMS["ErrorCode"]


def test_examples_of_answers_are_published_answers() -> None:
    for newest in NEWEST:
        for status, response in operation(newest)["responses"].items():
            told = newest.answers.get(int(status), "Error")
            if told is None or "content" not in response:
                continue
            schema = {**schema_of(told), "components": {"schemas": expanded()}}
            validator = jsonschema_rs.validator_for(schema, validate_formats=True)
            for example in response["content"]["application/json"]["examples"].values():
                reference = example.get("$ref", "").rpartition("/")[2]
                shown = DOCUMENT["components"]["examples"][reference] if reference else example
                validator.validate(shown["value"])
