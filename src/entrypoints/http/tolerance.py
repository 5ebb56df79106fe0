"""What Qliro's callbacks may vary in without meaning anything else by it (qliro.md 3).

Member names come in any case, numbers and flags also as text, and null is the same as absent.
"""

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import msgspec

from domain.errors import ValidationRefused

DEEPEST_BODY = 64
_DIGITS = re.compile(r"[+-]?[0-9]{1,19}")
_FLAGS = {"true": True, "false": False}


@dataclass(slots=True)
class _Members:
    """Of a type and the types inside it: its members' names by their lower-case form, and which are what."""

    names: dict[str, str] = field(default_factory=dict)
    numbers: set[str] = field(default_factory=set)
    flags: set[str] = field(default_factory=set)


_KNOWN: dict[type, _Members] = {}


def as_meant(document: Any, wanted: type) -> Any:
    """The document in the spelling that `wanted` is read in; what fits nothing stays as it is, to be refused.

    Raises ValidationRefused for one that is nested too deeply: what the decoder takes may be too deep to walk through.
    """
    return _respelled(document, _members(wanted), DEEPEST_BODY)


def _respelled(document: Any, members: _Members, levels: int) -> Any:
    if not levels:
        raise ValidationRefused("The body is nested too deeply.")
    if isinstance(document, dict):
        meant: dict[str, Any] = {}
        for spelled, value in document.items():
            if value is not None:
                name = members.names.get(str(spelled).lower(), str(spelled))
                meant[name] = _value(name, _respelled(value, members, levels - 1), members)
        return meant
    if isinstance(document, list):
        return [_respelled(value, members, levels - 1) for value in document]
    return document


def _value(name: str, value: Any, members: _Members) -> Any:
    if name in members.numbers:
        if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
            return int(value)
        if isinstance(value, Decimal) and value.is_finite() and value.adjusted() < 19 and value == int(value):
            return int(value)
    elif name in members.flags and isinstance(value, str):
        return _FLAGS.get(value.strip().lower(), value)
    return value


def _members(wanted: type) -> _Members:
    if wanted not in _KNOWN:
        known = _Members()
        for component in msgspec.json.schema_components([wanted])[1].values():
            for name, schema in component.get("properties", {}).items():
                known.names[name.lower()] = name
                kinds = {kind.get("type") for kind in schema.get("anyOf", (schema,))} - {"null"}
                if kinds == {"integer"}:
                    known.numbers.add(name)
                elif kinds == {"boolean"}:
                    known.flags.add(name)
        _KNOWN[wanted] = known
    return _KNOWN[wanted]
