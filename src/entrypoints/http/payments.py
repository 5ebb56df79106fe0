"""Payments: create, get, remove."""

from uuid import UUID

import msgspec
from aiohttp import web

from application.ports.merchant_payments import INVOICE
from domain.errors import ProviderOrderMissing, ValidationRefused
from entrypoints.http.acts import ACTS
from entrypoints.http.errors import error_response
from entrypoints.http.incoming import json_body, order_key, payment_key, tenant_from_headers
from entrypoints.http.wire import CheckoutOrder, RecurringOrder, RecurringToken

_ENCODER = msgspec.json.Encoder()


async def create(request: web.Request) -> web.Response:
    """Create the payment of an order, or answer with the one that is there."""
    acts, tenant = request.app[ACTS], tenant_from_headers(request)
    acts.callers.require(request, tenant.merchant)
    try:
        started = await acts.start_payment(order_key(request, tenant))
    except ProviderOrderMissing as missing:
        return error_response(missing, status=400)
    return checkout_order(started.payment_id, started.snippet)


async def read(request: web.Request) -> web.Response:
    """The payment and Qliro's snippet, before and after the purchase."""
    acts, tenant = request.app[ACTS], tenant_from_headers(request)
    acts.callers.require(request, tenant.merchant)
    shown = await acts.read_payment(payment_key(request, tenant))
    return checkout_order(shown.payment_id, shown.snippet)


async def remove(request: web.Request) -> web.Response:
    """Withdraw an unpaid payment."""
    acts, tenant = request.app[ACTS], tenant_from_headers(request)
    acts.callers.require(request, tenant.merchant)
    await acts.remove_payment(payment_key(request, tenant))
    return web.Response(status=200)


async def renew(request: web.Request) -> web.Response:
    """Pay an order with a saved card, or by invoice, without the customer."""
    acts, tenant = request.app[ACTS], tenant_from_headers(request)
    acts.callers.require(request, tenant.merchant)
    key = order_key(request, tenant)
    token = _token(await json_body(request, RecurringToken))
    try:
        payment_id = await acts.renew_payment(key, token)
    except ProviderOrderMissing as missing:
        return error_response(missing, status=400)
    return web.Response(body=_ENCODER.encode(RecurringOrder(payment_id=payment_id)), content_type="application/json")


def _token(body: RecurringToken) -> str:
    """A GUID as Qliro writes it, or the word for an invoice. What was sent is never told back."""
    given = body.token.strip()
    if given.upper() == INVOICE:
        return INVOICE
    try:
        return str(UUID(given))
    except ValueError:
        what = f"token must be the GUID of a saved card, or {INVOICE}"
        raise ValidationRefused(f"The body is not acceptable: {what} - at `$.token`.") from None


def checkout_order(payment_id: str, snippet: str) -> web.Response:
    """The published answer of payments and of order management."""
    body = _ENCODER.encode(CheckoutOrder(payment_id=payment_id, html_snippet=snippet))
    return web.Response(body=body, content_type="application/json")
