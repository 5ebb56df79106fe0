"""Acts of the control plane on one order: customer, bank, portal, calendar."""

from typing import Any

import msgspec

from adapters.simulators.qliro.at_qliro import cancel_here, capture_here, reduce_here, refund_here
from adapters.simulators.qliro.buying import answer_challenge, resolve_hold
from adapters.simulators.qliro.control_api import named_order, read
from adapters.simulators.qliro.control_bodies import Address as AddressBody
from adapters.simulators.qliro.control_bodies import Answer, Buy, Keep, Pieces, Reservation
from adapters.simulators.qliro.control_views import order_detail, order_summary
from adapters.simulators.qliro.model import Address, Item, ShippingChoice, Transaction
from adapters.simulators.qliro.money import to_minor
from adapters.simulators.qliro.routing import Call
from adapters.simulators.qliro.running import add_reservation, buy
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.webapi import outcome_body


async def list_orders(state: SimState, call: Call) -> Any:
    reference = call.query("merchantReference")
    orders = [o for o in state.orders.values() if reference in (None, o.reference)]
    return {"orders": [order_summary(state, order) for order in orders]}


async def show_order(state: SimState, call: Call) -> Any:
    return order_detail(state, named_order(state, call))


def _address(body: AddressBody | None, country: str) -> Address | None:
    if body is None:
        return None
    values = msgspec.structs.asdict(body)
    return Address(**{**values, "country": body.country or country})


async def buy_order(state: SimState, call: Call) -> Any:
    order, body = named_order(state, call), read(call, Buy)
    ship = body.shipping
    choice = None
    if ship is not None:
        choice = ShippingChoice(ship.method, ship.option, tuple(ship.services), ship.access_code)
    outcome = await buy(
        state, order.id, person=body.person, method=body.method, shipping=choice, email=body.email,
        address=_address(body.address, order.country), masked=body.masked,
        three_d_secure=body.three_d_secure, identity_verified=body.identity_verified,
        newsletter=body.newsletter,
    )  # fmt: skip
    return outcome_body(outcome)


async def challenge(state: SimState, call: Call) -> Any:
    order = named_order(state, call)
    return outcome_body(answer_challenge(state, order, approve=read(call, Answer).approve))


async def hold(state: SimState, call: Call) -> Any:
    order = named_order(state, call)
    resolve_hold(state, order, approve=read(call, Answer).approve)
    return order_summary(state, order)


async def expire(state: SimState, call: Call) -> Any:
    named_order(state, call).expired = True
    return {}


async def purge(state: SimState, call: Call) -> Any:
    named_order(state, call).purged = True
    return {}


def _started(transactions: list[Transaction]) -> dict[str, Any]:
    return {"paymentTransactionIds": [t.id for t in transactions]}


async def portal_capture(state: SimState, call: Call) -> Any:
    return _started(await capture_here(state, named_order(state, call), read(call, Pieces).items))


async def portal_refund(state: SimState, call: Call) -> Any:
    return _started(await refund_here(state, named_order(state, call), read(call, Pieces).items))


async def portal_cancel(state: SimState, call: Call) -> Any:
    return _started(await cancel_here(state, named_order(state, call)))


async def portal_update(state: SimState, call: Call) -> Any:
    return _started(await reduce_here(state, named_order(state, call), read(call, Keep).items))


async def reservation(state: SimState, call: Call) -> Any:
    order = named_order(state, call)
    items = []
    for row in read(call, Reservation).items:
        inc = to_minor(row.price)
        ex = inc if row.price_ex_vat is None else to_minor(row.price_ex_vat)
        items.append(Item(row.reference, row.type, row.quantity, inc, ex, row.description))
    return {"paymentTransactionId": add_reservation(state, order.id, items)}
