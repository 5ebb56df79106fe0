"""From Norce's order and the merchant's configuration to what Qliro is sent."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote

from application.compose_delivery import delivery_for
from application.ports.callbacks import CallbackAddresses, Purpose
from application.ports.configurations import MerchantConfiguration, ReferenceSource
from application.ports.provider import CallbackUrls, CheckoutDraft
from application.questions import enforced_type, minimum_age, newsletter_question
from application.texts import discount_text, voucher_text
from domain.basket import compose_basket, shipping_total
from domain.checkout import Basket, LineType
from domain.errors import TranslationMissing
from domain.identifiers import PaymentKey
from domain.order import Address, OrderCustomer, OrderPayment, PurchaseOrder
from domain.references import merchant_reference

REFERENCE_ATTRIBUTE = "qliroMerchantReference"
CALLBACKS_ATTRIBUTE = "qliroCallbacks"
SIGNED = "signed"
"""Every callback address that Qliro was given for the payment carries a token."""


def reference_for(order: PurchaseOrder, configuration: MerchantConfiguration, attempt: int) -> str:
    """The merchant reference of an attempt: the same order and attempt always give the same one."""
    source = (order.cart_reference if _named_by_cart(configuration) else "") or order.key.order_id
    return merchant_reference(source, attempt)


def _named_by_cart(configuration: MerchantConfiguration) -> bool:
    return configuration.reference_source is ReferenceSource.ORDER_CART_REFERENCE


def birthmarks(reference: str) -> dict[str, object]:
    """Attributes of a payment that is begun here: a payment without them was begun by somebody else."""
    return {REFERENCE_ATTRIBUTE: reference, CALLBACKS_ATTRIBUTE: SIGNED}


def begun_here(payment: OrderPayment) -> bool:
    """Whether it carries them."""
    return payment.attributes.get(CALLBACKS_ATTRIBUTE) == SIGNED


def basket_for(order: PurchaseOrder, configuration: MerchantConfiguration, payment_id: str | None = None) -> Basket:
    """The rows Qliro is to hold. Raises OrderNotExpressible, TranslationMissing; nothing has been sent then."""
    discount, no_discount = _text(discount_text, configuration, order.culture)
    voucher, no_voucher = _text(voucher_text, configuration, order.culture)
    integrated = configuration.use_integrated_shipping
    basket = compose_basket(
        order,
        cover=order.amount_to_cover(payment_id) - (shipping_total(order) if integrated else 0),
        discount_text=discount,
        voucher_text=voucher,
        include_shipping=not integrated,
        discount_per_row=configuration.map_discount_per_row,
        delivery=delivery_for(order, configuration),
    )
    missing = no_discount or no_voucher
    if missing and any(line.type is LineType.DISCOUNT and not line.description for line in basket.lines):
        raise missing
    return replace(basket, subscription=configuration.recurring)


@dataclass(frozen=True, slots=True)
class CheckoutComposer:
    """Builds what a new Qliro order is created from."""

    addresses: CallbackAddresses

    def draft(
        self,
        order: PurchaseOrder,
        configuration: MerchantConfiguration,
        key: PaymentKey,
        basket: Basket,
        reference: str,
    ) -> CheckoutDraft:
        """The whole create request for this payment."""
        return CheckoutDraft(
            merchant_reference=reference,
            payment_id=key.payment_id if _named_by_cart(configuration) else "",
            basket=basket,
            country=order.country,
            culture=order.culture,
            confirmation_url=_fill(configuration.confirmation_url, key),
            terms_url=_fill(configuration.terms_url, key),
            callbacks=self._callbacks(configuration, key),
            integrity_policy_url=_fill(configuration.integrity_policy_url or "", key) or None,
            appearance=configuration.appearance,
            minimum_customer_age=minimum_age(order, configuration),
            require_identity_verification=configuration.require_identity_verification,
            merchant_constraint_name=configuration.merchant_constraint_name,
            enforced_type=enforced_type(order, configuration),
            newsletter=newsletter_question(order, configuration),
            loyalty=configuration.loyalty_configuration,
            customer=_known(order.customer),
            delivery=order.customer.shipping,
        )

    def _callbacks(self, configuration: MerchantConfiguration, key: PaymentKey) -> CallbackUrls:
        public_url = configuration.public_url
        card = self.addresses.callback(public_url, key, Purpose.SAVED_CARD) if configuration.recurring else None
        return CallbackUrls(
            validate=self.addresses.callback(public_url, key, Purpose.VALIDATE),
            push=self.addresses.callback(public_url, key, Purpose.PUSH),
            order_management=self.addresses.callback(public_url, key, Purpose.STATUS),
            saved_card=card,
            notification=self.addresses.callback(public_url, key, Purpose.NOTIFICATION),
        )


def _known(customer: OrderCustomer) -> Address | None:
    """The customer's own address, with what the order says the customer is."""
    kind = customer.kind()
    return replace(customer.billing, type=kind) if customer.billing and kind else customer.billing


def _fill(url: str, key: PaymentKey) -> str:
    for name, value in (("orderId", key.order_id), ("merchant", key.merchant), ("channel", key.channel)):
        url = url.replace("{" + name + "}", quote(value, safe=""))
    return url


def _text(
    source: Callable[[MerchantConfiguration, str], str], configuration: MerchantConfiguration, culture: str
) -> tuple[str, TranslationMissing | None]:
    try:
        return source(configuration, culture), None
    except TranslationMissing as missing:
        return "", missing
