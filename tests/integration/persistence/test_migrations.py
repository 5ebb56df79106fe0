"""The schema: up, down, up again, and in step with the code."""

import asyncio
from datetime import timedelta

import asyncpg
from alembic.script import ScriptDirectory

from adapters.persistence import migrate
from adapters.persistence.address import sqlalchemy_url
from adapters.persistence.store import Store, open_store
from domain.identifiers import OrderKey
from tests.fakes.clock import FrozenClock
from tests.integration.persistence.processes import python
from tests.postgres import newest_schema

UPGRADE = "import sys; from adapters.persistence import migrate; migrate.upgrade(sys.argv[1])"


async def relations(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        left: int = await connection.fetchval(
            """
            SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace
                AND relname NOT LIKE 'alembic_version%'
            """
        )
        left += await connection.fetchval("SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace")
        return left
    finally:
        await connection.close()


async def test_up_down_and_up_again(empty_database_url: str) -> None:
    url = empty_database_url
    assert not await newest_schema(url)
    await asyncio.to_thread(migrate.upgrade, url)
    assert await newest_schema(url)
    await asyncio.to_thread(migrate.downgrade, url)
    assert await relations(url) == 0
    assert not await newest_schema(url)
    await asyncio.to_thread(migrate.upgrade, url)
    await asyncio.to_thread(migrate.check, url)


async def test_two_processes_may_migrate_at_once(empty_database_url: str) -> None:
    runners = await asyncio.gather(*(python("-c", UPGRADE, empty_database_url) for _ in range(2)))
    assert [await runner.wait() for runner in runners] == [0, 0]
    assert await newest_schema(empty_database_url)


async def test_readiness_tells_an_old_schema(empty_database_url: str) -> None:
    store = open_store(empty_database_url, clock=FrozenClock())
    try:
        assert not await store.schema_is_current()
        await asyncio.to_thread(migrate.upgrade, empty_database_url)
        assert await store.schema_is_current()
    finally:
        await store.close()


async def test_an_instance_that_is_about_to_be_replaced_stays_ready_on_a_newer_schema(database_url: str) -> None:
    store = open_store(database_url, clock=FrozenClock())
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("UPDATE alembic_version SET version_num = '9999'")
        assert await store.schema_is_current()
        await connection.execute("UPDATE alembic_version SET version_num = '0001'")
        assert not await store.schema_is_current()
    finally:
        await connection.close()
        await store.close()


async def test_a_column_added_under_a_running_instance_does_not_disturb_it(store: Store, database_url: str) -> None:
    """Statements are prepared once per connection; the server tells when their result has changed."""
    key = OrderKey("demo", "se", "order-1")
    connection = await asyncpg.connect(database_url)
    try:
        for table in ("checkout_order", "payment", "payment_operation", "inbox", "outbox"):
            await store.inbox.take(limit=1, lease=timedelta(seconds=1))
            await store.outbox.take(limit=1, lease=timedelta(seconds=1))
            await store.payments.release(await store.payments.claim(key, wait=timedelta(), lease=timedelta(seconds=9)))
            await connection.execute(f"ALTER TABLE {table} ADD COLUMN novelty text")
        assert await store.inbox.take(limit=1, lease=timedelta(seconds=1)) == ()
        assert await store.outbox.take(limit=1, lease=timedelta(seconds=1)) == ()
        assert (await store.payments.claim(key, wait=timedelta(), lease=timedelta(seconds=9))).payments == ()
    finally:
        await connection.close()


def test_the_newest_revision_is_the_one_alembic_finds() -> None:
    assert migrate.newest() == ScriptDirectory(str(migrate.scripts())).get_current_head()


def test_addresses_lead_to_asyncpg() -> None:
    assert sqlalchemy_url("postgresql://u@h/d") == "postgresql+asyncpg://u@h/d"
    assert sqlalchemy_url("postgres://u@h/d") == "postgresql+asyncpg://u@h/d"
