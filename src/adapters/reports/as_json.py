"""A run as one JSON object, written as its findings come: a line each, so that grep and diff work too."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import msgspec

from adapters.reports.documents import discrepancy_document, run_document
from adapters.reports.links import Links
from adapters.reports.report import Write
from domain.discrepancy import Discrepancy
from domain.reconciliation import ReconciliationRun

VERSION = 1
"""Raised when a reader of the one before could misunderstand; members may be added without."""


@dataclass(frozen=True, slots=True)
class JsonReport:
    """`{"version", "run", "discrepancies"}`."""

    links: Links = Links()  # noqa: RUF009 - frozen

    async def __call__(self, run: ReconciliationRun, findings: AsyncIterator[Discrepancy], write: Write) -> None:
        write(f'{{"version":{VERSION},\n"run":{_text(run_document(run))},\n"discrepancies":[')
        comma = ""
        async for found in findings:
            write(f"{comma}\n{_text(discrepancy_document(found, self.links))}")
            comma = ","
        write("\n]}\n")


def _text(document: object) -> str:
    return msgspec.json.encode(document).decode()
