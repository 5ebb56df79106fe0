"""Exact amounts: Decimal on the wire, whole minor units inside."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

from adapters.simulators.exact_numbers import exact

CENT = Decimal("0.01")
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(float_hook=exact)


class TooManyDecimals(ValueError):
    """A number with more than two decimals (Qliro answers SYSTEM_ERROR, section 3)."""


class NotAnAmount(ValueError):
    """The JSON value is no number that can be an amount."""


def to_minor(value: Any) -> int:
    """Minor units of a decoded JSON number; never rounds."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise NotAnAmount(str(value))
    number = Decimal(value)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(number) > Decimal("1e13"):
        raise NotAnAmount(str(value))
    if exponent < -2:
        raise TooManyDecimals(str(value))
    return int(number * 100)


def to_major(minor: int) -> Decimal:
    """Major units with exactly two decimals."""
    return (Decimal(minor) / 100).quantize(CENT)


def share(minor: int, percent: Decimal) -> int:
    """A percentage of an amount, rounded half up to the cent."""
    return int((Decimal(minor) * percent / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def encode(body: Any) -> bytes:
    """JSON with Decimal written as number."""
    return _ENCODER.encode(body)


def decode(raw: bytes) -> Any:
    """JSON with every fraction as Decimal; raises msgspec.DecodeError."""
    return _DECODER.decode(raw)
