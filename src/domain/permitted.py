"""What may be asked of a payment as it stands, and why the rest may not."""

from domain.errors import OperationRefused, PaymentConflict
from domain.lifecycle import PaymentStatus
from domain.operation import OperationKind
from domain.payment import Payment


def require_possible(payment: Payment, kind: OperationKind) -> None:
    """Raises PaymentConflict while the provider has not decided on the purchase, OperationRefused for good.

    What is done already is possible: asking for it again changes nothing.
    """
    status = payment.status
    if status is PaymentStatus.PENDING and kind is not OperationKind.CANCEL:
        raise PaymentConflict(f"The payment is on hold at Qliro; it cannot be asked to {kind} before that is decided.")
    dead = status in {PaymentStatus.DECLINED, PaymentStatus.REMOVED} and not payment.orphaned
    if status is PaymentStatus.INTENT or dead:
        raise OperationRefused(f"A payment that is {status} has nothing to {kind}.")
    if kind is OperationKind.REFUND and not payment.totals.captured and not payment.totals.refunded:
        raise OperationRefused(f"A payment that is {status} has nothing to refund.")
    never_released = not (payment.totals.remaining or payment.totals.cancelled)
    if kind is OperationKind.CANCEL and payment.totals.captured and never_released:
        raise OperationRefused("Everything has been captured; refund it instead.")
    if kind is OperationKind.CAPTURE and status is PaymentStatus.CANCELLED:
        raise OperationRefused("The reservation has been cancelled.")
