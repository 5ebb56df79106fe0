"""What Norce calls a payment's status."""

from domain.lifecycle import PaymentStatus
from domain.order import PaymentState
from domain.payment_record import PaymentRecord


def norce_state(payment: PaymentRecord) -> PaymentState:
    """What Norce calls the payment's status."""
    return _NORCE_STATE[payment.status]


def statuses_shown_as(name: str) -> set[PaymentStatus]:
    """The statuses that Norce calls so; none when it calls nothing so."""
    return {status for status, state in _NORCE_STATE.items() if state == name}


_NORCE_STATE = {
    PaymentStatus.INTENT: PaymentState.INTENT,
    PaymentStatus.PENDING: PaymentState.PENDING,
    PaymentStatus.AUTHORIZED: PaymentState.RESERVED,
    PaymentStatus.PARTIALLY_CAPTURED: PaymentState.CAPTURED,
    PaymentStatus.CAPTURED: PaymentState.CAPTURED,
    PaymentStatus.PARTIALLY_REFUNDED: PaymentState.CREDITED,
    PaymentStatus.REFUNDED: PaymentState.REFUNDED,
    PaymentStatus.CANCELLED: PaymentState.CANCELLED,
    PaymentStatus.DECLINED: PaymentState.DECLINED,
    PaymentStatus.REMOVED: PaymentState.REMOVED,
}
