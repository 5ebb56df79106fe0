"""JSON Schema of a merchant's configuration: Norce checks a document against it, and makes a form of it.

It says the same as `adapters.norce.configuration_document`. The groups hold each field under its own name, for forms;
the other places and names under which a field is read are checked too, without being offered.
"""

from collections import defaultdict
from functools import cache
from typing import Any

import msgspec

from domain.order import ADAPTER_ID
from entrypoints.http.configuration_kinds import Field
from entrypoints.http.configuration_table import ACTIVE, FIELDS, GROUPS

PATH = f"/openapi/v1/schemas/{ADAPTER_ID}.json"
_ANYWHERE = {"$ref": "#/$defs/anywhere"}
_PRESENT = {"type": "string", "pattern": r"\S"}


@cache
def configuration_schema() -> bytes:
    """The schema as indented JSON."""
    return msgspec.json.format(
        msgspec.json.encode(
            {
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "title": "Qliro Checkout",
                "description": "What this adapter needs to know about a merchant's channel.",
                "type": "object",
                **_ANYWHERE,
                "properties": {
                    "$schema": {
                        "title": "Schema",
                        "description": f"The adapter's address followed by {PATH}.",
                        "type": "string",
                        "format": "uri",
                        "examples": [f"https://adapter.example.com{PATH}"],
                    },
                    "id": {
                        "title": "Adapter",
                        "description": "Whose configuration this is.",
                        "type": "string",
                        "const": ADAPTER_ID,
                        "default": ADAPTER_ID,
                    },
                    "active": ACTIVE.shown(),
                    **{name: _group(name) for name in GROUPS},
                },
                "required": ["$schema", "id"],
                "allOf": [_needed(field) for field in FIELDS if field.required],
                "$defs": {"anywhere": _anywhere(), **_elsewhere()},
            }
        ),
        indent=2,
    )


def _group(name: str) -> dict[str, Any]:
    title, told = GROUPS[name]
    members = {field.name: field.shown() for field in FIELDS if field.group == name}
    if name == "adapter":
        told_internal = "Address inside Norce's network; this adapter does not use it."
        members["internalUrl"] = {"title": "Internal address", "description": told_internal, "type": ["string", "null"]}
    return {"title": title, "description": told, "type": ["object", "null"], **_ANYWHERE, "properties": members}


def _anywhere() -> dict[str, Any]:
    """Fields under any of their names, wherever they stand; unlike `properties`, a form does not offer these."""
    names: dict[bytes, list[str]] = defaultdict(list)
    for field in (ACTIVE, *FIELDS):
        names[msgspec.json.encode(field.schema)] += field.names
    patterns = {f"^({'|'.join(alike)})$": msgspec.Raw(schema) for schema, alike in names.items()}
    return {"patternProperties": patterns}


def _elsewhere() -> dict[str, Any]:
    """For each needed field: that it stands somewhere else than in its group under its own name."""
    return {f"{field.name}-elsewhere": {"anyOf": _other_places(field)} for field in FIELDS if field.required}


def _other_places(field: Field) -> list[dict[str, Any]]:
    loose = [_holding(name) for name in field.names]
    grouped = [
        {"required": [group], "properties": {group: {"type": "object", **_holding(name)}}}
        for group in GROUPS
        for name in field.names
        if (group, name) != (field.group, field.name)
    ]
    return loose + grouped


def _holding(name: str) -> dict[str, Any]:
    return {"required": [name], "properties": {name: _PRESENT}}


def _needed(field: Field) -> dict[str, Any]:
    """In its group, unless it stands elsewhere."""
    inside = {"required": [field.group], "properties": {field.group: {"type": "object", **_holding(field.name)}}}
    return {"if": {"not": {"$ref": f"#/$defs/{field.name}-elsewhere"}}, "then": inside}
