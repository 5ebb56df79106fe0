"""Members of a configuration that can be used but are hardly meant: misspelt, contradicting, or without effect."""

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from adapters.norce.configuration_fields import GROUPS, Fields
from adapters.norce.configuration_forms import loopback_url
from adapters.norce.configuration_problems import Problem
from application.texts import DeclineReason
from entrypoints.http.configuration_kinds import BASE, HOST, LINK, Field
from entrypoints.http.configuration_schema import PATH
from entrypoints.http.configuration_table import ACTIVE, FIELDS

_PLACEHOLDERS = ("orderId", "merchant", "channel")
_NAMES = [name for field in (ACTIVE, *FIELDS) for name in field.names]
_BY_NAME = {field.name: field for field in FIELDS}
_NEEDS = {
    "askForNewsletterSignupChecked": "askForNewsletterSignup",
    "newsletterLocalizations": "askForNewsletterSignup",
    "upsellTimeoutSeconds": "useUpsell",
}
Document = Mapping[str, Any]


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that was probably meant; empty when none is like it."""
    folded = {each.casefold(): each for each in known}
    found = get_close_matches(name.casefold(), folded, n=1, cutoff=0.7)
    return folded[found[0]] if found else ""


def chosen(field: Field, value: object) -> str:
    """Which of a field's possible values is meant by this one; empty when it has none or it is none of them."""
    known = [str(each["const"]) for each in field.schema.get("oneOf", ()) if each["const"]]
    return next((each for each in known if str(value).casefold() == each.casefold()), "")


def oddities(document: Document) -> tuple[Problem, ...]:
    """What to look at again, in the order of the document where there is one."""
    fields = Fields(document)
    return (*_schema(document), *_unknown(document), *_doubled(fields), *_addresses(fields), *_texts(fields),
            *_choices(fields), *_without_effect(fields))  # fmt: skip


def _schema(document: Document) -> Iterator[Problem]:
    schema = document.get("$schema")
    if isinstance(schema, str) and not schema.endswith(PATH):
        yield Problem("$schema", "does not name this adapter's schema", f"the adapter's address followed by {PATH}")


def _unknown(document: Document) -> Iterator[Problem]:
    top = ["$schema", "id", *GROUPS, *_NAMES]
    for name, value in document.items():
        if name not in top:
            yield _unknown_member(name, name, top)
        elif name in GROUPS and isinstance(value, dict):
            inside = [*_NAMES, "internalUrl"] if name == "adapter" else _NAMES
            yield from (_unknown_member(f"{name}.{each}", each, inside) for each in value if each not in inside)


def _unknown_member(path: str, name: str, known: Iterable[str]) -> Problem:
    meant = nearest(name, known)
    return Problem(path[:200], "is not known and has no effect", f"perhaps {meant} is meant" if meant else "")


def _doubled(fields: Fields) -> Iterator[Problem]:
    for field in FIELDS:
        first, *others = fields.stated(*field.names) or ((("", None)),)
        for path, value in others:
            if value != first[1]:
                yield Problem(path, f"says something else than {first[0]}, which counts", "one of them")


def _addresses(fields: Fields) -> Iterator[Problem]:
    for field in FIELDS:
        if field.schema not in (LINK, BASE, HOST):
            continue
        for path, value in fields.stated(*field.names):
            if not isinstance(value, str):
                continue
            if loopback_url(value.strip()):
                yield Problem(path, "is without TLS", "https anywhere but on a developer's machine")
            if field.schema is LINK:
                yield from _placeholders(path, value)


def _placeholders(path: str, value: str) -> Iterator[Problem]:
    for name in re.findall(r"\{([^{}]*)\}", value):
        if name not in _PLACEHOLDERS:
            right = f"{{{nearest(name, _PLACEHOLDERS)}}}" if nearest(name, _PLACEHOLDERS) else "{orderId}, {merchant}"
            yield Problem(path, f"holds {{{name[:40]}}}, which is not replaced", right)


def _texts(fields: Fields) -> Iterator[Problem]:
    reasons = [reason.value for reason in DeclineReason]
    folded = {reason.casefold() for reason in reasons}
    for path, value in fields.stated(*_BY_NAME["declineLocalizations"].names):
        for culture, texts in value.items() if isinstance(value, dict) else ():
            for reason in texts if isinstance(texts, dict) else ():
                if reason.casefold() not in folded:
                    meant = nearest(reason, reasons)
                    right = f"perhaps {meant} is meant" if meant else f"one of {', '.join(reasons)}"
                    yield Problem(f"{path}.{culture}.{reason}"[:200], "is no reason that is ever told", right)


def _choices(fields: Fields) -> Iterator[Problem]:
    for field in FIELDS:
        for path, value in fields.stated(*field.names):
            meant = chosen(field, value)
            if meant and meant != value:
                yield Problem(path, "is understood here, but Norce's form does not know it", meant)


def _without_effect(fields: Fields) -> Iterator[Problem]:
    for name, needed in _NEEDS.items():
        for path, _ in fields.stated(*_BY_NAME[name].names)[:1]:
            if not any(value is True for _, value in fields.stated(needed)):
                yield Problem(path, f"has no effect without {needed}", f"{needed}: true")
    ages, kinds = fields.stated("minimumCustomerAge"), fields.stated(*_BY_NAME["enforcedJuridicalType"].names)
    if ages and kinds and ages[0][1] not in (None, 0) and str(kinds[0][1]).casefold() == "company":
        yield Problem(ages[0][0], "has no effect when only companies may buy", "leave one of them out")
