"""The contract of a reconciliation's shared work, for memory and for PostgreSQL."""

import pytest

from adapters.persistence.store import Store
from adapters.system import SystemClock
from tests.contracts.reconciliation_work import ReconciliationWorkContract, WorkScene
from tests.fakes.memory import MemoryStore
from tests.fakes.memory_reconciliation_work import MemoryReconciliationWork
from tests.fakes.memory_reconciliations import MemoryReconciliations


class TestInMemory(ReconciliationWorkContract):
    @pytest.fixture
    def scene(self) -> WorkScene:
        clock = SystemClock()
        memory, runs = MemoryStore(clock), MemoryReconciliations(clock)
        return WorkScene(memory.payments, memory.outbox, runs, MemoryReconciliationWork(memory, runs))


class TestOnPostgres(ReconciliationWorkContract):
    @pytest.fixture
    def scene(self, store: Store) -> WorkScene:
        return WorkScene(store.payments, store.outbox, store.reconciliations, store.reconciliation_work)
