"""The Admin API under /checkout/adminapi/v2 (section 9)."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from adapters.simulators.qliro.admin_requests import (
    read_additions,
    read_currency,
    read_order_id,
    read_returns,
    read_shipments,
    read_updates,
)
from adapters.simulators.qliro.errors import evaluation, order_not_found, retry_shortly
from adapters.simulators.qliro.merchant_api import authenticate, owned, read_request
from adapters.simulators.qliro.model import UNFINISHED, Order, Transaction
from adapters.simulators.qliro.operations.additions import plan_additions
from adapters.simulators.qliro.operations.cancel import plan_cancel
from adapters.simulators.qliro.operations.rename import plan_rename, plan_retry
from adapters.simulators.qliro.operations.returns import plan_returns
from adapters.simulators.qliro.operations.ship import plan_shipments
from adapters.simulators.qliro.operations.update import plan_updates
from adapters.simulators.qliro.rendering import admin_order, distort, wire_transaction
from adapters.simulators.qliro.routing import Call, Route, json_answer, route
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.transactions import Planned, begin
from adapters.simulators.qliro.validation import REFERENCE, Fields

BASE = "/checkout/adminapi/v2"


async def read_order(state: SimState, call: Call) -> web.StreamResponse:
    """GET /v2/orders/{id or reference}; digits only are an id."""
    authenticate(state, call)
    key = call.params[0]
    order = owned(call, state.find(int(key)) if key.isdigit() else state.by_reference(key))
    body = admin_order(state, order)
    window = state.config.quirks.stale_admin_seconds
    if order.stale_admin is not None and (state.clock.now() - order.stale_admin[0]).total_seconds() < window:
        body = order.stale_admin[1]
    return json_answer(distort(body, state.config.quirks))


async def read_transaction(state: SimState, call: Call) -> web.StreamResponse:
    """GET /v2/paymentTransactions/{id}."""
    authenticate(state, call)
    found = state.transaction(int(call.params[0]))
    if found is None:
        raise order_not_found()
    order, tx = found
    owned(call, order)
    wire = wire_transaction(tx, order.currency, parent=False)
    quirks = state.config.quirks
    # Type and Status are plain strings in this answer's schema, never numbers.
    return json_answer({**distort(wire, quirks), "Type": wire["Type"], "Status": wire["Status"]})


def admit(state: SimState, call: Call, order: Order) -> None:
    """RequestId memory first, then one operation at a time per order (section 15)."""
    owned(call, order)
    now = state.clock.now()
    if call.request_id is not None:
        if state.memory.knows(order.merchant_key, call.request_id, now=now, memory=state.config.request_memory):
            text = f"Request with RequestId {call.request_id} has already been received"
            raise evaluation(state.config.repeated_request_code, text)
        if state.config.refused_requests_consume_id:
            state.memory.remember(order.merchant_key, call.request_id, now=now)
    if any(t.status in UNFINISHED for t in order.transactions):
        raise retry_shortly()


def accepted(state: SimState, call: Call, order: Order) -> None:
    """The request passed every check: its RequestId is used up."""
    if call.request_id is not None:
        state.memory.remember(order.merchant_key, call.request_id, now=state.clock.now())


def transactions_answer(state: SimState, transactions: list[Transaction]) -> web.StreamResponse:
    """{"PaymentTransactions": [{id, Created}]}; the status is the one at acceptance."""
    rows = [{"PaymentTransactionId": t.id, "Status": "Created"} for t in transactions]
    return json_answer(distort({"PaymentTransactions": rows}, state.config.quirks))


Planner = Callable[[SimState, Order, Any], list[Planned]]


def money_operation(
    read: Callable[[Fields], Any], plan: Planner, *, currency: bool = True
) -> Callable[[SimState, Call], Awaitable[web.StreamResponse]]:
    """A handler: sign, read, admit, check, begin."""

    async def handle(state: SimState, call: Call) -> web.StreamResponse:
        _, fields = read_request(state, call)
        order_id = read_order_id(fields)
        money = read_currency(fields) if currency else None
        wanted = read(fields)
        fields.problems.raise_if_any()
        order = state.find(order_id)
        admit(state, call, order)
        if money is not None and money != order.currency:
            raise evaluation("CURRENCY_MISMATCH", f"Order {order.id} has currency {order.currency}")
        plans = plan(state, order, wanted)
        accepted(state, call, order)
        return transactions_answer(state, await begin(state, order, plans, request_id=call.request_id))

    return handle


async def rename(state: SimState, call: Call) -> web.StreamResponse:
    """POST /v2/updatemerchantreference."""
    _, fields = read_request(state, call)
    order_id = read_order_id(fields)
    reference = fields.text("NewMerchantReference", required=True, pattern=REFERENCE)
    fields.problems.raise_if_any()
    order = state.find(order_id)
    admit(state, call, order)
    plans = plan_rename(order)
    accepted(state, call, order)
    order.reference = reference or order.reference
    if not plans:
        name = "UpdateMerchantReferenceResponse"
        return json_answer({"discriminator": name, "Type": name})
    name = "UpdateMerchantReferenceWithTransactionResponse"
    (tx,) = await begin(state, order, plans, request_id=call.request_id)
    return json_answer({"discriminator": name, "Type": name, "PaymentTransactionId": tx.id, "Status": "Created"})


async def retry_reversal(state: SimState, call: Call) -> web.StreamResponse:
    """POST /v2/retryReversalPaymentTransaction."""
    _, fields = read_request(state, call)
    reference = fields.integer("PaymentReference", required=True)
    fields.problems.raise_if_any()
    found = state.transaction(reference or 0)
    if found is None:
        raise evaluation("PAYMENT_REFERENCE_IS_INCORRECT", f"Payment reference {reference} is unknown")
    order = found[0]
    admit(state, call, order)
    plan = plan_retry(state, order, reference or 0)
    accepted(state, call, order)
    (tx,) = await begin(state, order, [plan], request_id=call.request_id)
    return json_answer({"PaymentTransactionId": tx.id, "Status": "Created"})


async def set_push_url(state: SimState, call: Call) -> web.StreamResponse:
    """POST /v2/orderPushUrl/OrderManagement."""
    _, fields = read_request(state, call)
    order_id = read_order_id(fields)
    name = "MerchantOrderManagementStatusPushUrl"
    hosts = state.config.plain_http_hosts if state.config.require_https else None
    url = fields.url(name, required=True, http_hosts=hosts)
    fields.problems.raise_if_any()
    order = owned(call, state.find(order_id))
    order.request[name] = url
    return web.Response(status=200)


def _nothing(_: Fields) -> None:
    return None


def _cancel(state: SimState, order: Order, _: None) -> list[Planned]:
    return plan_cancel(state, order)


ROUTES: tuple[Route, ...] = (
    route("GET", BASE + r"/paymentTransactions/(\d{1,18})", read_transaction),
    route("GET", BASE + r"/orders/([^/]+)", read_order),
    route("POST", f"{BASE}/MarkItemsAsShipped", money_operation(read_shipments, plan_shipments)),
    route(
        "POST",
        f"{BASE}/cancelOrder",
        money_operation(_nothing, _cancel, currency=False),
    ),
    route("POST", f"{BASE}/ReturnItems", money_operation(read_returns, plan_returns)),
    route("POST", f"{BASE}/UpdateItems", money_operation(read_updates, plan_updates)),
    route("POST", f"{BASE}/AddItemsToInvoice", money_operation(read_additions, plan_additions)),
    route("POST", f"{BASE}/updatemerchantreference", rename),
    route("POST", f"{BASE}/retryReversalPaymentTransaction", retry_reversal),
    route("POST", f"{BASE}/orderPushUrl/OrderManagement", set_push_url),
)
