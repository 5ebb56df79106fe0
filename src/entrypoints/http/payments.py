"""Payments: create, get, remove."""

import msgspec
from aiohttp import web

from domain.errors import ProviderOrderMissing
from entrypoints.http.acts import ACTS
from entrypoints.http.errors import error_response
from entrypoints.http.incoming import order_key, payment_key, tenant_from_headers
from entrypoints.http.wire import CheckoutOrder

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


def checkout_order(payment_id: str, snippet: str) -> web.Response:
    """The published answer of payments and of order management."""
    body = _ENCODER.encode(CheckoutOrder(payment_id=payment_id, html_snippet=snippet))
    return web.Response(body=body, content_type="application/json")
