"""Bodies of the messages to the merchant (sections 7.2, 7.3, 7.6, 7.7)."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.simulators.qliro.clock import stamp
from adapters.simulators.qliro.config import Booking
from adapters.simulators.qliro.deliveries import CallbackKind
from adapters.simulators.qliro.delivery import booking_payload, platform_of
from adapters.simulators.qliro.extras import method_named
from adapters.simulators.qliro.model import Order, Transaction, TxStatus, Upsell, UpsellResult
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


def push_upsell(state: SimState, order: Order, upsell: Upsell, *, replaces: bool) -> "asyncio.Task[None] | None":
    """Tell the merchant how an upsell ended, at the address of the checkout's status (section 7.2)."""
    body: dict[str, Any] = {
        "OrderId": order.id,
        "MerchantReference": order.reference,
        "Status": "Success" if upsell.result is UpsellResult.SUCCESS else "Error",
        "Timestamp": stamp(state.clock.now()),
        "NotificationType": "UpsellStatus",
        "UpsellId": upsell.id,
        "PaymentTransactionId": upsell.transaction_id,
        "OriginalPaymentTransactionId": upsell.original_id,
        "ReplacesOriginalPaymentTransaction": replaces and upsell.result is UpsellResult.SUCCESS,
    }
    url = order.url("MerchantCheckoutStatusPushUrl")
    return state.callbacks.push(order.id, CallbackKind.UPSELL, url, body)


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


@dataclass(frozen=True, slots=True)
class Notification:
    """What a platform has to tell."""

    provider: str
    payload: Any = None
    success: bool = True
    error: str | None = None
    event: str = "SHIPPING_PROVIDER_UPDATE"
    at: datetime | None = None


def push_notification(state: SimState, order: Order, told: Notification) -> "asyncio.Task[None] | None":
    """Hand on what a platform integrated at Qliro has to tell (section 7.6)."""
    body: dict[str, Any] = {
        "OrderId": order.id,
        "MerchantReference": order.reference,
        "IsSuccess": told.success,
        "ErrorMessage": told.error,
        "Timestamp": stamp(told.at or state.clock.now()),
        "EventType": told.event,
        "Provider": told.provider,
        "Payload": told.payload,
    }
    return state.callbacks.push(order.id, CallbackKind.NOTIFICATION, order.url("MerchantNotificationUrl"), body)


def booking_of(state: SimState, order: Order, *, success: bool, error: str | None = None) -> Notification | None:
    """What the order's platform tells of its booking, or that there is none; None without a platform."""
    platform = platform_of(order)
    if platform is None:
        return None
    if not success:
        return Notification(platform.value, None, False, error or state.config.booking_error)
    method = method_named(order, order.choice.method) if order.choice is not None else None
    return Notification(platform.value, booking_payload(order, platform, method or _ANY_METHOD))


def notify_shipping(state: SimState, order: Order) -> None:
    """With integrated shipping the platform books when the customer has bought, or fails to."""
    mode = state.config.booking
    told = booking_of(state, order, success=mode is Booking.BOOKED)
    if mode is Booking.NONE or told is None:
        return
    if state.config.booking_delay > 0:
        state.spawn(_notify_later(state, order, told))
    else:
        push_notification(state, order, told)


async def _notify_later(state: SimState, order: Order, told: Notification) -> None:
    await state.clock.sleep(state.config.booking_delay)
    push_notification(state, order, told)


_ANY_METHOD = {"MerchantReference": "PUPOPREF", "DisplayName": "Pickup point", "Brand": "PostNord", "ServiceId": "19"}
