"""AddItemsToInvoice: a correction after a capture (section 9.4)."""

from dataclasses import dataclass

from adapters.simulators.qliro.errors import evaluation, not_supported, retry_shortly
from adapters.simulators.qliro.holdings import refundable_amount
from adapters.simulators.qliro.ledger import Movement
from adapters.simulators.qliro.methods import is_qliro
from adapters.simulators.qliro.model import ActionType, Item, Order, Transaction, TxStatus, TxType, total_of
from adapters.simulators.qliro.money import share
from adapters.simulators.qliro.operations.common import bad_total, payment_reference, require_paid
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.transactions import Planned, book


@dataclass(frozen=True, slots=True)
class Addition:
    """Lines to add to one capture; a negative sum gives money back."""

    transaction_id: int
    items: list[Item]


def plan_additions(state: SimState, order: Order, additions: list[Addition]) -> list[Planned]:
    """One transaction for one addition; more at once are refused as the provider refuses them."""
    require_paid(order)
    captures = [t for t in order.transactions if t.kind is TxType.CAPTURE and t.status is TxStatus.SUCCESS]
    if not captures:
        raise evaluation("NO_SHIPPED_ITEMS_AVAILABLE", "There are no shipped items in the order")
    if len(additions) > 1:
        raise retry_shortly()
    return [_plan(state, order, addition) for addition in additions]


def _plan(state: SimState, order: Order, addition: Addition) -> Planned:
    capture = order.transaction(addition.transaction_id)
    if capture is None or capture.status is not TxStatus.SUCCESS:
        raise payment_reference(addition.transaction_id)
    if capture.kind is not TxType.CAPTURE:
        text = (
            f"Type of transaction '{capture.id}' of order '{order.id}' is invalid. "
            f"Expected type 'Capture' but actual type '{capture.kind.value}'"
        )
        raise evaluation("INVALID_PAYMENT_TYPE", text)
    total = total_of(addition.items)
    if total == 0:
        raise bad_total(total)
    return _payout(state, order, capture, -total) if total < 0 else _raise(state, order, capture, addition.items)


def _payout(state: SimState, order: Order, capture: Transaction, amount: int) -> Planned:
    if amount > refundable_amount(order, capture):
        raise evaluation("INVALID_REQUEST_TOTAL_AMOUNT", "Request total exceeds what is left to refund")

    def refunded(tx: Transaction) -> None:
        book(state, order, tx, Movement.REFUNDED, amount, "correction of an invoice")

    return Planned(TxType.REFUND, amount, capture.id, [], refunded)


def _raise(state: SimState, order: Order, capture: Transaction, items: list[Item]) -> Planned:
    total = total_of(items)
    if not is_qliro(capture.method):
        raise not_supported(
            "Adding items that increase the original reserved amount are not allowed for this payment method."
        )
    if total > share(capture.amount, state.config.addition_limit_percent):
        raise evaluation("INVALID_REQUEST_TOTAL_AMOUNT", "The increase is above the limit")

    def added(tx: Transaction) -> None:
        book(state, order, tx, Movement.AUTHORIZED, total, "addition to an invoice")
        book(state, order, tx, Movement.CAPTURED, total, "addition to an invoice")

    return Planned(TxType.UPDATE_INVOICE, total, capture.id, [(ActionType.SHIP, i) for i in items], added)
