"""A real PostgreSQL for tests: one server for all workers of a run, one fresh database per test that asks.

The server comes from the wheel (about half a second, and only when a test needs it). `TEST_DATABASE_URL` names
another server to run against, for instance an older version; its user must be allowed to create databases.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from adapters.persistence import migrate
from adapters.persistence.embedded import EmbeddedServer, EmbeddedServerError
from adapters.persistence.inbox import PostgresInbox
from adapters.persistence.outbox import PostgresOutbox
from adapters.persistence.payments import PostgresPayments
from adapters.persistence.store import Store, open_store
from tests.fakes.clock import SOME_TIME, FrozenClock

DATA_DIR = "TEST_DATABASE_DIR"
FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "300",
}
_TEMPLATE_LOCK = 4711
_PREFIX = "qliro-adapter-tests-"


def pytest_configure(config: pytest.Config) -> None:
    """The process that starts the run names a folder; the workers inherit it."""
    if not hasattr(config, "workerinput"):
        _sweep()
        folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))
        folder.chmod(0o755)  # the server may run as another user; its own folder inside is closed to all others
        os.environ[DATA_DIR] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and DATA_DIR in os.environ:
        shutil.rmtree(os.environ.pop(DATA_DIR), ignore_errors=True)


def _sweep() -> None:
    """What a killed run has left: its server would live on for ever."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            with suppress(EmbeddedServerError, OSError):
                EmbeddedServer(folder).discard()
                shutil.rmtree(folder)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of the server's maintenance database, shared by all workers."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    server = EmbeddedServer(os.environ[DATA_DIR], settings=FAST)
    yield server.start()
    server.stop()


@pytest.fixture(scope="session")
def template_database(postgres_server: str) -> str:
    """The name of a migrated database to copy. The first worker makes it, the others wait for it."""
    return asyncio.run(_migrated(postgres_server))


@pytest.fixture
async def empty_database_url(postgres_server: str) -> AsyncIterator[str]:
    """A database without any tables, dropped afterwards."""
    async for url in _database(postgres_server, "template1"):
        yield url


@pytest.fixture
async def database_url(postgres_server: str, template_database: str) -> AsyncIterator[str]:
    """A migrated, empty database of the test's own, dropped afterwards."""
    async for url in _database(postgres_server, template_database):
        yield url


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(SOME_TIME)


@pytest.fixture
async def store(database_url: str, clock: FrozenClock) -> AsyncIterator[Store]:
    """The database behind its ports."""
    opened = open_store(database_url, clock=clock, pool_size=10, application_name="tests")
    yield opened
    await opened.close()


@pytest.fixture
def payments(store: Store) -> PostgresPayments:
    return store.payments


@pytest.fixture
def inbox(store: Store) -> PostgresInbox:
    return store.inbox


@pytest.fixture
def outbox(store: Store) -> PostgresOutbox:
    return store.outbox


async def newest_schema(url: str) -> bool:
    """Whether the database has the newest revision of this code; one without any schema has none."""
    connection = await asyncpg.connect(url)
    try:
        if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
            return False
        rows = await connection.fetch("SELECT version_num FROM alembic_version")
        return [row["version_num"] for row in rows] == [migrate.newest()]
    finally:
        await connection.close()


async def _database(server: str, template: str) -> AsyncIterator[str]:
    name = f"test_{uuid4().hex}"
    await _execute(server, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    yield _named(server, name)
    await _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


async def _migrated(server: str) -> str:
    name = f"migrated_{migrate.newest()}"
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(f"SELECT pg_advisory_lock({_TEMPLATE_LOCK})")
        if not await connection.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name):
            await connection.execute("DROP DATABASE IF EXISTS migrated_draft WITH (FORCE)")
            await connection.execute("CREATE DATABASE migrated_draft")
            await asyncio.to_thread(migrate.upgrade, _named(server, "migrated_draft"))
            await connection.execute(f"ALTER DATABASE migrated_draft RENAME TO {name}")
    finally:
        await connection.close()
    return name


async def _execute(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _named(server: str, database: str) -> str:
    parts = urlsplit(server)
    return urlunsplit((parts.scheme, parts.netloc or "postgres@", f"/{database}", parts.query, ""))
