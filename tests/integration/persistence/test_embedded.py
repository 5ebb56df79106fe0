"""The server from the wheel: shared, restarted, survived."""

import asyncio
import os
import signal
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from adapters.persistence import embedded_place
from adapters.persistence.embedded import EmbeddedServer, EmbeddedServerError, embedded_server
from tests.integration.persistence.processes import python

pytestmark = pytest.mark.slow
GONE = (FileNotFoundError, ConnectionError)
FAST = {"fsync": "off"}
OWNER = """
import sys, time
from adapters.persistence.embedded import EmbeddedServer
print(EmbeddedServer(sys.argv[1]).start(), flush=True)
time.sleep(60)
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to change user")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Open to others, as a project's folder usually is."""
    with tempfile.TemporaryDirectory(prefix="qliro-adapter-embedded-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


async def run(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def _only(folder: Path, name: str) -> Path:
    (found,) = folder.rglob(name)
    return found


async def test_data_outlive_the_server(folder: Path) -> None:
    async with embedded_server(folder, settings=FAST) as url:
        await run(url, "CREATE TABLE kept (n integer)")
    with pytest.raises(GONE):
        await run(url, "SELECT 1")
    async with embedded_server(folder, settings=FAST) as url:
        assert await run(url, "SELECT count(*) FROM kept") == 0


async def test_its_log_quotes_no_rows(folder: Path) -> None:
    async with embedded_server(folder, settings=FAST) as url:
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE TABLE kept (name text CHECK (length(name) > 9))")
        with pytest.raises(asyncpg.CheckViolationError, match="Anna"):
            await connection.execute("INSERT INTO kept VALUES ($1)", "Anna")
        await connection.close()
    log = _only(folder, "postgres.log").read_text()
    assert "violates check constraint" in log
    assert "Anna" not in log


async def test_the_last_user_stops_it(folder: Path) -> None:
    first, second = EmbeddedServer(folder, settings=FAST), EmbeddedServer(folder)
    url = first.start()
    assert second.start() == url
    first.stop()
    first.stop()
    assert await run(url, "SELECT 1") == 1
    with pytest.raises(EmbeddedServerError, match="in use"):
        first.discard()
    second.stop()
    with pytest.raises(GONE):
        await run(url, "SELECT 1")
    first.discard()


async def test_a_killed_owner_leaves_a_server_that_the_next_one_uses_and_stops(folder: Path) -> None:
    owner = await python("-c", OWNER, str(folder))
    assert owner.stdout is not None
    url = (await owner.stdout.readline()).decode().strip()
    await run(url, "CREATE TABLE kept (n integer)")
    owner.kill()
    await owner.wait()
    async with embedded_server(folder) as again:
        assert again == url
        assert await run(url, "SELECT count(*) FROM kept") == 0
    with pytest.raises(GONE):
        await run(url, "SELECT 1")


@pytest.mark.parametrize("pid", ["1", "999999999", str(os.getpid())], ids=["another's", "nobody's", "our own"])
async def test_a_pid_file_of_a_server_that_is_no_more_is_no_obstacle(folder: Path, pid: str) -> None:
    server = EmbeddedServer(folder, settings=FAST)
    server.start()
    pid_file = folder / "server" / "postgres" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    os.kill(int(lines[0]), signal.SIGKILL)
    await asyncio.sleep(0.1)
    pid_file.write_text("\n".join([pid, *lines[1:]]) + "\n")
    other = EmbeddedServer(folder, settings=FAST)
    assert await run(other.start(), "SELECT 1") == 1
    server.stop()
    other.stop()


async def test_a_long_path_gets_a_short_socket(folder: Path) -> None:
    deep = folder / ("a" * 60) / ("b" * 60)
    async with embedded_server(deep, settings=FAST) as url:
        assert await run(url, "SELECT 1") == 1
    server = embedded_place.choose_place(deep)
    assert len(os.fsencode(server.socket)) <= embedded_place.LONGEST_SOCKET_PATH
    server.sockets.rmdir()


async def test_only_the_owner_reaches_data_and_socket(folder: Path) -> None:
    async with embedded_server(folder, settings=FAST):
        assert stat.S_IMODE((folder / "server").stat().st_mode) == 0o700


@as_root
async def test_a_closed_folder_stays_closed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_place, "PUBLIC_BASE", folder / "base")
    closed = folder / "private"
    closed.mkdir(mode=0o700)
    async with embedded_server(closed / "data", settings=FAST) as url:
        assert await run(url, "SELECT 1") == 1
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert list((closed / "data").iterdir()) == [closed / "data" / "location"]
    (closed / "data" / "location").unlink()
    async with embedded_server(closed / "data", settings=FAST) as url:
        assert await run(url, "SELECT to_regclass('kept') IS NULL")


@as_root
async def test_binaries_in_a_closed_folder_are_copied(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_place, "PUBLIC_BASE", folder / "base")
    monkeypatch.setattr(embedded_place, "_open_to_others", lambda path: "pginstall" not in str(path))
    async with embedded_server(folder / "data", settings=FAST) as url:
        assert await run(url, "SELECT 1") == 1
    assert list((folder / "base").glob("binaries-*"))


def test_a_machine_without_the_wheel_is_told_what_to_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded_place, "find_spec", lambda name: None)
    with pytest.raises(EmbeddedServerError, match="ADAPTER_DATABASE_URL"):
        EmbeddedServer(folder).start()
