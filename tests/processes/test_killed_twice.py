"""Whoever carries on after a kill is killed as well: the third process finishes, money moves once."""

import asyncio

import pytest

from tests.processes.judge import judged
from tests.processes.scenarios import SCENARIOS, prepared
from tests.processes.world import World

MONEY = {"create": "qliro.create_checkout#1", "capture": "qliro.capture#1"}
MONEY |= {"cancel": "qliro.cancel#1", "refund": "qliro.refund#1"}
FIRST = [(name, point, how) for name, call in MONEY.items() for point, how in ((call, "before"), (call, "after"))]
SECOND = [
    ("database.claim#1", "after"),
    ("qliro.read_ledger#1", "after"),
    ("qliro.find_checkout#1", "after"),
    ("database.commit#1", "before"),
    ("database.commit#1", "after"),
    ("norce.replace_payment#1", "after"),
    ("norce.log_transaction#1", "after"),
    ("database.outbox.close#1", "before"),
]
NOT_CREATE = frozenset(
    {
        "qliro.read_ledger#1",
        "norce.log_transaction#1",
        "database.outbox.close#1",
    }
)
"""Create leaves its letter to the background."""
CELLS = [
    pytest.param(*first, *second, id="-".join((*first, *second)))
    for first in FIRST
    for second in SECOND
    if ("find_checkout" in second[0]) <= (first[0] == "create") and (second[0] in NOT_CREATE) <= (first[0] != "create")
]


@pytest.mark.matrix
@pytest.mark.parametrize(("name", "point", "how", "next_point", "next_how"), CELLS)
async def test_two_processes_killed_one_after_the_other_leave_nothing_undone_or_done_twice(
    world: World, name: str, point: str, how: str, next_point: str, next_how: str
) -> None:
    scenario = SCENARIOS[name]
    order = await prepared(world, scenario)
    first = await world.start(point, how, idle=30)
    await scenario.act(order, first)
    assert await first.gone() == -9
    second = await world.start(next_point, next_how, idle=30)
    repeated = asyncio.ensure_future(scenario.act(order, second))
    assert await second.gone(15) == -9
    await repeated
    await world.start()
    await scenario.again(order)
    await judged(order, scenario.end)
