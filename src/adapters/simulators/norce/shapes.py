"""What the APIs accept: parsers that check a JSON value, drop unknown members and fill in the rest."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from adapters.simulators.norce.wire import bad_request

Parser = Callable[[Any, str], Any]
Json = dict[str, Any]


def text(value: Any, at: str) -> str | None:
    """A string or null."""
    if value is None or isinstance(value, str):
        return value
    raise bad_request(f"{at}: a string is expected.")


def filled(value: Any, at: str) -> str:
    """A string with something in it."""
    if isinstance(value, str) and value.strip():
        return value
    raise bad_request(f"{at}: a non-empty string is required.")


def number(value: Any, at: str) -> Decimal | None:
    """A JSON number or null, exact."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise bad_request(f"{at}: a number is expected.")
    return Decimal(value)


def money(value: Any, at: str) -> Decimal | None:
    """A number in major units with at most two decimals, or null."""
    amount = number(value, at)
    if amount is not None and amount != round(amount, 2):
        raise bad_request(f"{at}: must be a multiple of 0.01.")
    return amount


def moment(value: Any, at: str) -> str | None:
    """A date and time with an offset (RFC 3339), or null."""
    if value is None:
        return None
    try:
        aware = isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        raise bad_request(f"{at}: a date-time is expected.")
    return str(value)


def integer(value: Any, at: str) -> int | None:
    """A whole number or null."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise bad_request(f"{at}: an integer is expected.")


def boolean(value: Any, at: str) -> bool:
    """True or false; absent means false."""
    if value is None or isinstance(value, bool):
        return bool(value)
    raise bad_request(f"{at}: a boolean is expected.")


def free(value: Any, at: str) -> Json:
    """A free-form object; absent means empty."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise bad_request(f"{at}: an object is expected.")
    return value


def anything(value: Any, at: str) -> Any:
    """Whatever JSON value it is."""
    return value


def required(parser: Parser) -> Parser:
    """Like `parser`, but null and absent are refused."""

    def parse(value: Any, at: str) -> Any:
        if value is None:
            raise bad_request(f"{at}: is required.")
        return parser(value, at)

    return parse


def either(*values: str, default: str | None = None) -> Parser:
    """One of some words, in any casing; kept in ours."""
    by_lower = {value.lower(): value for value in values}

    def parse(value: Any, at: str) -> str | None:
        if value is None:
            return default
        if not isinstance(value, str) or value.lower() not in by_lower:
            raise bad_request(f"{at}: must be one of {', '.join(values)}.")
        return by_lower[value.lower()]

    return parse


def like(pattern: str) -> Parser:
    """A string that matches the whole pattern, or null."""
    compiled = re.compile(pattern)

    def parse(value: Any, at: str) -> str | None:
        found = text(value, at)
        if found is not None and not compiled.fullmatch(found):
            raise bad_request(f"{at}: {found!r} does not match {pattern}.")
        return found

    return parse


def many(parser: Parser) -> Parser:
    """An array; absent means empty."""

    def parse(value: Any, at: str) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            raise bad_request(f"{at}: an array is expected.")
        return [parser(each, f"{at}[{index}]") for index, each in enumerate(value)]

    return parse


def record(members: Mapping[str, Parser], *, optional: Mapping[str, Parser] | None = None) -> Parser:
    """An object with these members; the optional ones stay absent when they are."""
    extra = optional or {}

    def parse(value: Any, at: str) -> Json:
        if not isinstance(value, dict):
            raise bad_request(f"{at}: an object is expected.")
        made = {name: parser(value.get(name), f"{at}.{name}") for name, parser in members.items()}
        for name, parser in extra.items():
            if value.get(name) is not None:
                made[name] = parser(value[name], f"{at}.{name}")
        return made

    return parse


def maybe(parser: Parser) -> Parser:
    """Like `parser`, but null stays null."""
    return lambda value, at: None if value is None else parser(value, at)
