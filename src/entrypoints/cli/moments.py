"""Moments and spans as people type them."""

import re
from datetime import UTC, datetime, time, timedelta

from entrypoints.cli.usage import WrongUsage

_SPAN = re.compile(r"(?P<sign>-?)(?P<number>\d+(?:[.,]\d+)?)\s*(?P<unit>[a-z]+)")
_UNITS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), timedelta(seconds=1)),
    **dict.fromkeys(("m", "min", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days"), timedelta(days=1)),
    **dict.fromkeys(("w", "week", "weeks"), timedelta(weeks=1)),
}
_DAYS = {"today": 0, "yesterday": 1}
_YEARS = range(1970, 3000)
_IN_REACH = f"between the years {_YEARS[0]} and {_YEARS[-1]}"
_LONGEST = timedelta(days=36_500)
_SLASHED = re.compile(r"\d{4}/\d{1,2}/\d{1,2}")


def moment_of(text: str, *, now: datetime, option: str) -> datetime:
    """A moment in UTC: an ISO date or time, `today`, `yesterday`, `now`, or a span back from now (`-2d`, `48h`).

    A date is its midnight in UTC, as is `yesterday`; a time without an offset is in UTC. Raises WrongUsage, also for
    what lies outside of 1970 to 2999: nothing was paid then, and nothing can be reckoned from there.
    """
    found = _moment(text, now=now, option=option)
    try:
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        raise _refused(option, text, _IN_REACH) from None
    if found.year not in _YEARS:
        raise _refused(option, text, _IN_REACH)
    return found


def _moment(text: str, *, now: datetime, option: str) -> datetime:
    asked = text.strip().lower()
    if asked == "now":
        return now
    if asked in _DAYS:
        return datetime.combine(now.astimezone(UTC).date() - timedelta(days=_DAYS[asked]), time(), UTC)
    span = _span(asked.removesuffix(" ago").removesuffix("ago").strip())
    if span is not None:
        return _earlier(now, span, option, text)
    if _SLASHED.fullmatch(asked):
        asked = "-".join(part.zfill(2) for part in asked.split("/"))
    try:
        return datetime.fromisoformat(asked.upper())
    except ValueError:
        raise _refused(option, text, "a date, a time, `yesterday` or a span such as -2d") from None


def span_of(text: str, *, option: str) -> timedelta:
    """A length of time: `7d`, `15 min`, `1.5h`, at most a hundred years. Raises WrongUsage."""
    found = _span(text.strip().lower())
    if found is None or found > _LONGEST or text.strip().startswith("-"):
        raise _refused(option, text, "a span such as 7d, 12h or 15m")
    return found


def _span(text: str) -> timedelta | None:
    """The length, whatever its sign; None when it is none."""
    found = _SPAN.fullmatch(text)
    if found is None or found["unit"] not in _UNITS:
        return None
    try:
        return float(found["number"].replace(",", ".")) * _UNITS[found["unit"]]
    except OverflowError:
        return None


def _earlier(now: datetime, span: timedelta, option: str, text: str) -> datetime:
    try:
        return now - span
    except OverflowError:
        raise _refused(option, text, _IN_REACH) from None


def _refused(option: str, text: str, wanted: str) -> WrongUsage:
    return WrongUsage(f"{option}: {text!r} is not {wanted}.")
