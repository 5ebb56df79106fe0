"""Whether two processes carry twice as much as one: what a request costs when they share requests and database.

Two processes with a core each carry `2 / ratio` times what one does, where the ratio is that of processor time per
request. The clients, the stub and PostgreSQL leave only one core free, so throughput would say nothing here. Measured
is the process on that core, alone and while another one, on the other core, answers the other half; and the sum of
both on the one core, where they push each other out of its caches.
"""

import asyncio
import itertools
import os
from collections.abc import Sequence, Set
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench import snapshots
from bench.load import Load
from bench.plan import Plan
from bench.processes import Server, children, measured_core, parent, processor_seconds
from bench.serving import adapter_process
from bench.snapshots import Connection

ENDPOINTS: Final = ("get", "cart-changed", "validate", "push", "capture")
MEETING: Final = "cart-changed, meeting"
"""Both change the carts of the same orders at the same time, so that they meet on the claims."""
CONNECTIONS: Final = 4
"""For each half of the requests."""
TIMES: Final = 1.8
"""What two processes on two cores must carry of what one does."""
_numbers = itertools.count(1)
Halves = tuple[list[bytes], list[bytes]]


@dataclass(slots=True)
class Costs:
    """Microseconds of processor time per request, round by round: of the adapter, and of PostgreSQL."""

    adapter: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)

    @property
    def best(self) -> float:
        """The adapter's, in the round that the machine disturbed least."""
        return min(self.adapter)


@dataclass(slots=True)
class Shared:
    """`one` process answers everything; `two` by turns on its core, both counted; `alone` it answers a half; `beside`
    the other on another core it does, and only it is counted."""

    one: Costs = field(default_factory=Costs)
    two: Costs = field(default_factory=Costs)
    alone: Costs = field(default_factory=Costs)
    beside: Costs = field(default_factory=Costs)
    odd: int = 0
    """Answers with another status than when they were recorded: there must be none."""

    @property
    def on_one_core(self) -> float:
        """The sum of both by what the one needs."""
        return self.two.best / self.one.best

    @property
    def on_two_cores(self) -> float:
        """What one needs beside the other by what it needs alone."""
        return self.beside.best / self.alone.best


@dataclass(frozen=True, slots=True)
class Database:
    """PostgreSQL's processes on this machine."""

    server: int

    def processor_seconds(self) -> dict[int, float]:
        """By process, of those that run."""
        return {pid: processor_seconds(pid) for pid in (self.server, *children(self.server))}


async def database_of(connection: Connection) -> Database:
    """The server that this connection leads to."""
    return Database(parent(await connection.fetchval("SELECT pg_backend_pid()")))


def grown(before: dict[int, float], after: dict[int, float]) -> float:
    """What all of them have used meanwhile; those that have ended take what they used with them."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


@dataclass(frozen=True, slots=True)
class Side:
    """Where the halves go (the second perhaps nowhere), whose time counts, and where the second process runs."""

    costs: Costs
    ways: Sequence[Load]
    counted: Sequence[Server]
    core: Set[int]


async def measure(
    plan: Plan, first: Server, upstream: str, connection: Connection, database_url: str, place: Path, *, rounds: int
) -> dict[str, Shared]:
    """By turns, endpoint by endpoint; one round on each side warms up and does not count."""
    results = {name: Shared() for name in (*ENDPOINTS, MEETING)}
    database = await database_of(connection)
    async with AsyncExitStack() as stack:
        second = await stack.enter_async_context(adapter_process(upstream, database_url, place))
        loads = [
            await stack.enter_async_context(Load(server.url, connections=CONNECTIONS))
            for server in (first, first, second)
        ]
        for name, result in results.items():
            for turn in range(rounds + 1):
                for side in _sides(result if turn else Shared(), (first, second), loads):
                    os.sched_setaffinity(second.pid, side.core)
                    await snapshots.restore(connection, _endpoint(name))
                    result.odd += await _round(side, database, _halves(loads[0], plan, name))
    return results


def _sides(result: Shared, servers: tuple[Server, Server], loads: list[Load]) -> tuple[Side, ...]:
    here, elsewhere = {measured_core()}, os.sched_getaffinity(0)
    first, again, second = loads
    return (
        Side(result.one, (first, again), servers[:1], here),
        Side(result.two, (first, second), servers, here),
        Side(result.alone, (first,), servers[:1], elsewhere),
        Side(result.beside, (first, second), servers[:1], elsewhere),
    )


async def _round(side: Side, database: Database, halves: Halves) -> int:
    """How many answers were odd."""
    adapter, stored = _seconds(side.counted), database.processor_seconds()
    outcomes = await asyncio.gather(*(way.run(half) for way, half in zip(side.ways, halves, strict=False)))
    counts = [len(outcome.statuses) for outcome in outcomes]
    counted = sum(counts) if side.core == {measured_core()} else counts[0]
    side.costs.adapter.append((_seconds(side.counted) - adapter) / counted * 1e6)
    side.costs.database.append(grown(stored, database.processor_seconds()) / sum(counts) * 1e6)
    return sum(status != 200 for outcome in outcomes for status in outcome.statuses)


def _seconds(servers: Sequence[Server]) -> float:
    return sum(server.processor_seconds() for server in servers)


def _halves(load: Load, plan: Plan, name: str) -> Halves:
    """What each process is asked. Which of them the Host header names is all the same to them."""
    requests = plan.requests[_endpoint(name)]
    number, other = next(_numbers), next(_numbers)
    prepared = [load.prepared(each.request, f"s{number}.{each.name}") for each in requests]
    if name != MEETING:
        return by_turns(prepared)
    pairs = zip(requests, plan.other_carts, strict=True)
    return prepared, [load.prepared(cart, f"s{other}.{each.name}") for each, cart in pairs]


def by_turns(requests: Sequence[bytes]) -> Halves:
    """Every other one."""
    return list(requests[::2]), list(requests[1::2])


def _endpoint(name: str) -> str:
    return name.partition(",")[0]
