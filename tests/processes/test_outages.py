"""The whole database away for a while, processes told to stop, and holders of a claim that die."""

import asyncio
import os
import signal
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from adapters.persistence import migrate
from adapters.persistence.embedded import EmbeddedServer
from tests.processes.fleet import ROOT, AdapterProcess, Nursery
from tests.processes.judge import CAPTURED, RESERVED, judged, quiet
from tests.processes.world import Order, World
from tests.processes.world import world as opened

RECOVERY_SECONDS = 5.0
LEASE_SECONDS = 1.0


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="qliro-adapter-outage-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


async def reserved(world: World) -> Order:
    order = world.order()
    await order.create()
    await order.buy()
    await quiet(world)
    return order


async def recovered(order: Order, process: AdapterProcess) -> float:
    """Seconds until a capture by this process works."""
    started = time.monotonic()
    await order.world.persist(lambda: order.operate("capture", process), seconds=RECOVERY_SECONDS)
    return time.monotonic() - started


async def test_postgres_stops_and_starts_again_under_running_adapters(
    open_folder: Path, nursery: Nursery, tmp_path: Path
) -> None:
    server = EmbeddedServer(open_folder, settings={"fsync": "off"})
    url = await asyncio.to_thread(server.start)
    try:
        await asyncio.to_thread(migrate.upgrade, url)
        async with opened(url, nursery, tmp_path) as world:
            processes = [await world.start(), await world.start()]
            orders = [await reserved(world) for _ in processes]
            waiting = world.order()
            await waiting.create()
            world.hold_pushes()
            await waiting.buy()
            await quiet(world, looked_at=False)
            await asyncio.to_thread(server.stop)
            world.release_pushes()  # nobody can store them: Qliro repeats them
            answers = await asyncio.gather(*(o.operate("capture", p) for o, p in zip(orders, processes, strict=True)))
            assert [(a.status, bool(a.retry_after)) for a in answers] == [(503, True)] * 2
            assert await asyncio.to_thread(server.start) == url
            seconds = await asyncio.gather(*(recovered(o, p) for o, p in zip(orders, processes, strict=True)))
            assert max(seconds) < RECOVERY_SECONDS
            for order in orders:
                await judged(order, CAPTURED)
            await judged(waiting, RESERVED)
            assert len(world.fleet.living) == 2
    finally:
        await asyncio.to_thread(server.stop)


async def test_a_process_told_to_stop_answers_what_is_in_flight_and_ends_well(world: World) -> None:
    """The real command, with the settings that it would have in production."""
    healthy = await world.start()
    orders = [await reserved(world) for _ in range(3)]
    world.qliro.state.config.transaction_delay = 0.6
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    environment = {**os.environ, **world.environment(), "PYTHONPATH": path}
    command = (sys.executable, "-m", "entrypoints.cli", "serve")
    told = await asyncio.create_subprocess_exec(*command, env=environment, cwd=ROOT, stdout=DEVNULL, stderr=PIPE)
    assert told.stderr is not None
    while "url" not in (line := msgspec.json.decode(await told.stderr.readline())):
        pass
    rest = asyncio.create_task(told.stderr.read())
    leaving = AdapterProcess(0, Path(os.devnull), url=line["url"])
    requests = [asyncio.create_task(order.operate("capture", leaving)) for order in orders]
    requests += [asyncio.create_task(order.get(leaving)) for order in orders]
    await asyncio.sleep(0.3)
    assert not all(request.done() for request in requests)
    told.send_signal(signal.SIGTERM)
    started = time.monotonic()
    answers = await asyncio.gather(*requests)
    assert [a.status for a in answers] == [200] * len(answers)
    assert await asyncio.wait_for(told.wait(), 30) == 0
    assert time.monotonic() - started < 30
    assert b'"unexpected"' not in await rest
    assert healthy.alive
    for order in orders:
        await judged(order, CAPTURED)


async def test_a_dead_holders_claim_costs_the_next_request_no_more_than_its_lease(world: World) -> None:
    other = await world.start()
    order = await reserved(world)
    holder = await world.start("database.claim#1", "after", idle=30)
    assert (await order.operate("capture", holder)).status == 0
    assert await holder.gone() == -9
    answer = await order.operate("capture", other)
    assert answer.status == 200
    assert answer.seconds < LEASE_SECONDS + 1.5
    await judged(order, CAPTURED)
