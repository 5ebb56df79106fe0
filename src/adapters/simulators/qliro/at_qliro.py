"""Actions made at Qliro itself, in the merchant portal: no RequestId, the merchant learns by pushes."""

from adapters.simulators.qliro.errors import evaluation, retry_shortly
from adapters.simulators.qliro.holdings import (
    live_reservations,
    refundable_amount,
    resized,
    returnable,
    unshipped,
)
from adapters.simulators.qliro.model import UNFINISHED, Item, Order, Transaction, TxStatus, TxType
from adapters.simulators.qliro.operations.cancel import plan_cancel
from adapters.simulators.qliro.operations.returns import Return, plan_returns
from adapters.simulators.qliro.operations.ship import Shipment, plan_shipments
from adapters.simulators.qliro.operations.update import Update, plan_updates
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.transactions import Planned, begin

Wanted = dict[str, int] | None
"""Pieces per merchant reference; None means everything."""


def _chosen(items: list[Item], wanted: dict[str, int] | None) -> list[Item]:
    """These pieces of the items; what is taken is subtracted from `wanted`."""
    if wanted is None:
        return items
    chosen = []
    for item in items:
        take = min(item.quantity, wanted.get(item.reference, 0))
        if take > 0:
            wanted[item.reference] -= take
            chosen.append(resized(item, take))
    return chosen


async def _run(state: SimState, order: Order, plans: list[Planned]) -> list[Transaction]:
    if any(t.status in UNFINISHED for t in order.transactions):
        raise retry_shortly()
    return await begin(state, order, plans, request_id=None)


async def capture_here(state: SimState, order: Order, wanted: Wanted = None) -> list[Transaction]:
    """Ship everything, or these pieces."""
    left = None if wanted is None else dict(wanted)
    shipments = [Shipment(r.id, _chosen(unshipped(order, r), left)) for r in live_reservations(order)]
    plans = plan_shipments(state, order, [s for s in shipments if s.items])
    if not plans:
        raise evaluation("NO_ITEMS_LEFT_IN_RESERVATION", "There are no items left in the reservation")
    return await _run(state, order, plans)


async def refund_here(state: SimState, order: Order, wanted: Wanted = None) -> list[Transaction]:
    """Give back everything shipped (or taken at once), or these pieces."""
    left = None if wanted is None else dict(wanted)
    taken = [
        t
        for t in order.transactions
        if t.kind in (TxType.CAPTURE, TxType.DEBIT) and t.status is TxStatus.SUCCESS and refundable_amount(order, t) > 0
    ]
    returns = [Return(t.id, _chosen(returnable(order, t), left)) for t in taken]
    plans = [plan for one in returns if one.items for plan in plan_returns(state, order, [one])]
    if not plans:
        raise evaluation("NO_QUALIFIED_ITEMS_TO_MANAGE", "There are no items to return")
    return await _run(state, order, plans)


async def cancel_here(state: SimState, order: Order) -> list[Transaction]:
    """Release what is still reserved."""
    return await _run(state, order, plan_cancel(state, order))


async def reduce_here(state: SimState, order: Order, keep: dict[str, int]) -> list[Transaction]:
    """Keep only these pieces reserved."""
    left = dict(keep)
    reservations = [r for r in live_reservations(order) if unshipped(order, r)]
    updates = [Update(r.id, _chosen(unshipped(order, r), left)) for r in reservations[:1]]
    return await _run(state, order, plan_updates(state, order, updates))
