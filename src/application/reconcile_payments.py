"""A run of the reconciliation over many payments: shared out, checkpointed, as fast as the upstreams bear.

Any number of processes may work at one run; each takes parts that nobody else has in hand. A run whose processes all
died is taken up where it was by the next one that is asked for the same.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from application.find_tenants import FindTenants
from application.finish_begun import FinishBegun
from application.ports.clock import Clock, Ids
from application.ports.findings import Findings, Progress
from application.ports.reconciliation_work import Part, ReconciliationWork, Source
from application.ports.reconciliations import Reconciliations
from application.reconcile_parts import PartResult, ReconcileParts
from application.reconciliation_scope import Scope, scope_of
from application.side_by_side import all_together
from domain.errors import AdapterError, ClaimLost, StoreUnavailable
from domain.identifiers import Tenant
from domain.reconciliation import ReconciliationRun, RunCounts, RunKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How the work is cut and held. Memory is bounded by `parts` times `size` payments."""

    parts: int = 4
    size: int = 500
    lease: timedelta = timedelta(seconds=30)
    idle_seconds: float = 0.25
    given_up_after: timedelta = timedelta(hours=12)
    patience: int = 60
    """How often the database may be away in a row, a second each."""
    tries: int = 5
    """How often it may be away in the midst of one and the same part, before that is taken for the part's fault."""


class _Hopeless(StoreUnavailable):
    """The database answers, and not for this part."""


class ReconcilePayments:
    """One process's share of a run, from the first part that is free to the run's end."""

    def __init__(
        self,
        reconciliations: Reconciliations,
        work: ReconciliationWork,
        tenants: FindTenants,
        parts: ReconcileParts,
        finish: FinishBegun,
        findings: Findings,
        clock: Clock,
        ids: Ids,
        pace: Pace | None = None,
    ) -> None:
        self._reconciliations = reconciliations
        self._work = work
        self._tenants = tenants
        self._parts = parts
        self._finish = finish
        self._findings = findings
        self._clock = clock
        self._ids = ids
        self._pace = pace or Pace()
        self._telling = asyncio.Lock()
        self._broken_off: Counter[tuple[Tenant, Source, str]] = Counter()
        self._counts = RunCounts()
        self._total: int | None = None

    async def __call__(self, scope: Scope, *, who: str) -> ReconciliationRun:
        """The run as it ended, with what others contributed. Raises StoreUnavailable when the database stays away."""
        now = self._clock.now()
        begun = await self._reconciliations.begin(
            ReconciliationRun(
                id=self._ids.fresh(),
                kind=RunKind.PAYMENTS,
                who=who,
                started_at=now,
                applied=scope.rules.apply,
                scope=scope.as_text(),
            ),
            sharing=scope.sharing,
            since=now - self._pace.given_up_after,
        )
        scope = scope_of(begun.scope, scope)
        self._counts.add(begun.counts)
        await self._findings.begun(begun)
        tenants = await self._tenants(merchant=scope.merchant, channel=scope.channel)
        await self._work.plan(begun.id, _planned(tenants, scope))
        counting = asyncio.create_task(self._count(tenants, scope))
        try:
            await all_together(self._worker(begun.id, scope) for _ in range(self._pace.parts))
        finally:
            counting.cancel()
        return await self._ended(begun)

    async def _worker(self, run_id: UUID, scope: Scope) -> None:
        troubles = 0
        while True:
            try:
                part = await self._work.take(run_id, lease=self._pace.lease, size=self._pace.size)
                if part is not None:
                    await self._do(part, scope)
                elif not await self._work.unfinished(run_id):
                    return
                troubles = 0
            except StoreUnavailable as failure:
                troubles += 1
                if troubles > self._pace.patience or isinstance(failure, _Hopeless):
                    raise
                await self._clock.sleep(1.0)
                continue
            if part is None:
                await self._clock.sleep(self._pace.idle_seconds)

    async def _do(self, part: Part, scope: Scope) -> None:
        try:
            async with self._held(part):
                result = await self._parts(part, scope)
                await self._work.finish(part, result.counts, verified=result.verified, exhausted=result.exhausted)
        except ClaimLost:  # somebody took us for dead; what we found is stored, and is counted by them
            return
        except StoreUnavailable as failure:
            self._broken_off[part.tenant, part.source, part.after] += 1
            if self._broken_off[part.tenant, part.source, part.after] >= self._pace.tries:
                raise _Hopeless(failure.message) from failure
            raise
        await self._tell(result)

    @asynccontextmanager
    async def _held(self, part: Part) -> AsyncIterator[None]:
        """Keep the lease while working; whoever is stopped gives the part back at once."""
        heartbeat = asyncio.create_task(self._keep(part))
        try:
            yield
        except asyncio.CancelledError:
            with suppress(AdapterError, TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._work.renew(part, lease=timedelta(0))
            raise
        finally:
            heartbeat.cancel()

    async def _keep(self, part: Part) -> None:
        with suppress(ClaimLost):
            while True:
                await self._clock.sleep(self._pace.lease.total_seconds() / 3)
                with suppress(StoreUnavailable):
                    await self._work.renew(part, lease=self._pace.lease)

    async def _tell(self, result: PartResult) -> None:
        async with self._telling:
            self._counts.add(result.counts)
            for discrepancy in result.discrepancies:
                await self._findings.found(discrepancy)
            await self._findings.progressed(Progress(self._counts, self._total))

    async def _count(self, tenants: tuple[Tenant, ...], scope: Scope) -> None:
        """How much there is, for those who wait for it; found out beside the work, and never in its way."""
        many = 0
        with suppress(AdapterError):
            for tenant in tenants:
                after = ""
                while True:
                    found, after = await self._work.count(tenant, scope.selection(), after=after, limit=20_000)
                    many += found
                    if not after:
                        break
            self._total = many

    async def _ended(self, begun: ReconciliationRun) -> ReconciliationRun:
        async for found in self._finish(begun.id):
            self._counts.count(found)
            await self._findings.found(found)
        await self._work.conclude(begun.id, at=self._clock.now())
        run = await self._reconciliations.run(begun.id) or replace(begun, counts=self._counts)
        await self._findings.ended(run)
        return run


def _planned(tenants: tuple[Tenant, ...], scope: Scope) -> list[tuple[Tenant, Source]]:
    sources = (Source.STORED, Source.NORCE) if scope.lists_norce else (Source.STORED,)
    return [(tenant, source) for tenant in tenants for source in sources]
