"""The part of JSON Schema 2020-12 that notification schemas are written in."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

_TYPES: Final[dict[str, Callable[[Any], bool]]] = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "integer": lambda value: _is_number(value) and value == int(value),
    "number": lambda value: _is_number(value),
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


_KEYWORDS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "const": lambda want, value: bool(value == want),
    "enum": lambda want, value: value in want,
    "type": lambda want, value: any(_TYPES[name](value) for name in ([want] if isinstance(want, str) else want)),
    "not": lambda want, value: not accepts(want, value),
    "anyOf": lambda want, value: any(accepts(each, value) for each in want),
    "oneOf": lambda want, value: sum(accepts(each, value) for each in want) == 1,
    "allOf": lambda want, value: all(accepts(each, value) for each in want),
    "pattern": lambda want, value: not isinstance(value, str) or re.search(want, value) is not None,
    "minimum": lambda want, value: not _is_number(value) or value >= want,
    "maximum": lambda want, value: not _is_number(value) or value <= want,
    "minItems": lambda want, value: not isinstance(value, list) or len(value) >= want,
    "required": lambda want, value: not isinstance(value, dict) or all(name in value for name in want),
    "properties": lambda want, value: (
        not isinstance(value, dict) or all(accepts(each, value[name]) for name, each in want.items() if name in value)
    ),
    "items": lambda want, value: not isinstance(value, list) or all(accepts(want, each) for each in value),
    "contains": lambda want, value: not isinstance(value, list) or any(accepts(want, each) for each in value),
}


def accepts(schema: Any, value: Any) -> bool:
    """Whether the value satisfies the schema; no schema accepts everything, unknown keywords say nothing."""
    if schema is None or isinstance(schema, bool):
        return schema is not False
    return all(_KEYWORDS[name](want, value) for name, want in schema.items() if name in _KEYWORDS)
