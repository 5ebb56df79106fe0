"""A run's findings as CSV (RFC 4180), safe to open in a spreadsheet."""

import csv
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.reports.documents import discrepancy_document
from adapters.reports.links import Links
from adapters.reports.report import Write
from domain.discrepancy import Discrepancy
from domain.reconciliation import ReconciliationRun

_SIDE = ("state", "reference", "currency", "amount", "captured", "refunded", "cancelled")
_OWN = ("kind", "verdict", "merchant", "channel", "order_id", "payment_id", "subject")
COLUMNS = (
    *("run", *_OWN, "since", "at_risk_amount", "at_risk_currency"),
    *(f"{side}_{name}" for side in ("norce", "qliro", "ours") for name in _SIDE),
    *("remedy", "detail", "norce_url", "qliro_url", "docs_url"),
)
_AMOUNTS = frozenset(
    column for column in COLUMNS if column.rpartition("_")[2] in {"amount", "captured", "refunded", "cancelled"}
)
_FORMULA = tuple("=+-@\t\r\n＝＋－＠'")


@dataclass(frozen=True, slots=True)
class CsvReport:
    """A header, then a row for each finding; a run without any is a header alone."""

    links: Links = Links()  # noqa: RUF009 - frozen

    async def __call__(self, run: ReconciliationRun, findings: AsyncIterator[Discrepancy], write: Write) -> None:
        lines = csv.writer(_Sink(write))
        lines.writerow(COLUMNS)
        async for found in findings:
            cells = _cells(str(run.id), discrepancy_document(found, self.links))
            lines.writerow([cells[name] if name in _AMOUNTS else harmless(cells[name]) for name in COLUMNS])


@dataclass(frozen=True, slots=True)
class _Sink:
    """What the standard library's writer wants to write to."""

    write: Write


def harmless(text: str) -> str:
    """Text that a spreadsheet would take for a formula begins with an apostrophe, and so does what follows a semicolon.

    In much of Europe spreadsheets part cells at semicolons when such a file is opened. Text that begins with an
    apostrophe by itself gets another: taking one away from each piece always gives the original.
    """
    if ";" not in text:
        return _harmless(text)
    return ";".join(map(_harmless, text.split(";")))


def _harmless(piece: str) -> str:
    return f"'{piece}" if piece.startswith(_FORMULA) else piece


def _cells(run_id: str, document: Mapping[str, Any]) -> dict[str, str]:
    risk = document["at_risk"] or {}
    return {
        "run": run_id,
        **{name: document[name] for name in (*_OWN, "remedy", "detail")},
        "since": _instant(document["since"]),
        "at_risk_amount": risk.get("amount", ""),
        "at_risk_currency": risk.get("currency", ""),
        **{
            f"{side}_{name}": (document[side] or {}).get(name) or ""
            for side in ("norce", "qliro", "ours")
            for name in _SIDE
        },
        **{f"{name}_url": url or "" for name, url in document["links"].items()},
    }


def _instant(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
