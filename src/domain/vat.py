"""VAT in basis points (2500 = 25 %), rounded the way prices are."""

HIGHEST_RATE = 10_000
_WHOLE = 10_000


def net(inc: int, rate: int) -> int:
    """What `inc` (minor units) is without VAT, rounded half away from zero; never larger in size than `inc`."""
    size = (2 * abs(inc) * _WHOLE + _WHOLE + rate) // (2 * (_WHOLE + rate))
    return -size if inc < 0 else size


def percent(rate: int) -> str:
    """25, 25.5 or 25.55: the rate as people write it."""
    whole, rest = divmod(rate, 100)
    return f"{whole}.{rest:02}".rstrip("0") if rest else str(whole)
