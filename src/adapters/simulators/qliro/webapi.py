"""The embedded checkout: its page, its script, and the API behind them (bearer token of the snippet)."""

from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web

from adapters.simulators.qliro.auth import read_jwt
from adapters.simulators.qliro.buying import (
    Outcome,
    answer_challenge,
    choose_method,
    choose_shipping,
    forget_customer,
    identify,
    press_buy,
    refuse,
)
from adapters.simulators.qliro.checkout_view import checkout_view
from adapters.simulators.qliro.errors import ApiError, order_not_found
from adapters.simulators.qliro.model import Order, ShippingChoice
from adapters.simulators.qliro.persons import find
from adapters.simulators.qliro.presentation import answer_newsletter
from adapters.simulators.qliro.routing import Call, Handler, Route, json_answer, route
from adapters.simulators.qliro.snippet import order_snippet
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.validation import Fields, Problems, parse_object

API = r"/checkout/webapi/orders/(\d{1,18})"
APP = "/checkout/webapp"
STATIC = Path(__file__).parent / "static"
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}


@cache
def static_text(name: str) -> str:
    """A file of the page, as UTF-8."""
    return (STATIC / name).read_text(encoding="utf-8")


def static_answer(name: str) -> web.Response:
    """A static file with its type; never cached, so that an edit shows at once."""
    kind = TYPES[Path(name).suffix]
    return web.Response(
        text=static_text(name), content_type=kind, charset="utf-8", headers={"Cache-Control": "no-cache"}
    )


def session_order(state: SimState, call: Call) -> Order:
    """The order that the bearer token opens; 401 when it is foreign or has run out."""
    header = call.request.headers.get("Authorization", "")
    claims = read_jwt(header.removeprefix("Bearer "), state.jwt_key) if header.startswith("Bearer ") else None
    now = state.clock.now().timestamp()
    if claims is None or claims.get("orderId") != call.params[0] or not now < float(claims.get("exp", 0)):
        raise ApiError("SESSION_EXPIRED", "The session has expired", status=401)
    order = state.orders.get(int(call.params[0]))
    if order is None or order.purged:
        raise order_not_found()
    call.order_id = order.id
    return order


def _view(state: SimState, order: Order) -> web.Response:
    return json_answer(checkout_view(state, order), headers={"Cache-Control": "no-store"})


def _fields(call: Call) -> tuple[Fields, Problems]:
    problems = Problems()
    return Fields(parse_object(call.raw or b"{}"), problems), problems


async def show(state: SimState, call: Call) -> web.StreamResponse:
    """GET the order as the page shows it."""
    return _view(state, session_order(state, call))


async def set_customer(state: SimState, call: Call) -> web.StreamResponse:
    """POST who the customer is: e-mail, postal code and a test number."""
    order = session_order(state, call)
    fields, problems = _fields(call)
    email = fields.text("email", required=True, most=255)
    postal = fields.text("postalCode", required=True, most=15)
    number = fields.text("personalNumber", required=True, most=50)
    problems.raise_if_any()
    person = find(number or "", order.country)
    if person is None:
        raise refuse("unknown_person")
    answer_newsletter(order, fields.flag("newsletter"))
    await identify(state, order, person=person, email=email or "", postal_code=postal)
    return _view(state, order)


async def drop_customer(state: SimState, call: Call) -> web.StreamResponse:
    """DELETE the customer: someone else wants to buy."""
    order = session_order(state, call)
    forget_customer(state, order)
    return _view(state, order)


async def set_shipping(state: SimState, call: Call) -> web.StreamResponse:
    """POST a shipping method with pickup point, extras and door code."""
    order = session_order(state, call)
    fields, problems = _fields(call)
    method = fields.text("method", required=True)
    option = fields.text("secondaryOption")
    code = fields.text("accessCode", most=50)
    services = fields.body.get("services") or []
    problems.raise_if_any()
    choose_shipping(state, order, ShippingChoice(method or "", option, tuple(map(str, services)), code or None))
    return _view(state, order)


async def set_payment(state: SimState, call: Call) -> web.StreamResponse:
    """POST a payment method."""
    order = session_order(state, call)
    fields, problems = _fields(call)
    name = fields.text("method", required=True)
    problems.raise_if_any()
    choose_method(state, order, name or "")
    return _view(state, order)


def outcome_body(outcome: Outcome) -> dict[str, Any]:
    """An outcome for the page and for the control plane."""
    return {
        "result": outcome.result.value,
        "reason": outcome.reason,
        "message": outcome.message,
        "redirectUrl": outcome.redirect_url,
        "paymentTransactionId": outcome.transaction_id,
    }


async def purchase(state: SimState, call: Call) -> web.StreamResponse:
    """POST: the buy button."""
    order = session_order(state, call)
    return json_answer(outcome_body(await press_buy(state, order)))


async def challenge(state: SimState, call: Call) -> web.StreamResponse:
    """POST the bank's answer to the 3-D Secure question."""
    order = session_order(state, call)
    fields, _ = _fields(call)
    return json_answer(outcome_body(answer_challenge(state, order, approve=fields.flag("approve") is True)))


def _file(name: str) -> Handler:
    async def serve(_: SimState, __: Call) -> web.StreamResponse:
        return static_answer(name)

    return serve


async def pay_link(state: SimState, call: Call) -> web.StreamResponse:
    """The payment link: the snippet on a page of its own."""
    order = state.find(int(call.params[0]))
    page = static_text("pay.html").replace("<!--snippet-->", order_snippet(state, order))
    return web.Response(text=page, content_type="text/html", charset="utf-8")


ROUTES: tuple[Route, ...] = (
    route("GET", API, show),
    route("POST", f"{API}/customer", set_customer),
    route("DELETE", f"{API}/customer", drop_customer),
    route("POST", f"{API}/shipping", set_shipping),
    route("POST", f"{API}/payment", set_payment),
    route("POST", f"{API}/purchase", purchase),
    route("POST", f"{API}/challenge", challenge),
    route("GET", f"{APP}/bootstrap\\.js", _file("bootstrap.js")),
    route("GET", f"{APP}/checkout\\.js", _file("checkout.js")),
    route("GET", f"{APP}/texts\\.js", _file("texts.js")),
    route("GET", f"{APP}/checkout\\.css", _file("checkout.css")),
    route("GET", f"{APP}/terms", _file("terms.html")),
    route("GET", APP + r"/orders/(\d{1,18})", _file("checkout.html")),
    route("GET", APP + r"/pay/(\d{1,18})", pay_link),
)
