"""A process killed (SIGKILL) before, at and after every call and every write: another finishes, money moves once."""

import asyncio
from collections import Counter

import pytest

from tests.processes.calls import AS_OFTEN_AS_NEEDED, NOBODY_WAKES_IT, POINTS, points, polled
from tests.processes.fleet import AdapterProcess
from tests.processes.judge import judged
from tests.processes.scenarios import SCENARIOS, prepared
from tests.processes.world import World

"""Seconds between two looks of the background: what happens is what the request or the push has set off."""
CELLS = [
    (name, point, how)
    for name in SCENARIOS
    for point in points(name)
    for how in ("before", "at", "after")
    if how == "after" or not polled(point)
]
REPRESENTATIVE = {
    ("create", "qliro.create_checkout#1", "at"),
    ("capture", "qliro.capture#1", "at"),
}


def as_cells() -> list[object]:
    return [
        pytest.param(*cell, marks=() if cell in REPRESENTATIVE else pytest.mark.matrix, id="-".join(cell))
        for cell in CELLS
    ]


async def killed_when_on_its_way(world: World, victim: AdapterProcess) -> None:
    """Wait for the marked request; it is served after its sender's death."""
    rule = {"match": {"headers": {"x-test-hold": "1"}}, "action": {"kind": "latency", "seconds": 5}}
    rules = [world.norce.faults.add(dict(rule)), world.qliro.state.faults.add(dict(rule))]
    while not victim.ended.is_set() and not any(rule.hits for rule in rules):  # noqa: ASYNC110 - rules have no event
        await asyncio.sleep(0.005)
    victim.kill()


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.slow
async def test_every_call_and_write_has_its_row(world: World, name: str) -> None:
    scenario = SCENARIOS[name]
    order = await prepared(world, scenario)
    watched = await world.start(idle=NOBODY_WAKES_IT)
    await scenario.act(order, watched)
    await asyncio.sleep(0.5)
    seen = Counter(point.partition("#")[0] for point in watched.points)
    for asked in AS_OFTEN_AS_NEEDED & seen.keys():
        assert seen[asked] >= POINTS[name][asked]
        seen[asked] = POINTS[name][asked]
    assert seen == POINTS[name]
    await world.start()
    await scenario.again(order)
    await judged(order, scenario.end)


@pytest.mark.parametrize(("name", "point", "how"), as_cells())
async def test_a_process_killed_anywhere_leaves_nothing_undone_or_done_twice(
    world: World, name: str, point: str, how: str
) -> None:
    scenario = SCENARIOS[name]
    order = await prepared(world, scenario)
    victim = await world.start(point, how, idle=NOBODY_WAKES_IT)
    marked = asyncio.create_task(killed_when_on_its_way(world, victim))
    acting = asyncio.ensure_future(scenario.act(order, victim))
    assert await victim.gone() == -9
    await asyncio.gather(marked, acting)
    await world.start()
    await scenario.again(order)
    await judged(order, scenario.end)
