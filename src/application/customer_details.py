"""Which of Qliro's customer details Norce does not have yet."""

from dataclasses import dataclass, fields

from domain.checkout import ProviderCheckout
from domain.order import Address, PurchaseOrder


@dataclass(frozen=True, slots=True)
class AddressChanges:
    """Addresses to write; None where Norce already has everything that Qliro knows."""

    billing: Address | None
    shipping: Address | None


def address_changes(order: PurchaseOrder, checkout: ProviderCheckout) -> AddressChanges:
    """Billing from Qliro's billing address; delivery from its shipping address or, without one, from billing.

    Only known values count: early in a checkout Qliro may know no more than an e-mail address or a postal code.
    """
    billing = checkout.billing
    shipping = checkout.shipping if checkout.shipping and checkout.shipping.known() else billing
    return AddressChanges(
        billing=_news(billing, order.customer.billing),
        shipping=_news(shipping, order.customer.shipping),
    )


def _news(told: Address | None, held: Address | None) -> Address | None:
    if told is None or not told.known():
        return None
    for field in fields(told):
        value = getattr(told, field.name)
        if value is not None and (held is None or getattr(held, field.name) != value):
            return told
    return None
