"""Norce's order while it settles: reads that lag behind what was just written, and creations that collide."""

import random
from collections.abc import Collection

from application.compose_checkout import REFERENCE_ATTRIBUTE
from application.ports.clock import Clock
from application.ports.platform import CheckoutPlatform, PaymentDraft
from domain.errors import OrderConflict, OrderUnavailable
from domain.identifiers import OrderKey
from domain.order import OrderStatus, PurchaseOrder

_BEFORE_READING_AGAIN = (0.1, 0.2, 0.4, 0.8)
_TRIES = 4


async def order_showing(
    platform: CheckoutPlatform, clock: Clock, order: OrderKey, payment_ids: Collection[str]
) -> PurchaseOrder:
    """The order as it is now, read anew for a second and a half while it lacks one of these payments.

    Norce never deletes a payment, it sets it to removed (norce.md b.3): an order without one that was written to it
    is an older state of it. One that still lacks it then is handed back as it is.
    """
    read = await platform.read_order(order)
    for pause in _BEFORE_READING_AGAIN:
        if all(read.payment(payment_id) is not None for payment_id in payment_ids):
            break
        await clock.sleep(pause)
        read = await platform.read_order(order)
    return read


async def payment_created(
    platform: CheckoutPlatform, clock: Clock, order: OrderKey, draft: PaymentDraft, reference: str
) -> str:
    """The id of the one payment in Norce with this merchant reference, when the answer is lost or Norce is busy too.

    Before every repetition the order is read: the payment may be there, or the order may not want it any more. Raises
    OrderConflict (also after three more tries), OrderUnavailable.
    """
    lost = False
    for left in reversed(range(_TRIES)):
        try:
            return await platform.create_payment(order, draft)
        except OrderConflict:
            if not left:
                raise
            await clock.sleep(random.uniform(0.05, 0.2))
        except OrderUnavailable as failure:
            if lost or not failure.sent or not left:
                raise
            lost = True
        now = await platform.read_order(order)
        mine = (p for p in reversed(now.payments) if p.ours and p.active)
        found = next((p for p in mine if p.attributes.get(REFERENCE_ATTRIBUTE) == reference), None)
        if found is not None:
            return found.id
        if now.status is not OrderStatus.CHECKOUT or any(p.active and p.type == "default" for p in now.payments):
            raise OrderConflict(f"Order {order.order_id} has changed while its payment was being made.")
    raise AssertionError("the last try returns or raises")
