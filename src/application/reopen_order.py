"""Open an order again that was frozen for a purchase nobody finished."""

from application.messages_owed import order_advanced
from application.settle_payment import SettlePayment
from domain.identifiers import PaymentKey
from domain.lifecycle import PaymentStatus
from domain.messages import Message, MessageKind
from domain.order import OrderStatus
from domain.payment import Payment


class ReopenOrder:
    """Asks Qliro first; the order is opened only while nobody has paid, which is asked once more when Norce is told."""

    def __init__(self, settle: SettlePayment) -> None:
        self._settle = settle

    async def __call__(self, key: PaymentKey) -> Payment:
        """Raises what settling raises."""
        return await self._settle(key, owed=_unless_paid)


def _unless_paid(payment: Payment) -> tuple[Message, ...]:
    if payment.status is not PaymentStatus.INTENT:
        return ()
    return order_advanced(OrderStatus.CHECKOUT), Message(MessageKind.REPORT_PAYMENT)
