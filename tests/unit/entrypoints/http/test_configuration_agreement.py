"""What the schema accepts the reader accepts, and the other way round."""

import copy
import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.norce.configuration_document import ConfigurationRules, document_of, read_configuration
from adapters.norce.configuration_fields import GROUPS
from application.ports.configurations import EnforcedCustomer, ReferenceSource
from domain.identifiers import Tenant
from entrypoints.http.configuration_kinds import Field
from entrypoints.http.configuration_schema import configuration_schema
from entrypoints.http.configuration_table import ACTIVE, FIELDS
from tests.unit.entrypoints.http.test_configuration_schema import GROUPED

SCHEMA = json.loads(configuration_schema())
OURS = jsonschema_rs.validator_for(SCHEMA)
RULES = ConfigurationRules(
    qliro_hosts=frozenset({"https://pago.qit.nu", "http://127.0.0.1:8082", "http://[::1]:1"}),
    public_url="https://adapter.example.com",
)
TENANT = Tenant("norce", "1")
PLACES = ("", *GROUPS)
JUNK = [
    None,
    "",
    " ",
    "\t",
    "x",
    "ä",
    0,
    1,
    -1,
    1.5,
    2.0,
    10**30,
    True,
    False,
    [],
    {},
    ["x"],
    {"x": 1},
    "a\nb",
    "a\x7fb",
]
URLS = [
    "https://shop.example.com", " https://shop.example.com/?o={orderId} ", "HTTPS://shop.example.com:443/x#y",
    "http://shop.example.com", "http://localhost:3000/terms", "http://localhost.example.com", "http://127.0.0.1",
    "http://[::1]:8080/a", "https://[2001:db8::1]/", "https://user:pw@shop.example.com", "https://a b", "//shop", "/x",
    "https://", "https://shop:65535", "https://shop:65536", "https://shop:x", "https://shop:", "https://{slug}.example",
    "ftp://shop.example.com", "https://shop.example.com/a b", "javascript:alert(1)", "https://" + "s" * 992,
    "https://" + "s" * 993, "https://å.example/ö", "https:/shop", "https://shop?x", "https://shop#y", "https://sh[op",
]  # fmt: skip
HOSTS = [
    "https://pago.qit.nu", "https://pago.qit.nu/", "https://PAGO.qit.nu:443//", " https://pago.qit.nu ",
    "http://127.0.0.1:8082", "http://[::1]:1", "https://pago.qit.nu/checkout", "https://pago.qit.nu?", "pago.qit.nu",
    "https://pago.qit.nu#", "https://me@pago.qit.nu",
]  # fmt: skip
COLOURS = ["#fff", "fff", "#1A2b3C", " #1A2B3C ", "#12345", "red", "#GGGGGG", "##fff", "#fff\n", "rgb(0,0,0)"]
NUMBERS = [0, 1, 18, 150, 151, 1_000, 1_001, 86_400, 86_401, 0.5, 18.0, "18", -0.0]
TEXTS = ["x" * 50, "x" * 51, "x" * 100, "x" * 101, "x" * 500, "x" * 501, " b2c ", "a\u0085b", "a\u00a0b", "😀"]
CHOICES = [*ReferenceSource, *EnforcedCustomer, "Random", " "]
QUESTION = ["Ja tack!", 'Vill du ha "nytt"?', " x ", "x" * 50, "x" * 51, "a_b", "a\nb", "50%", "ОК", "²", "a\u0301"]
CULTURES = ["sv-SE", "sv", "sv_SE", "zh-Hant-TW", "no culture", "", "default", "sv-", "x" * 9]
BY_CULTURE = st.dictionaries(
    st.sampled_from(CULTURES), st.sampled_from([*JUNK, *QUESTION, "x" * 200, "x" * 201]), max_size=3
)
DECLINES = st.dictionaries(
    st.sampled_from(CULTURES),
    st.one_of(
        st.sampled_from([*JUNK, "text"]),
        st.dictionaries(st.sampled_from(["outOfStock", "other"]), st.sampled_from([*JUNK, "x" * 201]), max_size=2),
    ),
    max_size=2,
)
SCALARS = [*JUNK, *TEXTS, "x" * 30, "x" * 31]
TAGS = [
    *SCALARS,
    {"k" * 20: "v"},
    {"k" * 21: "v"},
    {"": "v"},
    {"k": "v" * 31},
    *({f"k{n}": "v" for n in range(most)} for most in (20, 21)),
]
ATTRIBUTES = [*SCALARS, *([value] for value in SCALARS), ["a"] * 20, ["a"] * 21, ["x" * 250], ["x" * 251]]
DELIVERY = [
    *({name: value} for name in ("unifaun", "ingrid") for value in SCALARS),
    *({"unifaun": {"checkoutId": ident, "tags": tags}} for ident in SCALARS for tags in (None, {}, {"k": "v"})),
    *({"unifaun": {"checkoutId": "a", "tags": tags}} for tags in TAGS),
    *({"unifaun": {"tags": tags}} for tags in TAGS),
    *({"ingrid": {"cartAttributes": attributes}} for attributes in ATTRIBUTES),
]
RATES = [[rate] for rate in (*SCALARS, 25, 25.5, 25.55, 25.555, 100, 100.01, -0.01, 0.07, 0.29)] + [
    [25] * 10,
    [25] * 11,
]
POOL = [*JUNK, *URLS, *COLOURS, *NUMBERS, *TEXTS, *CHOICES, *QUESTION]
OWN: dict[str, list[Any]] = {"shippingConfiguration": DELIVERY, "shippingVatRates": RATES}


def readable(document: dict[str, Any]) -> bool:
    return not read_configuration(document_of(json.dumps(document).encode()), TENANT, RULES)[1]


def values(field: Field) -> st.SearchStrategy[Any]:
    """Of every kind; of Qliro's address only those of which the settings do not have the last word."""
    if field.name == "apiUrl":
        return st.sampled_from([*HOSTS, *JUNK])
    return st.one_of(st.sampled_from(POOL), BY_CULTURE, DECLINES)


def placed(document: dict[str, Any], place: str, name: str, value: Any) -> None:
    target = document.setdefault(place, {}) if place else document
    if isinstance(target, dict):
        target[name] = value


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A good document with up to four members set or taken away somewhere."""
    document = copy.deepcopy(GROUPED)
    for _ in range(draw(st.integers(1, 4))):
        field = draw(st.sampled_from([ACTIVE, *FIELDS]))
        if field.required and draw(st.booleans()):
            document[field.group].pop(field.name, None)
        else:
            place, name = draw(st.sampled_from(PLACES)), draw(st.sampled_from(field.names))
            placed(document, place, name, draw(values(field)))
    if draw(st.integers(0, 9)) == 0:
        document[draw(st.sampled_from(GROUPS))] = draw(st.sampled_from([None, {}, [], "x", 1]))
    return document


@settings(max_examples=600, deadline=None)
@given(documents())
def test_both_say_the_same_of_any_document(document: dict[str, Any]) -> None:
    assert OURS.is_valid(document) == readable(document)


@pytest.mark.parametrize("field", [ACTIVE, *FIELDS], ids=lambda field: field.name)
def test_both_say_the_same_of_every_value_at_every_place(field: Field) -> None:
    pool = [*HOSTS, *JUNK] if field.name == "apiUrl" else [*POOL, *OWN.get(field.name, [])]
    differing = []
    for name in field.names:
        for place in PLACES:
            for value in pool:
                document = copy.deepcopy(GROUPED)
                placed(document, place, name, value)
                if OURS.is_valid(document) != readable(document):
                    differing.append((place, name, value))
    assert differing == []


def test_the_reader_forgives_the_case_of_a_choice_and_the_schema_does_not() -> None:
    document = {**GROUPED, "merchantReferenceSource": "orderCARTreference"}
    assert readable(document)
    assert not OURS.is_valid(document)
