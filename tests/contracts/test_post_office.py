"""The post office's contract, for memory and for PostgreSQL."""

import asyncio
from datetime import timedelta

import pytest

from adapters.persistence.store import Store
from application.ports.post_office import PostOffice
from tests.contracts.persistence import MINUTE, REPORT, StoreScene
from tests.contracts.post_office import PostOfficeContract, parked, taken_bundle
from tests.fakes.clock import FrozenClock
from tests.fakes.memory import MemoryStore
from tests.fakes.memory_post_office import MemoryPostOffice


class TestInMemory(PostOfficeContract):
    @pytest.fixture
    def memory(self, clock: FrozenClock) -> MemoryStore:
        return MemoryStore(clock)

    @pytest.fixture
    def scene(self, memory: MemoryStore, clock: FrozenClock) -> StoreScene:
        async def outlast(lease: timedelta) -> None:
            clock.advance(lease)

        return StoreScene(memory.payments, memory.inbox, memory.outbox, clock, outlast)

    @pytest.fixture
    def office(self, memory: MemoryStore) -> PostOffice:
        return MemoryPostOffice(memory)


class TestOnPostgres(PostOfficeContract):
    @pytest.fixture
    def scene(self, store: Store, clock: FrozenClock) -> StoreScene:
        async def outlast(lease: timedelta) -> None:
            await asyncio.sleep(lease.total_seconds() * 1.2)

        return StoreScene(store.payments, store.inbox, store.outbox, clock, outlast)

    @pytest.fixture
    def office(self, store: Store) -> PostOffice:
        return store.post_office

    async def test_two_hands_at_once_count_a_letter_once(self, scene: StoreScene, office: PostOffice) -> None:

        await scene.stored(scene.a_payment(), REPORT)
        letter = await parked(scene)
        await asyncio.gather(*(office.hand_back([str(letter.id)]) for _ in range(8)))
        bundle = await taken_bundle(scene)
        await scene.outbox.close(bundle, delivered=bundle.letters[:1])
        assert await scene.outbox.take(limit=1, lease=MINUTE) == ()
        assert (await office.backlog()).outbox_waiting == 0
