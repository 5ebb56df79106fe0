"""Bodies of the messages to the merchant (sections 7.2, 7.3, 7.6, 7.7)."""

import asyncio
from typing import Any

from adapters.simulators.qliro.clock import stamp
from adapters.simulators.qliro.deliveries import CallbackKind
from adapters.simulators.qliro.model import Order, Transaction, TxStatus
from adapters.simulators.qliro.money import to_major
from adapters.simulators.qliro.state import SimState


def push_checkout_status(state: SimState, order: Order) -> "asyncio.Task[None] | None":
    """Tell the merchant the order's CustomerCheckoutStatus."""
    first = order.transactions[0].id if order.transactions else None
    body: dict[str, Any] = {
        "OrderId": order.id,
        "MerchantReference": order.reference,
        "Status": order.status.value,
        "Timestamp": stamp(state.clock.now()),
        "NotificationType": "CustomerCheckoutStatus",
        "PaymentTransactionId": first,
    }
    url = order.url("MerchantCheckoutStatusPushUrl")
    return state.callbacks.push(order.id, CallbackKind.CHECKOUT_STATUS, url, body)


def push_transaction(state: SimState, order: Order, tx: Transaction) -> "asyncio.Task[None] | None":
    """Tell the merchant a transaction's status."""
    body: dict[str, Any] = {
        "OrderId": order.id,
        "MerchantReference": order.reference,
        "Status": tx.status.value,
        "PaymentTransactionId": tx.id,
        "OriginalPaymentTransactionId": tx.original_id,
        "PaymentReference": tx.id,
        "PaymentType": tx.kind.value,
        "Amount": to_major(tx.amount),
        "Currency": order.currency,
        "ProviderTransactionId": f"prov-{tx.id}",
        "ProviderResultCode": "OK" if tx.status is TxStatus.SUCCESS else None,
        "ProviderResultDescription": None,
        "ErrorCode": tx.error_code,
        "ErrorCodeDescription": tx.error_text,
        "TimeStamp": stamp(state.clock.now()),
    }
    url = order.url("MerchantOrderManagementStatusPushUrl")
    return state.callbacks.push(order.id, CallbackKind.ORDER_MANAGEMENT, url, body)


def push_saved_card(state: SimState, order: Order) -> None:
    """Hand the token of a stored card to the merchant."""
    card = order.saved_card
    if card is None:
        return
    body: dict[str, Any] = {
        "OrderId": order.id,
        "Id": card.id,
        "CardBrandName": card.brand,
        "CardBin": card.bin,
        "CardLast4Digits": card.last4,
        "CardExpiryYear": card.year,
        "CardExpiryMonth": card.month,
        "Timestamp": stamp(state.clock.now()),
    }
    url = order.url("MerchantSavedCreditCardPushUrl")
    state.callbacks.push(order.id, CallbackKind.SAVED_CARD, url, body)


def push_notification(
    state: SimState, order: Order, *, provider: str, payload: dict[str, Any], success: bool, text: str | None = None
) -> None:
    """Tell the merchant what the shipping provider booked."""
    body: dict[str, Any] = {
        "OrderId": order.id,
        "MerchantReference": order.reference,
        "IsSuccess": success,
        "ErrorMessage": text,
        "Timestamp": stamp(state.clock.now()),
        "EventType": "SHIPPING_PROVIDER_UPDATE",
        "Provider": provider,
        "Payload": payload,
    }
    state.callbacks.push(order.id, CallbackKind.NOTIFICATION, order.url("MerchantNotificationUrl"), body)


def notify_shipping(state: SimState, order: Order) -> None:
    """With integrated shipping the provider confirms its booking."""
    if ((order.request.get("ShippingConfiguration") or {}).get("Unifaun")) is not None:
        payload: dict[str, Any] = {"service": {"id": "PUPOPREF", "name": "Pickup point"}}
        push_notification(state, order, provider="Unifaun", payload=payload, success=True)
    elif any((item.metadata or {}).get("Ingrid") for item in order.items):
        group = {"tos_id": f"tos-{order.id}", "shipping": {"carrier": "PostNord", "carrier_product_id": "19"}}
        payload = {"session": {"delivery_groups": [group]}}
        push_notification(state, order, provider="Ingrid", payload=payload, success=True)
