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


NORDIC_RATES = (0, 600, 800, 1000, 1200, 1350, 1400, 1500, 2400, 2500, 2550)


def nearest_rate(inc: int, ex: int) -> int:
    """The Nordic rate that best explains two prices: rounding makes the computed one miss it by a little."""
    if ex == 0 or inc == 0:
        return 0
    return min(NORDIC_RATES, key=lambda rate: (abs(ex - net(inc, rate)), rate))
