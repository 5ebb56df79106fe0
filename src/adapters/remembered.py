"""Values that are read once per text: a shop has the same prices, rates and quantities all day.

Turning digits into exact numbers is a third of what reading a document costs; looking the digits up is not.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

from msgspec import Raw

MOST, LONGEST = 8_192, 96
"""How many texts are remembered of each kind of value, and of how many bytes: four megabytes a kind at the most."""

Value = TypeVar("Value")


def remembered(read: Callable[[bytes], Value]) -> Callable[[Raw], Value]:
    """`read`, which must depend on nothing but the text of a member (empty when it is absent).

    What it refuses is not remembered, nor are long texts.
    """
    known = lru_cache(MOST)(read)

    @wraps(read)
    def reading(raw: Raw) -> Value:
        text = bytes(raw)
        return known(text) if len(text) <= LONGEST else read(text)

    return reading
