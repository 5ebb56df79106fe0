"""A pooler in front of PostgreSQL may be fine, or refused; it never makes one statement run as another."""

import subprocess
import sys

import pytest

from adapters.persistence.connection import _PROCESS
from adapters.persistence.database import Database
from adapters.persistence.session_check import SessionCheck, check_session
from adapters.persistence.statement import Statement
from adapters.persistence.store import open_store
from domain.errors import StoreUnavailable
from entrypoints.cli.doctor import _session
from entrypoints.cli.findings import State
from tests.fakes.clock import FrozenClock
from tests.integration.persistence.pooler import pooler

LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "jit")
NAME = "import adapters.persistence.connection as c; print(c.OwnNames._get_unique_id(None, 'stmt'))"


def test_two_processes_never_name_a_prepared_statement_alike() -> None:
    names = [subprocess.check_output([sys.executable, "-c", NAME], text=True).strip() for _ in range(2)]
    assert len(set(names)) == 2
    assert all(len(name) < 64 for name in names), "PostgreSQL would cut it"


async def test_statements_are_prepared_under_names_of_our_own(database_url: str) -> None:
    database = Database(database_url, pool_size=1, application_name="tests")
    prepared = Statement.of("SELECT name FROM pg_prepared_statements", name="prepared", types={})
    names = [row["name"] for _ in range(2) for row in await database.rows(prepared)]
    await database.close()
    assert names
    assert all(name.startswith(f"stmt_{_PROCESS}_") for name in names), names


async def test_without_a_pooler_the_doctor_has_nothing_to_say(database_url: str) -> None:
    assert await check_session(database_url) == SessionCheck(prepared=True, limited=True)
    assert await _session(database_url) == []


async def test_a_pooler_that_keeps_sessions_is_as_good_as_none(database_url: str) -> None:
    async with pooler(database_url, sessions=1) as url:
        assert await _session(url) == []
        store = open_store(url, clock=FrozenClock(), pool_size=2)
        for _ in range(3):
            assert await store.schema_is_current()
        await store.close()


async def test_a_pooler_that_keeps_no_session_is_refused_and_found_by_the_doctor(database_url: str) -> None:
    async with pooler(database_url) as url:
        (finding,) = await _session(url)
        assert (finding.state, finding.check) == (State.WRONG, "session")
        store = open_store(url, clock=FrozenClock(), pool_size=1)
        await store.ping()
        with pytest.raises(StoreUnavailable, match="InvalidSQLStatementNameError"):
            await store.ping()
        await store.close()


async def test_a_pooler_that_drops_our_time_limits_is_noted(database_url: str) -> None:
    async with pooler(database_url, sessions=1, drops=LIMITS) as url:
        (finding,) = await _session(url)
        assert (finding.state, finding.check) == (State.NOTE, "session")
