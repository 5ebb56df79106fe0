"""The Merchant API under /checkout/merchantapi (section 5)."""

from datetime import timedelta

from aiohttp import web

from adapters.simulators.qliro.auth import merchants_of
from adapters.simulators.qliro.buying import cart_changed
from adapters.simulators.qliro.config import SimMerchant
from adapters.simulators.qliro.errors import ApiError, evaluation, order_not_found, unauthenticated
from adapters.simulators.qliro.model import Order
from adapters.simulators.qliro.orders import create_order, update_order
from adapters.simulators.qliro.pushes import push_checkout_status
from adapters.simulators.qliro.rendering import distort, merchant_order
from adapters.simulators.qliro.routing import Call, Route, json_answer, route
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.validation import Fields, Problems, parse_object

BASE = "/checkout/merchantapi"


def authenticate(state: SimState, call: Call) -> None:
    """401 unless the token signs exactly the bytes received."""
    call.signers = merchants_of(call.request.headers.get("Authorization"), call.raw, state.config.merchants)
    if not call.signers:
        raise unauthenticated()


def read_body(call: Call) -> SimMerchant:
    """Parse a signed body and tell whose key it carries; it must be a key of the signing secret."""
    content_type = call.request.content_type
    if content_type != "application/json":
        raise ApiError("INVALID_REQUEST", f"Content type {content_type} is not supported", status=415)
    call.body = parse_object(call.raw)
    problems = Problems()
    key = Fields(call.body, problems).text("MerchantApiKey", required=True, most=50)
    problems.raise_if_any()
    for merchant in call.signers:
        if merchant.key == key:
            return merchant
    raise ApiError("UNAUTHORIZED", "Evaluation, MerchantApiKey does not belong to the signature")


def read_request(state: SimState, call: Call) -> tuple[SimMerchant, Fields]:
    """Whose signed request it is, and its body to be read; the RequestId is noted. Raises ApiError."""
    authenticate(state, call)
    merchant = read_body(call)
    fields = Fields(call.body, Problems())
    call.request_id = fields.guid("RequestId")
    return merchant, fields


def owned(call: Call, order: Order) -> Order:
    """The order when it belongs to the caller, else MERCHANT_MISMATCH."""
    call.order_id = order.id
    if order.merchant_key not in {m.key for m in call.signers}:
        raise evaluation("MERCHANT_MISMATCH", f"Order {order.id} belongs to another merchant")
    return order


async def create(state: SimState, call: Call) -> web.StreamResponse:
    """POST /Orders."""
    authenticate(state, call)
    order = create_order(state, read_body(call), call.body)
    call.order_id = order.id
    if state.config.push_on_create:
        push = push_checkout_status(state, order)
        if push is not None:
            await push
    link = f"{state.url}/checkout/webapp/pay/{order.id}" if state.config.payment_links else None
    location = {"Location": f"{state.url}{BASE}/Orders/{order.id}"}
    return json_answer({"OrderId": order.id, "PaymentLink": link}, status=201, headers=location)


def _readable(state: SimState, call: Call, order: Order) -> Order:
    """Play read-after-write lag: an order just made may not be found yet."""
    if order.merchant_made:
        raise order_not_found()
    lag = timedelta(seconds=state.config.quirks.read_lag_seconds)
    if state.clock.now() - order.created < lag:
        raise order_not_found()
    if order.reads_to_miss > 0:
        order.reads_to_miss -= 1
        raise order_not_found()
    return owned(call, order)


async def read_by_id(state: SimState, call: Call) -> web.StreamResponse:
    """GET /Orders/{id}."""
    authenticate(state, call)
    order = _readable(state, call, state.find(int(call.params[0])))
    return json_answer(distort(merchant_order(state, order), state.config.quirks))


async def read_by_reference(state: SimState, call: Call) -> web.StreamResponse:
    """GET /Orders?merchantReference=…; the newest order when several share it."""
    authenticate(state, call)
    reference = call.query("merchantReference")
    if not reference:
        raise ApiError("INVALID_INPUT", "Property: merchantReference, Message: The field is required.")
    order = _readable(state, call, state.by_reference(reference))
    return json_answer(distort(merchant_order(state, order), state.config.quirks))


async def update(state: SimState, call: Call) -> web.StreamResponse:
    """PUT /Orders/{id}."""
    authenticate(state, call)
    read_body(call)
    order = owned(call, state.find(int(call.params[0])))
    update_order(state, order, call.body)
    await cart_changed(state, order)
    return json_answer("", headers={"Location": f"{state.url}{BASE}/Orders/{order.id}"})


async def bad_id(state: SimState, call: Call) -> web.StreamResponse:
    """GET or PUT with something that is no order id."""
    authenticate(state, call)
    raise ApiError("INVALID_INPUT", f"Property: id, Message: The value '{call.params[0]}' is not valid.")


ROUTES: tuple[Route, ...] = (
    route("POST", f"{BASE}/Orders", create),
    route("GET", f"{BASE}/Orders", read_by_reference),
    route("GET", BASE + r"/Orders/(\d{1,18})", read_by_id),
    route("PUT", BASE + r"/Orders/(\d{1,18})", update),
    route("GET", BASE + r"/Orders/([^/]+)", bad_id),
    route("PUT", BASE + r"/Orders/([^/]+)", bad_id),
)
