"""Calls that need an answer at once: validate and shipping methods (sections 7.4 and 7.5)."""

from dataclasses import dataclass
from typing import Any

import aiohttp
import msgspec

from adapters.simulators.qliro.callbacks import HEADERS, MOST_REPLY
from adapters.simulators.qliro.deliveries import CallbackKind, Try
from adapters.simulators.qliro.items import wire_item
from adapters.simulators.qliro.model import Order
from adapters.simulators.qliro.money import decode, encode
from adapters.simulators.qliro.options import check_update_options
from adapters.simulators.qliro.rendering import base_order, shared_parts
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.validation import Fields, Problems

REASONS = (
    "OutOfStock",
    "PostalCodeIsNotSupported",
    "ShippingIsNotSupportedForPostalCode",
    "CashOnDeliveryIsNotSupportedForShippingMethod",
    "IdentityNotVerified",
    "Other",
)
MOST_MESSAGE = 150


@dataclass(frozen=True, slots=True)
class Decline:
    """Why a purchase was stopped; the message is shown to the customer."""

    reason: str
    message: str | None = None
    by_merchant: bool = False


async def _ask(
    state: SimState, order: Order, kind: CallbackKind, url: str, body: dict[str, Any]
) -> tuple[int | None, bytes]:
    raw = encode(body)
    timeout = aiohttp.ClientTimeout(total=state.config.validate_timeout)
    status: int | None = None
    reply = b""
    try:
        async with state.http.post(url, data=raw, headers=HEADERS, timeout=timeout, allow_redirects=False) as answer:
            reply = await answer.read()
            status = answer.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        reply = type(error).__name__.encode()
    text = reply[:MOST_REPLY].decode("utf-8", "replace")
    state.callbacks.note(order.id, kind, url, raw, Try(state.clock.now(), status, text, status == 200))
    return status, reply


async def ask_validation(state: SimState, order: Order) -> Decline | None:
    """None approves: 200, or silence and 5xx (unless configured to decline then)."""
    url = order.url("MerchantOrderValidationUrl")
    if url is None:
        return None
    choice = order.choice
    body = {
        **base_order(order, reveal=True),
        "SelectedShippingMethod": choice.method if choice is not None else None,
        "SelectedShippingSecondaryOption": choice.option if choice is not None else None,
    }
    status, reply = await _ask(state, order, CallbackKind.VALIDATE, url, body)
    if status == 200:
        return None
    if status is None or status >= 500:
        return None if state.config.silence_approves else Decline("Other", by_merchant=True)
    return _decline_of(reply)


def _decline_of(reply: bytes) -> Decline:
    try:
        body = msgspec.json.decode(reply)
    except (msgspec.DecodeError, UnicodeDecodeError):
        body = None
    known = {key.casefold(): value for key, value in body.items()} if isinstance(body, dict) else {}
    reason = next((r for r in REASONS if r.casefold() == str(known.get("declinereason")).casefold()), "Other")
    message = known.get("declinereasonmessage")
    if not isinstance(message, str) or len(message) > MOST_MESSAGE:
        message = None
    return Decline(reason, message, by_merchant=True)


async def ask_shipping_methods(state: SimState, order: Order) -> list[dict[str, Any]] | None:
    """The merchant's list for this address, [] when declined, None when there is nobody to ask."""
    url = order.url("MerchantOrderAvailableShippingMethodsUrl")
    if url is None:
        return None
    parts = shared_parts(order)
    body = {
        "OrderId": order.id,
        "MerchantReference": order.reference,
        "JuridicalType": "Company" if order.customer.company else "Physical",
        "CountryCode": order.country,
        "OrderItems": [wire_item(item) for item in order.items],
        "Customer": parts["Customer"],
        "ShippingAddress": parts["ShippingAddress"],
        "SelectedShippingMethod": order.choice.method if order.choice is not None else None,
        "ProvideShippingSecondaryOptions": True,
    }
    status, reply = await _ask(state, order, CallbackKind.SHIPPING_METHODS, url, body)
    if status != 200:
        return [] if status == 400 else None
    return _methods_of(reply)


def _methods_of(reply: bytes) -> list[dict[str, Any]] | None:
    """A list within the limits of section 7.5; anything else is ignored."""
    try:
        body = decode(reply)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not isinstance(body, dict):
        return None
    problems = Problems()
    check_update_options(Fields(body, problems))
    methods = body.get("AvailableShippingMethods")
    return methods if isinstance(methods, list) and not problems.found else None
