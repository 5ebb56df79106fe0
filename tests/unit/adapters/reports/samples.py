"""A run with something of everything, the same every time."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from adapters.reports.links import Links
from adapters.reports.report import Report
from domain.discrepancy import Discrepancy, DiscrepancyKind, Side, Verdict
from domain.identifiers import OrderKey
from domain.money import Money
from domain.reconciliation import Flow, ReconciliationRun, RunCounts, RunKind

Kind = DiscrepancyKind
BEGUN = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LINKS = Links(
    norce="https://admin.example/{merchant}/{channel}/orders/{order}",
    qliro="https://portal.example/orders/{order}",
    docs="https://docs.example/reconciliation",
)
HOSTILE = '</style><script>alert(1)</script><img src=x onerror="alert(2)">\x1b[31m\u202egnp.exe&amp;'


def run(*findings: Discrepancy, **changed: object) -> ReconciliationRun:
    counts = RunCounts(done=1_048_576, compared=20_431, failed=1)
    for found in findings:
        counts.count(found)
    counts.requests.update({"norce": 19_870, "qliro": 20_431})
    values: dict[str, object] = {
        "id": UUID("0192f000-0000-7000-8000-000000000001"),
        "kind": RunKind.PAYMENTS,
        "who": "night@ops-1",
        "started_at": BEGUN,
        "ended_at": BEGUN + timedelta(minutes=31, seconds=7),
        "scope": {"since": "2026-11-21T02:00:00+00:00", "undecided": "yes"},
        "counts": counts,
    }
    return ReconciliationRun(**(values | changed))  # type: ignore[arg-type]


def settlement_run(*findings: Discrepancy) -> ReconciliationRun:
    made = run(*findings, kind=RunKind.SETTLEMENTS, scope={"from": "2026-11-01", "to": "2026-11-22"})
    made.counts.flows.update(
        {
            (Flow.CAPTURED, "SEK"): 184_250_050,
            (Flow.FEES, "SEK"): -3_801_245,
            (Flow.REFUNDED, "SEK"): -12_400_000,
            (Flow.CHARGED_BACK, "SEK"): -549_900,
            (Flow.PAID_OUT, "SEK"): 167_498_905,
            (Flow.PENDING, "SEK"): 9_910_000,
            (Flow.CAPTURED, "NOK"): 100,
            (Flow.REFUNDED, "NOK"): -40_000,
            (Flow.PAID_OUT, "NOK"): -40_100,
        }
    )
    return made


async def each(findings: Iterable[Discrepancy]) -> AsyncIterator[Discrepancy]:
    for found in findings:
        yield found


async def written(report: Report, of: ReconciliationRun, findings: Iterable[Discrepancy]) -> str:
    parts: list[str] = []
    await report(of, each(findings), parts.append)
    return "".join(parts)


def mixed() -> list[Discrepancy]:
    """A few of several kinds, of several merchants, currencies and ages."""
    return [*_state_troubles(), *_money_troubles(), *_absences(), hostile()]


def hostile() -> Discrepancy:
    return Discrepancy(
        kind=Kind.REFERENCE_DIFFERS,
        order=OrderKey(HOSTILE, "se", HOSTILE),
        payment_id=HOSTILE,
        subject=HOSTILE,
        norce=Side(state=HOSTILE, reference='=HYPERLINK("http://evil.example","x")', currency="SEK", amount=1),
        provider=Side(state="Completed", reference=HOSTILE),
        remedy=HOSTILE,
        detail='+cmd|"/c calc"!A1\r\nsecond line, with "quotes"',
    )


def _order(number: int, merchant: str = "nordic-sport", channel: str = "se") -> OrderKey:
    return OrderKey(merchant, channel, f"o{number:06d}Xk")


def _sides(norce: str, provider: str, ours: str, amount: int, currency: str = "SEK", **changed: int) -> dict[str, Any]:
    number = str(4_711_000 + amount % 997)
    return {
        "norce": Side(state=norce, amount=amount, currency=currency, reference=number),
        "provider": Side(state=provider, amount=amount, currency=currency, reference=number, **changed),
        "ours": Side(state=ours, amount=amount, currency=currency, reference=number, **changed),
    }


def _state_troubles() -> list[Discrepancy]:
    found = [
        Discrepancy(
            kind=Kind.PAID_ORDER_OPEN,
            order=_order(n, "nordic-sport" if n % 3 else "kaffe-och-te", "se"),
            payment_id=f"p{n:04d}",
            **_sides("intent, order processing", "authorized", "authorized", 54_800 + n * 1_337),
            at_risk=Money(54_800 + n * 1_337, "SEK"),
            since=BEGUN - timedelta(hours=5 * n + 1),
            verdict=Verdict.WOULD_MEND if n < 4 else Verdict.MENDED if n < 6 else Verdict.LEFT,
            remedy="report the reservation and accept the order",
        )
        for n in range(1, 8)
    ]
    stuck = Discrepancy(
        kind=Kind.ORDER_STUCK_PROCESSING,
        order=_order(77, "dansk-design", "dk"),
        payment_id="p0077",
        **_sides("intent, order processing", "InProcess", "intent", 129_900, "DKK"),
        since=BEGUN - timedelta(hours=7),
        verdict=Verdict.MENDED,
        remedy="released the order",
    )
    return [*found, stuck]


def _money_troubles() -> list[Discrepancy]:
    captured = _sides("reserved, order completed", "captured", "captured", 1_249_900, captured=1_249_900)
    amounts = _sides("reserved, order completed", "authorized", "authorized", 99_900, "NOK") | {
        "norce": Side(state="reserved, order completed", amount=104_900, currency="NOK", reference="4711200")
    }
    return [
        Discrepancy(
            kind=Kind.CAPTURED_NOT_IN_NORCE,
            order=_order(204),
            payment_id="p0204",
            **captured
            | {"norce": Side(state="reserved, order completed", amount=1_249_900, currency="SEK", reference="4711659")},
            at_risk=Money(1_249_900, "SEK"),
            since=BEGUN - timedelta(days=12),
            verdict=Verdict.WOULD_MEND,
            remedy="tell Norce of the capture of 12 499.00 SEK",
            detail="captured in Qliro's portal; transaction 880123",
        ),
        Discrepancy(
            kind=Kind.AMOUNT_DIFFERS,
            order=_order(311, "fjell-og-fjord", "no"),
            payment_id="p0311",
            **amounts,
            at_risk=Money(5_000, "NOK"),
            since=BEGUN - timedelta(days=2),
            remedy="compare the rows of both orders before anything is captured",
        ),
        Discrepancy(
            kind=Kind.TWO_QLIRO_ORDERS,
            order=_order(402),
            payment_id="p0402",
            subject="4711999",
            **_sides("reserved, order completed", "authorized", "authorized", 45_000),
            at_risk=Money(45_000, "SEK"),
            since=BEGUN - timedelta(days=45),
            remedy="cancel 4711999, which Norce does not name",
        ),
    ]


def _absences() -> list[Discrepancy]:
    return [
        Discrepancy(
            kind=Kind.MISSING_AT_QLIRO,
            order=_order(500, "kaffe-och-te"),
            payment_id="p0500",
            norce=Side(state="reserved, order completed", amount=32_900, currency="SEK", reference="4711555"),
            provider=Side(state="missing"),
            ours=Side(state="authorized", amount=32_900, currency="SEK", reference="4711555"),
            at_risk=Money(32_900, "SEK"),
            remedy="check the merchant's account at Qliro",
        ),
        Discrepancy(
            kind=Kind.MISSING_WITH_US,
            order=OrderKey("suomi-kauppa", "fi", "o000600Xk"),
            payment_id="p0600",
            norce=Side(state="reserved, order completed", amount=7_790, currency="EUR", reference="4711556"),
            provider=Side(state="authorized", amount=7_790, currency="EUR", reference="4711556"),
            at_risk=Money(7_790, "EUR"),
            since=BEGUN - timedelta(minutes=20),
            verdict=Verdict.WOULD_MEND,
            remedy="adopt the payment",
        ),
        Discrepancy(kind=Kind.NOT_COMPARED, order=_order(601), payment_id="p0601", detail="Norce did not answer"),
    ]
