"""cart-changed under full load: the product against the same endpoint written the common way, in turns."""

import importlib.util
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench import snapshots
from bench.load import Load
from bench.plan import Plan
from bench.processes import Server, free_port, module, server
from bench.processor_time import Contest
from bench.snapshots import Connection

CONNECTIONS: Final = 16
ENDPOINT: Final = "cart-changed"
UVICORN: Final = importlib.util.find_spec("uvicorn") is not None


@dataclass(slots=True)
class Runs:
    """One server's rounds: requests a second, microseconds of processor time per request, seconds at p50 and p99."""

    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    odd: int = 0


@dataclass(slots=True)
class Throughput:
    """Both servers."""

    adapter: Runs
    common: Runs

    @property
    def ratio(self) -> float:
        """Requests a second, best by best."""
        return max(self.adapter.rates) / max(self.common.rates)


async def measure(
    plan: Plan,
    saved: Path,
    contest: Contest,
    connection: Connection,
    database_url: str,
    *,
    rounds: int,
    seconds: float,
) -> Throughput:
    """Every request changes the cart of its order, by switching between two carts."""
    port = free_port()
    command = module("common_way", str(saved), contest.stub.url, database_url, str(port))
    result = Throughput(Runs(), Runs())
    await snapshots.restore(connection, ENDPOINT)
    async with (
        server(command, port=port, ready="/ready") as common,
        Load(contest.adapter.url, connections=CONNECTIONS) as to_adapter,
        Load(common.url, connections=CONNECTIONS) as to_common,
    ):
        sides = ((to_adapter, contest.adapter, result.adapter), (to_common, common, result.common))
        for turn in range(rounds + 1):
            for load, measured, runs in sides:
                await _round(load, measured, plan, runs if turn else Runs(), seconds=seconds if turn else 0.5)
    return result


async def _round(load: Load, measured: Server, plan: Plan, runs: Runs, *, seconds: float) -> None:
    prepared = _prepared(load, plan)
    before = measured.processor_seconds()
    outcome = await load.run(_until(time.perf_counter() + seconds, itertools.cycle(prepared)))
    served = len(outcome.statuses)
    runs.costs.append((measured.processor_seconds() - before) / served * 1e6)
    runs.rates.append(served / outcome.elapsed)
    runs.p50.append(outcome.quantile(0.5))
    runs.p99.append(outcome.quantile(0.99))
    runs.odd += sum(status != 200 for status in outcome.statuses)


def _prepared(load: Load, plan: Plan) -> list[bytes]:
    first = [load.prepared(each.request, f"0.{each.name}") for each in plan.requests[ENDPOINT]]
    pairs = zip(plan.requests[ENDPOINT], plan.other_carts, strict=True)
    return first + [load.prepared(other, f"0.{each.name}") for each, other in pairs]


def _until(end: float, requests: Iterator[bytes]) -> Iterator[bytes]:
    return itertools.takewhile(lambda _: time.perf_counter() < end, requests)
