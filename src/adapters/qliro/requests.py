"""Requests to Qliro that make an order or change a checkout, as the bytes that are signed and sent."""

from uuid import UUID

from adapters.qliro.delivery import metadata_of, shipping_configuration_of
from adapters.qliro.prefill import JURIDICAL_TYPES, prefill
from adapters.qliro.request_rows import added_items, item_requests
from adapters.qliro.subscribers import merchant_address, merchant_customer
from adapters.qliro.wire import (
    CreateOrder,
    MerchantMethod,
    MerchantPayment,
    MetadataPair,
    RemoveSavedCard,
    UpdateOrder,
    encode,
)
from application.ports.merchant_payments import INVOICE, SAVED_CARD, MerchantPaymentDraft
from application.ports.provider import CheckoutDraft
from domain.checkout import Basket
from domain.errors import OrderNotExpressible

_LANGUAGES = ("sv-se", "en-us", "fi-fi", "da-dk", "fr-fr", "de-de", "nb-no", "nl-nl")
MADE_FOR = "NorcePaymentId"
"""Under this name Qliro is given, and gives back, the payment that an order was made for, where it has to be said."""
_NORWEGIAN = {"no", "nb", "nn"}


def language_for(culture: str) -> str:
    """One of the eight languages that Qliro speaks; English for any other culture."""
    wanted = culture.casefold().replace("_", "-")
    if wanted in _LANGUAGES:
        return wanted
    spoken = wanted.partition("-")[0]
    spoken = "nb" if spoken in _NORWEGIAN else spoken
    return next((language for language in _LANGUAGES if language.startswith(f"{spoken}-")), "en-us")


def create_order(api_key: str, draft: CheckoutDraft) -> bytes:
    """Raises OrderNotExpressible when Qliro could not take it whatever it answered."""
    if not draft.country:
        raise OrderNotExpressible("The order has no country.")
    look = draft.appearance
    return encode(
        CreateOrder(
            merchant_api_key=api_key,
            merchant_reference=draft.merchant_reference,
            currency=draft.basket.currency,
            country=draft.country.upper(),
            language=language_for(draft.culture),
            merchant_confirmation_url=draft.confirmation_url,
            merchant_terms_url=draft.terms_url,
            merchant_integrity_policy_url=draft.integrity_policy_url,
            merchant_order_validation_url=draft.callbacks.validate,
            merchant_checkout_status_push_url=draft.callbacks.push,
            merchant_order_management_status_push_url=draft.callbacks.order_management,
            merchant_saved_credit_card_push_url=draft.callbacks.saved_card,
            order_items=item_requests(draft.basket),
            primary_color=look.primary_color,
            background_color=look.background_color,
            call_to_action_color=look.call_to_action_color,
            call_to_action_hover_color=look.call_to_action_hover_color,
            corner_radius=look.corner_radius,
            button_corner_radius=look.button_corner_radius,
            minimum_customer_age=draft.minimum_customer_age or None,
            require_identity_verification=_only_in_sweden(draft),
            merchant_constraint_name=draft.merchant_constraint_name,
            merchant_notification_url=draft.callbacks.notification,
            shipping_configuration=shipping_configuration_of(draft.basket),
            merchant_provided_metadata=(*(metadata_of(draft.basket) or ()), *_made_for(draft)) or None,
            enforced_juridical_type=JURIDICAL_TYPES[draft.enforced_type] if draft.enforced_type else None,
            ask_for_newsletter_signup=True if draft.newsletter else None,
            ask_for_newsletter_signup_checked=True if draft.newsletter and draft.newsletter.checked else None,
            ask_for_newsletter_signup_text=draft.newsletter.text if draft.newsletter else None,
            loyalty_configuration=draft.loyalty,
            customer_information=prefill(draft),
        )
    )


def _made_for(draft: CheckoutDraft) -> tuple[MetadataPair, ...]:
    return (MetadataPair(key=MADE_FOR, value=draft.payment_id),) if draft.payment_id else ()


def update_order(api_key: str, basket: Basket, *, version: str) -> bytes:
    """Every row anew, and everything about delivery that belongs to them."""
    return encode(
        UpdateOrder(
            merchant_api_key=api_key,
            order_items=item_requests(basket),
            merchant_update_version=version,
            shipping_configuration=shipping_configuration_of(basket),
            merchant_provided_metadata=metadata_of(basket),
        )
    )


def merchant_payment(api_key: str, draft: MerchantPaymentDraft, *, request_id: UUID) -> bytes:
    """With a saved card, or by invoice."""
    by_card = MerchantMethod(name=SAVED_CARD, merchant_saved_credit_card_id=draft.token)
    by_invoice = MerchantMethod(name=INVOICE, subtype="INVOICE")
    return encode(
        MerchantPayment(
            request_id=request_id,
            merchant_api_key=api_key,
            merchant_reference=draft.merchant_reference,
            currency=draft.basket.currency,
            country=draft.country.upper(),
            language=language_for(draft.culture),
            merchant_order_management_status_push_url=draft.order_management,
            order_items=added_items(draft.basket.lines),
            customer=merchant_customer(draft.billing, numbered=draft.by_invoice),
            billing_address=merchant_address(draft.billing),
            shipping_address=merchant_address(draft.delivery) if draft.delivery else None,
            payment_method=by_invoice if draft.by_invoice else by_card,
        )
    )


def remove_saved_card(api_key: str, token: str) -> bytes:
    return encode(RemoveSavedCard(merchant_api_key=api_key, merchant_saved_credit_card_id=token))


def _only_in_sweden(draft: CheckoutDraft) -> bool | None:
    return True if draft.require_identity_verification and draft.country.upper() == "SE" else None
