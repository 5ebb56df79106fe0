"""Explained pay-outs as CSV for bookkeeping (RFC 4180), safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime

from adapters.reports.as_csv import harmless
from adapters.reports.report import Write
from adapters.reports.texts import exact
from application.explain_settlements import SettlementReport
from application.ports.settlement_spool import ExplainedLine, SettlementSpool
from domain.settlement_explanation import Category
from domain.settlement_totals import BatchKey, BatchTotals, booked
from domain.settlement_vat import VatShare

COLUMNS = (
    "settled_on", "account", "batch", "currency", "category", "method", "amount", "net", "vat", "vat_rate",
    "merchant", "channel", "order_id", "payment_id", "qliro_order_id", "transaction_id", "merchant_reference",
    "matched_by", "discrepancy", "completed_at",
)  # fmt: skip
_PLAIN = frozenset(
    {"settled_on", "amount", "net", "vat", "vat_rate", "completed_at", "qliro_order_id", "transaction_id"}
)
NAMES = {Category.ELSEWHERE: "other-channel", Category.NOTHING: "unexplained"}


def write_csv(report: SettlementReport, spool: SettlementSpool, write: Write) -> None:
    """A header, then a row per entry and VAT rate; `amount` adds up to what was paid, batch by batch.

    What a batch announces beyond its entries is a row of its own, unexplained.
    """
    write(_row(COLUMNS))
    for line in spool.lines():
        for category, share in booked(line.explanation, line.shares):
            write(_told(line, category, share))
    for key, batch in sorted(report.totals.batches.items()):
        if batch.difference:
            write(_difference(key, batch))


def _told(line: ExplainedLine, category: Category, share: VatShare) -> str:
    explanation, entry = line.explanation, line.explanation.entry
    payment = explanation.payment
    return _cells(
        {
            **_batch(line.batch),
            **_share(category, share),
            "method": entry.method,
            "merchant": payment.merchant if payment else "",
            "channel": payment.channel if payment else "",
            "order_id": payment.order_id if payment else "",
            "payment_id": payment.payment_id if payment else "",
            "qliro_order_id": str(entry.order_id or ""),
            "transaction_id": str(entry.transaction_id or ""),
            "merchant_reference": entry.reference,
            "matched_by": str(explanation.by or ""),
            "discrepancy": str(explanation.kind or ""),
            "completed_at": _instant(entry.completed_at),
        }
    )


def _difference(key: BatchKey, batch: BatchTotals) -> str:
    share = VatShare(None, batch.difference, batch.difference)
    told = {"discrepancy": "settled-amount-differs"}
    return _cells({**_batch(key), **_share(Category.NOTHING, share), **told})


def _batch(key: BatchKey) -> dict[str, str]:
    return {
        "settled_on": key.day.isoformat(), "account": key.account, "batch": key.batch, "currency": key.currency,
    }  # fmt: skip


def _share(category: Category, share: VatShare) -> dict[str, str]:
    known = share.rate is not None
    return {
        "category": NAMES.get(category, str(category)),
        "amount": exact(share.gross),
        "net": exact(share.net) if known else "",
        "vat": exact(share.vat) if known else "",
        "vat_rate": exact(share.rate or 0) if known else "",
    }


def _cells(told: dict[str, str]) -> str:
    return _row([told.get(name, "") if name in _PLAIN else harmless(told.get(name, "")) for name in COLUMNS])


def _instant(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _row(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()
