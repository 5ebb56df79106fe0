"""Reading single fields of a configuration document, each checked, each refusal naming the field."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from domain.errors import ConfigurationInvalid

_GROUPS = ("adapter", "apiSettings", "redirectUrls", "options", "localizationOptions")
_COLOUR = re.compile(r"#?([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})")
_CULTURE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_LONGEST_TEXT = 4_000
Texts = Mapping[str, str]


def invalid(name: str, why: str) -> ConfigurationInvalid:
    """The error for a field that cannot be used; it never tells the value."""
    return ConfigurationInvalid(f"The configuration's {name} {why}.")


class Fields:
    """Access to the document's members by name; empty strings count as absent."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._places = [document, *(group for name in _GROUPS if isinstance(group := document.get(name), dict))]

    def find(self, *names: str) -> tuple[str, Any]:
        """The first of these names that has a value, and the value; (first name, None) when none has."""
        for name in names:
            for place in self._places:
                if place.get(name) not in (None, ""):
                    return name, place[name]
        return names[0], None

    def text(self, *names: str, longest: int = _LONGEST_TEXT) -> str | None:
        """Printable, without space at its ends."""
        name, value = self.find(*names)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip() or len(value) > longest or not value.isprintable():
            raise invalid(name, f"must be a text of 1 to {longest} printable characters")
        return value.strip()

    def needed_text(self, *names: str, longest: int = _LONGEST_TEXT) -> str:
        """As `text`, and it must be there."""
        value = self.text(*names, longest=longest)
        if value is None:
            raise invalid(names[0], "is missing")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """True or false."""
        _, value = self.find(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise invalid(name, "must be true or false")
        return value

    def whole(self, name: str, *, most: int) -> int | None:
        """A whole number from 0 to `most`."""
        _, value = self.find(name)
        if value is None:
            return None
        number = Decimal(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else None
        if number is None or not number.is_finite() or not 0 <= number <= most or number != int(number):
            raise invalid(name, f"must be a whole number from 0 to {most}")
        return int(number)

    def colour(self, name: str) -> str | None:
        """`#RRGGBB`; the short form and a missing `#` are understood."""
        value = self.text(name)
        if value is None:
            return None
        found = _COLOUR.fullmatch(value)
        if found is None:
            raise invalid(name, "must be a colour like #1A2B3C")
        digits = found[1]
        return "#" + (digits if len(digits) == 6 else "".join(digit * 2 for digit in digits))

    def url(self, *names: str) -> str | None:
        """An absolute https address (http only to this machine), placeholders left as they are."""
        name, _ = self.find(*names)
        value = self.text(*names, longest=1_000)
        if value is not None and not usable_url(value):
            raise invalid(name, "must be an absolute https address")
        return value

    def needed_url(self, *names: str) -> str:
        """As `url`, and it must be there."""
        value = self.url(*names)
        if value is None:
            raise invalid(names[0], "is missing")
        return value

    def object(self, name: str) -> Mapping[str, object] | None:
        """Any object, unchecked inside."""
        _, value = self.find(name)
        if value is not None and not isinstance(value, dict):
            raise invalid(name, "must be an object")
        return value

    def texts(self, *names: str) -> Texts:
        """Texts by key, usually a culture."""
        name, value = self.find(*names)
        return _texts(name, value)

    def nested_texts(self, *names: str) -> Mapping[str, Texts]:
        """Texts by key, by culture."""
        name, value = self.find(*names)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise invalid(name, "must be an object of culture to texts")
        return {_culture(name, culture): _texts(f"{name}.{culture}", inner) for culture, inner in value.items()}


def origin_of(url: str) -> str | None:
    """`scheme://host[:port]` in lower case without a default port; None for anything that says more or less."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname
    if parts.scheme not in ("http", "https") or not host or parts.username is not None or parts.query or parts.fragment:
        return None
    if parts.path.strip("/"):
        return None
    shown = f"[{host}]" if ":" in host else host
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown}" + (f":{port}" if port not in (None, default) else "")


def usable_url(url: str) -> bool:
    """Absolute, https (http only to this machine), without credentials or spaces."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.username is not None or any(character.isspace() for character in url):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


def _texts(name: str, value: Any) -> Texts:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid(name, "must be an object of texts")
    for key, text in value.items():
        if text is not None and (not isinstance(text, str) or len(text) > 200):
            raise invalid(f"{name}.{key}", "must be a text of at most 200 characters")
    return {key: text.strip() for key, text in value.items() if text and text.strip()}


def _culture(name: str, culture: str) -> str:
    if not _CULTURE.fullmatch(culture):
        raise invalid(name, "has a name that is no culture")
    return culture
