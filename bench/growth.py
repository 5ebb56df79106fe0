"""`python -m bench.growth`: whether a request costs the same however many payments are stored, and merchants served.

Beside the orders that are asked about lie others, whose rows in every table are copies of theirs under other merchants
and numbers: bought, captured, refunded, told, done. `bench.spread` then asks for the orders of very many merchants.
"""

import argparse
import asyncio
import itertools
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import asyncpg
import msgspec
from rich.console import Console
from rich.table import Table

from adapters.observability.logging import configure_logging
from adapters.persistence.store import open_store
from adapters.system import SystemClock
from bench import processor_time, report, snapshots, spread
from bench.costs import Cost, one_round
from bench.counting import count
from bench.database import database
from bench.load import Load
from bench.plan import Plan
from bench.processes import leave_a_core
from bench.processor_time import CONNECTIONS, Contest
from bench.snapshots import Connection
from bench.spread import Spread
from bench.world import world

ENDPOINTS: Final = ("create", "get", "cart-changed", "validate", "push", "capture", "refund")
_BATCH: Final = 1_000
_ALL: Final = "filling"
"""The copies of everything that was recorded: what is multiplied."""
_OTHERWISE: Final = {
    "merchant": "'m' || (n % $1)",
    "order_id": "order_id || '-' || n",
    "provider_order_id": "provider_order_id + n * 10000000",
    "dedupe_key": "dedupe_key || '-' || n",
    "operation_id": "gen_random_uuid()",
    "request_id": "gen_random_uuid()",
    "id": "gen_random_uuid()",
}


_passes = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Measured:
    """With so many payments stored. `rounds`: milliseconds that each look for work takes when there is none."""

    payments: int
    merchants: int
    endpoints: dict[str, Cost]
    rounds: dict[str, float]


def main() -> None:
    """Measure every size and print how the costs grow."""
    parser = argparse.ArgumentParser(prog="bench.growth", description=__doc__)
    parser.add_argument("--sizes", default="10000,1000000", help="how many payments, comma-separated, ascending")
    parser.add_argument("--merchants", type=int, default=1000, help="merchants at the largest size, else in proportion")
    parser.add_argument("--rounds", type=int, default=7, help="rounds that count")
    parser.add_argument("--json", type=Path, help="write everything measured to this file")
    given = parser.parse_args()
    configure_logging("warning", "console")
    leave_a_core()
    sizes = [int(size) for size in given.sizes.split(",")]
    measured = asyncio.run(_bench(sizes, given.merchants, given.rounds))
    if given.json:
        given.json.write_bytes(msgspec.json.encode({name: list(map(asdict, each)) for name, each in measured.items()}))


async def _bench(sizes: list[int], merchants: int, rounds: int) -> dict[str, list[Measured] | list[Spread]]:
    console = Console(width=140)
    beside = await _beside(console, sizes, merchants, rounds)
    asked = await spread.measure(console, merchants)
    spread.show(console, *asked)
    return {"beside": beside, "merchants": asked}


async def _beside(console: Console, sizes: list[int], merchants: int, rounds: int) -> list[Measured]:
    async with database() as (url, place):
        connection = await asyncpg.connect(url)
        try:
            facts = report.machine(await connection.fetchval("SHOW server_version"), os.cpu_count() or 1)
            report.print_machine(console, facts)
            async with world(url) as everything:
                await count(everything)  # caches the configurations
                plan = await processor_time.recorded(everything, orders=48)
            saved = place / "plan"
            plan.save(saved)
            await snapshots.take(connection, _ALL)
            async with processor_time.contest(saved, url) as contest:
                measured = [
                    await _grown(console, contest, url, plan, connection, size, share, rounds)
                    for size in sizes
                    for share in [max(1, merchants * size // sizes[-1])]
                ]
        finally:
            await connection.close()
    _show(console, measured)
    return measured


async def _grown(
    console: Console,
    contest: Contest,
    url: str,
    plan: Plan,
    connection: Connection,
    size: int,
    merchants: int,
    rounds: int,
) -> Measured:
    with console.status(f"Storing {size:,} payments of {merchants:,} merchants …"):
        await _fill(connection, size, merchants)
    with console.status(f"Measuring beside {size:,} payments …"):
        costs = await _costs(contest, plan, connection, rounds)
        await snapshots.remove(connection, _ALL)
        return Measured(size, merchants, costs, await _looks(url))


async def _fill(connection: Connection, size: int, merchants: int) -> None:
    """So many payments, and nothing else."""
    await snapshots.empty(connection)
    each = await connection.fetchval(f"SELECT count(*) FROM {snapshots.copy_of('filling', 'payment')}")
    copies = -(-size // each)
    for table in snapshots.TABLES:
        columns = await connection.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND attidentity = '' "
            "AND NOT attisdropped",
            table,
        )
        names = [column["attname"] for column in columns]
        values = ", ".join(_OTHERWISE.get(name, name) for name in names)
        for first in range(0, copies, _BATCH):
            await connection.execute(
                f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} "
                f"FROM {snapshots.copy_of('filling', table)}, generate_series($2::bigint, $3::bigint - 1) n",
                merchants, first, min(first + _BATCH, copies),
            )  # fmt: skip
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")


async def _costs(contest: Contest, plan: Plan, connection: Connection, rounds: int) -> dict[str, Cost]:
    costs = {endpoint: Cost() for endpoint in ENDPOINTS}
    async with Load(contest.adapter.url, connections=CONNECTIONS) as load:
        for endpoint, cost in costs.items():
            for turn in range(rounds + 1):
                await snapshots.remove(connection, _ALL)
                await snapshots.restore_beside(connection, endpoint)
                one = await one_round(load, contest.adapter, plan.requests[endpoint], next(_passes))
                if turn:
                    cost.add(*one)
    return costs


async def _looks(url: str) -> dict[str, float]:
    """What the background asks all the time, with nothing to be found: milliseconds, the best of twenty."""
    store = open_store(url, clock=SystemClock(), pool_size=1, application_name="bench")
    lease, now = timedelta(seconds=1), datetime(2000, 1, 1, tzinfo=UTC)
    try:
        return {
            "letters to deliver": await _best(lambda: store.outbox.take(limit=10, lease=lease)),
            "callbacks to handle": await _best(lambda: store.inbox.take(limit=10, lease=lease)),
            "payments to look at": await _best(lambda: store.payments.due(limit=10, now=now, lease=lease)),
        }
    finally:
        await store.close()


async def _best(look: Callable[[], Awaitable[object]]) -> float:
    taken = []
    for _ in range(20):
        started = time.perf_counter()
        assert not await look()
        taken.append(time.perf_counter() - started)
    return min(taken) * 1000


def _show(console: Console, measured: list[Measured]) -> None:
    table = Table(title="What a request costs beside so many payments: processor time, and p50", title_justify="left")
    table.add_column("")
    for one in measured:
        table.add_column(f"{one.payments:,} of {one.merchants:,} merchants", justify="right")
    table.add_column("growth", justify="right")
    for endpoint in ENDPOINTS:
        costs = [one.endpoints[endpoint] for one in measured]
        cells = [f"{min(cost.processor):.0f} µs, {min(cost.middle) * 1000:.1f} ms" for cost in costs]
        growth = min(costs[-1].processor) / min(costs[0].processor), min(costs[-1].middle) / min(costs[0].middle)
        table.add_row(endpoint, *cells, f"{growth[0]:.2f}, {growth[1]:.2f}")
    for look in measured[0].rounds:
        times = [one.rounds[look] for one in measured]
        table.add_row(look, *(f"{ms:.2f} ms" for ms in times), f"{times[-1] / times[0]:.2f}")
    console.print(table)


if __name__ == "__main__":
    main()
