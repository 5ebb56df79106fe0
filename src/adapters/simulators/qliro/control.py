"""The control plane under /__sim: everything a test or a demonstration may do to this Qliro."""

import dataclasses
from typing import Any, get_type_hints

import msgspec

from adapters.simulators.fault_rules import FAULT_RULE_SCHEMA
from adapters.simulators.qliro.clock import stamp
from adapters.simulators.qliro.config import QliroSimConfig, Quirks
from adapters.simulators.qliro.control_api import Endpoint, as_route, named_order, openapi, read
from adapters.simulators.qliro.control_bodies import (
    Advance,
    Answer,
    Buy,
    Keep,
    OutcomeBody,
    Pieces,
    Release,
    Replay,
    Reservation,
    RuleBody,
    Settle,
)
from adapters.simulators.qliro.control_cards import CARD_ENDPOINTS
from adapters.simulators.qliro.control_delivery import DELIVERY
from adapters.simulators.qliro.control_orders import (
    buy_order,
    challenge,
    expire,
    hold,
    list_orders,
    portal_cancel,
    portal_capture,
    portal_refund,
    portal_update,
    purge,
    reservation,
    show_order,
)
from adapters.simulators.qliro.control_settlements import SETTLEMENTS
from adapters.simulators.qliro.control_upsells import end_upsell, list_upsells, pay_upsell
from adapters.simulators.qliro.control_views import (
    delivery_view,
    entry_view,
    request_view,
    totals_view,
)
from adapters.simulators.qliro.deliveries import CallbackKind, CallbackRule
from adapters.simulators.qliro.errors import ApiError
from adapters.simulators.qliro.model import TxType
from adapters.simulators.qliro.persons import PEOPLE
from adapters.simulators.qliro.routing import Call, Route
from adapters.simulators.qliro.state import OutcomeRule, SimState
from adapters.simulators.qliro.transactions import decide


async def document(_: SimState, __: Call) -> Any:
    return openapi(ENDPOINTS)


async def health(state: SimState, _: Call) -> Any:
    return {"status": "up", "orders": len(state.orders), "now": stamp(state.clock.now())}


async def reset(state: SimState, _: Call) -> Any:
    await state.reset()
    return {}


async def add_outcome(state: SimState, call: Call) -> Any:
    body = read(call, OutcomeBody)
    kind = None if body.type is None else TxType(body.type)
    state.outcomes.append(
        OutcomeRule(body.code, body.text, kind, body.order_id, times=body.times, skip=body.skip, hold=body.hold)
    )
    return {"waiting": len(state.outcomes)}


async def clear_outcomes(state: SimState, _: Call) -> Any:
    state.outcomes.clear()
    return {}


async def settle(state: SimState, call: Call) -> Any:
    transaction_id = int(call.params[0])
    waiting = state.undecided.get(transaction_id)
    if waiting is None:
        raise ApiError("NOT_WAITING", "No such transaction waits for a decision", status=404)
    body = read(call, Settle)
    order, plan = waiting
    tx = order.transaction(transaction_id)
    if tx is not None:
        decide(state, order, tx, plan, None if body.approve else OutcomeRule(body.code, body.text))
    return {}


async def show_clock(state: SimState, _: Call) -> Any:
    return {"now": stamp(state.clock.now())}


async def advance(state: SimState, call: Call) -> Any:
    state.clock.advance(read(call, Advance).seconds)
    return {"now": stamp(state.clock.now())}


async def list_callbacks(state: SimState, call: Call) -> Any:
    order_id, kind = call.query("orderId"), call.query("kind")
    found = [
        d for d in state.callbacks.deliveries if order_id in (None, str(d.order_id)) and kind in (None, d.kind.value)
    ]
    return {"callbacks": [delivery_view(d) for d in found]}


async def replay(state: SimState, call: Call) -> Any:
    body = read(call, Replay)
    if not state.callbacks.send_again(int(call.params[0]), times=body.times, parallel=body.parallel):
        raise ApiError("NOT_FOUND", "No such callback", status=404)
    return {}


async def release(state: SimState, call: Call) -> Any:
    body = read(call, Release)
    return {"released": state.callbacks.release(reverse=body.reverse, parallel=body.parallel)}


async def add_callback_rule(state: SimState, call: Call) -> Any:
    body = read(call, RuleBody)
    kind = None if body.kind is None else CallbackKind(body.kind)
    state.callbacks.rules.append(
        CallbackRule(body.treatment, kind, body.order_id, body.status, body.times, body.seconds, body.copies)
    )
    return {"rules": len(state.callbacks.rules)}


async def clear_callback_rules(state: SimState, _: Call) -> Any:
    state.callbacks.rules.clear()
    return {}


def _plain_config(config: QliroSimConfig) -> dict[str, Any]:
    plain = dataclasses.asdict(config)
    del plain["merchants"]
    return plain


async def show_config(state: SimState, _: Call) -> Any:
    return _plain_config(state.config)


async def change_config(state: SimState, call: Call) -> Any:
    _assign(state.config, read(call, dict[str, Any]), "")
    return _plain_config(state.config)


def _assign(target: QliroSimConfig | Quirks, changes: dict[str, Any], path: str) -> None:
    hints = get_type_hints(type(target))
    for name, value in changes.items():
        if name not in hints or name == "merchants":
            raise ApiError("INVALID_INPUT", f"{path}{name} is no setting")
        if name == "quirks" and isinstance(target, QliroSimConfig):
            _assign(target.quirks, msgspec.convert(value, dict[str, Any]), "quirks.")
            continue
        try:
            setattr(target, name, msgspec.convert(value, hints[name], strict=False))
        except msgspec.ValidationError as error:
            raise ApiError("INVALID_INPUT", f"{path}{name}: {error}") from error


async def list_ledger(state: SimState, call: Call) -> Any:
    order_id = call.query("orderId")
    return {"entries": [entry_view(e) for e in state.ledger.entries if order_id in (None, str(e.order_id))]}


async def order_ledger(state: SimState, call: Call) -> Any:
    order = named_order(state, call)
    entries = [entry_view(e) for e in state.ledger.of(order.id)]
    return {"totals": totals_view(state.ledger.totals(order.id)), "entries": entries}


async def list_requests(state: SimState, call: Call) -> Any:
    path = (call.query("path") or "").casefold()
    return {"requests": [request_view(r) for r in state.requests.all() if path in r.path.casefold()]}


async def list_faults(state: SimState, _: Call) -> Any:
    return {"kinds": sorted(state.faults.kinds), "rules": [msgspec.to_builtins(r) for r in state.faults.list()]}


async def add_fault(state: SimState, call: Call) -> Any:
    return msgspec.to_builtins(state.faults.add(read(call, dict[str, Any])))


async def clear_faults(state: SimState, _: Call) -> Any:
    state.faults.clear()
    return {}


async def remove_fault(state: SimState, call: Call) -> Any:
    return {"removed": state.faults.remove(int(call.params[0]))}


async def people(_: SimState, __: Call) -> Any:
    return {"people": [dataclasses.asdict(person) for person in PEOPLE]}


FILTERS = ("orderId", "kind")
ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/openapi.json", "This document", document),
    Endpoint("GET", "/health", "Whether the simulator is up", health),
    Endpoint("POST", "/reset", "Forget orders, money, messages, faults", reset),
    Endpoint("GET", "/people", "The test identities", people, tag="customer"),
    Endpoint("GET", "/orders", "All orders", list_orders, query=("merchantReference",), tag="orders"),
    Endpoint("GET", "/orders/{id}", "An order with everything that happened to it", show_order, tag="orders"),
    Endpoint("POST", "/orders/{id}/expire", "Make the order too old", expire, tag="orders"),
    Endpoint("POST", "/orders/{id}/purge", "Make the order unknown", purge, tag="orders"),
    Endpoint("POST", "/orders/{id}/buy", "Buy without a browser", buy_order, Buy, tag="customer"),
    Endpoint("POST", "/orders/{id}/challenge", "Answer 3-D Secure", challenge, Answer, tag="customer"),
    Endpoint("POST", "/orders/{id}/hold", "The bank answers an OnHold order", hold, Answer, tag="customer"),
    Endpoint("POST", "/orders/{id}/portal/capture", "Capture at Qliro", portal_capture, Pieces, tag="portal"),
    Endpoint("POST", "/orders/{id}/portal/refund", "Refund at Qliro", portal_refund, Pieces, tag="portal"),
    Endpoint("POST", "/orders/{id}/portal/cancel", "Cancel at Qliro", portal_cancel, tag="portal"),
    Endpoint("POST", "/orders/{id}/portal/update", "Reduce at Qliro", portal_update, Keep, tag="portal"),
    *DELIVERY,
    Endpoint("GET", "/orders/{id}/upsells", "What was sold beyond the purchase, or is to be", list_upsells,
             tag="customer"),
    Endpoint("POST", "/orders/{id}/upsells/pay", "The customer pays at the newest link, or fails to", pay_upsell,
             Answer, tag="customer"),
    Endpoint("POST", "/orders/{id}/upsells/end", "The session of the newest link ends unpaid", end_upsell,
             tag="customer"),
    Endpoint("POST", "/orders/{id}/reservation", "A second reservation, as an upsell leaves it", reservation,
             Reservation, tag="portal"),
    Endpoint("POST", "/outcomes", "How coming transactions end", add_outcome, OutcomeBody, tag="transactions"),
    Endpoint("DELETE", "/outcomes", "Transactions end well again", clear_outcomes, tag="transactions"),
    Endpoint("POST", "/transactions/{id}/settle", "Decide a transaction (settle mode manual)", settle, Settle,
             tag="transactions"),
    *CARD_ENDPOINTS,
    Endpoint("GET", "/clock", "The simulated time", show_clock, tag="clock"),
    Endpoint("POST", "/clock", "Move the clock forward", advance, Advance, tag="clock"),
    Endpoint("GET", "/callbacks", "Messages with their attempts", list_callbacks, query=FILTERS, tag="callbacks"),
    Endpoint("POST", "/callbacks/{id}/replay", "Deliver a message again", replay, Replay, tag="callbacks"),
    Endpoint("POST", "/callbacks/release", "Let go of held messages", release, Release, tag="callbacks"),
    Endpoint("POST", "/callbacks/rules", "Hold, drop, delay or duplicate messages", add_callback_rule, RuleBody,
             tag="callbacks"),
    Endpoint("DELETE", "/callbacks/rules", "Deliver messages normally again", clear_callback_rules, tag="callbacks"),
    Endpoint("GET", "/config", "Settings and quirks", show_config, tag="settings"),
    Endpoint("PATCH", "/config", "Change settings and quirks", change_config, schema={"type": "object"},
             tag="settings"),
    Endpoint("GET", "/ledger", "Every money movement", list_ledger, query=("orderId",), tag="ledger"),
    Endpoint("GET", "/ledger/{id}", "The movements and sums of an order", order_ledger, tag="ledger"),
    Endpoint("GET", "/requests", "The newest requests", list_requests, query=("path",), tag="ledger"),
    Endpoint("GET", "/faults", "Fault rules and their hits", list_faults, tag="faults"),
    Endpoint("POST", "/faults", "Add a fault rule", add_fault, schema=FAULT_RULE_SCHEMA, tag="faults"),
    Endpoint("DELETE", "/faults", "Remove all fault rules", clear_faults, tag="faults"),
    Endpoint("DELETE", "/faults/{id}", "Remove a fault rule", remove_fault, tag="faults"),
    *SETTLEMENTS,
)  # fmt: skip
ROUTES: tuple[Route, ...] = tuple(as_route(endpoint) for endpoint in ENDPOINTS)
