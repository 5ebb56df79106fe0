"""Take a payment off Norce's order: payment and own shippings soft-deleted, own hooks deleted."""

from collections.abc import Awaitable
from contextlib import suppress

from application.hooks import hooks_of
from application.ports.platform import CheckoutPlatform, PaymentChanges
from application.side_by_side import side_by_side
from domain.errors import OrderRefused
from domain.order import OrderPayment, OrderStatus, PaymentState, PurchaseOrder


async def withdraw_twins(platform: CheckoutPlatform, order: PurchaseOrder) -> None:
    """Payments that stand for nothing at Qliro go; together with the one in use they would cover the order twice."""
    for twin in order.twins():
        await platform.replace_payment(order.key, twin, PaymentChanges(state=PaymentState.REMOVED, actions=()))


async def clear_spent(platform: CheckoutPlatform, order: PurchaseOrder) -> None:
    """Payments that came to nothing cover nothing: Norce adds up all that are not removed when the order is bought.

    A Norce that will not have that changed any more is no reason not to begin anew: not every one adds them up.
    """
    for payment in order.payments:
        spent = payment.ours and not payment.active and payment.state is not PaymentState.REMOVED
        if spent and payment.amount:
            with suppress(OrderRefused):
                await platform.replace_payment(order.key, payment, PaymentChanges(amount=0))


class WithdrawPayment:
    """Harmless to repeat; what is gone already stays gone. An order frozen for this payment is opened again."""

    def __init__(self, platform: CheckoutPlatform) -> None:
        self._platform = platform

    async def __call__(
        self, order: PurchaseOrder, payment: OrderPayment, *, state: PaymentState = PaymentState.REMOVED
    ) -> None:
        """The first failure is raised after all writes under way have ended.

        The payment goes last: until then whoever comes next finds it, and all that is still to be done.
        """
        key = order.key
        await side_by_side(*(self._platform.remove_hook(key, hook.id) for hook in hooks_of(order, payment.id)))
        if _frozen_for(order, payment):
            await self._platform.set_status(key, OrderStatus.CHECKOUT)
        writes: list[Awaitable[object]] = []
        if payment.state is not state:
            writes.append(self._platform.replace_payment(key, payment, PaymentChanges(state=state, actions=())))
        own = (s for s in order.shippings if s.adapter_id == payment.adapter_id and s.active)
        writes.extend(self._platform.set_shipping_state(key, shipping, "removed") for shipping in own)
        await side_by_side(*writes)


def _frozen_for(order: PurchaseOrder, payment: OrderPayment) -> bool:
    """Nobody but this payment can have frozen the order: without it, nothing could be begun on it any more."""
    others = (p for p in order.payments if p.id != payment.id and p.active and p.type == "default")
    return order.status is OrderStatus.PROCESSING and not any(others)
