"""The merchant portal at /: orders, their money, their messages, and buttons that act at Qliro."""

from html import escape
from typing import Any

import msgspec
from aiohttp import web

from adapters.simulators.qliro.clock import stamp
from adapters.simulators.qliro.deliveries import Delivery
from adapters.simulators.qliro.extras import current_items, total_price
from adapters.simulators.qliro.holdings import live_reservations, refundable_amount, unshipped
from adapters.simulators.qliro.model import CheckoutStatus, Order, TxStatus, TxType
from adapters.simulators.qliro.money import to_major
from adapters.simulators.qliro.orders import has_expired
from adapters.simulators.qliro.routing import Call, Route, route
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.webapi import static_answer, static_text


def _page(title: str, body: str) -> web.Response:
    text = static_text("portal.html").replace("<!--title-->", escape(title)).replace("<!--body-->", body)
    return web.Response(text=text, content_type="text/html", charset="utf-8", headers={"Cache-Control": "no-store"})


def _table(name: str, heads: tuple[str, ...], rows: list[list[str]]) -> str:
    """Cells are HTML already."""
    if not rows:
        return '<p class="none">Nothing yet.</p>'
    head = "".join(f"<th scope=col>{h}</th>" for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    table = f'<table data-testid="{name}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f"<div class=scroll>{table}</div>"


def _amount(minor: int, currency: str) -> str:
    return f"<span class=amount>{to_major(minor)} {escape(currency)}</span>"


def _badge(text: str) -> str:
    return f'<span class="badge {escape(text)}">{escape(text)}</span>'


def _button(label: str, testid: str, path: str, body: Any = None, *, on: bool = True, danger: bool = False) -> str:
    data = escape(msgspec.json.encode({} if body is None else body).decode())
    kind = " class=danger" if danger else ""
    return (
        f'<button type=button{kind} data-testid="{testid}" data-post="/__sim{path}" data-body="{data}"'
        f"{'' if on else ' disabled'}>{escape(label)}</button>"
    )


async def index(state: SimState, _: Call) -> web.StreamResponse:
    """All orders, newest first."""
    rows = [
        [
            f'<a href="/orders/{o.id}">{o.id}</a>',
            escape(o.reference),
            _badge("Expired" if has_expired(state, o) and not o.paid else o.status.value),
            _amount(total_price(o), o.currency),
            escape(o.method or "–"),
            stamp(o.created)[:19].replace("T", " "),
        ]
        for o in reversed(state.orders.values())
    ]
    table = _table("orders", ("Order", "Reference", "Status", "Total", "Method", "Created"), rows)
    return _page("Orders", f"<h1>Orders</h1><section>{table}</section>")


def _actions(state: SimState, order: Order) -> str:
    base = f"/orders/{order.id}"
    live = live_reservations(order)
    can_ship = any(unshipped(order, r) for r in live)
    taken = [t for t in order.transactions if t.kind in (TxType.CAPTURE, TxType.DEBIT)]
    can_refund = any(refundable_amount(order, t) > 0 for t in taken if t.status is TxStatus.SUCCESS)
    on_hold = order.status is CheckoutStatus.ON_HOLD
    return "".join(
        (
            _button("Capture all", "capture", f"{base}/portal/capture", on=can_ship),
            _button("Refund all", "refund", f"{base}/portal/refund", on=can_refund),
            _button("Cancel", "cancel", f"{base}/portal/cancel", on=can_ship, danger=True),
            _button("Bank says yes", "hold-approve", f"{base}/hold", {"approve": True}, on=on_hold),
            _button("Bank says no", "hold-refuse", f"{base}/hold", {"approve": False}, on=on_hold, danger=True),
            _button("Expire", "expire", f"{base}/expire", on=not order.paid and not order.expired, danger=True),
        )
    )


def _items(order: Order) -> str:
    left: dict[str, int] = {}
    for reservation in live_reservations(order):
        for item in unshipped(order, reservation):
            left[item.reference] = left.get(item.reference, 0) + item.quantity
    rows = []
    for item in current_items(order):
        reference = escape(item.reference)
        pieces = left.get(item.reference, 0)
        field = (
            f'<input type=number min=0 max={pieces} value=0 data-item="{reference}" aria-label="Pieces of {reference}">'
            if pieces
            else ""
        )
        rows.append(
            [reference, escape(item.description or ""), item.kind.value, str(item.quantity),
             _amount(item.inc, order.currency), _amount(item.total, order.currency), str(pieces), field]
        )  # fmt: skip
    heads = ("Reference", "Text", "Type", "Pieces", "Price", "Sum", "To ship", "Now")
    return _table("items", heads, rows) + (
        _button("Capture these pieces", "capture-some", f"/orders/{order.id}/portal/capture", {"items": {}})
        if left
        else ""
    )


def _transactions(order: Order) -> str:
    rows = [
        [str(t.id), str(t.original_id or ""), t.kind.value, _badge(t.status.value), _amount(t.amount, order.currency),
         escape(t.method), escape(t.error_code or ""), stamp(t.moment)]
        for t in order.transactions
    ]  # fmt: skip
    heads = ("Transaction", "Of", "Type", "Status", "Amount", "Method", "Error", "Time")
    return _table("transactions", heads, rows)


def _item_actions(order: Order) -> str:
    rows = [
        [str(a.id), a.kind.value, escape(a.item.reference), str(a.item.quantity), _amount(a.item.inc, order.currency),
         str(a.transaction_id)]
        for a in order.actions
    ]  # fmt: skip
    return _table("actions", ("Id", "Action", "Reference", "Pieces", "Price", "Transaction"), rows)


def _ledger(state: SimState, order: Order) -> str:
    totals = state.ledger.totals(order.id)
    sums = "".join(
        f'<div><dt>{name}</dt><dd data-testid="ledger-{name}">{to_major(value)}</dd></div>'
        for name, value in (
            ("authorized", totals.authorized), ("captured", totals.captured), ("reversed", totals.reversed),
            ("refunded", totals.refunded), ("reserved", totals.reserved), ("kept", totals.kept),
        )
    )  # fmt: skip
    rows = [
        [str(e.number), e.movement.value, _amount(e.amount, e.currency), str(e.transaction_id),
         escape(e.request_id or ""), escape(e.note)]
        for e in state.ledger.of(order.id)
    ]  # fmt: skip
    return f"<dl class=sums>{sums}</dl>" + _table(
        "ledger", ("#", "Movement", "Amount", "Transaction", "RequestId", "Note"), rows
    )


def _delivery(delivery: Delivery) -> list[str]:
    tries = "<br>".join(
        f"{stamp(t.moment)[11:]} {t.status or 'no answer'} {'✓' if t.accepted else escape(t.reply[:60])}"
        for t in delivery.tries
    )
    pretty = escape(msgspec.json.format(delivery.body, indent=2).decode())
    again = _button(
        "Send again", f"replay-{delivery.id}", f"/callbacks/{delivery.id}/replay"
    )  # fmt: skip
    status = delivery.payload.get("Status") or delivery.payload.get("CustomerCheckoutStatus") or ""
    return [
        str(delivery.id), delivery.kind.value, escape(str(status)), _badge(delivery.state.value), tries,
        f"<details><summary>Body</summary><pre>{pretty}</pre></details>", again,
    ]  # fmt: skip


async def detail(state: SimState, call: Call) -> web.StreamResponse:
    """One order with everything that happened to it."""
    order = state.orders.get(int(call.params[0]))
    if order is None:
        return _page("Unknown order", "<h1>Unknown order</h1>")
    messages = _table(
        "callbacks",
        ("Id", "Kind", "Status", "Delivery", "Attempts", "Message", ""),
        [_delivery(d) for d in state.callbacks.of(order.id)],
    )
    status = "Expired" if has_expired(state, order) and not order.paid else order.status.value
    facts = " · ".join(escape(x) for x in (order.reference, order.country, order.language, order.method or "–"))
    body = (
        f'<p><a href="/">All orders</a></p><h1>Order <span data-testid="order-id">{order.id}</span> '
        f'<span data-testid="order-status">{_badge(status)}</span></h1>'
        f"<p>{facts} · {_amount(total_price(order), order.currency)}</p>"
        f"<section class=actions>{_actions(state, order)}</section><p role=alert id=problem></p>"
        f"<section><h2>Items</h2>{_items(order)}</section>"
        f"<section><h2>Transactions</h2>{_transactions(order)}</section>"
        f"<section><h2>Ledger</h2>{_ledger(state, order)}</section>"
        f"<section><h2>Messages to the merchant</h2>{messages}</section>"
        f"<section><h2>Item actions</h2>{_item_actions(order)}</section>"
    )
    return _page(f"Order {order.id}", body)


async def script(_: SimState, __: Call) -> web.StreamResponse:
    return static_answer("portal.js")


async def style(_: SimState, __: Call) -> web.StreamResponse:
    return static_answer("portal.css")


ROUTES: tuple[Route, ...] = (
    route("GET", "/", index),
    route("GET", r"/orders/(\d{1,18})", detail),
    route("GET", r"/portal\.js", script),
    route("GET", r"/portal\.css", style),
)
