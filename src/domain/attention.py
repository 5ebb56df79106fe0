"""When to look at a payment again without anybody asking."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate

PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60))
HURRIED = tuple(timedelta(seconds=s) for s in (1, 2, 5, 10, 30, 60, 300))
"""For what a customer is waiting for."""
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def next_look(since: datetime, now: datetime, pauses: Sequence[timedelta] = PAUSES) -> datetime:
    """The next moment on the schedule that began at `since`: after each of the `pauses`, then hourly, then daily."""
    for offset in accumulate(pauses):
        if since + offset > now:
            return since + offset
    step = _HOUR if now - since < _DAY else _DAY
    return now + step
