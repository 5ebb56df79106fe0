"""Requests to Qliro, as the bytes that are signed and sent."""

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from adapters.qliro.delivery import goods_of, metadata_of, shipping_configuration_of
from adapters.qliro.prefill import JURIDICAL_TYPES, prefill
from adapters.qliro.subscribers import merchant_address, merchant_customer
from adapters.qliro.wire import (
    AddedItem,
    AddItemsToInvoice,
    Addition,
    AdminItem,
    CancelOrder,
    CreateOrder,
    ItemMetadata,
    ItemRequest,
    MarkItemsAsShipped,
    MerchantMethod,
    MerchantPayment,
    RemoveSavedCard,
    Return,
    ReturnFee,
    ReturnItems,
    Shipment,
    SubscriptionRequest,
    UpdateItems,
    UpdateOrder,
    Upsell,
    encode,
)
from application.ports.merchant_payments import INVOICE, SAVED_CARD, MerchantPaymentDraft
from application.ports.provider import CheckoutDraft
from domain.checkout import Basket, LineType, OrderLine
from domain.errors import OrderNotExpressible
from domain.ledger import ItemGroup
from domain.money import to_major
from domain.planned_call import PlannedCall
from domain.rows import OrderItem

_LANGUAGES = ("sv-se", "en-us", "fi-fi", "da-dk", "fr-fr", "de-de", "nb-no", "nl-nl")
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
            order_items=_items(draft.basket),
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
            merchant_provided_metadata=metadata_of(draft.basket),
            enforced_juridical_type=JURIDICAL_TYPES[draft.enforced_type] if draft.enforced_type else None,
            ask_for_newsletter_signup=True if draft.newsletter else None,
            ask_for_newsletter_signup_checked=True if draft.newsletter and draft.newsletter.checked else None,
            ask_for_newsletter_signup_text=draft.newsletter.text if draft.newsletter else None,
            loyalty_configuration=draft.loyalty,
            customer_information=prefill(draft),
        )
    )


def update_order(api_key: str, basket: Basket, *, version: str) -> bytes:
    """Every row anew, and everything about delivery that belongs to them."""
    return encode(
        UpdateOrder(
            merchant_api_key=api_key,
            order_items=_items(basket),
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
            order_items=tuple(
                AddedItem(
                    merchant_reference=line.reference,
                    description=line.description,
                    type=line.type,
                    quantity=line.quantity,
                    price_per_item_inc_vat=to_major(line.price_inc),
                    price_per_item_ex_vat=to_major(line.price_ex),
                )
                for line in draft.basket.lines
            ),
            customer=merchant_customer(draft.billing, numbered=draft.by_invoice),
            billing_address=merchant_address(draft.billing),
            shipping_address=merchant_address(draft.delivery) if draft.delivery else None,
            payment_method=by_invoice if draft.by_invoice else by_card,
        )
    )


def remove_saved_card(api_key: str, token: str) -> bytes:
    return encode(RemoveSavedCard(merchant_api_key=api_key, merchant_saved_credit_card_id=token))


def mark_items_as_shipped(
    api_key: str, order_id: int, *, request_id: UUID, currency: str, shipments: Iterable[ItemGroup]
) -> bytes:
    """One shipment per reservation."""
    return encode(
        MarkItemsAsShipped(
            request_id=request_id,
            merchant_api_key=api_key,
            order_id=order_id,
            currency=currency,
            shipments=tuple(
                Shipment(payment_transaction_id=group.transaction_id, order_items=_admin_items(group))
                for group in shipments
            ),
        )
    )


def cancel_order(api_key: str, order_id: int, *, request_id: UUID) -> bytes:
    """Everything that is still reserved."""
    return encode(CancelOrder(request_id=request_id, merchant_api_key=api_key, order_id=order_id))


def add_items_to_invoice(api_key: str, order_id: int, *, request_id: UUID, currency: str, call: PlannedCall) -> bytes:
    """A sum off one capture's invoice, as one negative row."""
    item = AddedItem(
        merchant_reference="Refund",
        description="Refund",
        type=LineType.DISCOUNT,
        quantity=1,
        price_per_item_inc_vat=to_major(-call.credit),
        price_per_item_ex_vat=to_major(-call.credit_ex),
    )
    return encode(
        AddItemsToInvoice(
            request_id=request_id,
            merchant_api_key=api_key,
            order_id=order_id,
            currency=currency,
            additions=(Addition(payment_transaction_id=call.target, order_items=(item,)),),
        )
    )


def update_items(api_key: str, order_id: int, *, request_id: UUID, currency: str, keep: ItemGroup) -> bytes:
    """Everything that shall stay reserved, and nothing else."""
    items = _added(keep.items)
    return encode(
        UpdateItems(
            request_id=request_id,
            merchant_api_key=api_key,
            order_id=order_id,
            currency=currency,
            updates=(Addition(payment_transaction_id=keep.transaction_id, order_items=items),),
        )
    )


def upsell(
    api_key: str, order_id: int, *, request_id: UUID, upsell_id: str, currency: str, rows: tuple[OrderItem, ...]
) -> bytes:
    """Rows to be sold with an order that has been paid."""
    return encode(
        Upsell(
            request_id=request_id,
            merchant_api_key=api_key,
            order_id=order_id,
            currency=currency,
            upsell_id=upsell_id,
            order_items=_added(rows),
        )
    )


def return_items(api_key: str, order_id: int, *, request_id: UUID, currency: str, call: PlannedCall) -> bytes:
    """Rows of one capture, less what the merchant keeps."""
    fee = ReturnFee(
        merchant_reference="Return-fee",
        description="Return fee",
        price_per_item_inc_vat=to_major(call.fee),
        price_per_item_ex_vat=to_major(call.fee_ex),
    )
    returned = Return(
        payment_transaction_id=call.target,
        order_items=_admin_items(call.groups[0]),
        fees=(fee,) if call.fee else None,
    )
    return encode(
        ReturnItems(
            request_id=request_id,
            merchant_api_key=api_key,
            order_id=order_id,
            currency=currency,
            returns=(returned,),
        )
    )


def _items(basket: Basket) -> tuple[ItemRequest, ...]:
    return tuple(
        ItemRequest(
            merchant_reference=line.reference,
            description=line.description,
            type=line.type,
            quantity=line.quantity,
            price_per_item_inc_vat=to_major(line.price_inc),
            price_per_item_ex_vat=to_major(line.price_ex),
            vat_rate=Decimal(line.vat_rate).scaleb(-2),
            metadata=_metadata(line, subscribed=basket.subscription),
        )
        for line in basket.lines
    )


def _metadata(line: OrderLine, *, subscribed: bool) -> ItemMetadata | None:
    """What a row tells beside its price; nothing where there is nothing to tell."""
    told = ItemMetadata(
        subscription=SubscriptionRequest() if subscribed and line.type is LineType.PRODUCT else None,
        ingrid=goods_of(line),
    )
    return None if told == ItemMetadata() else told


def _added(items: Iterable[OrderItem]) -> tuple[AddedItem, ...]:
    return tuple(
        AddedItem(
            merchant_reference=item.reference,
            description=item.description,
            type=item.type,
            quantity=item.quantity,
            price_per_item_inc_vat=to_major(item.price_inc),
            price_per_item_ex_vat=to_major(item.price_ex),
        )
        for item in items
    )


def _admin_items(group: ItemGroup) -> tuple[AdminItem, ...]:
    return tuple(
        AdminItem(
            merchant_reference=item.reference,
            type=item.type,
            quantity=item.quantity,
            price_per_item_inc_vat=to_major(item.price_inc),
        )
        for item in group.items
    )


def _only_in_sweden(draft: CheckoutDraft) -> bool | None:
    return True if draft.require_identity_verification and draft.country.upper() == "SE" else None
