"""The persistence contract, for memory and for PostgreSQL."""

import asyncio
from datetime import timedelta

import pytest

from adapters.persistence.store import Store
from tests.contracts.persistence import InboxContract, OutboxContract, PaymentsContract, StoreScene
from tests.contracts.relayed_commit import RelayedCommitContract
from tests.fakes.clock import FrozenClock
from tests.fakes.memory import MemoryStore


class InMemory:
    @pytest.fixture
    def scene(self, clock: FrozenClock) -> StoreScene:
        async def outlast(lease: timedelta) -> None:
            clock.advance(lease)

        store = MemoryStore(clock)
        return StoreScene(store.payments, store.inbox, store.outbox, clock, outlast)


class OnPostgres:
    @pytest.fixture
    def scene(self, store: Store, clock: FrozenClock) -> StoreScene:
        async def outlast(lease: timedelta) -> None:
            """Leases are measured by the database's clock, which can't be moved."""
            await asyncio.sleep(lease.total_seconds() * 1.2)

        return StoreScene(store.payments, store.inbox, store.outbox, clock, outlast)


class TestPaymentsInMemory(InMemory, PaymentsContract):
    pass


class TestInboxInMemory(InMemory, InboxContract):
    pass


class TestOutboxInMemory(InMemory, OutboxContract):
    pass


class TestPaymentsOnPostgres(OnPostgres, PaymentsContract):
    pass


class TestInboxOnPostgres(OnPostgres, InboxContract):
    pass


class TestOutboxOnPostgres(OnPostgres, OutboxContract):
    pass


class TestRelayedCommitsInMemory(InMemory, RelayedCommitContract):
    pass


class TestRelayedCommitsOnPostgres(OnPostgres, RelayedCommitContract):
    pass
