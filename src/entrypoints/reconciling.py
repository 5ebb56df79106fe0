"""One process that reconciles: the ordinary object graph with everything opened, and the acts of a run on top."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from adapters.persistence.store import Store, open_store
from adapters.system import SystemClock
from application.find_order import FindOrder
from application.find_tenants import FindTenants
from application.finish_begun import FinishBegun
from application.forget_unpaid import ForgetUnpaid
from application.mend_payment import MendingActs, MendingRules, MendPayment
from application.ports.clock import Clock
from application.ports.findings import Findings
from application.read_three_ways import ReadThreeWays
from application.reconcile_one_order import ReconcileOneOrder
from application.reconcile_order import SECOND_LOOK_SECONDS, ReconcileOrder
from application.reconcile_parts import ReconcileParts
from application.reconcile_payments import Pace, ReconcilePayments
from application.reconciliation_scope import Scope
from application.redeliver_messages import RedeliverMessages
from application.reopen_order import ReopenOrder
from application.retell_purchase import RetellPurchase
from application.tempo import Tempo, TempoSettings
from domain.errors import StoreUnavailable
from domain.reconciliation import ReconciliationRun
from entrypoints.container import Container
from entrypoints.running import database
from entrypoints.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """How a run behaves, beside what it is about."""

    tempo: TempoSettings = field(default_factory=TempoSettings)
    pace: Pace = field(default_factory=Pace)
    late_after: timedelta = timedelta(minutes=15)
    second_look: float = SECOND_LOOK_SECONDS


@dataclass(frozen=True, slots=True)
class Reconciler:
    """Everything opened; `reconcile` may be called more than once."""

    store: Store
    container: Container

    async def reconcile(
        self, scope: Scope, findings: Findings, *, who: str, conduct: Conduct | None = None
    ) -> ReconciliationRun:
        """The run as it ended. Raises StoreUnavailable, and UnknownOrder when one is named that nobody knows."""
        conduct = conduct or Conduct()
        clock, store = self.container.clock(), self.store
        tempo = Tempo(conduct.tempo, clock)
        order = self._order(scope.rules, conduct, tempo, clock)
        if scope.order_id:
            one = ReconcileOneOrder(
                store.reconciliations,
                self._tenants(),
                self._find(tempo),
                order,
                findings,
                clock,
                self.container.ids(),
            )
            return await one(scope, who=who)
        parts = ReconcileParts(
            store.reconciliation_work, store.reconciliations, self.container.platform(), order, tempo, clock
        )
        run = ReconcilePayments(
            store.reconciliations,
            store.reconciliation_work,
            self._tenants(),
            parts,
            FinishBegun(store.reconciliations, store.reconciliation_work, order),
            findings,
            clock,
            self.container.ids(),
            conduct.pace,
        )
        return await run(scope, who=who)

    def _find(self, tempo: Tempo) -> FindOrder:
        made = self.container
        work = self.store.reconciliation_work
        return FindOrder(work, made.platform(), made.provider(), made.configurations(), tempo)

    def _tenants(self) -> FindTenants:
        settings = self.container.settings()
        bound = {merchant for merchant, _ in settings.inbound() if merchant}
        return FindTenants(
            self.store.reconciliation_work, self.container.configurations(), {*settings.tokens(), *bound}
        )

    def _order(self, rules: MendingRules, conduct: Conduct, tempo: Tempo, clock: Clock) -> ReconcileOrder:
        made = self.container
        read = ReadThreeWays(
            made.platform(), made.provider(), made.configurations(), tempo, clock, late_after=conduct.late_after
        )
        mend = MendPayment(self._acts(), rules)
        return ReconcileOrder(
            self.store.reconciliation_work, read, mend, clock, made.observer(), second_look=conduct.second_look
        )

    def _acts(self) -> MendingActs:
        made = self.container
        return MendingActs(
            resume=made.resume(),
            refresh=made.refresh_payment(),
            retell=RetellPurchase(made.settle()),
            reopen=ReopenOrder(made.settle()),
            forget=ForgetUnpaid(made.exclusion(), made.platform(), made.settle(), made.configurations(), made.clock()),
            redeliver=RedeliverMessages(self.store.post_office, made.deliver(), made.settle()),
            cancel=made.cancel_payment(),
        )


@asynccontextmanager
async def reconciler(settings: Settings, *, pool_size: int = 8) -> AsyncIterator[Reconciler]:
    """Database and upstreams, opened. Raises SettingsError before that, StoreUnavailable without a usable database."""
    settings.require_upstreams()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(database(settings))
        name = "norce-qliro-adapter reconcile"
        store = open_store(url, clock=SystemClock(), pool_size=pool_size, application_name=name)
        stack.push_async_callback(store.close)
        if not await store.schema_is_current():
            raise StoreUnavailable("The schema is not the newest: run qliro-adapter migrate.")
        container = Container(settings=settings, payments=store.payments, inbox=store.inbox, outbox=store.outbox)
        container.wake.override(lambda: None)
        for transport in (
            container.norce_transport(),
            container.configuration_transport(),
            container.qliro_transport(),
        ):
            await transport.open()
            stack.push_async_callback(transport.close)
        stack.push_async_callback(container.configurations().close)
        yield Reconciler(store, container)
