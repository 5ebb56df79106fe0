"""Order management: refresh, cancel, capture, refund. Each acts on everything that is left."""

from aiohttp import web

from application.operate_payment import OperatePayment
from domain.identifiers import PaymentKey
from entrypoints.http.acts import ACTS, Acts
from entrypoints.http.incoming import payment_key, tenant_from_headers
from entrypoints.http.payments import checkout_order


async def refresh(request: web.Request) -> web.Response:
    """Recompute state, amounts and actions from Qliro's books."""
    acts, key = _allowed(request)
    await acts.refresh_payment(key)
    return web.Response(status=200)


async def cancel(request: web.Request) -> web.Response:
    """Release what is reserved."""
    acts, key = _allowed(request)
    return await _operated(acts.cancel_payment, key)


async def capture(request: web.Request) -> web.Response:
    """Take what is reserved."""
    acts, key = _allowed(request)
    return await _operated(acts.capture_payment, key)


async def refund(request: web.Request) -> web.Response:
    """Give back what was captured."""
    acts, key = _allowed(request)
    return await _operated(acts.refund_payment, key)


async def _operated(operate: OperatePayment, key: PaymentKey) -> web.Response:
    await operate(key)
    return checkout_order(key.payment_id, "")


def _allowed(request: web.Request) -> tuple[Acts, PaymentKey]:
    acts, tenant = request.app[ACTS], tenant_from_headers(request)
    acts.callers.require(request, tenant.merchant)
    return acts, payment_key(request, tenant)
