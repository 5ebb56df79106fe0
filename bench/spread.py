"""`python -m bench.spread`: whether a request costs the same for one merchant's orders and for a thousand's.

The same number of orders is made twice: all of one merchant's, and each of another's, with keys, an account and a
configuration of its own. An adapter process answers the ones, another one the others, by turns.
"""

import argparse
import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from rich.console import Console
from rich.table import Table

from adapters.observability.logging import configure_logging
from bench import processor_time, snapshots
from bench.costs import Cost, one_round
from bench.database import database
from bench.journey import BUSY_LIVES
from bench.load import Load
from bench.plan import Plan
from bench.processes import Server, leave_a_core
from bench.processor_time import CONNECTIONS
from bench.serving import adapter_process, stub_process
from bench.shops import many, settings_for
from bench.snapshots import Connection, connected
from bench.world import world

ENDPOINTS: Final = ("get", "cart-changed", "validate", "push", "capture")
ROUNDS: Final = 5
_numbers = itertools.count(1)


@dataclass(slots=True)
class Spread:
    """The requests of so many merchants. `first`: of the first pass, which reads every merchant's configuration.

    Megabytes when the process was ready, and after everything.
    """

    merchants: int
    endpoints: dict[str, Cost] = field(default_factory=lambda: {endpoint: Cost() for endpoint in ENDPOINTS})
    first: float = 0.0
    megabytes_ready: float = 0.0
    megabytes: float = 0.0

    @property
    def extra(self) -> float:
        """Microseconds by which the first pass was dearer for each request."""
        return self.first - min(self.endpoints[ENDPOINTS[0]].processor)


@dataclass(frozen=True, slots=True)
class Side:
    """An adapter with the orders that it is asked about."""

    spread: Spread
    plan: Plan
    adapter: Server
    load: Load
    connection: Connection


def reading(one: Spread, all_: Spread) -> float:
    """Microseconds that reading one merchant's configuration takes: what the first pass had to do besides."""
    return (all_.extra - one.extra) / (1 - one.merchants / all_.merchants)


async def measure(console: Console, merchants: int, *, rounds: int = ROUNDS) -> list[Spread]:
    """As many orders as there are merchants: of one of them, and of all."""
    async with AsyncExitStack() as stack:
        sides = []
        for count in (1, merchants):
            with console.status(f"Making {merchants:,} orders of {count:,} merchants …"):
                sides.append(await stack.enter_async_context(_side(count, orders=merchants)))
        with console.status(f"Measuring with 1 and with {merchants:,} merchants …"):
            for endpoint in ENDPOINTS:
                for turn in range(rounds + 1):
                    for side in sides:
                        await _round(side, endpoint, turn)
            for side in sides:
                side.spread.megabytes = side.adapter.resident_megabytes()
    return [side.spread for side in sides]


@asynccontextmanager
async def _side(merchants: int, *, orders: int) -> AsyncIterator[Side]:
    shops = many(merchants)
    async with AsyncExitStack() as stack:
        url, place = await stack.enter_async_context(database())
        async with world(url, shops) as everything:
            plan = await processor_time.recorded(everything, orders=orders, lives=BUSY_LIVES, shops=shops)
        plan.save(place / "plan")
        stub = await stack.enter_async_context(stub_process(place / "plan"))
        adapter = await stack.enter_async_context(adapter_process(stub.url, url, place, **settings_for(shops)))
        load = await stack.enter_async_context(Load(adapter.url, connections=CONNECTIONS))
        connection = await stack.enter_async_context(connected(url))
        spread = Spread(merchants, megabytes_ready=adapter.resident_megabytes())
        yield Side(spread, plan.only_requests(), adapter, load, connection)


async def _round(side: Side, endpoint: str, turn: int) -> None:
    await snapshots.restore(side.connection, endpoint)
    cost = await one_round(side.load, side.adapter, side.plan.requests[endpoint], next(_numbers))
    if turn:
        side.spread.endpoints[endpoint].add(*cost)
    elif endpoint == ENDPOINTS[0]:
        side.spread.first = cost[0]


def show(console: Console, one: Spread, all_: Spread) -> None:
    """Side by side, with growth."""
    orders = f"{all_.merchants:,} orders"
    table = Table(title=f"The same requests about {orders}: processor time, and p50", title_justify="left")
    table.add_column("")
    for spread in (one, all_):
        table.add_column(f"of {spread.merchants:,} merchant{'s' if spread.merchants > 1 else ''}", justify="right")
    table.add_column("growth", justify="right")
    for endpoint in ENDPOINTS:
        costs = (one.endpoints[endpoint], all_.endpoints[endpoint])
        cells = [f"{min(cost.processor):.0f} µs, {min(cost.middle) * 1000:.1f} ms" for cost in costs]
        growth = min(costs[1].processor) / min(costs[0].processor), min(costs[1].middle) / min(costs[0].middle)
        table.add_row(endpoint, *cells, f"{growth[0]:.2f}, {growth[1]:.2f}")
    cells = [f"{spread.megabytes:.0f} MB (ready {spread.megabytes_ready:.0f})" for spread in (one, all_)]
    table.add_row("memory after it", *cells, f"{all_.megabytes / one.megabytes:.2f}")
    console.print(table)
    console.print(
        f"Reading a merchant's configuration for the first time, or anew: {reading(one, all_):.0f} µs", style="dim"
    )


def main() -> None:
    """Measure this alone."""
    parser = argparse.ArgumentParser(prog="bench.spread", description=__doc__)
    parser.add_argument("--merchants", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds that count")
    given = parser.parse_args()
    configure_logging("warning", "console")
    leave_a_core()
    console = Console(width=140)
    show(console, *asyncio.run(measure(console, given.merchants, rounds=given.rounds)))


if __name__ == "__main__":
    main()
