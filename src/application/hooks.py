"""The hooks that make Norce call us when something about our payment changes (norce.md e.4)."""

from domain.identifiers import PaymentKey
from domain.order import ADAPTER_ID, Hook, PurchaseOrder

_CALLS = (
    ("/cart", "cart-changed"),
    ("/shippings", "cart-changed"),
    ("/payments", "cart-changed"),
    ("/state", "state-changed"),
)


def hooks_for(public_url: str, key: PaymentKey) -> tuple[Hook, ...]:
    """Every hook a payment needs; Norce fills in the order id."""
    base = f"{public_url}/api/checkout/v1/callback/orders/{{order_id}}/payments/{key.payment_id}"
    return tuple(Hook("", ADAPTER_ID, part, "/payments", f"{base}/{call}") for part, call in _CALLS)


def hooks_of(order: PurchaseOrder, payment_id: str) -> tuple[Hook, ...]:
    """The hooks on the order that belong to this payment of ours."""
    return tuple(h for h in order.hooks if h.adapter_id == ADAPTER_ID and f"/payments/{payment_id}/" in h.invoke)


def missing_hooks(order: PurchaseOrder, wanted: tuple[Hook, ...]) -> tuple[Hook, ...]:
    """Those of `wanted` that the order does not have."""
    present = {(h.subscribe_to, h.invoke) for h in order.hooks if h.adapter_id == ADAPTER_ID}
    return tuple(h for h in wanted if (h.subscribe_to, h.invoke) not in present)
