"""What Qliro is sent so that it can offer delivery itself (qliro.md 5.1, 13)."""

from collections.abc import Iterable, Iterator

from application.ports.configurations import MerchantConfiguration
from domain.checkout import DeliverySetup
from domain.order import PurchaseOrder

VOUCHERS = "Ingrid.Vouchers"
CART_ATTRIBUTES = "Ingrid.CartAttributes"
CART_MEMBER = "ingridCartAttributes"
"""The attribute of Norce's cart whose texts are told to Ingrid."""
MOST_PAIRS = 30
LONGEST_VALUE = 250


def delivery_for(order: PurchaseOrder, configuration: MerchantConfiguration) -> DeliverySetup | None:
    """nShift's checkout when one is configured, else the cart as Ingrid sees it; None when Norce owns the delivery."""
    if not configuration.use_integrated_shipping:
        return None
    shipping = configuration.integrated_shipping
    if shipping.checkout_id:
        return DeliverySetup(shipping.checkout_id, tuple(sorted(shipping.tags.items())))
    return DeliverySetup(metadata=_metadata(order, shipping.cart_attributes))


def _metadata(order: PurchaseOrder, configured: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """A pair for each voucher and each attribute. Without vouchers an empty one, or Ingrid keeps those of before."""
    vouchers = [(VOUCHERS, code) for code in _texts(_codes(order))] or [(VOUCHERS, "")]
    attributes = [(CART_ATTRIBUTES, text) for text in _texts(_attributes(order, configured))]
    return tuple([*vouchers, *attributes][:MOST_PAIRS])


def _codes(order: PurchaseOrder) -> Iterator[str]:
    for discount in order.discounts:
        yield discount.code
    for item in order.items:
        yield from item.discount_codes


def _attributes(order: PurchaseOrder, configured: Iterable[str]) -> Iterator[str]:
    yield from configured
    told = order.cart_attributes.get(CART_MEMBER)
    for entry in [told] if isinstance(told, str) else told if isinstance(told, list | tuple) else ():
        if isinstance(entry, str):
            yield entry
    for item in order.items:
        yield from item.logistics.tags if item.logistics else ()


def _texts(found: Iterable[str]) -> list[str]:
    """Each once, in order; what is too long to be sent whole is not sent at all."""
    texts = (text.strip() for text in found)
    return list(dict.fromkeys(text for text in texts if 0 < len(text) <= LONGEST_VALUE))
