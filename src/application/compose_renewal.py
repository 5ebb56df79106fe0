"""From Norce's order to what Qliro is asked to charge without the customer."""

from dataclasses import dataclass, replace

from application.compose_checkout import basket_for
from application.ports.callbacks import CallbackAddresses, Purpose
from application.ports.configurations import MerchantConfiguration, ReferenceSource
from application.ports.merchant_payments import INVOICE, MerchantPaymentDraft
from domain.checkout import Basket
from domain.errors import ValidationRefused
from domain.identifiers import PaymentKey
from domain.order import Address, CustomerType, OrderPayment, PurchaseOrder
from domain.references import merchant_reference

RENEWAL_ATTRIBUTE = "qliroRenewal"
"""On Norce's payment: the mark of the token, from which nobody can tell the token."""

METHOD_ATTRIBUTE = "qliroPaymentMethodName"

_NEEDED = {
    "given_name": "givenName",
    "family_name": "familyName",
    "street_address": "streetAddress",
    "postal_code": "postalCode",
    "city": "city",
}


def renewal_mark(payment: OrderPayment) -> str:
    """Of a payment that the merchant made without the customer; empty for every other."""
    mark = payment.attributes.get(RENEWAL_ATTRIBUTE)
    return mark if isinstance(mark, str) else ""


def renewal_reference(order: PurchaseOrder, configuration: MerchantConfiguration, attempt: int) -> str:
    """What the attempt is called at Qliro, and found by: no other order's has the same name.

    A cart's reference may come back with the next order of a subscription; so it never names an order alone here.
    """
    by_cart = configuration.reference_source is ReferenceSource.ORDER_CART_REFERENCE and order.cart_reference
    order_id = order.key.order_id
    return merchant_reference(f"{order.cart_reference}-{order_id}" if by_cart else order_id, attempt)


def customer_to_charge(order: PurchaseOrder, token: str) -> Address:
    """Whom Qliro is told to charge. Raises ValidationRefused naming what the order lacks."""
    if not order.country:
        raise ValidationRefused("The order is not acceptable: country is missing.")
    billing = order.customer.billing or order.customer.shipping or Address()
    for name, shown in _NEEDED.items():
        if not (getattr(billing, name) or "").strip():
            raise ValidationRefused(f"The order is not acceptable: customer.billing.{shown} is missing.")
    if token == INVOICE and not _number(billing):
        known = "organization" if billing.type == CustomerType.ORGANIZATION else "national"
        raise ValidationRefused(
            f"The order is not acceptable: customer.billing.{known}IdentificationNumber is missing,"
            " without which there is no invoice."
        )
    return billing


def _number(address: Address) -> str | None:
    company = address.type == CustomerType.ORGANIZATION
    return address.organization_identification_number if company else address.national_identification_number


def renewal_basket(order: PurchaseOrder, configuration: MerchantConfiguration, payment_id: str) -> Basket:
    """All rows of the order, also a delivery that customers choose at Qliro: nobody is there to choose it.

    Raises what `basket_for` raises.
    """
    whole = replace(configuration, use_integrated_shipping=False, recurring=False)
    return basket_for(order, whole, payment_id)


@dataclass(frozen=True, slots=True)
class RenewalComposer:
    """Builds what Qliro is asked to charge."""

    addresses: CallbackAddresses

    def draft(
        self,
        order: PurchaseOrder,
        configuration: MerchantConfiguration,
        key: PaymentKey,
        basket: Basket,
        *,
        reference: str,
        token: str,
    ) -> MerchantPaymentDraft:
        """Raises ValidationRefused naming what the order lacks."""
        delivery = order.customer.shipping
        whole = delivery is not None and all(getattr(delivery, name) for name in _NEEDED)
        return MerchantPaymentDraft(
            merchant_reference=reference,
            basket=basket,
            country=order.country,
            culture=order.culture,
            order_management=self.addresses.callback(configuration.public_url, key, Purpose.STATUS),
            token=token,
            billing=customer_to_charge(order, token),
            delivery=delivery if whole else None,
        )
