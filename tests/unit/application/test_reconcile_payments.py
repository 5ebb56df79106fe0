"""A run over many payments: what keeps one order from being looked at, and what does not end the run."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.system import SystemIds
from application.find_tenants import FindTenants
from application.finish_begun import FinishBegun
from application.ports.findings import Progress
from application.ports.payments import Work
from application.ports.reconciliation_work import StoredOrder
from application.reconcile_order import Outcome
from application.reconcile_parts import ReconcileParts
from application.reconcile_payments import Pace, ReconcilePayments
from application.reconciliation_scope import Scope
from application.tempo import Tempo, TempoSettings
from domain.discrepancy import Discrepancy
from domain.errors import StoreUnavailable
from domain.identifiers import OrderKey
from domain.money import Money
from domain.payment import Payment
from domain.reconciliation import ReconciliationRun
from tests.fakes.clock import SOME_TIME, FrozenClock
from tests.fakes.configurations import FakeConfigurations
from tests.fakes.memory import MemoryStore
from tests.fakes.memory_reconciliation_work import MemoryReconciliationWork
from tests.fakes.memory_reconciliations import MemoryReconciliations
from tests.fakes.platform import FakePlatform

PACE = Pace(parts=2, lease=timedelta(seconds=5), patience=10)
Tell = Callable[[Sequence[Discrepancy]], Awaitable[None]]


class Looks:
    """Stands for the look at an order: the database is away in the midst of the first `times` of them."""

    def __init__(self, times: int) -> None:
        self.times = times

    async def __call__(self, stored: StoredOrder, begun: Tell | None = None) -> Outcome:
        if self.times:
            self.times -= 1
            raise StoreUnavailable("The database does not answer.")
        return Outcome(compared=1, checked=tuple(payment.key for payment in stored.payments))


class Unheard:
    """Findings that nobody reads."""

    async def begun(self, run: ReconciliationRun) -> None: ...

    async def found(self, discrepancy: Discrepancy) -> None: ...

    async def progressed(self, progress: Progress) -> None: ...

    async def ended(self, run: ReconciliationRun) -> None: ...


async def reconcile(looks: Looks, *, payments: int = 3, pace: Pace = PACE) -> ReconciliationRun:
    clock = FrozenClock(impatient=True)
    store, runs = MemoryStore(clock), MemoryReconciliations(clock)
    work = MemoryReconciliationWork(store, runs)
    for number in range(payments):
        key = OrderKey("m", "se", f"o{number}").payment("p")
        made = Payment.intend(key, Money(100, "SEK"), provider_order_id=number, merchant_reference="o", at=SOME_TIME)
        await store.payments.commit(Work(key.order, payments=(made,)))
    tempo, order = Tempo(TempoSettings(), clock), looks
    parts = ReconcileParts(work, runs, FakePlatform(), order, tempo, clock)  # type: ignore[arg-type]
    act = ReconcilePayments(
        runs,
        work,
        FindTenants(work, FakeConfigurations()),
        parts,
        FinishBegun(runs, work, order),  # type: ignore[arg-type]
        Unheard(),
        clock,
        SystemIds(),
        pace,
    )
    return await act(Scope(), who="tests")


@pytest.mark.parametrize("times", [0, 1, 3])
async def test_a_database_that_is_away_in_the_midst_of_a_part_is_waited_for(times: int) -> None:
    run = await reconcile(Looks(times))
    assert (run.counts.compared, run.counts.failed) == (3, 0)


async def test_a_part_that_breaks_off_every_time_does_not_keep_the_run_for_ever() -> None:
    looks = Looks(10_000)
    with pytest.raises(StoreUnavailable):
        await reconcile(looks, payments=1, pace=replace(PACE, patience=9_000, tries=5))
    assert looks.times == 10_000 - 5
