"""Norce's choices as they are written: read in any letter case, sent in lower-camel (norce.md b.2)."""

from collections.abc import Mapping

from msgspec import Raw

from adapters.norce.values import decoded
from adapters.norce.wire import ANYTHING, encode
from domain.order import PaymentState

_PAYMENT_TYPES = ("default", "prepaid", "voucher")
_SHIPPING_STATES = ("intent", "removed", "processing", "failed", "confirmed")
_PERSONS = ("person", "organization")
_CHOICES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "payment": {"state": tuple(PaymentState), "type": _PAYMENT_TYPES},
    "shipping": {"state": _SHIPPING_STATES},
    "address": {"type": _PERSONS},
}


def respelled(members: dict[str, Raw], what: str) -> dict[str, Raw]:
    """A document's members with its choices in Norce's own spelling; what is no known choice stays as it was."""
    return members | {
        name: Raw(encode(spelled))
        for name, choices in _CHOICES.get(what, {}).items()
        if name in members and (spelled := _spelled(members[name], choices)) is not None
    }


def _spelled(told: Raw, choices: tuple[str, ...]) -> str | None:
    value = decoded(ANYTHING, told, "choice")
    known = {str(choice).lower(): str(choice) for choice in choices}
    return known.get(value.lower()) if isinstance(value, str) else None
