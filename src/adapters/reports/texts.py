"""Amounts, instants and foreign text, as people and programs get to see them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from domain.money import to_major

NARROW_SPACE = "\u202f"
_SCOPE = (
    "merchant",
    "channel",
    "order",
    "state",
    "undecided",
    "only-open",
    "since",
    "until",
    "rotation",
    "from",
    "to",
    "currency",
)
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60))


def exact(minor: int) -> str:
    """Minor units as a decimal with two places: `-1234.50`."""
    return str(to_major(minor))


def grouped(minor: int, currency: str = "") -> str:
    """The same for people: `1 234.50 SEK`, with narrow spaces and a real minus."""
    amount = f"{to_major(minor):,.2f}".replace(",", NARROW_SPACE).replace("-", "−")
    return f"{amount} {currency}" if currency else amount


def number(count: int) -> str:
    """A count for people: `12 345`."""
    return f"{count:,}".replace(",", NARROW_SPACE)


def span(length: timedelta) -> str:
    """The largest unit that fits twice, else the next smaller one: `3 d`, `47 h`, `15 min`, `9 s`."""
    seconds = max(0, int(length.total_seconds()))
    for unit, size in _UNITS:
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def instant(moment: datetime | None) -> str:
    """`2026-11-23 14:05 UTC`, or a dash."""
    return "–" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def scope_words(scope: Mapping[str, str]) -> str:
    """`since 2026-11-21 02:00 UTC, merchant shop, only-open`: instants as people read them, no word for a mere yes."""
    named = sorted(scope.items(), key=lambda item: _SCOPE.index(item[0]) if item[0] in _SCOPE else len(_SCOPE))
    return ", ".join(name if value == "yes" else f"{name} {_perhaps_instant(value)}" for name, value in named)


def _perhaps_instant(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return instant(moment) if moment.tzinfo else value


def shown(text: str) -> str:
    """Foreign text on one line, without anything that steers a terminal or turns the writing direction."""
    return "".join(c if c.isprintable() or c == NARROW_SPACE else " " if c.isspace() else "\ufffd" for c in text)
