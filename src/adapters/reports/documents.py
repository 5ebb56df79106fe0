"""Runs and discrepancies as plain documents: the stable shape of the JSON report (docs/reconciliation.md)."""

from typing import Any

from adapters.reports.links import Links
from adapters.reports.texts import exact
from domain.discrepancy import Discrepancy, Side
from domain.money import Money
from domain.reconciliation import ReconciliationRun, RunCounts


def run_document(run: ReconciliationRun) -> dict[str, Any]:
    """Amounts are strings with two decimals."""
    return {
        "id": str(run.id),
        "kind": str(run.kind),
        "who": run.who,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "applied": run.applied,
        "scope": dict(run.scope),
        "clean": run.clean,
        "counts": counts_document(run.counts),
    }


def counts_document(counts: RunCounts) -> dict[str, Any]:
    return {
        "done": counts.done,
        "compared": counts.compared,
        "failed": counts.failed,
        "found": [
            {"kind": str(kind), "verdict": str(verdict), "count": count}
            for (kind, verdict), count in sorted(counts.found.items())
        ],
        "at_risk": [amount_document(Money(minor, currency)) for currency, minor in sorted(counts.at_risk.items())],
        "requests": dict(sorted(counts.requests.items())),
        "flows": [
            {"flow": str(flow), **amount_document(Money(minor, currency))}
            for (flow, currency), minor in sorted(counts.flows.items())
        ],
    }


def discrepancy_document(found: Discrepancy, links: Links) -> dict[str, Any]:
    return {
        "kind": str(found.kind),
        "verdict": str(found.verdict),
        "merchant": found.order.merchant,
        "channel": found.order.channel,
        "order_id": found.order.order_id,
        "payment_id": found.payment_id,
        "subject": found.subject,
        "since": found.since,
        "at_risk": None if found.at_risk is None else amount_document(found.at_risk),
        "norce": _side(found.norce),
        "qliro": _side(found.provider),
        "ours": _side(found.ours),
        "remedy": found.remedy,
        "detail": found.detail,
        "links": {
            "norce": links.in_norce(found) or None,
            "qliro": links.at_qliro(found) or None,
            "docs": links.explained(found.kind) or None,
        },
    }


def amount_document(money: Money) -> dict[str, str]:
    return {"amount": exact(money.minor), "currency": money.currency}


def _side(side: Side | None) -> dict[str, str | None] | None:
    if side is None:
        return None
    return {
        "state": side.state,
        "reference": side.reference,
        "currency": side.currency or None,
        **{name: _exact(getattr(side, name)) for name in ("amount", "captured", "refunded", "cancelled")},
    }


def _exact(minor: int | None) -> str | None:
    return None if minor is None else exact(minor)
