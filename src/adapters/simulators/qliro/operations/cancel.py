"""cancelOrder: release everything that is still reserved (section 9.4)."""

from adapters.simulators.qliro.errors import evaluation, not_supported
from adapters.simulators.qliro.holdings import live_reservations, refundable_amount, remaining_amount, unshipped
from adapters.simulators.qliro.ledger import Movement
from adapters.simulators.qliro.model import ActionType, CheckoutStatus, Order, Transaction, TxType
from adapters.simulators.qliro.operations.common import on_hold, require_not_cancelled
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.transactions import Planned, book


def plan_cancel(state: SimState, order: Order) -> list[Planned]:
    """A Reversal per reservation with something left; money taken at once is refunded as well."""
    if order.status is CheckoutStatus.ON_HOLD:
        raise on_hold()
    if order.status is not CheckoutStatus.COMPLETED:
        raise not_supported("Operation is not supported for this order. The order is not completed")
    require_not_cancelled(order)
    live = [r for r in live_reservations(order) if unshipped(order, r) and remaining_amount(order, r) > 0]
    if not live:
        raise evaluation("NO_ITEMS_TO_CANCEL", "There are no items to cancel")
    plans = []
    for reservation in live:
        if reservation.kind is TxType.DEBIT:
            plans.extend(_undo_debit(state, order, reservation))
        else:
            plans.append(_release(state, order, reservation))
    return plans


def _release(state: SimState, order: Order, reservation: Transaction) -> Planned:
    amount = remaining_amount(order, reservation)

    def released(tx: Transaction) -> None:
        book(state, order, tx, Movement.REVERSED, amount)

    actions = [(ActionType.RELEASE, item) for item in unshipped(order, reservation)]
    return Planned(TxType.REVERSAL, amount, reservation.id, actions, released)


def _undo_debit(state: SimState, order: Order, debit: Transaction) -> list[Planned]:
    """The Reversal frees the items; the extra Refund is what moves the money."""
    amount = remaining_amount(order, debit)
    back = refundable_amount(order, debit)

    def refunded(tx: Transaction) -> None:
        book(state, order, tx, Movement.REFUNDED, back, "cancelled direct payment")

    actions = [(ActionType.RELEASE, item) for item in unshipped(order, debit)]
    return [
        Planned(TxType.REVERSAL, amount, debit.id, actions),
        Planned(TxType.REFUND, back, debit.id, [], refunded, follows=True),
    ]
