"""What the control plane tells: orders, messages, ledger, requests. Amounts in major units."""

from typing import Any

from adapters.simulators.qliro.clock import stamp
from adapters.simulators.qliro.deliveries import Delivery
from adapters.simulators.qliro.extras import total_price
from adapters.simulators.qliro.items import wire_item
from adapters.simulators.qliro.ledger import Entry, Totals
from adapters.simulators.qliro.model import Order
from adapters.simulators.qliro.money import to_major
from adapters.simulators.qliro.orders import has_expired
from adapters.simulators.qliro.rendering import admin_order
from adapters.simulators.qliro.requests import LoggedRequest
from adapters.simulators.qliro.state import SimState


def totals_view(totals: Totals) -> dict[str, Any]:
    return {
        "authorized": to_major(totals.authorized),
        "captured": to_major(totals.captured),
        "reversed": to_major(totals.reversed),
        "refunded": to_major(totals.refunded),
        "reserved": to_major(totals.reserved),
        "kept": to_major(totals.kept),
    }


def order_summary(state: SimState, order: Order) -> dict[str, Any]:
    return {
        "orderId": order.id,
        "merchantReference": order.reference,
        "merchantKey": order.merchant_key,
        "status": order.status.value,
        "total": to_major(total_price(order)),
        "currency": order.currency,
        "country": order.country,
        "created": stamp(order.created),
        "expired": has_expired(state, order) and not order.paid,
        "paymentMethod": order.method,
        "merchantUpdateVersion": order.update_version,
        "ledger": totals_view(state.ledger.totals(order.id)),
    }


def order_detail(state: SimState, order: Order) -> dict[str, Any]:
    items = order.final_items if order.final_items is not None else order.items
    return {
        **order_summary(state, order),
        "items": [wire_item(item) for item in items],
        "admin": admin_order(state, order),
        "request": {k: v for k, v in order.request.items() if k != "MerchantApiKey"},
        "paymentInProcess": order.attempt is not None,
        "callbacks": [delivery_view(d) for d in state.callbacks.of(order.id)],
        "entries": [entry_view(e) for e in state.ledger.of(order.id)],
    }


def entry_view(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "moment": stamp(entry.moment),
        "orderId": entry.order_id,
        "movement": entry.movement.value,
        "amount": to_major(entry.amount),
        "currency": entry.currency,
        "paymentTransactionId": entry.transaction_id,
        "requestId": entry.request_id,
        "note": entry.note,
    }


def delivery_view(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "orderId": delivery.order_id,
        "kind": delivery.kind.value,
        "url": delivery.url,
        "state": delivery.state.value,
        "created": stamp(delivery.created),
        "nextAt": stamp(delivery.next_at) if delivery.next_at is not None else None,
        "body": delivery.payload,
        "tries": [
            {"moment": stamp(t.moment), "status": t.status, "accepted": t.accepted, "reply": t.reply}
            for t in delivery.tries
        ],
    }


def request_view(request: LoggedRequest) -> dict[str, Any]:
    return {
        "number": request.number,
        "moment": stamp(request.moment),
        "method": request.method,
        "path": request.path,
        "status": request.status,
        "requestId": request.request_id,
        "correlationId": request.correlation_id,
        "errorCode": request.error_code,
        "orderId": request.order_id,
        "milliseconds": request.milliseconds,
    }
