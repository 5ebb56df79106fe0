"""Take a payment off Norce's order: payment and own shippings soft-deleted, own hooks deleted."""

import asyncio
from collections.abc import Awaitable

from application.hooks import hooks_of
from application.ports.platform import CheckoutPlatform, PaymentChanges
from domain.order import OrderPayment, PaymentState, PurchaseOrder


class WithdrawPayment:
    """Harmless to repeat; what is gone already stays gone."""

    def __init__(self, platform: CheckoutPlatform) -> None:
        self._platform = platform

    async def __call__(
        self, order: PurchaseOrder, payment: OrderPayment, *, state: PaymentState = PaymentState.REMOVED
    ) -> None:
        """All writes side by side; the first failure is raised after all have ended."""
        key = order.key
        writes: list[Awaitable[object]] = [
            self._platform.remove_hook(key, hook.id) for hook in hooks_of(order, payment.id)
        ]
        if payment.state is not state:
            writes.append(self._platform.replace_payment(key, payment, PaymentChanges(state=state, actions=())))
        own = (s for s in order.shippings if s.adapter_id == payment.adapter_id and s.active)
        writes.extend(self._platform.set_shipping_state(key, shipping, "removed") for shipping in own)
        results = await asyncio.gather(*writes, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
