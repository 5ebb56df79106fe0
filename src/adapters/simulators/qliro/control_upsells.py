"""Acts of the control plane on upsells: the customer at the link, and the end of its session."""

from typing import Any

from adapters.simulators.qliro.control_api import named_order, read
from adapters.simulators.qliro.control_bodies import Answer
from adapters.simulators.qliro.items import wire_item
from adapters.simulators.qliro.model import Order, Upsell
from adapters.simulators.qliro.money import to_major
from adapters.simulators.qliro.routing import Call
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.upsells import end, link_of, open_link, pay


def upsell_view(state: SimState, upsell: Upsell) -> dict[str, Any]:
    """An upsell as it stands."""
    return {
        "upsellId": upsell.id,
        "result": upsell.result.value,
        "amount": to_major(upsell.amount),
        "replaces": upsell.replaces,
        "link": link_of(state, upsell) if upsell.link_token else None,
        "paymentTransactionId": upsell.transaction_id,
        "items": [wire_item(item) for item in upsell.items],
    }


async def list_upsells(state: SimState, call: Call) -> Any:
    order: Order = named_order(state, call)
    return {"upsells": [upsell_view(state, each) for each in order.upsells]}


async def pay_upsell(state: SimState, call: Call) -> Any:
    order = named_order(state, call)
    upsell = open_link(order)
    pay(state, order, upsell, approve=read(call, Answer).approve)
    return upsell_view(state, upsell)


async def end_upsell(state: SimState, call: Call) -> Any:
    order = named_order(state, call)
    upsell = open_link(order)
    end(state, order, upsell)
    return upsell_view(state, upsell)
