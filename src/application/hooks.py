"""The hooks that make Norce call us when something about our payment changes (norce.md e.4).

The call that tells of another cart has two names: `cart-changed`, which every generation of the platform knows, and
`update-payment`, which took its place. Both are answered alike, for ever: a hook stays as it was registered.
"""

from domain.identifiers import PaymentKey
from domain.order import ADAPTER_ID, Generation, Hook, PurchaseOrder

_CALL = "/api/checkout/v1/callback/orders/{{order_id}}/payments/{payment_id}/"
_CART_PARTS = ("/cart", "/shippings", "/payments")
_CART_CALLS = {Generation.OLDER: "cart-changed", Generation.NEWER: "update-payment"}
_STATE_CALL = "state-changed"
_SAME = dict.fromkeys(_CART_CALLS.values(), "cart")


def hooks_for(public_url: str, key: PaymentKey, generation: Generation = Generation.OLDER) -> tuple[Hook, ...]:
    """Every hook a new payment needs on that platform; Norce fills in the order id."""
    base = public_url + _CALL.format(payment_id=key.payment_id)
    calls = [*((part, _CART_CALLS[generation]) for part in _CART_PARTS), ("/state", _STATE_CALL)]
    return tuple(Hook("", ADAPTER_ID, part, "/payments", base + call) for part, call in calls)


def hooks_of(order: PurchaseOrder, payment_id: str) -> tuple[Hook, ...]:
    """The hooks on the order that belong to this payment of ours, whoever registered them and under which names."""
    return tuple(h for h in order.hooks if h.adapter_id == ADAPTER_ID and f"/payments/{payment_id}/" in h.invoke)


def missing_hooks(order: PurchaseOrder, wanted: tuple[Hook, ...]) -> tuple[Hook, ...]:
    """Those of `wanted` that the order does not have, under their own name or the other generation's."""
    present = {_meaning(h, order) for h in order.hooks if h.adapter_id == ADAPTER_ID}
    return tuple(h for h in wanted if _meaning(h, order) not in present)


def strayed_hooks(order: PurchaseOrder, payment_id: str, wanted: tuple[Hook, ...]) -> tuple[Hook, ...]:
    """This payment's hooks that lead elsewhere than the `wanted`: to where its previous adapter lived.

    Whoever lives there does not know the payment any more, and Norce drops every change that a hook does not approve.
    """
    leading_here = {_meaning(h, order)[1:] for h in wanted}
    return tuple(h for h in hooks_of(order, payment_id) if _meaning(h, order)[1:] not in leading_here)


def _meaning(hook: Hook, order: PurchaseOrder) -> tuple[str, str, str]:
    """Of what it tells, where to, and what it asks: the two names of a changed cart are one."""
    base, _, call = hook.invoke.rpartition("/")
    for known in ("{order_id}", "{order.id}"):
        base = base.replace(known, order.key.order_id)
    return hook.subscribe_to, base, _SAME.get(call, call)
