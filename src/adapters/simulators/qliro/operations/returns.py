"""ReturnItems: money back for shipped items, per capture (section 9.4)."""

from dataclasses import dataclass, field

from adapters.simulators.qliro.errors import evaluation, not_supported
from adapters.simulators.qliro.holdings import items_of, refundable_amount, returnable
from adapters.simulators.qliro.ledger import Movement
from adapters.simulators.qliro.methods import Family, method_called
from adapters.simulators.qliro.model import ActionType, Item, Order, Transaction, TxStatus, TxType, total_of
from adapters.simulators.qliro.operations.common import bad_total, match_items, payment_reference, require_paid
from adapters.simulators.qliro.state import OutcomeRule, SimState
from adapters.simulators.qliro.transactions import Planned, book


@dataclass(frozen=True, slots=True)
class Return:
    """Items of one capture, with return fees and returned discounts (minor units)."""

    transaction_id: int
    items: list[Item]
    fees: list[int] = field(default_factory=list)
    discounts: list[int] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Pay-out: items plus (negative) discounts less fees."""
        return total_of(self.items) + sum(self.discounts) - sum(self.fees)


def plan_returns(state: SimState, order: Order, returns: list[Return]) -> list[Planned]:
    """One Refund per return, or ApiError and nothing happens."""
    require_paid(order)
    taken: dict[int, list[Item]] = {}
    spent: dict[int, int] = {}
    plans: list[Planned] = []
    for one in returns:
        capture = _capture_for(state, order, one.transaction_id)
        before = taken.setdefault(capture.id, [])
        items = _matched(order, capture, one.items, before)
        before.extend(items)
        _check_total(order, capture, one.total, spent)
        plan = _refund(state, order, capture, items, one.total)
        if plans and _one_at_a_time(state, order):
            plan.fails_with = OutcomeRule("PROVIDER_ERROR", "Another return of this authorization is open")
        plans.append(plan)
    return plans


def _one_at_a_time(state: SimState, order: Order) -> bool:
    """Card acquirers take one open return per authorization (section 9.1)."""
    method = method_called(order.transactions[0].method)
    return state.config.reject_parallel_returns and method is not None and method.family is Family.CARD


def _capture_for(state: SimState, order: Order, transaction_id: int) -> Transaction:
    found = state.transaction(transaction_id)
    if found is None:
        raise payment_reference(transaction_id)
    owner, tx = found
    if tx.kind not in (TxType.CAPTURE, TxType.DEBIT):
        text = (
            f"Type of transaction '{tx.id}' of order '{owner.id}' is invalid. "
            f"Expected type 'Capture' but actual type '{tx.kind.value}'"
        )
        raise evaluation("INVALID_PAYMENT_TYPE", text)
    if owner.id != order.id:
        raise not_supported("PaymentTransactions belong to different Orders")
    if tx.status is not TxStatus.SUCCESS:
        raise payment_reference(transaction_id)
    return tx


def _matched(order: Order, capture: Transaction, wanted: list[Item], before: list[Item]) -> list[Item]:
    kind = ActionType.RESERVE if capture.kind is TxType.DEBIT else ActionType.SHIP
    known = items_of(order, capture.id, kind)
    return match_items(order, [*before, *wanted], known, returnable(order, capture))[len(before) :]


def _check_total(order: Order, capture: Transaction, total: int, spent: dict[int, int]) -> None:
    if total <= 0:
        raise bad_total(total)
    spent[capture.id] = spent.get(capture.id, 0) + total
    if spent[capture.id] > refundable_amount(order, capture):
        raise evaluation("INVALID_REQUEST_TOTAL_AMOUNT", "Request total exceeds what is left to refund")


def _refund(state: SimState, order: Order, capture: Transaction, items: list[Item], total: int) -> Planned:
    def refunded(tx: Transaction) -> None:
        book(state, order, tx, Movement.REFUNDED, total)

    actions = [(ActionType.RETURN, item) for item in items]
    return Planned(TxType.REFUND, total, capture.id, actions, refunded)
