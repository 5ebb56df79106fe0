"""What one merchant's hanging Norce costs another: `python -m tests.measure.tenants`.

Everything but the database runs in this process (simulators, adapter, clients). Rounds take turns, so that what else
the machine does falls on all: `alone`; beside a rival that is `well`, whose customers begin 7.5 checkouts a second; and
beside the same rival while its Norce is `hanging`: Norce answers it after 8 s, so that 60 of its requests are in flight
all the time, and 500 of its callbacks, each of which waits for Norce, are in the inbox. What counts is the last by the
one before: what the hanging adds, not what another merchant's trade costs the processor.
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
    """Print the quiet merchant's latencies without the rival, beside it, and beside its troubles, in milliseconds."""
    orders = [await started(quiet) for _ in range(20)]
    await requests(orders)
    took: dict[str, list[float]] = {"alone": [], "well": [], "hanging": []}
    for number in range(ROUNDS):
        took["alone"] += await requests(orders)
        async with trade(rival):
            took["well"] += await requests(orders)
        async with troubles(rival, number), trade(rival):
            took["hanging"] += await requests(orders)
    lines = [
        f"{name:7} n={len(each)} p50={quantile(each, 50):.1f} ms p99={quantile(each, 99):.1f} ms"
        for name, each in took.items()
    ]
    for name in ("alone", "well"):
        ratios = " ".join(f"p{q}={quantile(took['hanging'], q) / quantile(took[name], q):.2f}" for q in (50, 99))
        lines.append(f"hanging by {name}: {ratios}")
    sys.stdout.write("\n".join([*lines, ""]))


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
    """The rival's Norce hangs, and what Qliro has told of its purchases waits for it."""
    norce_hangs(rival, HANG_SECONDS)
    inbox = rival.sandbox.adapter.store.inbox
    for place in range(BACKLOG):
        key = PaymentKey(rival.merchant, rival.channel, f"nobody's-{number}-{place}", "p")
        await inbox.accept(Notice(key, NoticeKind.CHECKOUT, f"poison-{number}-{place}"))
    try:
        yield
    finally:
        rival.norce.faults.clear()
        await rival.sql("update inbox set handled_at = now() where merchant = 'rival' and handled_at is null")
        await asyncio.sleep(HANG_SECONDS + 1)


@asynccontextmanager
async def trade(rival: Shop) -> AsyncIterator[None]:
    """The rival's customers come at a steady pace, whether they are served or not."""
    pressing = [asyncio.create_task(press(rival, place / IN_FLIGHT * HANG_SECONDS)) for place in range(IN_FLIGHT)]
    await asyncio.sleep(HANG_SECONDS)
    try:
        yield
    finally:
        for task in pressing:
            task.cancel()
        await asyncio.gather(*pressing, return_exceptions=True)


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
