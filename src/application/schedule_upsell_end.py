"""Have Norce call when the time for selling more is over (norce.md c.5, e.11).

It is a convenience: the background ends the window by its own clock when nobody calls.
"""

from application.observation import Observer
from application.ports.clock import Clock
from application.ports.platform import CheckoutPlatform, Reminder
from domain.errors import OrderNotFound, OrderRefused, PlatformUnauthorized
from domain.identifiers import PaymentKey
from domain.order import OrderStatus, PurchaseOrder
from domain.payment import Payment

_NOT_ACCEPTED = frozenset({OrderStatus.CHECKOUT, OrderStatus.PROCESSING})


class ScheduleUpsellEnd:
    """Registers a delayed notification once; a Norce that does not take it holds up nothing."""

    def __init__(self, platform: CheckoutPlatform, observer: Observer, clock: Clock) -> None:
        self._platform = platform
        self._observer = observer
        self._clock = clock

    async def __call__(self, payment: Payment, order: PurchaseOrder, public_url: str) -> None:
        """Raises OrderUnavailable and OrderConflict: it is delivered again then."""
        window, invoke = payment.upsell, upsell_end_url(public_url, payment.key)
        if window is None or window.ended_at is not None or invoke in order.notifications:
            return
        seconds = (window.until - self._clock.now()).total_seconds()
        accepted = order.status not in _NOT_ACCEPTED
        reminder = Reminder(
            reference=f"upsell-{payment.key.payment_id}",
            description="The time for selling more with this order is over",
            scope="/payments" if accepted else "/state/currentStatus",
            value=None if accepted else str(OrderStatus.ACCEPTED),
            invoke=invoke,
            delay_seconds=max(1, int(seconds)),
        )
        try:
            await self._platform.add_reminder(order.key, reminder)
        except (OrderRefused, OrderNotFound, PlatformUnauthorized) as refused:
            text = f"Norce takes no delayed notification ({refused.message}); the background ends the upsell"
            self._observer.disagreement(payment.key, text)


def upsell_end_url(public_url: str, key: PaymentKey) -> str:
    """Where Norce ends the window of a payment."""
    return f"{public_url}/api/checkout/v1/callback/orders/{key.order_id}/payments/{key.payment_id}/upsell/complete"
