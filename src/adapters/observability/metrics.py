"""Prometheus metrics in a registry of our own. Every label has few values, whoever calls us with whatever.

Names and meanings are part of the product: docs/operations.md lists them.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
MOST_MERCHANTS = 2_000
OTHERS = "(others)"
Child = TypeVar("Child")


class _Children(Generic[Child]):
    """Remembers what `labels()` returned: finding it again costs a tenth of asking again."""

    def __init__(self, make: Callable[..., Child]) -> None:
        self._make = make
        self._known: dict[tuple[str, ...], Child] = {}

    def __getitem__(self, labels: tuple[str, ...]) -> Child:
        child = self._known.get(labels)
        if child is None:
            child = self._known[labels] = self._make(*labels)
        return child


class Metrics:
    """All counters of one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.requests = _Children(self._histogram("request_seconds", "requests served", "method", "route", "status"))
        self.exchanges = _Children(
            self._histogram("upstream_seconds", "calls to Norce and Qliro", "upstream", "operation", "outcome")
        )
        self.refusals = _Children(self._counter("refusals", "requests refused, by error code", "code"))
        self.troubled = _Children(
            self._counter(
                "upstream_troubles",
                "calls that failed, went unanswered, or whose key was refused",
                "upstream",
                "merchant",
            )
        )
        self.letters = _Children(self._counter("letters_failed", "letters to Norce not delivered", "kind", "parked"))
        self.notices = _Children(self._counter("notices_failed", "callbacks not handled", "kind", "parked"))
        self.postponed = self._plain_counter("deliveries_postponed", "reports to Norce left to the background")
        self.undecided = self._plain_counter("purchases_undecided", "purchases stopped since nobody could be asked")
        self.disagreements = self._plain_counter("disagreements", "contradictions between Qliro, Norce and us")
        self.interruptions = _Children(self._counter("interruptions", "background work put off, by place", "place"))
        self.defects = _Children(self._counter("unexpected", "defects, by place", "place"))
        self.backlog = self._gauge("backlog", "what waits, by kind")
        self.backlog_age = self._gauge("backlog_oldest_seconds", "age of the oldest that waits, by kind")
        self.discrepancies = self._gauge("discrepancies", "what reconciliation left open, by kind")
        self.discrepancy_age = self._gauge("discrepancies_oldest_seconds", "age of the oldest that is open")
        self.run_age = self._gauge("reconciliation_age_seconds", "time since a reconciliation last ended, by kind")
        self._merchants: set[str] = set()

    def merchant(self, name: str) -> str:
        """The name as a label; once there are very many, all further ones share one."""
        if name not in self._merchants:
            if len(self._merchants) >= MOST_MERCHANTS:
                return OTHERS
            self._merchants.add(name)
        return name

    def exposition(self) -> tuple[bytes, str]:
        """The metrics as Prometheus reads them, and their content type."""
        return generate_latest(self.registry), CONTENT_TYPE_LATEST

    def _histogram(self, name: str, told: str, *labels: str) -> Callable[..., Histogram]:
        return Histogram(f"adapter_{name}", told, labels, buckets=_SECONDS, registry=self.registry).labels

    def _counter(self, name: str, told: str, *labels: str) -> Callable[..., Counter]:
        return Counter(f"adapter_{name}", told, labels, registry=self.registry).labels

    def _gauge(self, name: str, told: str) -> Gauge:
        return Gauge(f"adapter_{name}", told, ["kind"], registry=self.registry)

    def _plain_counter(self, name: str, told: str) -> Counter:
        return Counter(f"adapter_{name}", told, registry=self.registry)


PROCESS = Metrics()
"""The metrics of this process."""


def exposition() -> tuple[bytes, str]:
    """The process's metrics as Prometheus reads them, and their content type."""
    return PROCESS.exposition()


def method_label(method: str) -> str:
    """Methods that nobody has heard of share a label."""
    return method if method in _METHODS else "other"


def outcome_label(status: int) -> str:
    """What became of a call to an upstream."""
    if status == 0:
        return "unanswered"
    if status < 400:
        return "ok"
    if status == 429:
        return "limited"
    return "refused" if status < 500 else "failed"
