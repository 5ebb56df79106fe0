"""The job that mends is killed in one of its calls to Norce: the next one ends its work, and nothing is told twice."""

import re
from pathlib import Path

import pytest

from tests.e2e import test_reconcile_kinds as kinds
from tests.e2e.shop import Shop, eventually
from tests.e2e.test_reconcile_command import Operator
from tests.e2e.test_reconcile_killed import free_its_parts, killed_at

pytestmark = pytest.mark.timeout(180)
CALLS: dict[kinds.Drift, int] = {
    kinds.paid_but_order_open: 10,
    kinds.captured_not_in_norce: 6,
    kinds.order_stuck_processing: 7,
}
"""How many calls to Norce each takes."""
REPRESENTATIVE = (kinds.paid_but_order_open, 4, True)
ORDERS = "/checkout/orders(?!.*/transactions$)"
"""But for lines of Norce's log: those may be left to whoever works in the background, and are killed elsewhere."""
WORDS = ("--apply", "--since", "-1d", "--format", "json")


def as_cells() -> list[object]:
    cells = [(drift, call, done) for drift, calls in CALLS.items() for call in range(calls) for done in (False, True)]
    return [
        pytest.param(
            *cell,
            marks=() if cell == REPRESENTATIVE else pytest.mark.matrix,
            id=f"{cell[0].__name__}-{cell[1]}-{'after' if cell[2] else 'before'} the deed",
        )
        for cell in cells
    ]


@pytest.fixture
def operator(shop: Shop, tmp_path: Path) -> Operator:
    return Operator(shop, tmp_path)


@pytest.mark.parametrize(("drift", "call", "done"), as_cells())
async def test_what_a_killed_job_began_to_tell_norce_is_told_once(
    shop: Shop, operator: Operator, drift: kinds.Drift, call: int, done: bool
) -> None:
    order = await drift(shop)
    await eventually(shop.nothing_owed)  # so that only the job calls Norce
    before = len(shop.qliro.state.requests.all())
    assert await killed_at(operator, shop.norce.faults, call, done=done, words=WORDS, path=ORDERS)
    await free_its_parts(shop)
    again = await operator.reconcile(*WORDS)
    assert again.status == 0, (again.out, again.err)
    assert {(d["order_id"], d["verdict"]) for d in again.json["discrepancies"]} <= {(order.id, "mended")}
    third = await operator.reconcile(*WORDS)
    assert (third.status, third.json["discrepancies"]) == (0, []), third.err
    log = shop.norce.transactions(order.id, order.payment_id)
    assert len({entry["requestJson"] for entry in log}) == len(log), log
    assert {request.method for request in shop.qliro.state.requests.all()[before:]} == {"GET"}, "no money moves"


@pytest.mark.parametrize(("drift", "calls"), [pytest.param(*row, id=row[0].__name__) for row in CALLS.items()])
async def test_no_call_to_norce_is_missing_from_the_table(
    shop: Shop, operator: Operator, drift: kinds.Drift, calls: int
) -> None:
    await drift(shop)
    await eventually(shop.nothing_owed)
    before = len(shop.norce.ledger.requests)
    assert (await operator.reconcile(*WORDS)).status == 0
    made = [(each["method"], each["path"]) for each in shop.norce.ledger.requests[before:]]
    assert len([path for _, path in made if re.search(ORDERS, path)]) == calls, made
