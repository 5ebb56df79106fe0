"""When to look at a payment again without anybody asking."""

from datetime import datetime, timedelta

_FIRST = tuple(timedelta(minutes=m) for m in (1, 6, 21, 81))
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def next_look(since: datetime, now: datetime) -> datetime:
    """The next moment on the schedule that began at `since`: after 1, 5, 15 and 60 minutes, then hourly, then daily."""
    for offset in _FIRST:
        if since + offset > now:
            return since + offset
    step = _HOUR if now - since < _DAY else _DAY
    return now + step
