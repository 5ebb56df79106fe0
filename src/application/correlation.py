"""The id that ties everything done for one request or job together, in logs and towards others."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")

_ACCEPTED = re.compile(r"[A-Za-z0-9._:-]{1,64}")


def new() -> str:
    """A fresh id."""
    return secrets.token_hex(8)


def about(subject: str) -> str:
    """A fresh id that begins with what it is about, so that everything about an order is found by the order's id."""
    return f"{subject}.{secrets.token_hex(4)}" if _ACCEPTED.fullmatch(subject) and len(subject) <= 50 else new()


@contextmanager
def bind(value: str | None = None) -> Iterator[str]:
    """Use the caller's id when it is a harmless token, else a fresh one, for everything inside."""
    chosen = value if value and _ACCEPTED.fullmatch(value) else new()
    token = correlation_id.set(chosen)
    try:
        yield chosen
    finally:
        correlation_id.reset(token)
