"""A database that is away, goes away, comes back, or has no room."""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from adapters.persistence import migrate
from adapters.persistence.database import Database
from adapters.persistence.embedded import EmbeddedServer
from adapters.persistence.statement import Statement
from adapters.persistence.store import Store, open_store
from application.ports.payments import Work
from domain.errors import StalePayment, StoreUnavailable
from domain.identifiers import OrderKey
from domain.money import Money
from domain.payment import Payment
from tests.fakes.clock import SOME_TIME, FrozenClock

ORDER = OrderKey("demo", "se", "order-1")
SLOW = Statement.of("SELECT pg_sleep(1)", name="slow", types={})


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="qliro-adapter-restart-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


async def recovered(store: Store, within: float) -> float:
    started = time.monotonic()
    while True:
        try:
            await store.ping()
        except StoreUnavailable:
            assert time.monotonic() - started < within
            await asyncio.sleep(0.05)
        else:
            return time.monotonic() - started


async def test_the_store_survives_a_restart_of_the_server(open_folder: Path) -> None:
    server = EmbeddedServer(open_folder, settings={"fsync": "off"})
    url = await asyncio.to_thread(server.start)
    store = open_store(url, clock=FrozenClock(), pool_size=3)
    try:
        await asyncio.to_thread(migrate.upgrade, url)
        await asyncio.gather(*(store.ping() for _ in range(3)))
        await asyncio.to_thread(server.stop)
        with pytest.raises(StoreUnavailable):
            await store.payments.claim(ORDER, wait=timedelta(), lease=timedelta(seconds=1))
        assert await asyncio.to_thread(server.start) == url
        await recovered(store, within=5)
        assert (await store.payments.claim(ORDER, wait=timedelta(), lease=timedelta(seconds=1))).order == ORDER
    finally:
        await store.close()
        await asyncio.to_thread(server.stop)


async def test_the_store_survives_the_end_of_its_connections(store: Store, database_url: str) -> None:
    await asyncio.gather(*(store.ping() for _ in range(5)))
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'tests' AND datname = current_database()"
        )
    finally:
        await connection.close()
    await recovered(store, within=1)


async def test_nobody_waits_long_for_a_connection(database_url: str) -> None:
    database = Database(database_url, pool_size=1, application_name="tests", wait=0.3)
    try:
        await database.row(Statement.of("SELECT 1", name="warm", types={}))
        busy = asyncio.create_task(database.row(SLOW))
        await asyncio.sleep(0.05)
        with pytest.raises(StoreUnavailable):
            await database.row(SLOW)
        await busy
    finally:
        await database.close()


@pytest.mark.parametrize(
    "url",
    ["postgresql://nobody@127.0.0.1:1/none", "postgresql://postgres@/none?host=/nowhere"],
    ids=["refused", "no socket"],
)
async def test_a_server_that_is_not_there_is_said_to_be_away(url: str) -> None:
    store = open_store(url, clock=FrozenClock())
    with pytest.raises(StoreUnavailable):
        await store.ping()
    await store.close()


async def test_a_database_without_its_schema_is_unavailable_not_a_crash(empty_database_url: str) -> None:
    store = open_store(empty_database_url, clock=FrozenClock())
    try:
        with pytest.raises(StoreUnavailable):
            await store.payments.read(ORDER.payment("p"))
    finally:
        await store.close()


async def test_a_read_only_database_is_unavailable(store: Store, database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        name = await connection.fetchval("SELECT current_database()")
        await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    finally:
        await connection.close()
    with pytest.raises(StoreUnavailable):
        await store.payments.claim(ORDER, wait=timedelta(), lease=timedelta(seconds=1))
    with pytest.raises(StoreUnavailable, match="read-only"):
        await store.ping()
    with pytest.raises(StoreUnavailable):
        await store.post_office.backlog()


async def claimed(store: Store) -> None:
    order = OrderKey("demo", "se", uuid4().hex)
    await store.payments.claim(order, wait=timedelta(), lease=timedelta(seconds=1))


@pytest.mark.parametrize("use", [claimed, Store.ping], ids=["written to", "asked"])
async def test_connections_to_a_server_that_has_become_read_only_are_not_kept(
    store: Store, database_url: str, use: Callable[[Store], Awaitable[None]]
) -> None:
    """A failover whose old server lives on: sessions there stay read-only, new ones lead to the new server."""
    connection = await asyncpg.connect(database_url)
    try:
        name = await connection.fetchval("SELECT current_database()")
        await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        await asyncio.gather(*(store.database.row(SLOW) for _ in range(5)))
        await connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    finally:
        await connection.close()
    with pytest.raises(StoreUnavailable):
        await use(store)
    for _ in range(10):
        await use(store)


async def test_a_commit_whose_connection_dies_can_be_repeated(store: Store, database_url: str) -> None:
    payment = Payment.intend(
        ORDER.payment("p"), Money(1, "SEK"), provider_order_id=1, merchant_reference="r", at=SOME_TIME
    )
    await store.payments.commit(Work(ORDER, payments=(payment,)))
    payment.stored()
    payment.cover(2, at=SOME_TIME)
    work = Work(ORDER, payments=(payment,))
    connection = await asyncpg.connect(database_url)
    try:
        blocker = connection.transaction()
        await blocker.start()
        await connection.execute("SELECT * FROM payment FOR UPDATE")
        stuck = asyncio.create_task(store.payments.commit(work))
        await asyncio.sleep(0.1)
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'tests' AND datname = current_database()"
        )
        with pytest.raises(StoreUnavailable):
            await stuck
        await blocker.rollback()
    finally:
        await connection.close()
    await store.payments.commit(work)
    with pytest.raises(StalePayment):
        await store.payments.commit(work)


async def test_closing_twice_is_harmless(store: Store) -> None:
    await store.ping()
    await store.close()
    await store.close()
