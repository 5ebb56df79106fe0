"""Everything operators are told: one line and one count per event. It never raises and never waits."""

import functools
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec

import structlog

from adapters.http_observer import Exchange, LoggingObserver
from adapters.observability.metrics import PROCESS, Metrics, method_label, outcome_label
from application.observation import Observer
from application.ports.inbox import StoredNotice
from application.ports.outbox import Letter
from application.ports.post_office import Backlog
from domain.discrepancy import DiscrepancyKind
from domain.errors import AdapterError
from domain.identifiers import OrderKey, PaymentKey

Arguments = ParamSpec("Arguments")
BACKLOG_KINDS = ("inbox_waiting", "inbox_parked", "outbox_waiting", "outbox_parked", "payments_undecided")
_KEY_REFUSED = frozenset({401, 403})
_NOISE = ("/health/", "/metrics", "/docs/")


def _harmless(tell: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """A full disk or a closed pipe under the log must not cost anybody a payment."""

    @functools.wraps(tell)
    def quiet(*args: Arguments.args, **named: Arguments.kwargs) -> None:
        try:
            tell(*args, **named)
        except Exception:  # noqa: BLE001 - there is nowhere left to tell it
            return

    return quiet


class OperatorLog:
    """Implements the observers of use cases, of the HTTP edge and of the transports."""

    def __init__(self, metrics: Metrics = PROCESS) -> None:
        self._metrics = metrics
        self._log: Any = structlog.get_logger("adapter")
        self._exchanges = LoggingObserver()

    @_harmless
    def request_served(self, *, method: str, route: str, status: int, seconds: float, code: str, merchant: str) -> None:
        """A request was answered; `route` is the path template."""
        self._metrics.requests[method_label(method), route, str(status)].observe(seconds)
        if code:
            self._metrics.refusals[(code,)].inc()
        tell = getattr(self._log, _level(route, status))
        refusal = {"code": code} if code else {}
        tell(
            "request",
            method=method,
            route=route,
            status=status,
            milliseconds=round(seconds * 1000, 1),
            merchant=merchant,
            **refusal,
        )

    @_harmless
    def __call__(self, exchange: Exchange) -> None:
        """A call to Norce or Qliro has ended."""
        outcome = outcome_label(exchange.status)
        self._metrics.exchanges[exchange.upstream, exchange.operation, outcome].observe(exchange.seconds)
        if outcome in {"failed", "unanswered", "limited"} or exchange.status in _KEY_REFUSED:
            self._metrics.troubled[exchange.upstream, self._metrics.merchant(exchange.merchant)].inc()
        self._exchanges(exchange)

    @_harmless
    def delivery_postponed(self, order: OrderKey, failure: AdapterError) -> None:
        self._metrics.postponed.inc()
        self._log.warning("delivery postponed", **_order(order), **_failure(failure))

    @_harmless
    def letter_failed(self, letter: Letter, failure: AdapterError, *, parked: bool) -> None:
        self._metrics.letters[str(letter.message.kind), _yes(parked)].inc()
        tell = self._log.error if parked else self._log.warning
        tell(
            "letter parked" if parked else "letter failed",
            letter=letter.id,
            kind=str(letter.message.kind),
            attempts=letter.attempts,
            **_payment(letter.key),
            **_failure(failure),
        )

    @_harmless
    def notice_failed(self, notice: StoredNotice, failure: AdapterError, *, parked: bool) -> None:
        self._metrics.notices[str(notice.notice.kind), _yes(parked)].inc()
        tell = self._log.error if parked else self._log.warning
        tell(
            "notice parked" if parked else "notice failed",
            notice=str(notice.id),
            kind=str(notice.notice.kind),
            attempts=notice.attempts,
            **_payment(notice.notice.key),
            **_failure(failure),
        )

    @_harmless
    def look_failed(self, key: PaymentKey, failure: AdapterError) -> None:
        self._log.warning("payment not looked at", **_payment(key), **_failure(failure))

    @_harmless
    def purchase_undecided(self, key: PaymentKey, failure: Exception) -> None:
        self._metrics.undecided.inc()
        self._log.warning(
            "purchase not decided", **_payment(key), kind_of_failure=type(failure).__name__, reason=str(failure)
        )

    @_harmless
    def disagreement(self, key: PaymentKey, what: str) -> None:
        self._metrics.disagreements.inc()
        self._log.error("disagreement", what=what, **_payment(key))

    @_harmless
    def backlog_seen(self, backlog: Backlog, *, ages: dict[str, float]) -> None:
        """What waits now, for every process alike: the database is one."""
        for kind in BACKLOG_KINDS:
            self._metrics.backlog.labels(kind).set(getattr(backlog, kind))
        for kind, seconds in ages.items():
            self._metrics.backlog_age.labels(kind).set(seconds)

    @_harmless
    def backlog_unknown(self) -> None:
        """The gauges go away rather than stand still."""
        self._metrics.backlog.clear()
        self._metrics.backlog_age.clear()

    @_harmless
    def discrepancies_seen(
        self, counts: Mapping[DiscrepancyKind, int], *, oldest: float, run_ages: Mapping[str, float]
    ) -> None:
        """What is open now, for every process alike: the database is one."""
        for kind, many in counts.items():
            self._metrics.discrepancies.labels(str(kind)).set(many)
        self._metrics.discrepancy_age.labels("all").set(oldest)
        for run, seconds in run_ages.items():
            self._metrics.run_age.labels(run).set(seconds)

    @_harmless
    def discrepancies_unknown(self) -> None:
        """The gauges go away rather than stand still."""
        self._metrics.discrepancies.clear()
        self._metrics.discrepancy_age.clear()
        self._metrics.run_age.clear()

    @_harmless
    def work_interrupted(self, where: str, failure: AdapterError) -> None:
        """Background work could not be done now, most likely since the database is away; it is done later."""
        self._metrics.interruptions[(where,)].inc()
        self._log.warning("background work interrupted", where=where, **_failure(failure))

    @_harmless
    def unexpected(self, where: str, failure: BaseException) -> None:
        self._metrics.defects[(where,)].inc()
        self._log.error("unexpected", where=where, kind=type(failure).__name__, exc_info=failure)


def _level(route: str, status: int) -> str:
    if status >= 500:
        return "error"
    if status in {401, 403}:
        return "warning"
    return "debug" if route.startswith(_NOISE) else "info"


def _order(key: OrderKey) -> dict[str, str]:
    return {"merchant": key.merchant, "channel": key.channel, "order_id": key.order_id}


def _payment(key: PaymentKey) -> dict[str, str]:
    return {**_order(key.order), "payment_id": key.payment_id}


def _failure(failure: AdapterError) -> dict[str, str]:
    return {"code": failure.code, "kind_of_failure": type(failure).__name__, "reason": failure.message}


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _(log: OperatorLog) -> Observer:
    return log
