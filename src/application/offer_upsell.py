"""Hold the order back after a purchase, while Qliro takes more for it and the merchant wants to offer it."""

from datetime import timedelta

from application.ports.clock import Clock
from application.ports.configurations import MerchantConfiguration
from application.ports.platform import CheckoutPlatform
from domain.checkout import ProviderCheckout
from domain.order import OrderStatus
from domain.payment import Payment
from domain.upsell import UpsellWindow
from domain.upselling import discounts_of

_OVER = frozenset({OrderStatus.COMPLETED, OrderStatus.DECLINED, OrderStatus.REMOVED})


class OfferUpsell:
    """Opens the window at the moment of the purchase, or never."""

    def __init__(self, platform: CheckoutPlatform, clock: Clock) -> None:
        self._platform = platform
        self._clock = clock

    async def __call__(
        self, payment: Payment, checkout: ProviderCheckout | None, configuration: MerchantConfiguration
    ) -> None:
        """Called when a payment has just been decided. Raises what kept Norce's order from being read."""
        now, wanted = self._clock.now(), configuration.use_upsell
        if not wanted or checkout is None or payment.status.undecided or payment.status.terminal:
            return
        until = now + timedelta(seconds=configuration.upsell_timeout_seconds)
        if checkout.upsell.until is not None:
            until = min(until, checkout.upsell.until)
        if not checkout.upsell.eligible or until <= now or payment.upsell is not None:
            return
        order = await self._platform.read_order(payment.key.order)
        if order.status in _OVER:
            return
        window = UpsellWindow(
            until=until,
            covered=order.amount_to_cover(payment.key.payment_id),
            discounted=discounts_of(order),
            bought=tuple(item.id for item in order.items if item.upsell),
        )
        payment.offer_upsell(window, at=now)
