"""updatemerchantreference and retryReversalPaymentTransaction (sections 9.2 and 9.4)."""

from adapters.simulators.qliro.errors import evaluation
from adapters.simulators.qliro.holdings import live_reservations, remaining_amount, unshipped
from adapters.simulators.qliro.ledger import Movement
from adapters.simulators.qliro.methods import is_qliro
from adapters.simulators.qliro.model import ActionType, Order, Transaction, TxStatus, TxType
from adapters.simulators.qliro.operations.common import require_paid
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.transactions import Planned, book


def plan_rename(order: Order) -> list[Planned]:
    """Qliro's methods get a transaction that supersedes the reservation; others get none."""
    require_paid(order)
    if not is_qliro(order.transactions[0].method):
        return []
    open_ones = [r for r in live_reservations(order) if unshipped(order, r)]
    if not open_ones:
        return [Planned(TxType.UPDATE_INVOICE, 0, order.transactions[0].id)]
    old = open_ones[0]

    def superseded(_: Transaction) -> None:
        old.status = TxStatus.CANCELLED

    actions = [(ActionType.RESERVE, item) for item in unshipped(order, old)]
    return [Planned(TxType.PREAUTHORIZATION, remaining_amount(order, old), old.id, actions, superseded)]


def plan_retry(state: SimState, order: Order, reference: int) -> Planned:
    """The failed Reversal once more."""
    failed = order.transaction(reference)
    if failed is None or failed.kind is not TxType.REVERSAL or failed.status is not TxStatus.ERROR:
        text = f"Payment reference {reference} is not a failed reversal"
        raise evaluation("PAYMENT_REFERENCE_IS_INCORRECT", text)
    parent = order.transaction(failed.original_id or 0)
    direct = parent is not None and parent.kind is TxType.DEBIT
    actions = [(ActionType.RELEASE, a.item) for a in order.actions if a.transaction_id == failed.id]

    def reversed_(tx: Transaction) -> None:
        if not direct:
            book(state, order, tx, Movement.REVERSED, failed.amount, "retried")
        elif not actions:  # a reduction; when a direct payment is cancelled its Refund moves the money
            book(state, order, tx, Movement.REFUNDED, failed.amount, "retried")

    return Planned(TxType.REVERSAL, failed.amount, failed.original_id, actions, reversed_)
