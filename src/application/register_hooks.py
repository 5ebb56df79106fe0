"""Put on Norce's order the hooks that a payment of ours lacks."""

from application.hooks import hooks_for, missing_hooks, strayed_hooks
from application.ports.platform import CheckoutPlatform
from application.side_by_side import side_by_side
from domain.order import PurchaseOrder


async def register_hooks(platform: CheckoutPlatform, order: PurchaseOrder, payment_id: str, public_url: str) -> None:
    """Adds what is missing, then takes away what leads to a previous adapter; nothing is written when all is well.

    In this order: between the two Norce asks both, and neither change nor order is lost when it ends there.
    """
    wanted = hooks_for(public_url, order.key.payment(payment_id), order.generation)
    await side_by_side(*(platform.add_hook(order.key, hook) for hook in missing_hooks(order, wanted)))
    strayed = strayed_hooks(order, payment_id, wanted)
    await side_by_side(*(platform.remove_hook(order.key, hook.id) for hook in strayed))
