"""Reading single fields of a configuration document. Whatever is wrong is noted with its place, and reading goes on."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from adapters.norce.configuration_forms import (
    LONGEST_ROW_TEXT,
    LONGEST_TEXT,
    LONGEST_URL,
    full_colour,
    is_culture,
    is_origin,
    newsletter_text,
    one_line,
    usable_url,
)
from adapters.norce.configuration_problems import Problem

GROUPS = ("adapter", "apiSettings", "redirectUrls", "options", "localizationOptions")
Texts = Mapping[str, str]
_LONGEST_PATH = 200
_T = TypeVar("_T")


class _Unusable(Exception):
    """Why a value cannot be used, and what would be right."""


class Fields:
    """Access to the document's members by name, at the top level or in any group; empty texts count as absent.

    Every place is checked, and the first that says something counts.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.problems: list[Problem] = []
        self._places: list[tuple[str, Mapping[str, Any]]] = [("", document)]
        for name in GROUPS:
            group = document.get(name)
            if isinstance(group, dict):
                self._places.append((f"{name}.", group))
            elif group is not None:
                self.wrong(name, "is not an object", "an object of fields, or nothing")

    def wrong(self, path: str, why: str, right: str = "") -> None:
        """Note a problem."""
        self.problems.append(Problem(path[:_LONGEST_PATH], why, right))

    def has_problem(self, *names: str) -> bool:
        """Whether something is wrong with one of these already."""
        return any(problem.path.rpartition(".")[2] in names for problem in self.problems)

    def place_of(self, *names: str) -> str:
        """The path of the first of these that is there at all; else the first name."""
        return next((path for path, _ in self._given(names)), names[0])

    def stated(self, *names: str) -> tuple[tuple[str, Any], ...]:
        """Every place where one of these says something, with its path, in the order in which they count."""
        return tuple((path, v) for path, v in self._given(names) if not isinstance(v, str) or v.strip())

    def text(self, *names: str, longest: int = LONGEST_TEXT) -> str | None:
        """One line, without space at its ends."""

        def check(path: str, value: Any) -> str | None:
            if not isinstance(value, str) or len(value) > longest or not one_line(value):
                raise _Unusable("is not a usable text", f"one line of at most {longest} characters")
            return value.strip() or None

        return self._first(names, check)

    def needed_text(self, *names: str, longest: int = LONGEST_TEXT) -> str:
        """As `text`, and it must be there."""
        return self._needed(names, self.text(*names, longest=longest), "a text")

    def flag(self, name: str, *, default: bool = False) -> bool:
        """True or false."""

        def check(path: str, value: Any) -> bool | None:
            if not isinstance(value, bool):
                raise _Unusable("is not a boolean", "true or false")
            return value

        found = self._first((name,), check)
        return default if found is None else found

    def whole(self, name: str, *, most: int, least: int = 0) -> int | None:
        """A whole number from `least` to `most`."""

        def check(path: str, value: Any) -> int | None:
            number = Decimal(value) if isinstance(value, (int, Decimal)) and not isinstance(value, bool) else None
            if number is None or not number.is_finite() or not least <= number <= most or number != int(number):
                raise _Unusable("is not such a number", f"a whole number from {least} to {most}")
            return int(number)

        return self._first((name,), check)

    def choice(self, members: Iterable[_T], *names: str) -> _T | None:
        """One of these, written as its text in any case."""
        known = {str(member).casefold(): member for member in members}

        def check(path: str, value: Any) -> _T | None:
            if value == "":
                return None
            found = known.get(value.casefold()) if isinstance(value, str) else None
            if found is None:
                raise _Unusable("is none of the possible values", " or ".join(map(str, known.values())))
            return found

        return self._first(names, check)

    def colour(self, name: str) -> str | None:
        """`#RRGGBB`; the short form and a missing `#` are understood."""

        def check(path: str, value: Any) -> str | None:
            if isinstance(value, str) and not value.strip():
                return None
            found = full_colour(value.strip()) if isinstance(value, str) else None
            if found is None:
                raise _Unusable("is not a colour", "six hexadecimal digits like #1A2B3C")
            return found

        return self._first((name,), check)

    def url(self, *names: str) -> str | None:
        """An absolute https address (http only to this machine), placeholders left as they are."""
        return self._address(names, usable_url, "an absolute https address")

    def needed_url(self, *names: str) -> str:
        """As `url`, and it must be there."""
        return self._needed(names, self.url(*names), "an absolute https address")

    def needed_host(self, name: str) -> str:
        """The address of a host and nothing more; it must be there."""
        right = "the https address of a host, nothing more"
        return self._needed((name,), self._address((name,), is_origin, right), right)

    def object(self, name: str) -> Mapping[str, object] | None:
        """Any object, unchecked inside."""

        def check(path: str, value: Any) -> Mapping[str, object] | None:
            if not isinstance(value, dict):
                raise _Unusable("is not an object", "a JSON object")
            return value

        return self._first((name,), check)

    def parsed(self, read: Callable[[str, Any], _T], *names: str) -> _T | None:
        """Whatever `read` makes of it; it notes itself what is wrong, under the path it is given."""
        return self._first(names, read)

    def texts(self, *names: str) -> Texts:
        """Texts by culture."""
        return self._first(names, self._by_culture) or {}

    def newsletter_texts(self, *names: str) -> Texts:
        """As `texts`, each within what Qliro shows as the newsletter's question."""

        def check(path: str, value: Any) -> Texts | None:
            found = self._by_culture(path, value) or {}
            for culture, text in found.items():
                if not newsletter_text(text):
                    right = "at most 50 letters, digits, spaces and , . ? ! ' \""
                    self.wrong(f"{path}.{culture}", "is not a text that Qliro takes", right)
            return found

        return self._first(names, check) or {}

    def nested_texts(self, *names: str) -> Mapping[str, Texts]:
        """Texts by key, by culture."""

        def check(path: str, value: Any) -> Mapping[str, Texts] | None:
            members = self._cultures(path, value)
            return {culture: self._texts(f"{path}.{culture}", inner) for culture, inner in members if inner is not None}

        return self._first(names, check) or {}

    def _address(self, names: tuple[str, ...], usable: Callable[[str], bool], right: str) -> str | None:
        def check(path: str, value: Any) -> str | None:
            if isinstance(value, str) and not value.strip():
                return None
            if not isinstance(value, str) or len(value) > LONGEST_URL or not usable(value.strip()):
                raise _Unusable("is not a usable address", right)
            return value.strip()

        return self._first(names, check)

    def _by_culture(self, path: str, value: Any) -> Texts | None:
        return self._texts(path, dict(self._cultures(path, value)))

    def _cultures(self, path: str, value: Any) -> list[tuple[str, Any]]:
        if not isinstance(value, dict):
            self.wrong(path, "is not an object", "an object of culture to text")
            return []
        for name in value:
            if not is_culture(name):
                self.wrong(f"{path}.{name}", "is not named by a culture", "a name like sv-SE, or sv for the language")
        return [(name, inner) for name, inner in value.items() if is_culture(name)]

    def _texts(self, path: str, value: Any) -> Texts:
        if not isinstance(value, dict):
            self.wrong(path, "is not an object", "an object of texts")
            return {}
        found = {}
        for key, text in value.items():
            if text is not None and (not isinstance(text, str) or len(text) > LONGEST_ROW_TEXT):
                self.wrong(f"{path}.{key}", "is not a usable text", f"a text of at most {LONGEST_ROW_TEXT} characters")
            elif text and text.strip():
                found[key] = text.strip()
        return found

    def _given(self, names: Iterable[str]) -> Iterator[tuple[str, Any]]:
        for name in names:
            for prefix, place in self._places:
                if place.get(name) is not None:
                    yield prefix + name, place[name]

    def _first(self, names: Iterable[str], check: Callable[[str, Any], _T | None]) -> _T | None:
        found = None
        for path, value in self._given(names):
            try:
                checked = check(path, value)
            except _Unusable as refused:
                self.wrong(path, *refused.args)
            else:
                found = checked if found is None else found
        return found

    def _needed(self, names: tuple[str, ...], value: str | None, right: str) -> str:
        if value is None and not self.has_problem(*names):
            self.wrong(names[0], "is missing", right)
        return value or ""
