"""What Norce must be told when a payment has moved."""

from collections.abc import Iterator

from domain.discretion import discreet
from domain.evidence import DEAD
from domain.ledger import LedgerTotals
from domain.lifecycle import PaymentStatus
from domain.messages import Message, MessageKind
from domain.order import OrderStatus
from domain.payment import Payment
from domain.upsell import UpsellShown, UpsellState, UpsellTransaction
from domain.upselling import shown_upsell


def messages_owed(payment: Payment, before: PaymentStatus, totals: LedgerTotals) -> tuple[Message, ...]:
    """The messages, in the order they must arrive, for a move from `before` and `totals` to where it is now."""
    if payment.status is PaymentStatus.REMOVED:
        return ()
    return tuple(_owed(payment, before, totals))


def owed_again(payment: Payment) -> tuple[Message, ...]:
    """What Norce must show of a payment that has not moved, should it show something else. Telling it is harmless."""
    report = Message(MessageKind.REPORT_PAYMENT)
    undecided = payment.status.undecided or payment.status in DEAD
    if undecided or not payment.totals.remaining + payment.totals.refundable:
        return (report,)
    accepted, completed = order_advanced(OrderStatus.ACCEPTED), order_advanced(OrderStatus.COMPLETED)
    return (report, accepted) if payment.holds_order else (report, accepted, completed)


def transaction_logged(
    event: str, amount: int, *, key: str, success: bool = True, status: str = "", detail: str = ""
) -> Message:
    """A line for Norce's transaction log; `key` makes a repeated delivery recognisable."""
    payload: dict[str, str | int | bool] = {
        "event": event,
        "amount": amount,
        "success": success,
        "key": key,
        "status": status,
        "detail": discreet(detail),
    }
    return Message(MessageKind.LOG_TRANSACTION, payload)


def withdrawal_owed() -> tuple[Message, ...]:
    """For a payment whose withdrawal has just been written to Norce: whoever was telling Norce of it at that moment
    may have written its old state once more, and its order may have been frozen since it was read.
    """
    return Message(MessageKind.REPORT_PAYMENT), order_advanced(OrderStatus.CHECKOUT)


def order_advanced(status: OrderStatus) -> Message:
    """The order's next state."""
    return Message(MessageKind.ADVANCE_ORDER, {"status": str(status)})


def _owed(payment: Payment, before: PaymentStatus, totals: LedgerTotals) -> Iterator[Message]:
    bought = _bought(payment, before)
    if bought and not payment.merchant_initiated:
        yield Message(MessageKind.REFRESH_CUSTOMER)
    if bought:
        yield Message(MessageKind.REFRESH_SHIPPING)
    if before.undecided and payment.holds_order:
        yield Message(MessageKind.SCHEDULE_UPSELL_END)
    if payment.status is not before or payment.totals != totals:
        yield Message(MessageKind.REPORT_PAYMENT)
    if payment.status is PaymentStatus.DECLINED and before is not PaymentStatus.DECLINED:
        yield order_advanced(OrderStatus.CHECKOUT if payment.merchant_initiated else OrderStatus.DECLINED)
        yield transaction_logged("cancel", 0, key=_key(payment, "refused"), success=False, status="Refused")
    if bought:
        yield order_advanced(OrderStatus.ACCEPTED)
    decided = before.undecided and not payment.status.undecided and payment.status is not PaymentStatus.DECLINED
    if decided and not payment.holds_order:
        yield order_advanced(OrderStatus.COMPLETED)
    yield from _logged(payment, before, totals)


def upsell_owed(payment: Payment, before: UpsellShown | None, *, held: bool) -> tuple[Message, ...]:
    """The messages for what was sold beyond the purchase, and for its end; `held` = the order was held back."""
    if payment.status is PaymentStatus.REMOVED:
        return ()
    return tuple(_upsell_owed(payment, before, held))


def _upsell_owed(payment: Payment, before: UpsellShown | None, held: bool) -> Iterator[Message]:
    now = shown_upsell(payment)
    if now is None or now == before:
        changed: list[UpsellTransaction] = []
    else:
        yield Message(MessageKind.REPORT_PAYMENT)
        known = {t.id: t.state for t in before.transactions} if before else {}
        changed = [t for t in now.transactions if known.get(t.id) is not t.state]
    for each in changed:
        key, amount = f"{payment.key.payment_id}:upsell:{each.id}:{each.state}", payment.totals.authorized
        if each.state is UpsellState.COMPLETED:
            yield transaction_logged("confirm", amount, key=key, status="UpsellSuccess")
        elif each.state is UpsellState.FAILED:
            detail = _reason(payment, each.id)
            yield transaction_logged("confirm", amount, key=key, success=False, status="UpsellError", detail=detail)
    if held and not payment.holds_order:
        yield order_advanced(OrderStatus.COMPLETED)


def _reason(payment: Payment, upsell_id: str) -> str:
    return next((o.error_message or o.error_code for o in payment.operations if str(o.id) == upsell_id), "")


def _bought(payment: Payment, before: PaymentStatus) -> bool:
    """A customer has bought when the checkout is over; the merchant's own payment counts once it holds money."""
    if payment.status in {PaymentStatus.INTENT, PaymentStatus.DECLINED}:
        return False
    if payment.merchant_initiated:
        return before.undecided and not payment.status.undecided
    return before is PaymentStatus.INTENT


def _logged(payment: Payment, before: PaymentStatus, totals: LedgerTotals) -> Iterator[Message]:
    now = payment.totals
    if before is PaymentStatus.INTENT and payment.status is PaymentStatus.PENDING:
        yield transaction_logged("confirm", payment.amount, key=_key(payment, "hold"), status="OnHold")
    if before.undecided and now.authorized:
        yield transaction_logged("confirm", now.authorized, key=_key(payment, "authorize"), status="Completed")
    if now.captured > totals.captured:
        yield transaction_logged("capture", now.captured, key=_key(payment, "capture"), status="Success")
    if now.cancelled > totals.cancelled:
        yield transaction_logged("cancel", now.remaining, key=_key(payment, "cancel"), status="Success")
    if now.refunded > totals.refunded:
        yield transaction_logged("refund", now.refundable, key=_key(payment, "refund"), status="Success")


def _key(payment: Payment, what: str) -> str:
    return f"{payment.key.payment_id}:{payment.version}:{what}"
