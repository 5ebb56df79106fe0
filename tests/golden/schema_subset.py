"""Whether everything that one JSON Schema accepts, another accepts too; and values that a schema accepts."""

import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

Schema = dict[str, Any]
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACT = ("pattern", "multipleOf", "uniqueItems", "not", "allOf", "oneOf", "if", "propertyNames")
_TYPES = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})


class Schemas:
    """The named schemas of one document."""

    def __init__(self, named: Mapping[str, Schema]) -> None:
        self._named = named

    def resolved(self, schema: Schema) -> Schema:
        """What a reference stands for, with what stands beside it."""
        if "$ref" not in schema:
            return schema
        beside = {name: value for name, value in schema.items() if name != "$ref"}
        return {**self.resolved(self._named[schema["$ref"].rpartition("/")[2]]), **beside}


class Comparison:
    """`narrow` must fit into `wide`. Members that only the wide one has don't matter: nobody sends them."""

    def __init__(self, narrow: Schemas, wide: Schemas) -> None:
        self._narrow = narrow
        self._wide = wide
        self._met: set[tuple[str, str]] = set()

    def faults(self, narrow: Schema, wide: Schema, at: str = "") -> list[str]:
        """Why a value of `narrow` may not be one of `wide`; nothing when each is."""
        pair = (str(narrow.get("$ref", narrow)), str(wide.get("$ref", wide)))
        if "$ref" in narrow and pair in self._met:
            return []
        self._met.add(pair)
        narrow, wide = self._narrow.resolved(narrow), self._wide.resolved(wide)
        if "anyOf" in narrow:
            return [fault for choice in narrow["anyOf"] for fault in self.faults(choice, wide, at)]
        if "anyOf" in wide:
            tried = [self.faults(narrow, choice, at) for choice in wide["anyOf"]]
            return [] if any(not faults for faults in tried) else [fault for faults in tried for fault in faults]
        return self._of_values(narrow, wide, at) + self._of_members(narrow, wide, at) + self._of_items(narrow, wide, at)

    def _of_values(self, narrow: Schema, wide: Schema, at: str) -> list[str]:
        faults = []
        strange = _types(narrow) - _types(wide)
        if "number" in _types(wide):
            strange -= {"integer"}
        if strange:
            faults.append(f"{at}: {', '.join(sorted(strange))} is not taken")
        if "enum" in wide and not set(_words(narrow) or [object()]) <= set(wide["enum"]):
            faults.append(f"{at}: not every value of it is among {wide['enum']}")
        if "const" in wide and _words(narrow) != [wide["const"]]:
            faults.append(f"{at}: only {wide['const']!r} is taken")
        faults += [
            f"{at}: {name} {wide[name]} is asked for" for name in (*_LOWER, *_UPPER) if _tighter(name, narrow, wide)
        ]
        faults += [f"{at}: {name} is asked for" for name in _EXACT if name in wide and wide[name] != narrow.get(name)]
        return faults

    def _of_members(self, narrow: Schema, wide: Schema, at: str) -> list[str]:
        needed = set(wide.get("required", ())) - set(narrow.get("required", ()))
        faults = [f"{at}/{name}: is required" for name in sorted(needed)]
        known, rest = wide.get("properties", {}), wide.get("additionalProperties", True)
        for name, member in narrow.get("properties", {}).items():
            if name in known:
                faults += self.faults(member, known[name], f"{at}/{name}")
            elif rest is False:
                faults.append(f"{at}/{name}: is not taken")
            elif isinstance(rest, dict):
                faults += self.faults(member, rest, f"{at}/{name}")
        free = narrow.get("additionalProperties")
        if free not in (None, False) and (rest is False or (isinstance(rest, dict) and rest and rest != free)):
            faults.append(f"{at}: further members are not taken as they come")
        return faults

    def _of_items(self, narrow: Schema, wide: Schema, at: str) -> list[str]:
        if "items" not in wide or "array" not in _types(narrow):
            return []
        return self.faults(narrow.get("items", {}), wide["items"], f"{at}[]")


def _types(schema: Schema) -> frozenset[str]:
    told = schema.get("type")
    if told is None:
        words = _words(schema)
        return frozenset({"string"}) if words and all(isinstance(word, str) for word in words) else _TYPES
    return frozenset([told] if isinstance(told, str) else told)


def _words(schema: Schema) -> list[Any] | None:
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _tighter(name: str, narrow: Schema, wide: Schema) -> bool:
    """Whether the wide one sets this limit and the narrow one none that lies within it."""
    if name not in wide or (name.startswith("min") and name != "minimum" and wide[name] == 0):
        return False
    if name not in narrow:
        return True
    return bool(narrow[name] < wide[name] if name in _LOWER else narrow[name] > wide[name])


class Examples:
    """Values of a schema, the odd ones among them: nothing, everything, empty, long, the ends of what numbers hold."""

    def __init__(self, schemas: Schemas, seed: int) -> None:
        self._schemas = schemas
        self._random = random.Random(seed)

    def of(self, schema: Schema, depth: int = 0) -> Any:
        """One value."""
        schema = self._schemas.resolved(schema)
        pick = self._random.choice
        if "enum" in schema:
            return pick(schema["enum"])
        match schema.get("type"):
            case "string":
                return pick(_MOMENTS if schema.get("format") == "date-time" else _TEXTS)
            case "integer":
                return pick(_BIG if schema.get("format") == "int64" else _WHOLE)
            case "number":
                return pick(_NUMBERS)
            case "boolean":
                return pick([True, False])
            case "array":
                return [self.of(schema["items"], depth + 1) for _ in range(0 if depth > 7 else pick([0, 1, 1, 3]))]
            case "object" if "properties" in schema:
                return self._object(schema["properties"], depth)
            case "object":
                return pick([{}, {"a": None}, {"b": {"c": [1, "x", True]}}])
            case _:
                return pick([None, 0, "text", [], {}, 1.5, {"id": "x"}])

    def _object(self, members: Mapping[str, Schema], depth: int) -> dict[str, Any]:
        share = self._random.choice([0.0, 0.3, 0.8, 1.0])
        told = [name for name in members if self._random.random() < share]
        return {name: self.of(members[name], depth + 1) for name in told}


_TEXTS = ("", " ", "text", "Göteborg 💶", "x" * 5_000, "null", "<b>", "0", "\t", "../..")
_MOMENTS = ("2026-11-27T08:15:30Z", "2026-11-27T08:15:30.1234567Z", "1999-12-31T23:59:59+01:00")
_WHOLE = (0, 1, -1, 42, 2**31 - 1, -(2**31))
_BIG = (*_WHOLE, 2**63 - 1, -(2**63))
_NUMBERS = (0, 1, -1, 0.25, 99.9, -49.5, 1e15, -1e15, 1e-9, float(Decimal("1047.00")))
