"""What may be sold beyond a purchase, in which rows, and what has become of it."""

from dataclasses import dataclass

from domain.basket import compose_addition
from domain.checkout import Basket
from domain.errors import OperationRefused
from domain.ledger import AUTHORIZING, ProviderLedger, Transaction, TransactionStatus
from domain.operation import Operation, OperationState
from domain.order import Item, PurchaseOrder
from domain.outcomes import Accepted, Declined, Outcome, Pending
from domain.payment import Payment
from domain.upsell import UpsellAttempt, UpsellShown, UpsellState, UpsellTransaction, UpsellWindow


@dataclass(frozen=True, slots=True)
class UpsellPlan:
    """Rows to sell, the cart rows they stand for, and what the order's discounts grow by with them."""

    basket: Basket
    items: tuple[str, ...]
    discount: int


def unsold(order: PurchaseOrder, window: UpsellWindow) -> tuple[Item, ...]:
    """Rows that are called upsell, were not part of the purchase, and that nobody has tried to sell yet."""
    known = {ident for attempt in window.attempts for ident in attempt.items} | set(window.bought)
    return tuple(item for item in order.items if item.upsell and item.id not in known)


def discounts_of(order: PurchaseOrder) -> int:
    """What the order's cart-level discounts come to, in minor units."""
    return sum(discount.value.including_vat for discount in order.discounts)


def plan_upsell(order: PurchaseOrder, payment: Payment, discount_text: str) -> UpsellPlan | None:
    """The rows to sell now; None when there is nothing new.

    They make exactly what the order costs more than when it was bought, apart from what was sold since. Raises
    OperationRefused when they don't (something else changed too), cost nothing, or are in another currency, and
    OrderNotExpressible when they can't be told in rows.
    """
    window = payment.upsell
    new = unsold(order, window) if window else ()
    if window is None or not new:
        return None
    if order.currency != payment.currency:
        raise OperationRefused(f"The order is in {order.currency}, the payment in {payment.currency}.")
    counted = [a for a in window.attempts if _counts(payment, a)]
    discount = discounts_of(order) - window.discounted - sum(a.discount for a in counted)
    cost = sum(item.total.including_vat for item in new) - discount
    before = window.covered + sum(a.amount for a in counted) + _unpaid(order, payment, window)
    if cost <= 0 or discount < 0:
        raise OperationRefused("There is nothing to pay for what is sold beyond the purchase.")
    grown = order.amount_to_cover(payment.key.payment_id) - before
    if grown != cost:
        raise OperationRefused(f"The order has grown by {grown}, its new rows cost {cost} (minor units).")
    basket = compose_addition(new, currency=order.currency, discount=discount, discount_text=discount_text)
    return UpsellPlan(basket, tuple(item.id for item in new), discount)


def upsell_told_by(payment: Payment, operation: Operation, ledger: ProviderLedger) -> Outcome | None:
    """What the books say of an attempt that is open; None when they show nothing of it.

    While the customer may still pay at a link, a transaction that failed is only one try of several.
    """
    attempt = payment.upsell.attempt(operation.id) if payment.upsell else None
    if attempt is None:
        return None
    ids = operation.transactions or _made_by(payment, operation, attempt, ledger)
    if not ids:
        return None
    told = [t for t in map(ledger.transaction, ids) if t is not None]
    if len(told) < len(ids) or any(not t.status.final for t in told):
        return Pending(ids)
    failed = next((t for t in told if t.status is not TransactionStatus.SUCCESS), None)
    if failed is not None:
        return Declined(failed.error_code or str(failed.status), failed.reason)
    return Accepted(ids)


def shown_upsell(payment: Payment) -> UpsellShown | None:
    """The window as Norce shows it; None when there never was one."""
    window = payment.upsell
    if window is None:
        return None
    told = tuple(
        UpsellTransaction(a.upsell_id, _state(payment, a), a.items, a.link, a.transaction) for a in window.attempts
    )
    return UpsellShown(window.ended_at is None, window.until, told)


def _made_by(payment: Payment, operation: Operation, attempt: UpsellAttempt, ledger: ProviderLedger) -> tuple[int, ...]:
    """The reservation that an attempt whose answer did not name one has led to."""
    named = {i for each in payment.operations for i in each.transactions}
    for t in ledger.transactions:
        new = t.id > operation.baseline and t.id not in named and t.kind in AUTHORIZING
        paid = t.status is TransactionStatus.SUCCESS or not attempt.link
        if new and paid and t.amount in _amounts(attempt, t, ledger):
            return (t.id,)
    return ()


def _amounts(attempt: UpsellAttempt, made: Transaction, ledger: ProviderLedger) -> set[int]:
    """A reservation beside the first holds the new rows; one that takes the place of others holds theirs as well."""
    parent = ledger.transaction(made.parent) if made.parent else None
    return {attempt.amount, attempt.before + attempt.amount, (parent.amount if parent else 0) + attempt.amount}


def _counts(payment: Payment, attempt: UpsellAttempt) -> bool:
    """Whether its rows are paid for, or may be."""
    failed = payment.operation(attempt.operation_id).state is OperationState.FAILED
    return bool(attempt.transaction) or not failed


def _unpaid(order: PurchaseOrder, payment: Payment, window: UpsellWindow) -> int:
    """What rows cost that nobody pays for and that are still on the order."""
    failed = {ident for a in window.attempts if not _counts(payment, a) for ident in a.items}
    return sum(item.total.including_vat for item in order.items if item.id in failed)


def _state(payment: Payment, attempt: UpsellAttempt) -> UpsellState:
    if attempt.transaction:
        return UpsellState.COMPLETED
    operation = payment.operation(attempt.operation_id)
    if operation.state is OperationState.FAILED:
        return UpsellState.FAILED
    return UpsellState.ACTION_REQUIRED if attempt.link else UpsellState.CREATED
