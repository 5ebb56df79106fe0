"""Processor time of each endpoint in the adapter and in the bare handlers, measured in turns against the same stub."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench import snapshots
from bench.journey import LIVES, Life, walk
from bench.load import Load
from bench.plan import CONFIGURATION, Plan, Planned
from bench.processes import Server, free_port, module, server
from bench.purchases import Purchase
from bench.recording import UpstreamCall
from bench.serving import adapter_process, stub_process
from bench.shops import SANDBOX, Shop
from bench.snapshots import Connection
from bench.world import Answer, Request, World

CONNECTIONS: Final = 8


@dataclass(slots=True)
class Measured:
    """One endpoint on both sides: microseconds of processor time per request, round by round."""

    adapter: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    odd: int = 0
    """Answers with another status than when they were recorded: there must be none."""

    @property
    def ratio(self) -> float:
        """Best by best: the rounds that the machine disturbed least."""
        return min(self.adapter) / min(self.bare)


@dataclass(frozen=True, slots=True)
class Contest:
    """Stub, adapter and bare server, each in its own process, over one database."""

    stub: Server
    adapter: Server
    bare: Server


async def recorded(
    world: World, *, orders: int, lives: Sequence[Life] = LIVES, shops: Sequence[Shop] = (SANDBOX,)
) -> Plan:
    """Every endpoint asked for `orders` orders, with a snapshot of the database before each endpoint."""
    plan = Plan({}, _configurations(world), world.qliro.url)

    async def measured(endpoint: str, purchases: list[Purchase]) -> list[Answer]:
        await snapshots.take(world.database, endpoint)
        requests = [purchase.request(endpoint) for purchase in purchases]
        slots = asyncio.Semaphore(CONNECTIONS)

        async def ask(number: int, request: Request) -> Answer:
            async with slots:
                return await world.ask(request, f"{endpoint}.{number}")

        answers = await asyncio.gather(*(ask(number, request) for number, request in enumerate(requests)))
        plan.add(endpoint, list(zip(requests, answers, strict=True)), world.requests)
        if endpoint == "cart-changed":
            plan.other_carts = [purchase.hook(endpoint, quantity=5) for purchase in purchases]
        _forget(world, plan)
        return answers

    await walk(world, measured, orders=orders, lives=lives, shops=shops)
    return plan


def _forget(world: World, plan: Plan) -> None:
    """Of what was recorded only the configurations are still needed."""
    plan.configurations |= _configurations(world)
    world.requests.clear()
    world.afterwards.clear()


def _configurations(world: World) -> dict[str, bytes]:
    return {
        step.target: step.reply
        for steps in world.requests.steps.values()
        for step in steps
        if isinstance(step, UpstreamCall) and step.target.startswith(CONFIGURATION)
    }


@asynccontextmanager
async def contest(plan: Path, database_url: str) -> AsyncIterator[Contest]:
    """All three servers, ready. The adapter serves without workers: only what requests cost is measured."""
    port = free_port()
    async with AsyncExitStack() as stack:
        stub = await stack.enter_async_context(stub_process(plan))
        adapter = await stack.enter_async_context(adapter_process(stub.url, database_url, plan.parent))
        bare = await stack.enter_async_context(
            server(module("bare", str(plan), stub.url, database_url, str(port)), port=port, ready="/ready")
        )
        yield Contest(stub, adapter, bare)


async def measure(plan: Plan, contest: Contest, connection: Connection, *, rounds: int) -> dict[str, Measured]:
    """Both sides in turns, endpoint by endpoint; one round on each side warms up and does not count."""
    results = {endpoint: Measured() for endpoint in plan.requests}
    numbers = itertools.count(1)
    async with (
        Load(contest.adapter.url, connections=CONNECTIONS) as to_adapter,
        Load(contest.bare.url, connections=CONNECTIONS) as to_bare,
    ):
        for endpoint, requests in plan.requests.items():
            result = results[endpoint]
            for turn in range(rounds + 1):
                for load, measured, costs in (
                    (to_adapter, contest.adapter, result.adapter),
                    (to_bare, contest.bare, result.bare),
                ):
                    await snapshots.restore(connection, endpoint)
                    cost, odd = await _round(load, measured, requests, next(numbers))
                    result.odd += odd
                    if turn:
                        costs.append(cost)
    return results


async def _round(load: Load, measured: Server, requests: list[Planned], number: int) -> tuple[float, int]:
    """Microseconds per request, and how many answers were odd."""
    prepared = [load.prepared(each.request, f"{number}.{each.name}") for each in requests]
    before = measured.processor_seconds()
    outcome = await load.run(prepared)
    spent = measured.processor_seconds() - before
    odd = sum(status != 200 for status in outcome.statuses)
    return spent / len(requests) * 1e6, odd
