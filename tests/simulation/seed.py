"""One seed: a lively week, then quiet; the same number always gives the same week."""

import asyncio
import random
import time
from contextlib import suppress
from dataclasses import dataclass

from domain.errors import AdapterError
from domain.identifiers import OrderKey
from tests.simulation.loop import Stuck, VirtualLoop, run
from tests.simulation.people import Shopper
from tests.simulation.verdict import Verdict
from tests.simulation.world import DAY, LIVELY_DAYS, TENANTS, World

PAYMENTS = 20
FAULT_RATE = 0.05
QUIET = 50 * 3600.0
"""Faults are off for this long before everything must be right.

Schedules are daily at their slowest: a payment looked at just before the quiet began is looked at a day later, and
what that makes owed may, at worst, wait for another day. An unpaid checkout of the last minute lives for a day
too."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a seed. `digest` is the same for the same course of events."""

    seed: int
    violations: tuple[str, ...]
    digest: int
    orders: int
    payments: int
    events: int
    faults: int
    kills: int
    named: int
    seconds: float
    diary: tuple[str, ...]


def simulate(seed: int, *, payments: int = PAYMENTS, rate: float = FAULT_RATE, trace: bool = False) -> Result:
    """Live through one seed. Nothing outside is touched, and nothing outside decides anything."""
    began = time.perf_counter()
    chance = random.Random(seed)
    outside = random.getstate()
    random.seed(seed)
    loop = VirtualLoop(chance, shuffle=chance.random() < 0.5)
    world = World(chance, loop, rate=rate, trace=trace)
    verdict: list[Verdict] = []
    try:
        run(loop, _live(world, payments, verdict))
    except Stuck as stuck:
        world.judge.wrong(str(stuck))
    finally:
        random.setstate(outside)
    return Result(
        seed=seed,
        violations=tuple(world.judge.violations),
        digest=world.digest,
        orders=payments,
        payments=len(world.store.stored),
        events=world.events,
        faults=world.weather.struck,
        kills=world.killed,
        named=sum(each.named for each in verdict),
        seconds=time.perf_counter() - began,
        diary=tuple(world.diary),
    )


async def _live(world: World, payments: int, verdict: list[Verdict]) -> None:
    world.storm()
    for _ in range(world.chance.randint(1, 3)):
        world.start_process()
    shoppers = []
    for number in range(payments):
        tenant = world.chance.choice(TENANTS)
        shopper = Shopper(world, OrderKey(tenant.merchant, tenant.channel, f"o{number:03}"))
        shoppers.append(shopper)
        world.background(shopper.live(world.chance.uniform(0, (LIVELY_DAYS - 1) * DAY)))
    await _deaths(world)
    world.weather.clear_up()
    world.note("quiet")
    if not world.processes:
        world.start_process()
    await asyncio.sleep(60)
    world.qliro.resolve_all()
    await _reconcile(world)
    await asyncio.sleep(QUIET)
    verdict.append(Verdict(world, shoppers))
    verdict[0].give()


async def _reconcile(world: World) -> None:
    """The nightly pass: what happened at the provider without us, and whose push was lost, is seen by nobody else.

    Undecided payments are left out: those must be found by their own schedule.
    """
    for key, payment in list(world.store.stored.items()):
        if not payment.needs_attention:
            with suppress(AdapterError):
                await world.ask("refresh", key, patience=60.0)


async def _deaths(world: World) -> None:
    """Processes die and others take their place until the lively days are over."""
    until = LIVELY_DAYS * DAY
    while world.time() < until:
        await asyncio.sleep(min(until - world.time(), world.chance.expovariate(6 / DAY)))
        if world.time() >= until:
            return
        if world.chance.random() < 0.6:
            await _while_busy(world)
        world.kill_process()
        await asyncio.sleep(world.chance.choice((0.0, 1.0, 30.0, 600.0)))
        world.start_process()


async def _while_busy(world: World) -> None:
    """Wait for something to happen and then a moment: who dies in the night interrupts nothing."""
    await world.until_busy(6 * 3600)
    await asyncio.sleep(world.chance.uniform(0, 3))
