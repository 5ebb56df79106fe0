"""What is told of each outside call: one line, without secrets, tokens, bodies or anybody's data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import structlog


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One attempt of one call. `status` is 0 without an answer; then `error` says what happened."""

    upstream: str
    operation: str
    merchant: str
    method: str
    path: str
    status: int
    seconds: float
    attempt: int = 1
    error: str = ""
    error_code: str = ""
    error_reference: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)


class Observer(Protocol):
    """Told of every attempt, after it; must not raise."""

    def __call__(self, exchange: Exchange, /) -> None:
        """Take note."""
        ...


class LoggingObserver:
    """Writes one structured line per attempt: `info` below 400, `warning` above and when nothing was answered."""

    def __init__(self) -> None:
        self._log = structlog.get_logger("upstream")

    def __call__(self, exchange: Exchange) -> None:
        optional = {
            "error": exchange.error,
            "error_code": exchange.error_code,
            "error_reference": exchange.error_reference,
        }
        level = "info" if 0 < exchange.status < 400 else "warning"
        getattr(self._log, level)(
            "upstream call",
            upstream=exchange.upstream,
            operation=exchange.operation,
            merchant=exchange.merchant,
            method=exchange.method,
            path=exchange.path,
            status=exchange.status,
            milliseconds=round(exchange.seconds * 1000, 1),
            attempt=exchange.attempt,
            **{name: value for name, value in optional.items() if value},
            **exchange.facts,
        )
