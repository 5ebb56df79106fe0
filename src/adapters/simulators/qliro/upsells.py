"""Selling more with a completed order (section 12): limits, both ways to pay, one success per UpsellId."""

import itertools
import secrets
from dataclasses import replace
from datetime import timedelta

from adapters.simulators.qliro.errors import ApiError, evaluation, not_supported
from adapters.simulators.qliro.holdings import live_reservations, remaining_amount, unshipped
from adapters.simulators.qliro.ledger import Movement
from adapters.simulators.qliro.methods import Family, is_qliro, method_called
from adapters.simulators.qliro.model import (
    ActionType,
    CheckoutStatus,
    Item,
    Order,
    Transaction,
    TxStatus,
    TxType,
    Upsell,
    UpsellResult,
    total_of,
)
from adapters.simulators.qliro.money import to_major
from adapters.simulators.qliro.operations.common import bad_total, on_hold, require_not_cancelled
from adapters.simulators.qliro.pushes import push_transaction, push_upsell
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.transactions import Planned, add_transaction, begin, book

LINK = "/checkout/upsell"
_MOST = {"EUR": 3_000, "USD": 3_000, "GBP": 3_000}
_MOST_IN_CROWNS = 30_000
_NUMBERS = itertools.count(1)


def eligible(state: SimState, order: Order) -> bool:
    """Whether more may be sold with the order now."""
    if order.completed_at is None or order.status is not CheckoutStatus.COMPLETED or not state.config.upsell_enabled:
        return False
    return state.clock.now() < order.completed_at + timedelta(seconds=state.config.upsell_seconds)


async def sell(
    state: SimState, order: Order, items: list[Item], *, upsell_id: str | None, request_id: str | None
) -> Upsell:
    """Begin an upsell: a transaction, or a link where the customer pays. Raises ApiError and nothing happens."""
    check(state, order, items, upsell_id)
    redirect = _redirects(state, order)
    if redirect and not upsell_id:
        raise ApiError("INVALID_INPUT", "Property: UpsellId, Message: The UpsellId field is required.")
    known = next((u for u in order.upsells if u.id == upsell_id and u.link_token), None)
    if known is not None:
        return known
    made = Upsell(upsell_id or f"UPS-{next(_NUMBERS):04}", items, live_reservations(order)[0].id, state.clock.now())
    order.upsells.append(made)
    if redirect:
        made.link_token = secrets.token_urlsafe(12)
        state.spawn(_session(state, order, made))
        return made
    (tx,) = await begin(state, order, [_planned(state, order, made)], request_id=request_id)
    made.transaction_id = tx.id
    return made


def check(state: SimState, order: Order, items: list[Item], upsell_id: str | None) -> None:
    """Everything that stands in the way."""
    if order.status is CheckoutStatus.ON_HOLD:
        raise on_hold()
    if order.status is not CheckoutStatus.COMPLETED:
        raise not_supported("Upsell is not supported for an order that is not completed")
    require_not_cancelled(order)
    if not eligible(state, order):
        raise not_supported("The order is not eligible for upsell")
    total = total_of(items)
    if total <= 0:
        raise bad_total(total)
    room = limit(state, order) - sum(u.amount for u in order.upsells if u.result is UpsellResult.SUCCESS)
    if total > room:
        raise evaluation("INVALID_REQUEST_TOTAL_AMOUNT", f"Upsell total {to_major(total)} exceeds {to_major(room)}")
    if any(u.id == upsell_id and (not u.open or not u.link_token) for u in order.upsells):
        raise evaluation("INVALID_REQUEST", f"Upsell {upsell_id} has already been made")


def limit(state: SimState, order: Order) -> int:
    """How much may be sold in all: a share of the order for Qliro's own methods, else a sum."""
    if state.config.upsell_most is not None:
        return state.config.upsell_most
    if is_qliro(order.method or ""):
        return int(total_of(order.final_items or []) * state.config.upsell_limit_percent / 100)
    return _MOST.get(order.currency, _MOST_IN_CROWNS)


def open_link(order: Order) -> Upsell:
    """The newest upsell that waits for the customer. Raises ApiError."""
    waiting = [u for u in order.upsells if u.link_token and u.open]
    if not waiting:
        raise ApiError("CHECKOUT_REFUSED", "no upsell waits for the customer", status=409)
    return waiting[-1]


def by_link(state: SimState, token: str) -> tuple[Order, Upsell] | None:
    """Whose link it is."""
    for order in state.orders.values():
        for upsell in order.upsells:
            if upsell.link_token == token:
                return order, upsell
    return None


def pay(state: SimState, order: Order, upsell: Upsell, *, approve: bool) -> Transaction:
    """The customer pays at the link, or tries to: a failed try may be followed by another."""
    if not upsell.open:
        raise ApiError("CHECKOUT_REFUSED", "the upsell is over", status=409)
    plan = _planned(state, order, upsell)
    status = TxStatus.SUCCESS if approve else TxStatus.ERROR
    tx = add_transaction(state, order, plan, request_id=None, status=status)
    if approve:
        assert plan.on_success is not None
        plan.on_success(tx)
        push_transaction(state, order, tx)
        push_upsell(state, order, upsell, replaces=upsell.replaces)
    else:
        tx.error_code, tx.error_text = "DECLINED", "Declined by provider"
        push_transaction(state, order, tx)
    return tx


def end(state: SimState, order: Order, upsell: Upsell) -> None:
    """The link's session is over; nobody has paid. Told once, without a transaction."""
    if upsell.open:
        upsell.result = UpsellResult.ERROR
        push_upsell(state, order, upsell, replaces=False)


def link_of(state: SimState, upsell: Upsell) -> str:
    return f"{state.url}{LINK}/{upsell.link_token}"


async def _session(state: SimState, order: Order, upsell: Upsell) -> None:
    await state.clock.sleep(state.config.upsell_session_seconds)
    end(state, order, upsell)


def _redirects(state: SimState, order: Order) -> bool:
    if state.config.upsell_redirects is not None:
        return state.config.upsell_redirects
    method = method_called(order.method or "")
    return method is not None and method.family in (Family.BANK, Family.WALLET)


def _planned(state: SimState, order: Order, upsell: Upsell) -> Planned:
    original = order.transaction(upsell.original_id)
    assert original is not None
    wanted = is_qliro(original.method) if state.config.upsell_replaces is None else state.config.upsell_replaces
    replaced = live_reservations(order) if wanted and original.kind is TxType.PREAUTHORIZATION else []
    kept = [item for old in replaced for item in unshipped(order, old)]
    upsell.replaces = bool(replaced)
    sold = [replace(item, upsell_id=upsell.id) for item in upsell.items]
    amount = upsell.amount + sum(remaining_amount(order, old) for old in replaced)

    def succeeded(tx: Transaction) -> None:
        _succeed(state, order, upsell, tx, replaced)

    def ended(tx: Transaction) -> None:
        upsell.transaction_id = tx.id
        if tx.status is not TxStatus.SUCCESS:
            upsell.result = UpsellResult.ERROR
        push_upsell(state, order, upsell, replaces=upsell.replaces)

    actions = [(ActionType.RESERVE, item) for item in (*kept, *sold)]
    return Planned(original.kind, amount, upsell.original_id, actions, succeeded, on_end=ended)


def _succeed(state: SimState, order: Order, upsell: Upsell, tx: Transaction, replaced: list[Transaction]) -> None:
    upsell.result, upsell.transaction_id = UpsellResult.SUCCESS, tx.id
    for old in replaced:
        left = remaining_amount(order, old)
        old.status = TxStatus.CANCELLED
        book(state, order, tx, Movement.REVERSED, left, f"reservation {old.id} overridden")
    book(state, order, tx, Movement.AUTHORIZED, tx.amount, "upsell")
    if tx.kind is TxType.DEBIT:
        book(state, order, tx, Movement.CAPTURED, tx.amount, "direct payment")
    before = [replace(i, owner=tx.id) for i in order.final_items or []] if replaced else order.final_items or []
    order.final_items = [*before, *(replace(i, upsell_id=upsell.id, owner=tx.id) for i in upsell.items)]
    order.upsold = True
