"""PostgreSQL ends the connections before, during and after every write: nothing is lost, nothing happens twice."""

import asyncio

import pytest

from tests.processes.calls import LETTERS, NOBODY_WAKES_IT, writes
from tests.processes.judge import judged
from tests.processes.scenarios import SCENARIOS, prepared
from tests.processes.world import World

HOWS = ("lost_before", "lost_during", "lost_done", "lost_after")
HONEST = frozenset({200, 400, 404, 409, 503})
OR_THE_BACKGROUND = f"{LETTERS}#1"
"""Done by whoever comes first: here the background is kept away until the caller has done it."""
REPRESENTATIVE = {
    ("capture", "database.commit#1", "lost_during"),
    ("push", "database.accept#1", "lost_done"),
}


def as_cells() -> list[object]:
    cells = [(name, point, how) for name in SCENARIOS for point in writes(name) for how in HOWS]
    return [
        pytest.param(*cell, marks=() if cell in REPRESENTATIVE else pytest.mark.matrix, id="-".join(cell))
        for cell in cells
    ]


@pytest.mark.parametrize(("name", "point", "how"), as_cells())
async def test_a_lost_connection_moves_no_money_twice(world: World, name: str, point: str, how: str) -> None:
    scenario = SCENARIOS[name]
    order = await prepared(world, scenario)
    first_comes = point == OR_THE_BACKGROUND
    process = await world.start(point, how, idle=NOBODY_WAKES_IT if first_comes else 0.2)
    answer = await scenario.act(order, process)
    assert answer is None or answer.status in HONEST
    assert answer is None or answer.status != 503 or answer.retry_after
    for _ in range(100):
        if point in process.points:
            break
        await asyncio.sleep(0.05)
    assert point in process.points
    if first_comes:
        await world.start()
    await scenario.again(order)
    await judged(order, scenario.end)
