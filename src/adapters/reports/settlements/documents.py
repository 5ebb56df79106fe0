"""Explained pay-outs as JSON: totals whole, discrepancies one by one."""

from collections.abc import Mapping
from typing import Any

import msgspec

from adapters.reports.documents import discrepancy_document
from adapters.reports.links import Links
from adapters.reports.report import Write
from adapters.reports.settlements.as_csv import NAMES
from adapters.reports.texts import exact
from application.explain_settlements import SettlementReport
from application.ports.settlement_spool import SettlementSpool
from domain.reconciliation import Flow
from domain.settlement_explanation import Category
from domain.settlement_totals import BatchKey, BatchTotals, Sums, VatSums

_encode = msgspec.json.Encoder().encode


def write_json(report: SettlementReport, spool: SettlementSpool, write: Write, links: Links) -> None:
    """One object; amounts are strings with two decimals, negative where they take from the pay-out."""
    start = _encode(report_document(report)).decode()
    write(start[:-1] + ',"discrepancies":[')
    comma = ""
    for found in spool.discrepancies():
        write(f"{comma}\n{_encode(discrepancy_document(found, links)).decode()}")
        comma = ","
    write("]}\n")


def report_document(report: SettlementReport) -> dict[str, Any]:
    """Everything but the discrepancies themselves."""
    question, totals = report.question, report.totals
    return {
        "run": report.run,
        "from": question.period.first,
        "to": question.period.last,
        "term_days": question.term_days,
        "merchant": question.merchant,
        "channel": question.channel,
        "currency": question.currency,
        "clean": report.clean,
        "entries": report.counts.done,
        "accounts": [
            {
                "name": payee.name,
                "channels": [f"{tenant.merchant}/{tenant.channel}" for tenant in payee.tenants],
                "asked_about": [f"{tenant.merchant}/{tenant.channel}" for tenant in payee.wanted],
            }
            for payee in report.payees
        ],
        "failed": [{"name": name, "reason": reason} for name, reason in report.failed],
        "batches": [_batch(key, batch) for key, batch in sorted(totals.batches.items())],
        "currencies": [{"currency": currency, **_sums(sums)} for currency, sums in totals.currencies().items()],
        "methods": [
            {"currency": currency, "method": method, **_sums(sums)}
            for (currency, method), sums in sorted(totals.methods.items())
        ],
        "vat": [
            {"currency": currency, **_vat(category, rate, sums)}
            for (currency, category, rate), sums in sorted(totals.vat.items(), key=lambda x: vat_order(x[0]))
        ],
        "other_days": {currency: exact(minor) for currency, minor in sorted(report.other_days.items())},
        "pending": _flow(report, Flow.PENDING),
        "rejected": _flow(report, Flow.REJECTED),
        "kinds": {str(kind): many for kind, many in report.counts.by_kind().items()},
    }


def _batch(key: BatchKey, batch: BatchTotals) -> dict[str, Any]:
    announced = batch.announced
    return {
        "batch": key.batch,
        "account": key.account,
        "day": key.day,
        "currency": key.currency,
        **_sums(batch.sums, difference=batch.difference),
        "announced": None if announced is None else exact(announced.total),
        "announced_fees": None if announced is None else exact(announced.fees),
        "exchanged": None
        if batch.exchange is None
        else {"currency": batch.exchange.currency, "amount": exact(batch.exchange.total)},
    }


def _sums(sums: Sums, *, difference: int = 0) -> dict[str, Any]:
    names = ("captured", "refunded", "fees", "chargebacks", "elsewhere")
    return {
        "entries": sums.entries,
        **{name: exact(getattr(sums, name)) for name in names},
        "explained": exact(sums.explained),
        "unexplained": exact(sums.unexplained + difference),
        "paid": exact(sums.paid + difference),
    }


def _vat(category: Category, rate: int | None, sums: VatSums) -> dict[str, Any]:
    return {
        "category": NAMES.get(category, str(category)),
        "rate": None if rate is None else exact(rate),
        "gross": exact(sums.gross),
        "net": exact(sums.net),
        "vat": exact(sums.vat),
    }


def vat_order(key: tuple[str, Category, int | None]) -> tuple[str, int, bool, int]:
    """By currency, category and rate, the unknown rate last."""
    currency, category, rate = key
    return currency, list(Category).index(category), rate is None, rate or 0


def _flow(report: SettlementReport, flow: Flow) -> Mapping[str, str]:
    found = {currency: minor for (what, currency), minor in report.counts.flows.items() if what is flow and minor}
    return {currency: exact(minor) for currency, minor in sorted(found.items())}
