"""What a configuration means before it is saved: everything wrong with it, everything odd, and what will count."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adapters.norce.configuration_document import ConfigurationRules, read_configuration
from adapters.norce.configuration_fields import Fields
from adapters.norce.configuration_forms import full_colour, origin_of
from adapters.norce.configuration_problems import Problem
from domain.identifiers import Tenant
from domain.order import ADAPTER_ID
from entrypoints.configuration_oddities import chosen, nearest, oddities
from entrypoints.http.configuration_kinds import COLOUR_TEXT, Field
from entrypoints.http.configuration_schema import PATH
from entrypoints.http.configuration_table import ACTIVE, FIELDS

HIDDEN = "***"
Document = Mapping[str, Any]


class NoJson(Exception):
    """The bytes are no JSON text; says where that shows."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A field as it will count: where it stands (empty for a default), and its value; a secret is hidden."""

    name: str
    place: str
    value: object


@dataclass(frozen=True, slots=True)
class Checked:
    """The verdict on one document."""

    title: str
    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()
    settings: tuple[Setting, ...] = ()


def check_all(raw: bytes, rules: ConfigurationRules) -> list[Checked]:
    """A verdict for each of this adapter's documents: one document, or what the Configuration API says of a channel.

    Raises NoJson. Contacts nobody.
    """
    doubled: list[str] = []
    found = _decoded(raw, doubled)
    twice = tuple(Problem(name, "stands twice in one object", "the last one counts") for name in dict.fromkeys(doubled))
    documents = _documents(found)
    if isinstance(documents, Problem):
        return [Checked("", (documents,))]
    titles = [f"{ADAPTER_ID} #{number}" for number in range(1, len(documents) + 1)] if len(documents) > 1 else [""]
    checked = [_checked(title, document, rules, twice) for title, document in zip(titles, documents, strict=True)]
    if len(checked) > 1:
        surplus = Problem("id", f"{ADAPTER_ID} stands {len(checked)} times in the channel", "once")
        checked = [Checked(c.title, (surplus, *c.errors), c.warnings, c.settings) for c in checked]
    return checked


def _decoded(raw: bytes, doubled: list[str]) -> Any:
    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            names = [name for name, _ in pairs]
            doubled.extend(name for name in made if names.count(name) > 1)
        return made

    try:
        text = raw.decode("utf-8-sig")
        return json.loads(text, object_pairs_hook=members, parse_float=Decimal, parse_constant=_refused)
    except (ValueError, RecursionError) as cause:
        raise NoJson(str(cause) or "nested too deeply") from None


def _refused(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _documents(found: Any) -> list[Document] | Problem:
    """This adapter's documents in what the file holds."""
    if isinstance(found, dict) and "id" not in found:
        listed = next((found[name] for name in ("configurations", "data") if isinstance(found.get(name), list)), None)
        named = found.get(ADAPTER_ID)
        found = listed if listed is not None else [named] if isinstance(named, dict) else found
    if isinstance(found, dict):
        return [found]
    if not isinstance(found, list):
        return Problem("(document)", "is not an object", "a configuration, or a channel's list of them")
    ours: list[Document] = [each for each in found if isinstance(each, dict) and each.get("id") == ADAPTER_ID]
    if ours:
        return ours
    ids = [str(each.get("id")) for each in found if isinstance(each, dict)]
    like = nearest(ADAPTER_ID, ids)
    right = f"{ADAPTER_ID} instead of {like}" if like else f"one whose id is {ADAPTER_ID}"
    return Problem("(channel)", f"has no configuration of this adapter among its {len(found)}", right)


def _checked(title: str, document: Document, rules: ConfigurationRules, twice: tuple[Problem, ...]) -> Checked:
    problems = (*_base(document), *read_configuration(document, Tenant("", ""), rules)[1])
    errors = tuple(dict.fromkeys(problems))
    settings = () if errors else tuple(_setting(Fields(document), field, rules) for field in (ACTIVE, *FIELDS))
    return Checked(title, errors, (*twice, *oddities(document)), settings)


def _base(document: Document) -> list[Problem]:
    """What Norce demands of any configuration (norce.md d.1)."""
    found = []
    if not isinstance(document.get("$schema"), str) or not document["$schema"]:
        found.append(Problem("$schema", "is missing", f"the adapter's address followed by {PATH}"))
    if document.get("id") != ADAPTER_ID:
        found.append(Problem("id", "is missing or another adapter's", ADAPTER_ID))
    if "active" in document and document["active"] is None:
        found.append(Problem("active", "is null, which Norce refuses", "true or false"))
    adapter = document.get("adapter", {"publicUrl": ""})
    if isinstance(adapter, dict) and not isinstance(adapter.get("publicUrl"), str):
        found.append(Problem("adapter.publicUrl", "is missing, which Norce refuses", "an absolute https address"))
    elif adapter is None:
        found.append(Problem("adapter", "is null, which Norce refuses", "an object with publicUrl, or nothing"))
    return found


def _setting(fields: Fields, field: Field, rules: ConfigurationRules) -> Setting:
    place, value = next(iter(fields.stated(*field.names)), ("", field.default))
    if field.name == "publicUrl" and not place:
        return Setting(field.name, "ADAPTER_PUBLIC_URL", rules.public_url)
    if place and field.secret:
        return Setting(field.name, place, HIDDEN)
    return Setting(field.name, place, _as_used(field, value))


def _as_used(field: Field, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if field.schema is COLOUR_TEXT:
        return full_colour(value.strip())
    return origin_of(value.strip()) if field.name == "apiUrl" else chosen(field, value) or value.strip()
