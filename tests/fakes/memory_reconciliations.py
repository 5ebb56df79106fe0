"""Runs and findings in this process's memory, under the same contract as the database."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from application.ports.clock import Clock
from application.ports.reconciliations import OpenDiscrepancies
from domain.discrepancy import PAYMENT_KINDS, Discrepancy, DiscrepancyKind, Verdict
from domain.identifiers import PaymentKey, Tenant
from domain.reconciliation import ReconciliationRun, RunCounts, RunKind


@dataclass(slots=True)
class _Kept:
    found: Discrepancy
    found_at: datetime
    open: bool


@dataclass(slots=True)
class _Run:
    run: ReconciliationRun
    sharing: str
    findings: dict[tuple[str, ...], _Kept] = field(default_factory=dict)


class MemoryReconciliations:
    """See `application.ports.reconciliations.Reconciliations`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._runs: dict[UUID, _Run] = {}

    async def begin(
        self, run: ReconciliationRun, *, sharing: str = "", since: datetime | None = None
    ) -> ReconciliationRun:
        for kept in self._runs.values():
            if sharing and kept.sharing == sharing and kept.run.ended_at is None:
                if since is None or kept.run.started_at >= since:
                    return kept.run
                kept.sharing = ""
        self._runs[run.id] = _Run(run, sharing)
        return run

    async def record(self, run_id: UUID, found: Iterable[Discrepancy], *, checked: Iterable[PaymentKey] = ()) -> None:
        keys = set(checked)
        fresh = {_sort_key(one): one for one in found}
        for other in (kept for i, run in self._runs.items() if i != run_id for kept in run.findings.values()):
            one = other.found
            key = one.order.payment(one.payment_id)
            if (key in keys and one.kind in PAYMENT_KINDS) or _sort_key(one) in fresh:
                other.open = False
        mine = self._runs[run_id].findings
        for identity, one in fresh.items():
            if identity not in mine or mine[identity].found.verdict is not Verdict.MENDED:
                mine[identity] = _Kept(one, self._clock.now(), one.verdict.open)

    async def close(
        self, run_id: UUID, tenant: Tenant, kinds: Iterable[DiscrepancyKind], *, since: datetime, until: datetime
    ) -> None:
        closing = set(kinds)
        for other in (kept for i, run in self._runs.items() if i != run_id for kept in run.findings.values()):
            one = other.found
            if one.order.tenant == tenant and one.kind in closing and one.since and since <= one.since < until:
                other.open = False

    async def save(self, run: ReconciliationRun) -> None:
        kept = self._runs[run.id]
        kept.run = replace(kept.run, counts=run.counts, ended_at=run.ended_at)

    def add(self, run_id: UUID, counts: RunCounts) -> None:
        """What a part of it came to, without findings."""
        summed = deepcopy(self._runs[run_id].run.counts)
        summed.done += counts.done
        summed.compared += counts.compared
        summed.failed += counts.failed
        summed.requests.update(counts.requests)
        self._runs[run_id].run = replace(self._runs[run_id].run, counts=summed)

    def conclude(self, run_id: UUID, *, at: datetime) -> None:
        """It has ended, with all that was found counted."""
        kept = self._runs[run_id]
        counts = replace(kept.run.counts, found=Counter(), at_risk=Counter())
        for one in kept.findings.values():
            counts.count(one.found)
        kept.run = replace(kept.run, counts=counts, ended_at=kept.run.ended_at or at)

    async def run(self, run_id: UUID) -> ReconciliationRun | None:
        kept = self._runs.get(run_id)
        return kept.run if kept else None

    async def latest(self, *, limit: int) -> tuple[ReconciliationRun, ...]:
        runs = sorted((kept.run for kept in self._runs.values()), key=lambda run: (run.started_at, run.id))
        return tuple(reversed(runs))[:limit]

    async def findings(self, run_id: UUID) -> AsyncIterator[Discrepancy]:
        kept = self._runs.get(run_id)
        for _, one in sorted(kept.findings.items(), key=lambda item: item[0]) if kept else ():
            yield one.found

    async def begun(self, run_id: UUID) -> AsyncIterator[Discrepancy]:
        if run_id in self._runs and self._runs[run_id].run.applied:
            async for one in self.findings(run_id):
                if one.verdict is Verdict.WOULD_MEND:
                    yield one

    async def clear_away(self, *, before: datetime, limit: int) -> int:
        for run_id, kept in sorted(self._runs.items(), key=lambda item: item[1].run.started_at):
            closed = [identity for identity, one in kept.findings.items() if not one.open][:limit]
            if kept.run.started_at < before and (closed or not kept.findings):
                for identity in closed:
                    del kept.findings[identity]
                if not closed:
                    del self._runs[run_id]
                return len(closed) or 1
        return 0

    async def open(self) -> OpenDiscrepancies:
        kept = [one for run in self._runs.values() for one in run.findings.values() if one.open]
        counts = Counter(one.found.kind for one in kept)
        oldest = min((one.found.since or one.found_at for one in kept), default=None)
        ended: dict[RunKind, datetime] = {}
        for run in (one.run for one in self._runs.values()):
            if run.ended_at is not None:
                ended[run.kind] = max(run.ended_at, ended.get(run.kind, run.ended_at))
        return OpenDiscrepancies(counts, oldest, ended)


def _sort_key(found: Discrepancy) -> tuple[str, ...]:
    order = found.order
    return order.merchant, order.channel, order.order_id, found.payment_id, str(found.kind), found.subject
