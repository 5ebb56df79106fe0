"""POST /Upsell of the Merchant API, and the page at the link where customers pay for more (sections 5.4 and 12)."""

import html

from aiohttp import web

from adapters.simulators.qliro.admin_api import accepted, admit
from adapters.simulators.qliro.admin_requests import read_currency, read_order_id
from adapters.simulators.qliro.errors import evaluation, order_not_found
from adapters.simulators.qliro.items import MOST_LINES, read_item, refuse_same_identity
from adapters.simulators.qliro.merchant_api import BASE, read_request
from adapters.simulators.qliro.model import Item, Order, Upsell, UpsellResult
from adapters.simulators.qliro.money import to_major
from adapters.simulators.qliro.rendering import distort
from adapters.simulators.qliro.routing import Call, Route, json_answer, route
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.upsells import LINK, by_link, check, end, link_of, pay, sell
from adapters.simulators.qliro.validation import Fields
from adapters.simulators.qliro.webapi import static_text

_KNOWN = frozenset({"MerchantApiKey", "RequestId", "OrderId", "Currency", "OrderItems", "UpsellId"})
_STATES = {UpsellResult.OPEN: "open", UpsellResult.SUCCESS: "paid", UpsellResult.ERROR: "over"}


async def upsell(state: SimState, call: Call) -> web.StreamResponse:
    """POST /Upsell."""
    _, fields = read_request(state, call)
    order_id, currency = read_order_id(fields), read_currency(fields)
    upsell_id = fields.text("UpsellId", most=50)
    items = _items(fields)
    for name in sorted(set(call.body) - _KNOWN):
        fields.bad(name, "The member is not known.")
    fields.problems.raise_if_any()
    order = state.find(order_id)
    admit(state, call, order)
    if currency != order.currency:
        raise evaluation("CURRENCY_MISMATCH", f"Order {order.id} has currency {order.currency}")
    check(state, order, items, upsell_id)
    made = await sell(state, order, items, upsell_id=upsell_id, request_id=call.request_id)
    accepted(state, call, order)
    if made.link_token:
        return json_answer({"UpsellLink": link_of(state, made)})
    return json_answer(distort({"PaymentTransactionId": made.transaction_id, "Status": "Created"}, state.config.quirks))


def _items(fields: Fields) -> list[Item]:
    """Type and both prices are required here."""
    value = fields.body.get("OrderItems")
    if value == []:
        fields.bad("OrderItems", "The OrderItems field must contain at least one item.")
    if isinstance(value, list) and len(value) > MOST_LINES:
        fields.bad("OrderItems", f"The OrderItems field must contain at most {MOST_LINES} items.")
        return []
    rows = fields.rows("OrderItems", required=True)
    read = [read_item(row, type_required=True, ex_required=True) for row in rows]
    items = [item for item in read if item is not None]
    refuse_same_identity(fields, items)
    return items


def _named(state: SimState, call: Call) -> tuple[Order, Upsell]:
    found = by_link(state, call.params[0])
    if found is None:
        raise order_not_found()
    call.order_id = found[0].id
    return found


async def page(state: SimState, call: Call) -> web.StreamResponse:
    """GET the link: what it costs, and buttons that play the customer."""
    order, sold = _named(state, call)
    rows = "".join(
        f'<li><span class="what">{item.quantity} × {html.escape(item.description or item.reference)}</span>'
        f'<span class="price">{to_major(item.total)} {order.currency}</span></li>'
        for item in sold.items
    )
    values = {
        "rows": rows,
        "total": f"{to_major(sold.amount)} {order.currency}",
        "state": _STATES[sold.result],
        "method": html.escape(order.method or ""),
        "back": html.escape(order.url("MerchantConfirmationUrl") or "", quote=True),
    }
    text = static_text("upsell.html")
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
    headers = {"Cache-Control": "no-store"}
    return web.Response(text=text, content_type="text/html", charset="utf-8", headers=headers)


async def act(state: SimState, call: Call) -> web.StreamResponse:
    """POST what the customer does at the link: pay, fail (a try that the bank refuses) or leave (the session ends)."""
    order, sold = _named(state, call)
    if call.params[1] == "leave":
        end(state, order, sold)
    else:
        pay(state, order, sold, approve=call.params[1] == "pay")
    return json_answer({"state": _STATES[sold.result], "redirectUrl": order.url("MerchantConfirmationUrl")})


ROUTES: tuple[Route, ...] = (
    route("POST", f"{BASE}/Upsell", upsell),
    route("GET", LINK + r"/([\w-]{8,64})", page),
    route("POST", LINK + r"/([\w-]{8,64})/(pay|fail|leave)", act),
)
