"""What one request does: upstream calls, the longest chain of them, and round trips to the database."""

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Final

from bench.journey import walk
from bench.purchases import Purchase
from bench.recording import Query, Step, UpstreamCall, side_by_side
from bench.world import Answer, World

LATENCY: Final = 0.15
"""Seconds that every upstream call takes at least, so that the processor's share does not count."""
_POLLS: Final = frozenset({"inbox.take", "outbox.take", "due", "post_office.backlog"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One request until its answer, and what the background did because of it."""

    chain: tuple[tuple[str, ...], ...]
    """Calls and statements in groups: those of one group ran side by side, groups one after the other."""
    calls: int
    path: int
    waited: float
    """The answer's time in multiples of one call's: the check on `path`."""
    statements: int
    calls_afterwards: int
    statements_afterwards: int


async def count(world: World) -> dict[str, Count]:
    """By endpoint. The configuration is cached, and Qliro decides transactions before it answers."""
    counts: dict[str, Count] = {}

    async def measured(endpoint: str, purchases: list[Purchase]) -> list[Answer]:
        world.afterwards.clear()
        world.delay(LATENCY)
        correlation = f"count.{endpoint}"
        answer = await world.ask(purchases[0].request(endpoint), correlation)
        world.delay(0)
        steps = world.requests.of(correlation)
        await world.quiet()
        counts[endpoint] = _counted(steps, answer, _afterwards(world))
        return [answer]

    await _cached(world)
    await walk(world, measured, orders=1)
    return counts


async def _cached(world: World) -> None:
    """Every configuration has been read, every connection been opened."""
    await walk(world, _only_asked, orders=1)


async def _only_asked(endpoint: str, purchases: list[Purchase]) -> list[Answer]:
    return list(await asyncio.gather(*(p.world.ask(p.request(endpoint), "cached") for p in purchases)))


def _afterwards(world: World) -> list[Step]:
    steps = [step for done in world.afterwards.steps.values() for step in done]
    return [s for s in steps if isinstance(s, UpstreamCall) or s.name not in _POLLS or s.found]


def _counted(steps: list[Step], answer: Answer, afterwards: list[Step]) -> Count:
    made = [step for step in steps if isinstance(step, UpstreamCall)]
    return Count(
        chain=tuple(_named(group) for group in side_by_side(steps)),
        calls=len(made),
        path=_longest_chain(made),
        waited=round(answer.seconds / LATENCY, 1),
        statements=len(steps) - len(made),
        calls_afterwards=sum(isinstance(step, UpstreamCall) for step in afterwards),
        statements_afterwards=sum(isinstance(step, Query) for step in afterwards),
    )


def _named(group: list[Step]) -> tuple[str, ...]:
    names = Counter(
        f"{step.upstream} {step.operation}" if isinstance(step, UpstreamCall) else f"[{step.name}]" for step in group
    )
    return tuple(name if times == 1 else f"{name} ×{times}" for name, times in names.items())


def _longest_chain(calls: list[UpstreamCall]) -> int:
    """How many calls followed one another, none beginning before the one before it had ended."""
    length, end = 0, 0.0
    for call in sorted(calls, key=lambda each: each.ended):
        if call.started >= end:
            length, end = length + 1, call.ended
    return length
