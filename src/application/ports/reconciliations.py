"""What is remembered of reconciliations: runs, what each found, and what is still open."""

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.discrepancy import Discrepancy, DiscrepancyKind
from domain.identifiers import PaymentKey, Tenant
from domain.reconciliation import ReconciliationRun, RunKind


@dataclass(frozen=True, slots=True)
class OpenDiscrepancies:
    """How many of each kind are open after the latest look at each payment, and since when the oldest.

    `last_ended` says when the newest run of each kind got to its end; kinds that never did are missing.
    """

    counts: Mapping[DiscrepancyKind, int]
    oldest: datetime | None = None
    last_ended: Mapping[RunKind, datetime] = field(default_factory=dict)


class Reconciliations(Protocol):
    """Every method raises StoreUnavailable when the database does not answer."""

    async def begin(
        self, run: ReconciliationRun, *, sharing: str = "", since: datetime | None = None
    ) -> ReconciliationRun:
        """Write down that it starts. Under `sharing` there is one unended run at most: its later callers get that one.

        One that began before `since` is taken for given up: it is closed, and this one takes its place.
        """
        ...

    async def record(self, run_id: UUID, found: Iterable[Discrepancy], *, checked: Iterable[PaymentKey] = ()) -> None:
        """Store findings of a run; what other runs left open on the payments `checked` is closed (PAYMENT_KINDS).

        The same finding of another run is closed too: the newer one stands for it. Repeating it changes nothing.
        """
        ...

    async def close(
        self, run_id: UUID, tenant: Tenant, kinds: Iterable[DiscrepancyKind], *, since: datetime, until: datetime
    ) -> None:
        """Close what other runs left open of these kinds, of `tenant`, with `since` ≤ its since < `until`.

        For a run that looks at a stretch of time rather than at payments: what it has not found again is over.
        """
        ...

    async def save(self, run: ReconciliationRun) -> None:
        """Store counts and end of a run that only this process works at."""
        ...

    async def run(self, run_id: UUID) -> ReconciliationRun | None:
        """A stored run."""
        ...

    async def latest(self, *, limit: int) -> tuple[ReconciliationRun, ...]:
        """The newest runs, the newest first."""
        ...

    def findings(self, run_id: UUID) -> AsyncIterator[Discrepancy]:
        """What a run found, in key order, page by page."""
        ...

    def begun(self, run_id: UUID) -> AsyncIterator[Discrepancy]:
        """What a run that mends has found mendable and not told the end of, in key order; none in a dry run."""
        ...

    async def clear_away(self, *, before: datetime, limit: int) -> int:
        """Delete up to `limit` closed findings of a run that began `before`, or such a run without any; how many rows.

        What is open stays, with its run, however old it is.
        """
        ...

    async def open(self) -> OpenDiscrepancies:
        """What is open now, for metrics."""
        ...
