"""The contract of a reconciliation's shared work, for memory and for PostgreSQL."""

import pytest

from adapters.persistence.memory import MemoryStore
from adapters.persistence.memory_reconciliation_work import MemoryReconciliationWork
from adapters.persistence.memory_reconciliations import MemoryReconciliations
from adapters.persistence.store import Store
from adapters.system import SystemClock
from tests.contracts.reconciliation_work import ReconciliationWorkContract, WorkScene


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
