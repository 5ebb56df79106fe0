"""Reading request fields: limits and types, every violation collected before the refusal."""

import re
import uuid
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import msgspec

from adapters.simulators.qliro.errors import ApiError, too_many_decimals
from adapters.simulators.qliro.money import NotAnAmount, TooManyDecimals, decode, to_minor

REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,25}")
# Letters of any script, ASCII digits, white space and a few signs; \w without digits and underscore.
ITEM_REFERENCE = re.compile(r"(?:[^\W\d_]|[\s(.)'\-_&,/–+0-9:]){1,200}")
COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
INT64 = 2**63 - 1


def parse_object(raw: bytes) -> dict[str, Any]:
    """The JSON object of a request; INVALID_REQUEST when it is none."""
    try:
        body = decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ApiError("INVALID_REQUEST", f"Property: body, Message: {error}") from error
    if not isinstance(body, dict):
        raise ApiError("INVALID_REQUEST", "Property: body, Message: The body must be a JSON object")
    return body


class Problems:
    """Collected violations of one request."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str]] = []

    def add(self, path: str, message: str) -> None:
        self.found.append((path, message))

    def raise_if_any(self) -> None:
        """INVALID_INPUT with all texts in one string, as the real API concatenates them."""
        if self.found:
            text = "".join(f"Property: {path}, Message: {message}" for path, message in self.found)
            raise ApiError("INVALID_INPUT", text)


class Fields:
    """Typed access to one JSON object; absent and null are the same."""

    def __init__(self, body: Mapping[str, Any], problems: Problems, path: str = "") -> None:
        self.body = body
        self.problems = problems
        self.path = path

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def bad(self, name: str, message: str) -> None:
        self.problems.add(self.at(name), message)

    def _get(self, name: str, required: bool) -> Any:
        value = self.body.get(name)
        if value is None and required:
            self.bad(name, f"The {name} field is required.")
        return value

    def text(
        self, name: str, *, required: bool = False, most: int | None = None, pattern: re.Pattern[str] | None = None
    ) -> str | None:
        """A string within its limits; an empty required one counts as missing."""
        value = self._get(name, required)
        if value is None:
            return None
        if not isinstance(value, str):
            self.bad(name, "Could not convert the value to a string.")
            return None
        if required and not value:
            self.bad(name, f"The {name} field is required.")
        elif most is not None and len(value) > most:
            self.bad(name, f"The field {name} must be a string with a maximum length of {most}.")
        elif pattern is not None and not pattern.fullmatch(value):
            self.bad(name, f"The field {name} must match the regular expression '{pattern.pattern}'.")
        return str(value)

    def integer(
        self, name: str, *, required: bool = False, least: int | None = None, most: int | None = None
    ) -> int | None:
        value = self._get(name, required)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int):
            self.bad(name, "Could not convert the value to an integer.")
            return None
        if (least is not None and value < least) or (most is not None and value > most):
            self.bad(name, f"The field {name} must be between {least} and {most}.")
        return value

    def amount(self, name: str, *, required: bool = False) -> int | None:
        """Minor units; more than two decimals are a SYSTEM_ERROR at once."""
        value = self._get(name, required)
        if value is None:
            return None
        try:
            return to_minor(value)
        except TooManyDecimals as error:
            raise too_many_decimals() from error
        except NotAnAmount:
            self.bad(name, "Could not convert the value to a decimal.")
            return None

    def flag(self, name: str) -> bool | None:
        value = self.body.get(name)
        if value is not None and not isinstance(value, bool):
            self.bad(name, "Could not convert the value to a boolean.")
            return None
        return value

    def url(self, name: str, *, required: bool = False, http_hosts: tuple[str, ...] | None) -> str | None:
        """An absolute https URL; plain http only for these hosts (None = for all)."""
        value = self.text(name, required=required)
        if value is None or not value:
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            self.bad(name, f"The {name} field is not a valid fully-qualified http or https URL.")
        elif parts.scheme == "http" and http_hosts is not None and parts.hostname not in http_hosts:
            self.bad(name, f"The {name} field must be an https URL.")
        return value

    def guid(self, name: str) -> str | None:
        value = self.text(name)
        if value is None:
            return None
        try:
            return str(uuid.UUID(value))
        except ValueError:
            self.bad(name, "Could not convert the value to a guid.")
            return None

    def sub(self, name: str) -> "Fields | None":
        """A nested object, or None."""
        value = self.body.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.bad(name, "Cannot deserialize the JSON value: an object was expected.")
            return None
        return Fields(value, self.problems, self.at(name))

    def rows(self, name: str, *, required: bool = False) -> Iterator["Fields"]:
        """The objects of an array; anything else in its place is refused."""
        value = self._get(name, required)
        if value is None:
            return
        if not isinstance(value, list):
            self.bad(name, "Cannot deserialize the JSON value: an array was expected.")
            return
        for index, row in enumerate(value):
            path = f"{self.at(name)}[{index}]"
            if isinstance(row, dict):
                yield Fields(row, self.problems, path)
            else:
                self.problems.add(path, "Cannot deserialize the JSON value: an object was expected.")

    def percent(self, name: str) -> Decimal | None:
        """A VAT rate in percent with at most two decimals."""
        hundredths = self.amount(name)
        return None if hundredths is None else Decimal(hundredths) / 100
