"""The contract of remembered reconciliations, for memory and for PostgreSQL."""

import asyncio

import pytest

from adapters.persistence.store import Store
from application.ports.reconciliations import Reconciliations
from tests.contracts.reconciliations import ReconciliationsContract, a_finding, a_run, all_of
from tests.fakes.clock import FrozenClock
from tests.fakes.memory_reconciliations import MemoryReconciliations


class TestInMemory(ReconciliationsContract):
    @pytest.fixture
    def reconciliations(self, clock: FrozenClock) -> Reconciliations:
        return MemoryReconciliations(clock)


class TestOnPostgres(ReconciliationsContract):
    @pytest.fixture
    def reconciliations(self, store: Store) -> Reconciliations:
        return store.reconciliations

    async def test_of_many_that_begin_at_once_all_share_one_run(self, reconciliations: Reconciliations) -> None:
        begun = await asyncio.gather(*(reconciliations.begin(a_run(), sharing="nightly") for _ in range(12)))
        assert len({run.id for run in begun}) == 1

    async def test_more_findings_than_a_page_are_read_page_by_page(self, reconciliations: Reconciliations) -> None:
        run = await reconciliations.begin(a_run())
        await reconciliations.record(run.id, [a_finding(f"o{number:04}") for number in range(1_201)])
        found = await all_of(reconciliations, run.id)
        assert [one.order.order_id for one in found] == [f"o{number:04}" for number in range(1_201)]
