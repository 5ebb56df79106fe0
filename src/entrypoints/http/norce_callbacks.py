"""What Norce calls before it commits a change, cart-changed and state-changed, and when an upsell is over."""

import msgspec
from aiohttp import web

from adapters.norce.mapping import decode_order
from application.change_cart import Patch
from domain.errors import ValidationRefused
from domain.identifiers import PaymentKey
from domain.money import to_major
from domain.order import OrderStatus, PurchaseOrder
from entrypoints.http.acts import ACTS, Acts
from entrypoints.http.body import body_of
from entrypoints.http.incoming import payment_key, tenant_from_headers
from entrypoints.http.wire import PatchOperation

_ENCODER = msgspec.json.Encoder(decimal_format="number")


async def cart_changed(request: web.Request) -> web.Response:
    """Qliro holds the new cart before this answers."""
    acts, key, order = await _asked(request)
    return _patched(await acts.change_cart(key, order))


async def state_changed(request: web.Request) -> web.Response:
    """Approve, veto or complete a change of the order's state."""
    acts, key, order = await _asked(request)
    return _patched(await acts.change_state(key, order))


async def upsell_complete(request: web.Request) -> web.Response:
    """End the window for selling more and hand the order on. The body, whatever it is, is not needed.

    What is changed is written to Norce's order, so the list of changes is empty.
    """
    acts, tenant = request.app[ACTS], tenant_from_headers(request)
    acts.callers.require(request, tenant.merchant)
    await acts.tend_upsell(payment_key(request, tenant), end=True)
    return _patched(())


async def _asked(request: web.Request) -> tuple[Acts, PaymentKey, PurchaseOrder]:
    acts, tenant = request.app[ACTS], tenant_from_headers(request)
    acts.callers.require(request, tenant.merchant)
    key = payment_key(request, tenant)
    order = decode_order(await body_of(request), tenant)
    if order.key != key.order:
        raise ValidationRefused("The order in the body is not the one in the path and headers.")
    if order.status is OrderStatus.UNKNOWN:
        raise ValidationRefused("The order is not acceptable: state.currentStatus is no known state.")
    return acts, key, order


def _patched(patches: tuple[Patch, ...]) -> web.Response:
    operations = [
        PatchOperation(op="replace", path=p.path, value=to_major(p.value) if isinstance(p.value, int) else p.value)
        for p in patches
    ]
    return web.Response(body=_ENCODER.encode(operations), content_type="application/json")
