"""Give back money that came in for a payment that had been withdrawn: nobody sells anything for it."""

from application.cancel_payment import CancelPayment
from application.refund_payment import RefundPayment
from domain.payment import Payment


class ReleaseOrphan:
    """What is reserved is cancelled; what was taken at once is refunded."""

    def __init__(self, cancel: CancelPayment, refund: RefundPayment) -> None:
        self._cancel = cancel
        self._refund = refund

    async def __call__(self, payment: Payment) -> None:
        """Raises what cancel and refund raise; it is tried again then."""
        if payment.totals.remaining:
            await self._cancel(payment.key)
        elif payment.totals.refundable:
            await self._refund(payment.key)
