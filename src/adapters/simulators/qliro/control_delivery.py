"""Acts of the control plane on an order's delivery: the customer's choice, and what the platform tells of it."""

from datetime import datetime
from typing import Any

from adapters.simulators.qliro.buying import choose_shipping
from adapters.simulators.qliro.checkout_view import shipping_event
from adapters.simulators.qliro.control_api import Endpoint, named_order, read
from adapters.simulators.qliro.control_bodies import Shipping, Told
from adapters.simulators.qliro.delivery import moment
from adapters.simulators.qliro.errors import ApiError
from adapters.simulators.qliro.extras import shipping_methods
from adapters.simulators.qliro.model import ShippingChoice
from adapters.simulators.qliro.pushes import Notification, booking_of, push_notification
from adapters.simulators.qliro.routing import Call
from adapters.simulators.qliro.state import SimState


async def show(state: SimState, call: Call) -> Any:
    order = named_order(state, call)
    return {"methods": shipping_methods(order), "chosen": shipping_event(order)}


async def choose(state: SimState, call: Call) -> Any:
    order, body = named_order(state, call), read(call, Shipping)
    choice = ShippingChoice(body.method, body.option, tuple(body.services), body.access_code)
    choose_shipping(state, order, choice)
    return {"event": shipping_event(order)}


async def notify(state: SimState, call: Call) -> Any:
    order, body = named_order(state, call), read(call, Told)
    made = booking_of(state, order, success=body.success, error=body.error)
    provider = body.provider or (made.provider if made else None)
    if provider is None:
        raise ApiError("INVALID_INPUT", "provider: no delivery platform is integrated for this order")
    payload = body.payload if body.payload is not None or made is None else made.payload
    at: datetime = moment(body.at, state.clock.now())
    error = None if body.success else body.error or (made.error if made else None)
    told = Notification(provider, payload, body.success, error, body.event, at)
    for _ in range(body.times):
        push_notification(state, order, told)
    if order.url("MerchantNotificationUrl") is None:
        raise ApiError("MERCHANT_URL_NOT_SET", "The order has no MerchantNotificationUrl", status=409)
    return {"callbackId": state.callbacks.deliveries[-1].id}


DELIVERY: tuple[Endpoint, ...] = (
    Endpoint("GET", "/orders/{id}/delivery", "What is offered and chosen", show, tag="delivery"),
    Endpoint("POST", "/orders/{id}/delivery", "Choose a delivery; answers with the browser's event", choose, Shipping,
             tag="delivery"),
    Endpoint("POST", "/orders/{id}/notification", "Tell of a booking, a failure or anything else, at any time", notify,
             Told, tag="delivery"),
)  # fmt: skip
