"""A run over one order: whatever is stored about it, whatever Norce and Qliro know of it, whenever it changed."""

from dataclasses import replace
from uuid import UUID

from application.find_tenants import FindTenants
from application.ports.clock import Clock, Ids
from application.ports.findings import Findings, Progress
from application.ports.reconciliation_work import ReconciliationWork
from application.ports.reconciliations import Reconciliations
from application.reconcile_order import ReconcileOrder
from application.reconciliation_scope import Scope
from domain.identifiers import OrderKey, Tenant
from domain.reconciliation import ReconciliationRun, RunKind


class ReconcileOneOrder:
    """The same looking and mending as over many, without sharing out: nobody else needs to be told."""

    def __init__(
        self,
        reconciliations: Reconciliations,
        work: ReconciliationWork,
        tenants: FindTenants,
        order: ReconcileOrder,
        findings: Findings,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._reconciliations = reconciliations
        self._work = work
        self._tenants = tenants
        self._order = order
        self._findings = findings
        self._clock = clock
        self._ids = ids

    async def __call__(self, scope: Scope, *, who: str) -> ReconciliationRun:
        """The run as it ended. Raises StoreUnavailable."""
        run = ReconciliationRun(
            id=self._ids.fresh(),
            kind=RunKind.PAYMENTS,
            who=who,
            started_at=self._clock.now(),
            applied=scope.rules.apply,
            scope=scope.as_text(),
        )
        await self._reconciliations.begin(run)
        await self._findings.begun(run)
        for tenant in await self._tenants(merchant=scope.merchant, channel=scope.channel):
            await self._reconcile(run.id, tenant, scope, run)
        run = replace(run, ended_at=self._clock.now())
        await self._reconciliations.save(run)
        await self._findings.ended(run)
        return run

    async def _reconcile(self, run_id: UUID, tenant: Tenant, scope: Scope, run: ReconciliationRun) -> None:
        stored = await self._work.order(OrderKey(tenant.merchant, tenant.channel, scope.order_id))
        named = scope.merchant
        if not stored.payments and not stored.session and not named:
            return
        if scope.statuses:
            meant = frozenset(p.key.payment_id for p in stored.payments if p.status in scope.statuses)
            stored = replace(stored, meant=meant)
        outcome = await self._order(stored)
        await self._reconciliations.record(run_id, outcome.discrepancies, checked=outcome.checked)
        run.counts.done += outcome.compared + outcome.failed
        run.counts.compared += outcome.compared
        run.counts.failed += outcome.failed
        run.counts.requests.update(outcome.requests)
        for discrepancy in outcome.discrepancies:
            run.counts.count(discrepancy)
            await self._findings.found(discrepancy)
        await self._findings.progressed(Progress(run.counts))
