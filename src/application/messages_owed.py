"""What Norce must be told when a payment has moved."""

from collections.abc import Iterator

from domain.ledger import LedgerTotals
from domain.lifecycle import PaymentStatus
from domain.messages import Message, MessageKind
from domain.order import OrderStatus
from domain.payment import Payment


def messages_owed(payment: Payment, before: PaymentStatus, totals: LedgerTotals) -> tuple[Message, ...]:
    """The messages, in the order they must arrive, for a move from `before` and `totals` to where it is now."""
    if payment.status is PaymentStatus.REMOVED:
        return ()
    return tuple(_owed(payment, before, totals))


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
        "detail": detail,
    }
    return Message(MessageKind.LOG_TRANSACTION, payload)


def order_advanced(status: OrderStatus) -> Message:
    """The order's next state."""
    return Message(MessageKind.ADVANCE_ORDER, {"status": str(status)})


def _owed(payment: Payment, before: PaymentStatus, totals: LedgerTotals) -> Iterator[Message]:
    bought = before is PaymentStatus.INTENT and payment.status not in {PaymentStatus.INTENT, PaymentStatus.DECLINED}
    if bought:
        yield Message(MessageKind.REFRESH_CUSTOMER)
        yield Message(MessageKind.REFRESH_SHIPPING)
    if payment.status is not before or payment.totals != totals:
        yield Message(MessageKind.REPORT_PAYMENT)
    if payment.status is PaymentStatus.DECLINED and before is not PaymentStatus.DECLINED:
        yield order_advanced(OrderStatus.DECLINED)
        yield transaction_logged("cancel", 0, key=_key(payment, "refused"), success=False, status="Refused")
    if bought:
        yield order_advanced(OrderStatus.ACCEPTED)
    if before.undecided and not payment.status.undecided and payment.status is not PaymentStatus.DECLINED:
        yield order_advanced(OrderStatus.COMPLETED)
    yield from _logged(payment, before, totals)


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
