"""A run over one order: whatever is stored about it, whatever Norce and Qliro know of it, whenever it changed."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from application.find_order import FindOrder
from application.find_tenants import FindTenants
from application.ports.clock import Clock, Ids
from application.ports.findings import Findings, Progress
from application.ports.reconciliation_work import StoredOrder
from application.ports.reconciliations import Reconciliations
from application.reconcile_order import ReconcileOrder
from application.reconciliation_scope import Scope
from domain.discrepancy import Discrepancy
from domain.identifiers import PaymentKey
from domain.reconciliation import ReconciliationRun, RunCounts, RunKind


class ReconcileOneOrder:
    """The same looking and mending as over many, without sharing out: nobody else needs to be told."""

    def __init__(
        self,
        reconciliations: Reconciliations,
        tenants: FindTenants,
        find: FindOrder,
        order: ReconcileOrder,
        findings: Findings,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._reconciliations = reconciliations
        self._tenants = tenants
        self._find = find
        self._order = order
        self._findings = findings
        self._clock = clock
        self._ids = ids

    async def __call__(self, scope: Scope, *, who: str) -> ReconciliationRun:
        """The run as it ended. Raises UnknownOrder, and then there is no run; raises StoreUnavailable."""
        started, counts = self._clock.now(), RunCounts()
        tenants = await self._tenants(merchant=scope.merchant, channel=scope.channel)
        found = await self._find(scope.order_id, tenants, counts.requests)
        run = ReconciliationRun(
            id=self._ids.fresh(),
            kind=RunKind.PAYMENTS,
            who=who,
            started_at=started,
            applied=scope.rules.apply,
            scope=scope.as_text(),
        )
        await self._reconciliations.begin(run)
        await self._findings.begun(run)
        run.counts.requests.update(counts.requests)
        for stored in found.orders:
            await self._reconcile(run, _meant(stored, scope))
        run.counts.done += found.failed
        run.counts.failed += found.failed
        await self._tell(run, found.alone)
        run = replace(run, ended_at=self._clock.now())
        await self._reconciliations.save(run)
        await self._findings.ended(run)
        return run

    async def _reconcile(self, run: ReconciliationRun, stored: StoredOrder) -> None:
        outcome = await self._order(stored, partial(self._reconciliations.record, run.id))
        run.counts.done += outcome.compared + outcome.failed
        run.counts.compared += outcome.compared
        run.counts.failed += outcome.failed
        run.counts.requests.update(outcome.requests)
        as_a_whole = () if outcome.failed else (stored.key.payment(""),)
        await self._tell(run, outcome.discrepancies, checked=(*outcome.checked, *as_a_whole))

    async def _tell(
        self, run: ReconciliationRun, found: Iterable[Discrepancy], *, checked: Iterable[PaymentKey] = ()
    ) -> None:
        found = list(found)
        await self._reconciliations.record(run.id, found, checked=checked)
        for discrepancy in found:
            run.counts.count(discrepancy)
            await self._findings.found(discrepancy)
        await self._findings.progressed(Progress(run.counts))


def _meant(stored: StoredOrder, scope: Scope) -> StoredOrder:
    if not scope.statuses:
        return stored
    meant = frozenset(p.key.payment_id for p in stored.payments if p.status in scope.statuses)
    return replace(stored, meant=meant)
