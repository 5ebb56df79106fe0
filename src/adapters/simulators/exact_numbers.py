"""A number in JSON as it was written: exact, and of a size that can be reckoned with."""

from decimal import Decimal, InvalidOperation

_MOST_DIGITS = 40


def exact(text: str) -> Decimal:
    """The number. Raises ValueError when its exponent is absurd; msgspec then reports a body that can't be read."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError("a number is out of all bounds") from None
    if abs(number.adjusted()) > _MOST_DIGITS:
        raise ValueError("a number is out of all bounds")
    return number
