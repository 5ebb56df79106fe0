"""`python -m bench`: measure everything once, print it, and write it as JSON when asked to."""

import argparse
import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from rich.console import Console

from adapters.observability.logging import configure_logging
from bench import fixed_rate, processor_time, report, scale_out, snapshots, startup, throughput
from bench.counting import Count, count
from bench.database import database
from bench.fixed_rate import Latency
from bench.plan import Plan
from bench.processes import leave_a_core
from bench.processor_time import Contest, Measured
from bench.scale_out import Shared
from bench.throughput import Throughput
from bench.world import world


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line chose."""

    orders: int
    rounds: int
    common: bool
    json: Path | None


@dataclass(frozen=True, slots=True)
class Arena:
    """What is repeated, where it is kept, and who repeats it over which database."""

    plan: Plan
    saved: Path
    contest: Contest
    connection: "asyncpg.Connection[asyncpg.Record]"
    url: str


def main() -> None:
    """Measure and report. There is nothing to fail: targets that are missed are printed in red."""
    configure_logging("warning", "console")
    cores = len(os.sched_getaffinity(0))
    leave_a_core()
    asyncio.run(_bench(_options(), cores))


def _options() -> Options:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--orders", type=int, default=48, help="orders of each kind, so requests in a round")
    parser.add_argument("--rounds", type=int, default=7, help="rounds that count, on each side")
    parser.add_argument("--without-common-way", action="store_true", help="leave out the comparison of throughput")
    parser.add_argument("--json", type=Path, help="write everything measured to this file")
    given = parser.parse_args()
    return Options(given.orders, given.rounds, not given.without_common_way, given.json)


async def _bench(options: Options, cores: int) -> None:
    console = Console()
    async with database() as (url, place):
        connection = await asyncpg.connect(url)
        try:
            facts = report.machine(await connection.fetchval("SHOW server_version"), cores)
            report.print_machine(console, facts)
            data = await _measured(console, options, connection, url, place)
        finally:
            await connection.close()
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode({"machine": facts} | data)))


async def _measured(
    console: Console, options: Options, connection: "asyncpg.Connection[asyncpg.Record]", url: str, place: Path
) -> dict[str, Any]:
    with console.status("Counting calls, then recording requests …"):
        counts, plan = await _recorded(url, options.orders)
    report.print_counts(console, counts)
    saved = place / "plan"
    plan.save(saved)
    async with processor_time.contest(saved, url) as contest:
        arena = Arena(plan, saved, contest, connection, url)
        costs, versus = await _contested(console, options, arena)
        scaled, latency = await _served(console, arena)
        memory = contest.adapter.resident_megabytes()
        with console.status("Measuring starts …"):
            await snapshots.empty(connection)  # nothing for the workers to look after
            starts = await startup.measure(contest.stub.url, url, place, tries=3)
    report.print_startup(console, starts, memory)
    return report.as_data(counts, costs, versus, scaled, latency, starts, memory)


async def _contested(console: Console, options: Options, arena: Arena) -> tuple[dict[str, Measured], Throughput | None]:
    """The adapter against others that do the same."""
    with console.status("Measuring processor time …"):
        costs = await processor_time.measure(arena.plan, arena.contest, arena.connection, rounds=options.rounds)
    report.print_costs(console, costs)
    if not options.common:
        return costs, None
    with console.status("Measuring throughput …"):
        versus = await throughput.measure(
            arena.plan, arena.saved, arena.contest, arena.connection, arena.url, rounds=3, seconds=3
        )
    report.print_throughput(console, versus)
    return costs, versus


async def _served(console: Console, arena: Arena) -> tuple[dict[str, Shared], dict[str, Latency]]:
    """The adapter alone, and beside another of its kind."""
    adapter, stub = arena.contest.adapter, arena.contest.stub
    with console.status("Measuring two processes …"):
        scaled = await scale_out.measure(
            arena.plan, adapter, stub.url, arena.connection, arena.url, arena.saved.parent, rounds=5
        )
    report.print_scale_out(console, scaled)
    with console.status("Measuring at a fixed rate …"):
        latency = await fixed_rate.measure(arena.plan, adapter, arena.connection, rounds=3, seconds=4)
    report.print_latency(console, latency)
    return scaled, latency


async def _recorded(url: str, orders: int) -> tuple[dict[str, Count], Plan]:
    async with world(url) as everything:
        return await count(everything), await processor_time.recorded(everything, orders=orders)


if __name__ == "__main__":
    main()
