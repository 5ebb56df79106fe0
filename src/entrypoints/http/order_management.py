"""Order management: refresh, cancel, capture, refund. Each acts on everything that is left."""

from aiohttp import web
from msgspec import UNSET

from application.operate_payment import Asked, OperatePayment
from domain.identifiers import PaymentKey
from domain.planning import Wish
from entrypoints.http.acts import ACTS, Acts
from entrypoints.http.body import body_of
from entrypoints.http.incoming import (
    exact_minor,
    idempotency_key,
    json_body,
    payment_key,
    tenant_from_headers,
    whole,
)
from entrypoints.http.payments import checkout_order
from entrypoints.http.wire import Part


async def refresh(request: web.Request) -> web.Response:
    """Recompute state, amounts and actions from Qliro's books."""
    acts, key = _allowed(request)
    await acts.refresh_payment(key)
    return web.Response(status=200)


async def cancel(request: web.Request) -> web.Response:
    """Release what is reserved."""
    acts, key = _allowed(request)
    return await _operated(acts.cancel_payment, key, Asked(idempotency_key=idempotency_key(request)))


async def capture(request: web.Request) -> web.Response:
    """Take what is reserved, or the part that the body names."""
    acts, key = _allowed(request)
    return await _operated(acts.capture_payment, key, await _asked(request))


async def refund(request: web.Request) -> web.Response:
    """Give back what was captured, or the part that the body names."""
    acts, key = _allowed(request)
    return await _operated(acts.refund_payment, key, await _asked(request))


async def _operated(operate: OperatePayment, key: PaymentKey, asked: Asked | None = None) -> web.Response:
    await operate(key, asked)
    return checkout_order(key.payment_id, "")


async def _asked(request: web.Request) -> Asked:
    """Everything, without a body; otherwise the part that the body names."""
    key = idempotency_key(request)
    if not (await body_of(request)).strip():
        return Asked(idempotency_key=key)
    part = await json_body(request, Part)
    items = tuple((item.reference, whole(item.quantity, "items.quantity")) for item in part.items or ())
    amount = None if part.amount is UNSET else exact_minor(part.amount, "amount")
    return Asked(Wish(items, amount), part.reason, key)


def _allowed(request: web.Request) -> tuple[Acts, PaymentKey]:
    acts, tenant = request.app[ACTS], tenant_from_headers(request)
    acts.callers.require(request, tenant.merchant)
    return acts, payment_key(request, tenant)
