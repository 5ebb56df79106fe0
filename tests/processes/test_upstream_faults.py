"""One upstream call goes wrong in each of the ways calls go wrong: afterwards everybody agrees, money moved once."""

import asyncio
from typing import Any

import pytest

from tests.processes.calls import calls
from tests.processes.judge import UPSOLD, judged, quiet
from tests.processes.points import POINT_HEADER
from tests.processes.scenarios import SCENARIOS, prepared
from tests.processes.world import Order, World

FAULTS: dict[str, dict[str, Any]] = {
    "timeout": {"kind": "timeout", "seconds": 3},
    "timeout_done": {"kind": "timeout", "seconds": 3, "after": True},
    "reset": {"kind": "reset"},
    "reset_done": {"kind": "reset", "after": True},
    "429": {"kind": "status", "status": 429, "headers": {"Retry-After": "0"}},
    "500": {"kind": "status", "status": 500},
    "500_done": {"kind": "status", "status": 500, "after": True},
    "503": {"kind": "status", "status": 503},
    "html": {"kind": "html", "status": 502},
    "html_done": {"kind": "html", "status": 200, "after": True},
    "broken_json": {"kind": "broken_json"},
    "truncated": {"kind": "truncated"},
}
LAG_SECONDS = 1.0
KINDS = ("refused", *FAULTS)
HONEST = frozenset({200, 400, 404, 409, 503})
"""0 (no answer) and 500 are not among them."""
REPRESENTATIVE = {
    ("create", "qliro.create_checkout#1", "timeout_done"),
    ("capture", "qliro.capture#1", "500_done"),
}


def as_cells() -> list[object]:
    cells = [(name, point, kind) for name in SCENARIOS for point in calls(name) for kind in KINDS]
    return [
        pytest.param(*cell, marks=() if cell in REPRESENTATIVE else pytest.mark.matrix, id="-".join(cell))
        for cell in cells
    ]


def disturb(world: World, point: str, kind: str) -> None:
    """Every attempt of this one call goes wrong."""
    rule = {"match": {"headers": {POINT_HEADER: f"^{point}$"}}, "action": FAULTS[kind], "times": None}
    (world.qliro.state if point.startswith("qliro.") else world.norce).faults.add(rule)


@pytest.mark.parametrize(("name", "point", "kind"), as_cells())
async def test_a_call_that_goes_wrong_moves_no_money_twice(world: World, name: str, point: str, kind: str) -> None:
    scenario = SCENARIOS[name]
    order = await prepared(world, scenario)
    process = await world.start(point, "refuse" if kind == "refused" else "hasty", idle=0.2)
    if kind != "refused":
        disturb(world, point, kind)
    answer = await scenario.act(order, process)
    assert answer is None or answer.status in HONEST
    for _ in range(100):
        if point in process.points:
            break
        await asyncio.sleep(0.05)
    assert point in process.points
    world.norce.faults.clear()
    world.qliro.state.faults.clear()
    await scenario.again(order)
    await judged(order, scenario.end)


@pytest.mark.parametrize("name", ["push", "capture", "cancel", "refund"])
@pytest.mark.matrix
async def test_books_that_lag_behind_move_no_money_twice(world: World, name: str) -> None:
    scenario = SCENARIOS[name]
    order = await prepared(world, scenario)
    world.qliro.state.config.quirks.stale_admin_seconds = LAG_SECONDS
    process = await world.start()
    await scenario.act(order, process)
    await scenario.again(order)
    await quiet(world)
    await asyncio.sleep(LAG_SECONDS + 0.1)
    await judged(order, scenario.end)


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != "upsell"])
@pytest.mark.matrix
async def test_orders_read_from_a_lagging_copy_end_the_same(world: World, name: str) -> None:
    scenario = SCENARIOS[name]
    order = await prepared(world, scenario)
    process = await world.start()
    _lag(world, order)
    await scenario.act(order, process)
    await scenario.again(order)
    await judged(order, scenario.end)


@pytest.mark.matrix
async def test_a_row_to_sell_that_norce_has_announced_is_not_lost_to_a_lagging_copy(world: World) -> None:
    world.sell_more()
    process = await world.start()
    order = world.order()
    await order.create()
    await order.buy()
    await quiet(world)
    assert await order.add_more() < 300
    _lag(world, order)
    await order.complete_upsell(process)
    await world.persist(order.complete_upsell)
    await judged(order, UPSOLD)


def _lag(world: World, order: Order) -> None:
    match = {"method": "GET", "path": f"/orders/{order.id}$"}
    world.norce.faults.add({"match": match, "action": {"kind": "stale_read"}, "times": 2})
