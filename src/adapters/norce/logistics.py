"""How a cart row is sent, read from Norce's free-form members: what cannot be understood is not known.

A shop must not lose a purchase because a weight is written oddly, and a parcel must not get a weight that nobody
stated: whole numbers count, everything else counts as absent.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from domain.order import Logistics
from domain.parcel import LARGEST_MEASURE

MOST_TAGS = 50
LONGEST_TAG = 250


def logistics_of(value: Any) -> Logistics | None:
    """An item's `logistics`; None when there is nothing to tell."""
    members = members_of(value)
    if not members:
        return None
    known = Logistics(
        weight=_whole(members.get("weight")),
        height=_whole(members.get("height")),
        width=_whole(members.get("width")),
        length=_whole(members.get("length")),
        tags=texts_of(members.get("tags")),
        shipping_date=_moment(members.get("shippingDate")),
    )
    return None if known == Logistics() else known


def out_of_stock(attributes: Any) -> bool | None:
    """An item's attribute `outOfStock`; None when it says neither yes nor no."""
    value = members_of(attributes).get("outOfStock")
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def texts_of(value: Any) -> tuple[str, ...]:
    """The texts of a list, or a single text: each once, in order, without those that are too long to be one."""
    entries = [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else []
    texts = (entry.strip() for entry in entries if isinstance(entry, str))
    return tuple(dict.fromkeys(text for text in texts if 0 < len(text) <= LONGEST_TAG))[:MOST_TAGS]


def text_of(value: Any) -> str | None:
    """A text that says something."""
    return value if isinstance(value, str) and value else None


def members_of(value: Any) -> Mapping[str, Any]:
    """The members of an object; none of anything else."""
    return value if isinstance(value, dict) else {}


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    if not number.is_finite() or not 0 <= number <= LARGEST_MEASURE or number != int(number):
        return None
    return int(number)


def _moment(value: Any) -> str | None:
    """As it was written, if it is a moment at all."""
    try:
        return value if isinstance(value, str) and datetime.fromisoformat(value) else None
    except ValueError:
        return None
