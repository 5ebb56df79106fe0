"""Kinds of configuration fields as JSON Schema, and what is told of a field in a form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.norce.configuration_forms import (
    COLOUR,
    CULTURE,
    LONGEST_NEWSLETTER_TEXT,
    LONGEST_ROW_TEXT,
    LONGEST_URL,
    ONE_LINE,
    ORIGIN,
    URL,
)
from adapters.norce.configuration_shipping import (
    LONGEST_ATTRIBUTE,
    LONGEST_CHECKOUT_ID,
    LONGEST_TAG,
    LONGEST_TAG_NAME,
    MOST_ATTRIBUTES,
    MOST_RATES,
    MOST_TAGS,
)
from application.texts import DeclineReason

Schema = Mapping[str, Any]
_LANGUAGES = {
    "sv-SE": "Swedish",
    "nb-NO": "Norwegian",
    "da-DK": "Danish",
    "fi-FI": "Finnish",
    "en-US": "English",
    "de-DE": "German",
    "nl-NL": "Dutch",
    "fr-FR": "French",
}
_NEWSLETTER = r"[\p{L}0-9 ,.?!'\u0022]*"
_REASONS = {
    DeclineReason.CART_CHANGED: ("The cart has changed", "Qliro's cart is not Norce's any more."),
    DeclineReason.ORDER_CLOSED: ("The order can no longer be paid", "Norce's order has left the checkout."),
    DeclineReason.OUT_OF_STOCK: ("Out of stock", "Norce says that something can't be delivered."),
    DeclineReason.NOT_VALID: ("The order is not valid", "Norce refuses the order for another reason."),
    DeclineReason.TRY_AGAIN: ("Could not be checked just now", "Norce doesn't answer, or somebody else works on it."),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its group, what it may hold, what is told of it, other names it is read under, whether a document is
    useless without it. `default` is what counts when it is absent; None when that is nothing.
    """

    name: str
    group: str
    schema: Schema
    told: str
    also: tuple[str, ...] = ()
    required: bool = False
    title: str = ""
    default: object = None
    example: object = None
    secret: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it is read under."""
        return (self.name, *self.also)

    def shown(self) -> dict[str, Any]:
        """The field in its group, for people and their forms."""
        default = {} if self.default is None else {"default": self.default}
        examples = {} if self.example is None else {"examples": [self.example]}
        return {
            "title": self.title or _words(self.name),
            "description": self.told,
            **default,
            **examples,
            **self.schema,
        }


def text(longest: int) -> Schema:
    """One line; empty is as good as absent."""
    return {"type": ["string", "null"], "maxLength": longest, "pattern": f"^{ONE_LINE}$"}


def whole(most: int, *, least: int = 0) -> Schema:
    """A whole number."""
    return {"type": ["integer", "null"], "minimum": least, "maximum": most}


def choice(titles: Mapping[str, str]) -> Schema:
    """One of these values, each with what people read."""
    members = [{"const": value, "title": title} for value, title in titles.items()]
    nothing = [{"const": None, "title": "Not set"}, {"const": "", "title": "Empty, as if not set"}]
    return {"oneOf": [*members, *nothing]}


def by_culture(texts: Schema) -> Schema:
    """Something per culture; the usual ones are named so that a form offers them."""
    return {
        "type": ["object", "null"],
        "properties": {
            culture: {"title": language, "description": f"For customers who shop in {language} ({culture}).", **texts}
            for culture, language in _LANGUAGES.items()
        },
        "propertyNames": {"pattern": f"^{CULTURE}$"},
        "additionalProperties": texts,
    }


def _words(name: str) -> str:
    """`primaryColor` as `Primary color`."""
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return spaced[:1].upper() + spaced[1:]


_ROW_TEXT: Schema = {"type": ["string", "null"], "maxLength": LONGEST_ROW_TEXT}
_QUESTION: Schema = {
    "type": ["string", "null"],
    "maxLength": LONGEST_NEWSLETTER_TEXT,
    "pattern": rf"^{_NEWSLETTER}$",
}
_ADDRESS: Schema = {"type": ["string", "null"], "maxLength": LONGEST_URL, "pattern": rf"^\s*({URL})?\s*$"}
LINK: Schema = {**_ADDRESS, "format": "uri-template"}
"""An address in which {orderId}, {merchant} and {channel} are replaced."""
BASE: Schema = _ADDRESS
HOST: Schema = {**_ADDRESS, "format": "uri", "pattern": rf"^\s*({ORIGIN})?\s*$"}
COLOUR_TEXT: Schema = {"type": ["string", "null"], "pattern": rf"^\s*({COLOUR})?\s*$"}
FLAG: Schema = {"type": ["boolean", "null"]}
ANY_OBJECT: Schema = {"type": ["object", "null"], "format": "json", "additionalProperties": True}
TEXTS: Schema = by_culture(_ROW_TEXT)
QUESTIONS: Schema = by_culture(_QUESTION)
DECLINES: Schema = by_culture(
    {
        "type": ["object", "null"],
        "properties": {
            reason.value: {"title": title, "description": when, **_ROW_TEXT}
            for reason, (title, when) in _REASONS.items()
        },
        "additionalProperties": _ROW_TEXT,
    }
)
SHIPPING: Schema = {
    "type": ["object", "null"],
    "properties": {
        "unifaun": {
            "title": "nShift",
            "description": "The checkout that nShift delivers with.",
            "type": ["object", "null"],
            "properties": {
                "checkoutId": {
                    "title": "Checkout id",
                    "description": "Which of the merchant's checkouts at nShift offers the delivery.",
                    "type": ["string", "null"],
                    "maxLength": LONGEST_CHECKOUT_ID,
                },
                "tags": {
                    "title": "Tags",
                    "description": "Names and values that nShift's own rules ask for.",
                    "type": ["object", "null"],
                    "maxProperties": MOST_TAGS,
                    "propertyNames": {"minLength": 1, "maxLength": LONGEST_TAG_NAME},
                    "additionalProperties": {"type": "string", "maxLength": LONGEST_TAG},
                },
            },
            "if": {"required": ["tags"], "properties": {"tags": {"type": "object", "minProperties": 1}}},
            "then": {"required": ["checkoutId"], "properties": {"checkoutId": {"type": "string", "pattern": r"\S"}}},
        },
        "ingrid": {
            "title": "Ingrid",
            "description": "What Ingrid is told of every cart.",
            "type": ["object", "null"],
            "properties": {
                "cartAttributes": {
                    "title": "Cart attributes",
                    "description": "Words that Ingrid's own rules ask for, in every cart.",
                    "type": ["array", "null"],
                    "maxItems": MOST_ATTRIBUTES,
                    "items": {"type": "string", "maxLength": LONGEST_ATTRIBUTE, "pattern": r"\S"},
                }
            },
        },
    },
}
RATES: Schema = {
    "type": ["array", "null"],
    "maxItems": MOST_RATES,
    "items": {"type": "number", "minimum": 0, "maximum": 100, "multipleOf": 0.01},
}
