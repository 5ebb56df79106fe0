"""Where a reconciliation's results go while it runs: one by one, so that nothing has to be held."""

from dataclasses import dataclass
from typing import Protocol

from domain.discrepancy import Discrepancy
from domain.reconciliation import ReconciliationRun, RunCounts


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is: `counts` of the whole run so far; `total` is None while nobody knows how much there is."""

    counts: RunCounts
    total: int | None = None


class Findings(Protocol):
    """Shown, printed or written. Called from one task at a time, in this order: begun, (found | progressed)*, ended.

    Implementations keep no more than they need to show: a run may find a million.
    """

    async def begun(self, run: ReconciliationRun) -> None:
        """The run starts, or is taken up again; its counts are those of its earlier parts."""
        ...

    async def found(self, discrepancy: Discrepancy) -> None:
        """One discrepancy with what became of it; already stored."""
        ...

    async def progressed(self, progress: Progress) -> None:
        """Some more is done; called at every checkpoint, a few times a second at most."""
        ...

    async def ended(self, run: ReconciliationRun) -> None:
        """The last call; `run.counts` are final, `run.ended_at` None when it was broken off or others go on."""
        ...
