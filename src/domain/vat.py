"""VAT in basis points (2500 = 25 %), rounded the way prices are."""

from collections.abc import Iterable

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
_OF_COUNTRY = {
    "SE": (0, 600, 1200, 2500),
    "NO": (0, 1111, 1200, 1500, 2500),
    "DK": (0, 2500),
    "FI": (0, 1000, 1350, 1400, 2550),
    "DE": (0, 700, 1900),
    "NL": (0, 900, 2100),
    "FR": (0, 210, 550, 1000, 2000),
}
_TOLERANCE = 10
"""A computed rate may miss the real one by a tenth of a percentage point."""


def snapped_rate(inc: int, ex: int, *, known: Iterable[int] = (), country: str = "") -> int:
    """The rate behind two prices (minor units), in basis points.

    Rounding makes the computed rate miss the real one. A rate that explains both prices (within a tenth of a
    percentage point and a cent) is taken: one of those `known` for this purchase first, then one of the
    country's, then a Nordic one, the nearest of each. When none does, the computed rate itself is told.
    """
    if ex <= 0 or inc <= ex:
        return 0
    for rates in (tuple(known), _OF_COUNTRY.get(country.upper(), ()), NORDIC_RATES):
        fitting = [rate for rate in rates if _explains(rate, inc, ex)]
        if fitting:
            return min(fitting, key=lambda rate: (_miss(rate, inc, ex), rate))
    return min(HIGHEST_RATE, (2 * (inc - ex) * _WHOLE + ex) // (2 * ex))


def _explains(rate: int, inc: int, ex: int) -> bool:
    cent = _WHOLE + rate  # by how much the miss grows when the price without VAT is a cent off
    return _miss(rate, inc, ex) <= _TOLERANCE * ex + cent


def _miss(rate: int, inc: int, ex: int) -> int:
    """How far the computed rate is off, times `ex`."""
    return abs((inc - ex) * _WHOLE - rate * ex)
