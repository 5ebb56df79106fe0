"""What every form of a report has in common."""

from collections.abc import AsyncIterator, Callable
from typing import Protocol

from domain.discrepancy import Discrepancy
from domain.reconciliation import ReconciliationRun

Write = Callable[[str], object]
"""Takes text as it comes; the receiver must not translate line ends."""


class Report(Protocol):
    """One form in which a run is told. Keeps a bounded part of the findings, however many there are."""

    async def __call__(self, run: ReconciliationRun, findings: AsyncIterator[Discrepancy], write: Write) -> None: ...
