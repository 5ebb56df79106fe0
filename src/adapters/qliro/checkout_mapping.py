"""Qliro's checkout order as the domain sees it: pure functions."""

from adapters.qliro.decoding import decoded, sensible
from adapters.qliro.mapping import (
    card_brand,
    currency_code,
    line_type,
    minor,
    moment_of,
    net_price,
    text_of,
    whole,
    year_or_month,
)
from adapters.qliro.persons import addresses_of
from adapters.qliro.requests import MADE_FOR
from adapters.qliro.wire import (
    CHECKOUT,
    Names,
    WireAgent,
    WireCheckout,
    WireItem,
    WireMetadata,
    WireSavedCard,
    WireShippingProperties,
    WireUpsell,
)
from domain.checkout import CheckoutLine, CheckoutStatus, PickupAgent, ProviderCheckout
from domain.saved_card import SavedCard
from domain.upsell import UpsellEligibility

_CHECKOUT_STATUSES = Names(CheckoutStatus, otherwise=CheckoutStatus.UNKNOWN)


def checkout_answered(raw: bytes) -> ProviderCheckout:
    """The checkout order that Qliro answered with. Raises ProviderUnavailable when it is none."""
    wire = decoded(CHECKOUT, raw, "order")
    billing, shipping = addresses_of(wire)
    return sensible(
        lambda: ProviderCheckout(
            provider_order_id=wire.order_id,
            merchant_reference=wire.merchant_reference or "",
            status=_checkout_status(wire),
            currency=currency_code(wire.currency),
            country=(wire.country or "").upper(),
            language=wire.language or "",
            total=minor(wire.total_price),
            lines=tuple(_line(item) for item in wire.order_items or ()),
            snippet=wire.order_html_snippet or "",
            billing=billing,
            shipping=shipping,
            payment_method=(wire.payment_method and wire.payment_method.payment_method_name) or None,
            payment_type=(wire.payment_method and wire.payment_method.payment_type_code) or None,
            newsletter=wire.signup_for_newsletter,
            saved_card=_saved_card(wire.merchant_saved_credit_card),
            upsell=_eligibility(wire.upsell),
            payment_id=_made_for(wire.merchant_provided_metadata),
        )
    )


def _checkout_status(wire: WireCheckout) -> CheckoutStatus:
    value = wire.customer_checkout_status
    if isinstance(value, str) and value.casefold() == "success":
        return CheckoutStatus.COMPLETED
    return _CHECKOUT_STATUSES.member(value)


def _made_for(metadata: object) -> str:
    """The payment that was named when the order was made; empty when there is no such pair, or nothing readable."""
    pairs = (pair for pair in metadata if isinstance(pair, dict)) if isinstance(metadata, list) else ()
    return next((str(pair.get("Value") or "") for pair in pairs if pair.get("Key") == MADE_FOR), "")


def _saved_card(wire: WireSavedCard | None) -> SavedCard | None:
    """A card without a token is none."""
    if wire is None or not wire.id:
        return None
    return SavedCard(
        token=wire.id,
        brand=card_brand(wire.brand_name),
        masked_number=wire.masked_number or "",
        bin=wire.bin or "",
        last4_digits=wire.last4_digits or "",
        expiry_year=year_or_month(wire.expiry_year),
        expiry_month=year_or_month(wire.expiry_month),
    )


def _eligibility(wire: WireUpsell | None) -> UpsellEligibility:
    if wire is None:
        return UpsellEligibility()
    until = wire.eligible_for_upsell_until
    return UpsellEligibility(wire.eligible_for_upsell is True, moment_of(until if isinstance(until, str) else None))


def _line(wire: WireItem) -> CheckoutLine:
    metadata = wire.metadata or WireMetadata()
    told = metadata.additional_shipping_properties or WireShippingProperties()
    return CheckoutLine(
        reference=wire.merchant_reference or "",
        description=wire.description or "",
        type=line_type(wire.type),
        quantity=whole(wire.quantity),
        price_inc=minor(wire.price_per_item_inc_vat),
        price_ex=net_price(wire),
        transaction_id=wire.payment_transaction_id or None,
        shipping_method=metadata.shipping_method_merchant_reference or None,
        secondary_option=metadata.shipping_method_secondary_option_merchant_reference or None,
        access_code=metadata.shipping_method_access_code or None,
        shipping_provider=text_of(told.shipping_provider),
        service_id=text_of(told.service_id),
        agent=_agent(told.agent),
        upsell_id=wire.upsell_id or None,
    )


def _agent(wire: WireAgent | None) -> PickupAgent | None:
    if wire is None:
        return None
    known = PickupAgent(
        text_of(wire.id), wire.name or None, wire.address1 or None, wire.zip_code or None, wire.city or None
    )
    return known if any(known) else None
