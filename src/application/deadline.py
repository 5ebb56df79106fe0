"""How long the work at hand may still take: set once at the edge, obeyed by every outside call below it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

_ends_at: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Everything inside must be over within `seconds`; an enclosing shorter deadline stays in force."""
    end = time.monotonic() + seconds
    outer = _ends_at.get()
    token = _ends_at.set(end if outer is None else min(outer, end))
    try:
        yield
    finally:
        _ends_at.reset(token)


@contextmanager
def no_deadline() -> Iterator[None]:
    """Work that is done for others too and must not inherit the impatience of whoever started it."""
    token = _ends_at.set(None)
    try:
        yield
    finally:
        _ends_at.reset(token)


def remaining_budget() -> float | None:
    """Seconds left, never below zero; None when nothing limits the work."""
    end = _ends_at.get()
    return None if end is None else max(0.0, end - time.monotonic())


def within_deadline(wait: timedelta) -> timedelta:
    """As long as that, or as long as there is time left for."""
    left = remaining_budget()
    return wait if left is None else min(wait, timedelta(seconds=left))
