"""MarkItemsAsShipped: turn reserved items into a charge (section 9.4)."""

from dataclasses import dataclass

from adapters.simulators.qliro.config import CaptureOfDebit
from adapters.simulators.qliro.errors import evaluation, not_supported
from adapters.simulators.qliro.holdings import items_of, live_reservations, remaining_amount, unshipped
from adapters.simulators.qliro.ledger import Movement
from adapters.simulators.qliro.model import (
    RESERVING,
    ActionType,
    CheckoutStatus,
    Item,
    Order,
    Transaction,
    TxStatus,
    TxType,
    total_of,
)
from adapters.simulators.qliro.operations.common import (
    bad_total,
    match_items,
    on_hold,
    payment_reference,
    require_not_cancelled,
    require_paid,
)
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.transactions import Planned, book


@dataclass(frozen=True, slots=True)
class Shipment:
    """Items to capture from one reservation (None = the one that holds them)."""

    transaction_id: int | None
    items: list[Item]


def plan_shipments(state: SimState, order: Order, shipments: list[Shipment]) -> list[Planned]:
    """One Capture per shipment, or ApiError and nothing happens."""
    if order.status is not CheckoutStatus.ON_HOLD:
        require_paid(order)
    taken: dict[int, list[Item]] = {}
    plans = []
    for shipment in shipments:
        reservation = _reservation_for(order, shipment)
        require_not_cancelled(order)
        if reservation.kind is TxType.DEBIT and state.config.capture_of_debit is CaptureOfDebit.NOT_SUPPORTED:
            raise not_supported("Items can't be marked as shipped for this payment method")
        before = taken.setdefault(reservation.id, [])
        items = _matched(order, reservation, shipment.items, before)
        before.extend(items)
        plans.append(_capture(state, order, reservation, items))
    return plans


def _reservation_for(order: Order, shipment: Shipment) -> Transaction:
    if shipment.transaction_id is None:
        return _implied_reservation(order, shipment.items)
    found = order.transaction(shipment.transaction_id)
    if found is None or found.kind not in RESERVING:
        raise payment_reference(shipment.transaction_id)
    if found.status is TxStatus.ON_HOLD:
        raise on_hold()
    if found.status is not TxStatus.SUCCESS:
        raise payment_reference(shipment.transaction_id)
    return found


def _implied_reservation(order: Order, items: list[Item]) -> Transaction:
    if order.status is CheckoutStatus.ON_HOLD:
        raise on_hold()
    live = live_reservations(order)
    wanted = {item.identity for item in items}
    for reservation in live:
        if wanted <= {i.identity for i in unshipped(order, reservation)}:
            return reservation
    return live[0]


def _matched(order: Order, reservation: Transaction, wanted: list[Item], before: list[Item]) -> list[Item]:
    known = items_of(order, reservation.id, ActionType.RESERVE)
    left = unshipped(order, reservation)
    if not left:
        match_items(order, wanted, known, known)
        raise evaluation("NO_ITEMS_LEFT_IN_RESERVATION", "There are no items left in the reservation")
    return match_items(order, [*before, *wanted], known, left)[len(before) :]


def _capture(state: SimState, order: Order, reservation: Transaction, items: list[Item]) -> Planned:
    total = total_of(items)
    if total <= 0:
        raise bad_total(total)
    if total > remaining_amount(order, reservation):
        raise evaluation("INVALID_REQUEST_TOTAL_AMOUNT", "Request total exceeds the reserved amount")

    def captured(tx: Transaction) -> None:
        if reservation.kind is TxType.PREAUTHORIZATION:  # a Debit's money was taken at the purchase
            book(state, order, tx, Movement.CAPTURED, total)

    actions = [(ActionType.SHIP, item) for item in items]
    return Planned(TxType.CAPTURE, total, reservation.id, actions, captured)
