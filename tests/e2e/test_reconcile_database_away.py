"""PostgreSQL goes away under a reconciliation, and comes back, or doesn't."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from adapters.persistence import migrate
from adapters.persistence.embedded import EmbeddedServer
from domain.errors import StoreUnavailable
from entrypoints.cli.sandbox import sandbox
from tests.e2e.reconciling import QUICK, paid, reconciling
from tests.e2e.shop import Shop, eventually
from tests.e2e.test_reconcile_command import Operator

pytestmark = pytest.mark.timeout(240)
PAYMENTS = 12


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    """One that may be stopped: the others' tests have theirs."""
    with tempfile.TemporaryDirectory(prefix="qliro-adapter-reconcile-") as name:
        Path(name).chmod(0o755)
        made = EmbeddedServer(Path(name), settings={"fsync": "off"})
        try:
            yield made
        finally:
            made.stop()


@asynccontextmanager
async def shop_on(server: EmbeddedServer, folder: Path) -> AsyncIterator[Shop]:
    url = await asyncio.to_thread(server.start)
    await asyncio.to_thread(migrate.upgrade, url)
    async with (
        sandbox(data_dir=folder, database_url=url, configuration_ttl_seconds=0.001) as running,
        aiohttp.ClientSession() as http,
    ):
        shop = Shop(running, http, url)
        await asyncio.gather(*(paid(shop) for _ in range(PAYMENTS)))
        action = {"kind": "latency", "seconds": 0.3}
        shop.qliro.state.faults.add({"match": {"path": "/adminapi/"}, "action": action, "times": None})
        yield shop


def asked(shop: Shop) -> int:
    return len(shop.qliro.state.requests.all())


async def test_a_restart_under_a_run_is_waited_out(server: EmbeddedServer, tmp_path: Path) -> None:
    async with shop_on(server, tmp_path) as shop:
        operator, before = Operator(shop, tmp_path), asked(shop)
        process = await operator.start("--concurrency", "1", "--format", "json")
        await eventually(lambda: asked(shop) - before >= 3, seconds=60)
        await asyncio.to_thread(server.stop)
        await asyncio.sleep(2)
        await asyncio.to_thread(server.start)
        out, err = await process.communicate()
        assert (process.returncode, b"Traceback" in err) == (0, False), err
        assert b'"compared":12' in out
        runs: list[Any] = await shop.sql("select id, ended_at from reconciliation_run")
        assert [run["ended_at"] is None for run in runs] == [False]


async def test_when_it_stays_away_that_is_said_and_the_next_run_goes_on(server: EmbeddedServer, tmp_path: Path) -> None:
    async with shop_on(server, tmp_path) as shop, reconciling(shop) as job:
        conduct = replace(QUICK, pace=replace(QUICK.pace, size=4, parts=1, patience=2))
        before = asked(shop)
        running = asyncio.create_task(job.run(conduct=conduct))
        await eventually(lambda: asked(shop) - before >= 6, seconds=60)
        await asyncio.to_thread(server.stop)
        with pytest.raises(StoreUnavailable):
            await running
        silent = await Operator(shop, tmp_path).reconcile()
        assert (silent.status, "doctor" in silent.err, "Traceback" in silent.err) == (1, True, False), silent.err
        await asyncio.to_thread(server.start)
        (broken,) = await shop.sql("select id, counts ->> 'compared' as compared from reconciliation_run")
        assert 0 < int(broken["compared"]) < PAYMENTS
        report = await job.run(conduct=conduct)
        assert (report.run.id, report.run.counts.compared, report.run.clean) == (broken["id"], PAYMENTS, True)
        assert asked(shop) - before <= PAYMENTS + 4
