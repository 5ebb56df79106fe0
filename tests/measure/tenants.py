"""What one merchant's hanging Norce costs another: `python -m tests.measure.tenants`.

Everything runs in this process (database, simulators, adapter, clients). Rounds alternate between quiet and troubled,
so that what else the machine does falls on both. Troubled means: Norce answers the rival after 8 s, 60 of its requests
are in flight all the time, and 500 of its callbacks, each of which waits for Norce, are in the inbox.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import msgspec

from adapters.observability.logging import configure_logging
from adapters.persistence.embedded import EmbeddedServer
from adapters.persistence.migrate import upgrade
from application.ports.inbox import Notice, NoticeKind
from domain.identifiers import PaymentKey
from entrypoints.cli.sandbox import sandbox
from tests.e2e.rivals import INBOUND_KEYS, norce_hangs, two_shops
from tests.e2e.shop import Answer, Order, Shop
from tests.postgres import FAST

ROUNDS = 4
REQUESTS = 250
PAUSE = 0.02
HANG_SECONDS = 8.0
IN_FLIGHT = 60
BACKLOG = 500
_ENCODER = msgspec.json.Encoder(decimal_format="number")


async def main() -> None:
    configure_logging("critical")
    with tempfile.TemporaryDirectory() as name:
        folder = opened(name)
        async with database(folder) as url, aiohttp.ClientSession() as http:
            await asyncio.to_thread(upgrade, url)
            async with sandbox(data_dir=folder, database_url=url, inbound_keys=INBOUND_KEYS) as running:
                await measure(*two_shops(running, http, url))


def opened(name: str) -> Path:
    """The server may run as another user; its own folder inside is closed to all others."""
    folder = Path(name)
    folder.chmod(0o755)
    return folder


@asynccontextmanager
async def database(folder: Path) -> AsyncIterator[str]:
    """Without waiting for the disk, which other programs keep busy as they please."""
    server = EmbeddedServer(folder / "data", settings=FAST)
    yield await asyncio.to_thread(server.start)
    await asyncio.to_thread(server.stop)


async def measure(quiet: Shop, rival: Shop) -> None:
    """Print the quiet merchant's latencies without and with the rival's troubles, in milliseconds."""
    orders = [await started(quiet) for _ in range(20)]
    await requests(orders)
    alone: list[float] = []
    beside: list[float] = []
    for number in range(ROUNDS):
        alone += await requests(orders)
        async with troubles(rival, number):
            beside += await requests(orders)
    lines = [
        f"{name:7} n={len(took)} p50={quantile(took, 50):.1f} ms p99={quantile(took, 99):.1f} ms"
        for name, took in {"alone": alone, "beside": beside}.items()
    ]
    ratios = " ".join(f"p{q}={quantile(beside, q) / quantile(alone, q):.2f}" for q in (50, 99))
    sys.stdout.write("\n".join([*lines, f"ratio   {ratios}", ""]))


async def started(shop: Shop) -> Order:
    order = shop.order()
    assert (await order.create()).status == 200
    return order


async def requests(orders: list[Order]) -> list[float]:
    """Reads and cart changes, one after the other at a steady pace; how long each took in milliseconds."""
    took = []
    for number in range(REQUESTS):
        order = orders[number % len(orders)]
        began = time.perf_counter()
        answer = await (order.get() if number % 2 else hook(order))
        took.append((time.perf_counter() - began) * 1000)
        assert answer.status == 200, answer
        await asyncio.sleep(PAUSE)
    return took


async def hook(order: Order) -> Answer:
    """As Norce tells of a changed cart."""
    return await order.shop.adapter("POST", f"{order.callback}/cart-changed", data=_ENCODER.encode(order.doc))


@asynccontextmanager
async def troubles(rival: Shop, number: int) -> AsyncIterator[None]:
    """The rival's Norce hangs while its shop and Qliro go on calling."""
    norce_hangs(rival, HANG_SECONDS)
    inbox = rival.sandbox.adapter.store.inbox
    for place in range(BACKLOG):
        key = PaymentKey(rival.merchant, rival.channel, f"nobody's-{number}-{place}", "p")
        await inbox.accept(Notice(key, NoticeKind.CHECKOUT, f"poison-{number}-{place}"))
    pressing = [asyncio.create_task(press(rival, place / IN_FLIGHT * HANG_SECONDS)) for place in range(IN_FLIGHT)]
    await asyncio.sleep(HANG_SECONDS)
    try:
        yield
    finally:
        for task in pressing:
            task.cancel()
        await asyncio.gather(*pressing, return_exceptions=True)
        rival.norce.faults.clear()
        await rival.sql("update inbox set handled_at = now() where merchant = 'rival' and handled_at is null")
        await asyncio.sleep(HANG_SECONDS + 1)


async def press(rival: Shop, after: float) -> None:
    """One customer after the other, not all at the same moment. They keep coming at the same pace when the circuit to
    the rival's Norce opens and they are refused at once: a merchant that floods the service is another matter."""
    await asyncio.sleep(after)
    while True:
        await asyncio.gather(rival.order().create(), asyncio.sleep(HANG_SECONDS))


def quantile(took: list[float], percent: int) -> float:
    return statistics.quantiles(took, n=100)[percent - 1]


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
