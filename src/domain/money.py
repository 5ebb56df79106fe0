"""Exact money: integer minor units with a currency; decimals only at the edges, binary floats nowhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from domain.errors import CurrencyMismatch, InvalidAmount

MINOR_PER_MAJOR = 100
LARGEST_MINOR = 10**13
_CENT = Decimal("0.01")
_LARGEST = Decimal(LARGEST_MINOR) / MINOR_PER_MAJOR


def to_minor(amount: Decimal) -> int:
    """Major units to minor units, rounded half up to the cent. Raises InvalidAmount when not finite or absurd."""
    if amount.is_finite() and -_LARGEST <= amount <= _LARGEST:
        return int(amount.quantize(_CENT, ROUND_HALF_UP).scaleb(2))
    raise InvalidAmount(f"{amount} is not an amount of money")


@lru_cache(8_192)
def to_major(minor: int) -> Decimal:
    """Minor units to major units with exactly two decimals."""
    return Decimal(minor).scaleb(-2)


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` in proportion to non-negative `weights` so that the parts add up to it exactly.

    Largest remainder decides who gets the odd cents; equal remainders go to the earlier part. With no weight
    at all the last part takes everything.
    """
    if not weights:
        raise ValueError("nothing to allocate to")
    whole = sum(weights)
    if whole == 0:
        return [0] * (len(weights) - 1) + [total]
    sign, size = (-1, -total) if total < 0 else (1, total)
    parts = [size * weight // whole for weight in weights]
    remainders = sorted(range(len(weights)), key=lambda i: -(size * weights[i] % whole))
    for index in remainders[: size - sum(parts)]:
        parts[index] += 1
    return [sign * part for part in parts]


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one currency. Arithmetic and comparison across currencies raise."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def _same(self, other: "Money") -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.minor
