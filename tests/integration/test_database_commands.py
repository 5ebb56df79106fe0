"""`qliro-adapter migrate`, and what the doctor says of the database before and after."""

import asyncio
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from entrypoints.cli.doctor import _database, _unavailable
from entrypoints.cli.findings import State
from entrypoints.cli.migrate import migrate_database
from entrypoints.running import running
from entrypoints.settings import Settings


async def test_the_doctor_sends_an_empty_database_to_migrate_and_is_content_after(
    empty_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(database_url=empty_database_url)
    before = await _database(settings)
    assert [(finding.check, finding.state) for finding in before] == [
        ("database", State.OK),
        ("schema", State.WRONG),
    ]
    assert "qliro-adapter migrate" in before[1].remedy
    assert await asyncio.to_thread(migrate_database, settings) == 0
    assert await asyncio.to_thread(migrate_database, settings) == 0
    assert capsys.readouterr().out.count("newest schema") == 2
    assert {finding.state for finding in await _database(settings)} == {State.OK}


async def test_a_server_that_takes_no_writes_is_neither_well_nor_sent_traffic(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        name = await connection.fetchval("SELECT current_database()")
        await connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    finally:
        await connection.close()
    (finding,) = await _database(Settings(database_url=database_url))
    assert finding.state is State.WRONG
    assert "read-only" in finding.found
    assert await readiness(database_url) == (503, {"status": "unavailable", "database": "The database is read-only."})


async def test_readiness_sends_nobody_to_migrate_while_the_database_is_away() -> None:
    status, told = await readiness("postgresql://adapter@127.0.0.1:1/payments")
    assert status == 503
    assert told["database"] == "The database does not answer (ConnectionRefusedError)."
    assert "migrate" not in str(told)


async def readiness(database_url: str) -> tuple[int, dict[str, str]]:
    """What a process over this database answers to the load balancer."""
    settings = Settings(
        port=0,
        database_url=database_url,
        norce_order_url="http://127.0.0.1:1",
        norce_configuration_url="http://127.0.0.1:1",
        norce_token="norce-key",
        inbound_keys="a-long-enough-inbound-key",
        callback_secrets="a-long-enough-secret",
    )
    async with (
        running(settings, work=False) as adapter,
        aiohttp.request("GET", adapter.url + "/health/ready") as reply,
    ):
        return reply.status, await reply.json()


def test_a_server_without_a_free_connection_is_told_from_one_that_is_away() -> None:
    assert "max_connections" in _unavailable("db", asyncpg.TooManyConnectionsError()).remedy
    assert "ADAPTER_DATABASE_URL" in _unavailable("db", ConnectionRefusedError()).remedy


def test_a_database_that_is_not_there_is_told_without_a_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert migrate_database(Settings(database_url="postgresql://x:hunter2@127.0.0.1:1/payments")) == 1
    told = capsys.readouterr().err
    assert told.startswith("The database could not be migrated: ")
    assert "hunter2" not in told
    assert len(told.splitlines()) == 1


async def test_a_folder_that_cannot_hold_a_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (finding,) = await _database(Settings(data_dir=str(tmp_path / "file" / "data")))
    assert finding.state is State.WRONG
    assert "ADAPTER_DATA_DIR" in finding.remedy
