"""What Qliro and the browser call: validate, push, status, notification, customer-update, shipping-option-update."""

import hashlib

import msgspec
from aiohttp import web

from adapters.qliro.mapping import card_brand, line_type, status_of, year_or_month
from application.correlation import correlation_id
from application.ports.callbacks import Purpose
from application.ports.inbox import Notice, NoticeKind
from application.saved_cards import card_facts
from application.update_shipping import ShippingChoice
from application.validate_purchase import Decline
from domain.checkout import CheckoutLine, CheckoutStatus, ProviderCheckout
from domain.errors import AdapterError, OrderNotFound, PaymentNotFound, ValidationRefused, ValidationsFailed
from domain.identifiers import PaymentKey
from domain.ledger import TransactionStatus
from domain.money import LARGEST_MINOR, MINOR_PER_MAJOR, to_minor
from domain.saved_card import SavedCard
from entrypoints.http.acts import ACTS
from entrypoints.http.body import UnreadableBody, body_of
from entrypoints.http.callback_address import addressed
from entrypoints.http.edge import OBSERVER
from entrypoints.http.incoming import (
    json_body,
    json_body_any_case,
    payment_key,
    tenant_from_query,
)
from entrypoints.http.qliro_notifications import notification_notice
from entrypoints.http.wire import (
    CallbackResponse,
    Declined,
    PickupPoint,
    ProviderNotification,
    Push,
    QliroItem,
    SavedCreditCard,
    ShippingOption,
    ValidateOrder,
)

_ENCODER = msgspec.json.Encoder()
_UNREADABLE = Decline("Other", "The purchase could not be checked. Please try again.")
_RECEIVED = _ENCODER.encode(CallbackResponse())


async def validate(request: web.Request) -> web.Response:
    """Approve or stop a purchase, always inside Qliro's patience."""
    acts = request.app[ACTS]
    key, signed = addressed(request, Purpose.VALIDATE)
    try:
        body, _ = await json_body_any_case(request, ValidateOrder)
        if not signed:
            await acts.trust_callback(key, body.order_id)
        decline = await acts.validate_purchase(key, _posted(body))
    except (PaymentNotFound, OrderNotFound):
        raise
    except AdapterError as wrong:
        return _declined(_UNREADABLE, wrong)
    except (web.HTTPException, web.RequestPayloadError, UnreadableBody):
        raise
    except Exception as defect:  # noqa: BLE001 - a server error would be taken for approval
        request.app[OBSERVER].unexpected("validate", defect)
        return _declined(_UNREADABLE)
    return web.Response(status=200) if decline is None else _declined(decline)


async def push(request: web.Request) -> web.Response:
    """Store a checkout status push, then acknowledge it."""
    return await _received(request, Purpose.PUSH, NoticeKind.CHECKOUT)


async def status(request: web.Request) -> web.Response:
    """Store an order-management status push, then acknowledge it."""
    return await _received(request, Purpose.STATUS, NoticeKind.ORDER_MANAGEMENT)


async def saved_card(request: web.Request) -> web.Response:
    """Store a saved card's token, then acknowledge it. Nothing of it is ever logged or answered.

    A card is taken from nobody but Qliro: told at an address without a token, it only makes us ask.
    """
    acts = request.app[ACTS]
    key, signed = addressed(request, Purpose.SAVED_CARD)
    raw = await body_of(request)
    body = (await json_body_any_case(request, SavedCreditCard))[0] if raw.strip() else SavedCreditCard()
    if signed:
        await acts.receive_notice(_card_notice(key, body, raw))
    else:
        await acts.trust_callback(key, body.order_id)
        await acts.receive_notice(_notice(key, NoticeKind.CHECKOUT, Push(order_id=body.order_id), raw))
    return web.Response(body=_RECEIVED, content_type="application/json")


async def notification(request: web.Request) -> web.Response:
    """Store what a platform integrated at Qliro tells, then acknowledge it.

    Nobody can be asked whether it is true: at an address without a token it must name the payment's Qliro order.
    """
    acts = request.app[ACTS]
    key, signed = addressed(request, Purpose.NOTIFICATION)
    body, raw = await json_body_any_case(request, ProviderNotification)
    if not signed:
        await acts.trust_callback(key, body.order_id or 0)
    await acts.receive_notice(notification_notice(key, body, raw))
    return web.Response(body=_RECEIVED, content_type="application/json")


async def customer_update(request: web.Request) -> web.Response:
    """Bring what the customer told Qliro to Norce's order."""
    acts, tenant = request.app[ACTS], tenant_from_query(request)
    acts.callers.require(request, tenant.merchant)
    await acts.update_customer(payment_key(request, tenant))
    return web.Response(status=200)


async def shipping_option_update(request: web.Request) -> web.Response:
    """Bring the delivery chosen in Qliro's checkout to Norce's order."""
    acts, tenant = request.app[ACTS], tenant_from_query(request)
    acts.callers.require(request, tenant.merchant)
    key = payment_key(request, tenant)
    await acts.update_shipping(key, _choice(await json_body(request, ShippingOption)))
    return web.Response(status=200)


async def _received(request: web.Request, purpose: Purpose, kind: NoticeKind) -> web.Response:
    acts = request.app[ACTS]
    key, signed = addressed(request, purpose)
    raw = await body_of(request)
    body = (await json_body_any_case(request, Push))[0] if raw.strip() else Push()
    if not signed:
        await acts.trust_callback(key, body.order_id)
    await acts.receive_notice(_notice(key, kind, body, raw))
    return web.Response(body=_RECEIVED, content_type="application/json")


def _notice(key: PaymentKey, kind: NoticeKind, body: Push, raw: bytes) -> Notice:
    timestamp = body.timestamp or body.time_stamp
    facts: dict[str, str | int | None] = {
        "providerOrderId": body.order_id,
        "status": _short(body.status),
        "timestamp": _short(timestamp),
        "transactionId": body.payment_transaction_id,
        "type": _short(body.payment_type),
        "correlation": correlation_id.get(),
    }
    if kind is NoticeKind.CHECKOUT and _about_upsell(body):
        return _upsell_notice(key, body, facts)
    identity = [str(kind), key.order_id, key.payment_id, str(body.order_id), str(body.status)]
    if kind is NoticeKind.CHECKOUT and timestamp:
        identity += [str(body.notification_type), timestamp, *_of_a_transaction(body)]
    elif kind is NoticeKind.ORDER_MANAGEMENT and body.payment_transaction_id:
        identity.append(str(body.payment_transaction_id))
    else:
        identity.append(hashlib.sha256(raw).hexdigest())
    return Notice(key, kind, hashlib.sha256("\0".join(identity).encode()).hexdigest(), facts)


def _card_notice(key: PaymentKey, body: SavedCreditCard, raw: bytes) -> Notice:
    """Told again it is the same message, whichever spelling its members have."""
    token = (body.id or "").strip()
    card = SavedCard(
        token=token,
        brand=card_brand(body.card_brand_name if body.brand_name is None else body.brand_name)[:40],
        expiry_year=year_or_month(body.card_expiry_year if body.expiry_year is None else body.expiry_year),
        expiry_month=year_or_month(body.card_expiry_month if body.expiry_month is None else body.expiry_month),
    )
    about = card.mark if token else hashlib.sha256(raw).hexdigest()
    identity = (str(NoticeKind.SAVED_CARD), key.order_id, key.payment_id, str(body.order_id), about)
    facts = {"providerOrderId": body.order_id, "correlation": correlation_id.get(), **card_facts(card)}
    return Notice(key, NoticeKind.SAVED_CARD, hashlib.sha256("\0".join(identity).encode()).hexdigest(), facts)


def _of_a_transaction(body: Push) -> list[str]:
    """Adapters older than the status address had order management told to the push address."""
    return [] if body.payment_type is None else [str(body.payment_type), str(body.payment_transaction_id)]


def _about_upsell(body: Push) -> bool:
    return str(body.notification_type or "").casefold() == "upsellstatus"


def _upsell_notice(key: PaymentKey, body: Push, facts: dict[str, str | int | None]) -> Notice:
    """One per upsell, result and transaction, however often it is told (qliro.md 7.1).

    The transaction counts too: one told wrongly, by mistake or by a stranger, must not keep out the right one.
    """
    upsell_id, kind = _short(body.upsell_id) or "", NoticeKind.UPSELL
    known = status_of(body.status)
    status = _short(body.status) if known is TransactionStatus.UNKNOWN else str(known)
    identity = [str(kind), key.order_id, key.payment_id, str(body.order_id), upsell_id, str(status).casefold()]
    identity.append(str(body.payment_transaction_id or 0))
    told = facts | {
        "status": status,
        "upsellId": upsell_id,
        "originalTransactionId": body.original_payment_transaction_id,
        "replacesOriginal": int(bool(body.replaces_original_payment_transaction)),
    }
    return Notice(key, kind, hashlib.sha256("\0".join(identity).encode()).hexdigest(), told)


def _posted(body: ValidateOrder) -> ProviderCheckout:
    lines = tuple(_line(row, number) for number, row in enumerate(body.order_items))
    total = sum(line.quantity * line.price_inc for line in lines)
    return ProviderCheckout(
        provider_order_id=body.order_id,
        merchant_reference=body.merchant_reference or "",
        status=CheckoutStatus.IN_PROCESS,
        currency=body.currency.upper(),
        country=(body.country or "").upper(),
        language=body.language or "",
        total=to_minor(body.total_price) if body.total_price is not None else total,
        lines=lines,
        snippet="",
    )


def _line(row: QliroItem, number: int) -> CheckoutLine:
    quantity = row.quantity  # a signalling NaN cannot even be compared
    if not quantity.is_finite() or quantity != quantity.to_integral_value() or not 0 <= quantity < 2**31:
        raise ValidationRefused(f"OrderItems[{number}].Quantity is not a whole number.")
    return CheckoutLine(
        reference=row.merchant_reference,
        description="",
        type=line_type(row.type),
        quantity=int(quantity),
        price_inc=to_minor(row.price_per_item_inc_vat),
        price_ex=to_minor(row.price_per_item_ex_vat or row.price_per_item_inc_vat),
    )


def _choice(body: ShippingOption) -> ShippingChoice:
    for name, value in (
        ("price", body.price),
        ("priceExVat", body.price_ex_vat),
        ("totalShippingPrice", body.total_shipping_price),
        ("totalShippingPriceExVat", body.total_shipping_price_ex_vat),
    ):
        if value is not None and not (value.is_finite() and 0 <= value <= LARGEST_MINOR // MINOR_PER_MAJOR):
            raise ValidationRefused(f"The body is not acceptable: {name} is negative or no amount of money.")
    price, ex_vat = body.total_shipping_price, body.total_shipping_price_ex_vat
    if price is None and ex_vat is None:
        price, ex_vat = body.price, body.price_ex_vat
    if price is not None and ex_vat is not None and ex_vat > price:
        raise ValidationRefused("The body is not acceptable: totalShippingPriceExVat exceeds the price with VAT.")
    pickup = body.pickup_location or PickupPoint()
    return ShippingChoice(
        method=body.method,
        method_name=body.method_name or None,
        secondary_option=body.secondary_option or None,
        pickup_name=pickup.name or None,
        additional_services=body.additional_shipping_services or (),
        total_price=None if price is None else to_minor(price),
        total_price_ex_vat=None if ex_vat is None else to_minor(ex_vat),
        pickup_description=pickup.description or (),
        service_names=body.shipping_services_names or (),
    )


def _declined(decline: Decline, wrong: AdapterError | None = None) -> web.Response:
    if wrong is None and decline.detail:
        wrong = ValidationsFailed(f"Norce does not let this order be bought: {decline.detail}.")
    body = Declined(
        decline_reason_message=decline.message,
        decline_reason=decline.reason,
        qliro_spelling=decline.message,
        code=wrong.code if wrong else msgspec.UNSET,  # type: ignore[arg-type]
        message=wrong.message if wrong else msgspec.UNSET,
    )
    return web.Response(body=_ENCODER.encode(body), status=400, content_type="application/json")


def _short(value: str | int | None) -> str | None:
    return None if value is None else str(value)[:64].replace("\0", "")
