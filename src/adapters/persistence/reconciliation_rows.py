"""Rows ⇄ runs and findings."""

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from domain.discrepancy import Discrepancy, DiscrepancyKind, Side, Verdict
from domain.identifiers import OrderKey
from domain.money import Money
from domain.reconciliation import Flow, ReconciliationRun, RunCounts, RunKind

if TYPE_CHECKING:
    from asyncpg import Record


class CountsDocument(Struct):
    done: int = 0
    compared: int = 0
    failed: int = 0
    found: dict[str, dict[str, int]] = {}
    at_risk: dict[str, int] = {}
    requests: dict[str, int] = {}
    flows: dict[str, dict[str, int]] = {}


class SideDocument(Struct, omit_defaults=True):
    state: str
    amount: int | None = None
    currency: str = ""
    reference: str = ""
    captured: int | None = None
    refunded: int | None = None
    cancelled: int | None = None


class FindingDocument(Struct, omit_defaults=True):
    norce: SideDocument | None = None
    provider: SideDocument | None = None
    ours: SideDocument | None = None
    remedy: str = ""
    detail: str = ""


class FindingRow(Struct):
    merchant: str
    channel: str
    order_id: str
    payment_id: str
    kind: str
    subject: str
    verdict: str
    currency: str | None
    at_risk: int | None
    since: datetime | None
    document: FindingDocument


_counts = msgspec.json.Decoder(CountsDocument)
_scope = msgspec.json.Decoder(dict[str, str])
_document = msgspec.json.Decoder(FindingDocument)


def counts_text(counts: RunCounts) -> str:
    found: dict[str, dict[str, int]] = {}
    for (kind, verdict), count in counts.found.items():
        found.setdefault(str(kind), {})[str(verdict)] = count
    flows: dict[str, dict[str, int]] = {}
    for (flow, currency), minor in counts.flows.items():
        flows.setdefault(str(flow), {})[currency] = minor
    document = CountsDocument(
        counts.done, counts.compared, counts.failed, found, dict(counts.at_risk), dict(counts.requests), flows
    )
    return msgspec.json.encode(document).decode()


def counts_of(text: str) -> RunCounts:
    document = _counts.decode(text)
    counts = RunCounts(document.done, document.compared, document.failed)
    for kind, verdicts in document.found.items():
        for verdict, count in verdicts.items():
            counts.found[DiscrepancyKind(kind), Verdict(verdict)] = count
    counts.at_risk.update(document.at_risk)
    counts.requests.update(document.requests)
    counts.flows.update(
        {(Flow(flow), currency): minor for flow, sums in document.flows.items() for currency, minor in sums.items()}
    )
    return counts


def run_of(row: "Record") -> ReconciliationRun:
    return ReconciliationRun(
        id=row["id"],
        kind=RunKind(row["kind"]),
        who=row["who"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        applied=row["applied"],
        scope=_scope.decode(row["scope"]),
        counts=counts_of(row["counts"]),
    )


def finding_row(found: Discrepancy) -> FindingRow:
    risk = found.at_risk
    return FindingRow(
        merchant=found.order.merchant,
        channel=found.order.channel,
        order_id=found.order.order_id,
        payment_id=found.payment_id,
        kind=str(found.kind),
        subject=found.subject,
        verdict=str(found.verdict),
        currency=risk.currency if risk else None,
        at_risk=risk.minor if risk else None,
        since=found.since,
        document=FindingDocument(
            _side_document(found.norce),
            _side_document(found.provider),
            _side_document(found.ours),
            found.remedy,
            found.detail,
        ),
    )


def finding_of(row: "Record") -> Discrepancy:
    document = _document.decode(row["document"])
    return Discrepancy(
        kind=DiscrepancyKind(row["kind"]),
        order=OrderKey(row["merchant"], row["channel"], row["order_id"]),
        payment_id=row["payment_id"],
        subject=row["subject"],
        norce=_side_of(document.norce),
        provider=_side_of(document.provider),
        ours=_side_of(document.ours),
        at_risk=None if row["at_risk"] is None else Money(row["at_risk"], row["currency"]),
        since=row["since"],
        verdict=Verdict(row["verdict"]),
        remedy=document.remedy,
        detail=document.detail,
    )


def _side_document(side: Side | None) -> SideDocument | None:
    if side is None:
        return None
    return SideDocument(
        side.state, side.amount, side.currency, side.reference, side.captured, side.refunded, side.cancelled
    )


def _side_of(document: SideDocument | None) -> Side | None:
    return None if document is None else Side(**msgspec.structs.asdict(document))
