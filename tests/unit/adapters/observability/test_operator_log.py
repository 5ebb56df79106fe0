"""What happens is told once, and counted once, under few labels."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
import structlog

from adapters.http_observer import Exchange
from adapters.observability.metrics import MOST_MERCHANTS, OTHERS, Metrics, exposition
from adapters.observability.operator_log import OperatorLog
from application.ports.inbox import Notice, NoticeKind, StoredNotice
from application.ports.outbox import Letter
from domain.errors import OrderConflict, StoreUnavailable
from domain.identifiers import PaymentKey
from domain.messages import Message, MessageKind
from tests.unit.adapters.observability.conftest import Lines

KEY = PaymentKey("norce", "1", "oAbc", "pAbc")


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


def counted(metrics: Metrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(f"adapter_{name}", labels) or 0.0


def exchange(status: int, merchant: str = "norce") -> Exchange:
    return Exchange(
        upstream="qliro",
        operation="create_order",
        merchant=merchant,
        method="POST",
        path="/checkout/merchantapi/orders",
        status=status,
        seconds=0.12,
    )


def test_a_request_is_one_line_and_one_observation(lines: Lines, metrics: Metrics) -> None:
    OperatorLog(metrics).request_served(
        method="POST", route="/api/{order_id}", status=409, seconds=0.0123, code="order-conflict", merchant="norce"
    )
    (line,) = lines()
    assert line["event"] == "request"
    assert (line["route"], line["status"], line["milliseconds"]) == ("/api/{order_id}", 409, 12.3)
    labels = {"method": "POST", "route": "/api/{order_id}", "status": "409"}
    assert counted(metrics, "request_seconds_count", **labels) == 1
    assert counted(metrics, "refusals_total", code="order-conflict") == 1


@pytest.mark.parametrize(
    ("route", "status", "level"),
    [("/api", 200, "info"), ("/api", 404, "info"), ("/api", 401, "warning"), ("/api", 503, "error")],
)
def test_the_level_tells_how_bad_it_is(lines: Lines, metrics: Metrics, route: str, status: int, level: str) -> None:
    OperatorLog(metrics).request_served(method="GET", route=route, status=status, seconds=0, code="", merchant="")
    assert [line["level"] for line in lines()] == [level]


def test_probes_are_not_logged(lines: Lines, metrics: Metrics) -> None:
    OperatorLog(metrics).request_served(method="GET", route="/health/live", status=200, seconds=0, code="", merchant="")
    assert lines() == []


@pytest.mark.parametrize(
    ("status", "outcome", "trouble"),
    [
        (200, "ok", False),
        (0, "unanswered", True),
        (404, "refused", False),
        (401, "refused", True),
        (403, "refused", True),
        (429, "limited", True),
        (503, "failed", True),
    ],
)
def test_a_call_is_counted_by_outcome(lines: Lines, metrics: Metrics, status: int, outcome: str, trouble: bool) -> None:
    OperatorLog(metrics)(exchange(status))
    labels = {"upstream": "qliro", "operation": "create_order", "outcome": outcome}
    assert counted(metrics, "upstream_seconds_count", **labels) == 1
    troubled = counted(metrics, "upstream_troubles_total", upstream="qliro", merchant="norce")
    assert troubled == trouble
    assert lines()[0]["event"] == "upstream call"


def test_merchants_made_up_by_callers_cannot_fill_the_memory(metrics: Metrics) -> None:
    for number in range(MOST_MERCHANTS):
        metrics.merchant(f"m{number}")
    assert metrics.merchant("one-more") == OTHERS
    assert metrics.merchant("m7") == "m7"


def test_made_up_methods_share_a_label(lines: Lines, metrics: Metrics) -> None:
    OperatorLog(metrics).request_served(method="BREW", route="unknown", status=405, seconds=0, code="", merchant="")
    assert counted(metrics, "request_seconds_count", method="other", route="unknown", status="405") == 1


@pytest.mark.parametrize("parked", [True, False])
def test_letters_and_notices_tell_whether_a_person_has_to_look(lines: Lines, metrics: Metrics, parked: bool) -> None:
    log, now = OperatorLog(metrics), datetime.now(UTC)
    log.letter_failed(Letter(7, KEY, Message(MessageKind.REPORT_PAYMENT), 3, now), OrderConflict("no"), parked=parked)
    log.notice_failed(
        StoredNotice(UUID(int=7), Notice(KEY, NoticeKind.CHECKOUT, "k"), 2, now), StoreUnavailable("no"), parked=parked
    )
    letter, notice = lines()
    assert (letter["level"], notice["level"]) == (("error", "error") if parked else ("warning", "warning"))
    assert (letter["payment_id"], letter["code"], notice["kind"]) == ("pAbc", "order-conflict", "checkout")
    yes = "yes" if parked else "no"
    assert counted(metrics, "letters_failed_total", kind="report-payment", parked=yes) == 1
    assert counted(metrics, "notices_failed_total", kind="checkout", parked=yes) == 1


def test_disagreements_defects_and_delays_are_counted(lines: Lines, metrics: Metrics) -> None:
    log = OperatorLog(metrics)
    log.disagreement(KEY, "Qliro holds 100.00 SEK, Norce shows 90.00 SEK")
    log.unexpected("outbox", RuntimeError("boom"))
    log.delivery_postponed(KEY.order, OrderConflict("locked"))
    log.purchase_undecided(KEY, TimeoutError())
    events = ["disagreement", "unexpected", "delivery postponed", "purchase not decided"]
    assert [line["event"] for line in lines()] == events
    assert counted(metrics, "purchases_undecided_total") == 1
    assert counted(metrics, "disagreements_total") == 1
    assert counted(metrics, "unexpected_total", place="outbox") == 1
    assert counted(metrics, "deliveries_postponed_total") == 1


def test_a_log_that_cannot_be_written_costs_nobody_anything(metrics: Metrics) -> None:
    class Full:
        def __call__(self, *_: object) -> "Full":
            return self

        def error(self, line: str) -> None:
            raise OSError("no space left on device")

    structlog.configure(processors=[structlog.processors.JSONRenderer()], logger_factory=Full())
    try:
        OperatorLog(metrics).disagreement(KEY, "something")
    finally:
        structlog.reset_defaults()
    assert counted(metrics, "disagreements_total") == 1


def test_the_process_can_be_scraped() -> None:
    body, content_type = exposition()
    assert content_type.startswith("text/plain")
    assert b"adapter_disagreements_total" in body
