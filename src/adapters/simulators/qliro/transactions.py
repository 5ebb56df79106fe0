"""Asynchronous transactions: accepted at once, decided later, told by a push (sections 9.1 and 10)."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from adapters.simulators.qliro.config import SettleMode
from adapters.simulators.qliro.ledger import Movement
from adapters.simulators.qliro.model import FINAL, Action, ActionType, Item, Order, Transaction, TxStatus, TxType
from adapters.simulators.qliro.pushes import push_transaction
from adapters.simulators.qliro.rendering import admin_order
from adapters.simulators.qliro.state import OutcomeRule, SimState

REPLY_HEAD_START = 0.003


@dataclass(slots=True)
class Planned:
    """A transaction that an operation wants, and what its success means."""

    kind: TxType
    amount: int
    original_id: int | None
    actions: list[tuple[ActionType, Item]] = field(default_factory=list)
    on_success: Callable[[Transaction], None] | None = None
    otherwise: Callable[[Transaction, TxStatus], None] | None = None
    """Told of Error and OnHold."""
    fails_with: OutcomeRule | None = None
    follows: bool = False
    on_end: Callable[[Transaction], None] | None = None
    """Told of the final result, after the merchant has been told of the transaction."""


def add_transaction(
    state: SimState, order: Order, plan: Planned, *, request_id: str | None, status: TxStatus = TxStatus.CREATED
) -> Transaction:
    """Put a transaction and its item actions on the order."""
    remember_for_stale_reads(state, order)
    method, subtype = _method_names(order)
    transaction = Transaction(
        state.next_transaction_id(), order.id, plan.kind, plan.amount, status, state.clock.now(), method, subtype,
        original_id=plan.original_id, request_id=request_id,
    )  # fmt: skip
    order.transactions.append(transaction)
    state.owners[transaction.id] = order.id
    for kind, item in plan.actions:
        order.actions.append(Action(state.next_action_id(), kind, item, transaction.id))
    return transaction


def _method_names(order: Order) -> tuple[str, str]:
    first = order.transactions[0] if order.transactions else None
    if first is not None:
        return first.method, first.subtype
    return order.method or "CREDITCARDS", "VISA"


async def begin(
    state: SimState, order: Order, plans: Sequence[Planned], *, request_id: str | None
) -> list[Transaction]:
    """Accept an operation: one Created transaction per plan, decided as the configuration says."""
    pairs = [(add_transaction(state, order, plan, request_id=request_id), plan) for plan in plans]
    rules = [plan.fails_with or take_outcome(state, tx) for tx, plan in pairs]
    work = [(tx, plan, rule) for (tx, plan), rule in zip(pairs, rules, strict=True)]
    mode = state.config.settle
    if mode is SettleMode.MANUAL:
        state.undecided.update({tx.id: (order, plan) for tx, plan, _ in work})
    elif mode is SettleMode.BEFORE_REPLY:
        await _decide_all(state, order, work, wait_for_pushes=True)
    else:
        after_reply = mode is SettleMode.AFTER_REPLY or state.config.transaction_delay <= 0
        state.spawn(_decide_later(state, order, work, after_reply=after_reply))
    return [tx for tx, _ in pairs]


Work = list[tuple[Transaction, Planned, OutcomeRule | None]]


async def _decide_later(state: SimState, order: Order, work: Work, *, after_reply: bool) -> None:
    if after_reply:
        await asyncio.sleep(REPLY_HEAD_START)
    else:
        await state.clock.sleep(state.config.transaction_delay / 2)
        for tx, _, _ in work:
            move(state, order, tx, TxStatus.IN_PROCESS)
        await state.clock.sleep(state.config.transaction_delay / 2)
    await _decide_all(state, order, work)


async def _decide_all(state: SimState, order: Order, work: Work, *, wait_for_pushes: bool = False) -> None:
    failed = False
    for tx, plan, rule in work:
        if plan.follows and failed:
            rule = OutcomeRule("ABORTED", "The transaction it belongs to failed")
        push = decide(state, order, tx, plan, rule)
        failed = failed or tx.status is TxStatus.ERROR
        if wait_for_pushes and push is not None:
            await push


def decide(
    state: SimState, order: Order, tx: Transaction, plan: Planned, rule: OutcomeRule | None
) -> "asyncio.Task[None] | None":
    """Give a transaction its final result, move the money, tell the merchant."""
    decided = tx.status in FINAL
    push = _decided(state, order, tx, plan, rule)
    if plan.on_end is not None and not decided and tx.status in FINAL:
        plan.on_end(tx)
    return push


def _decided(
    state: SimState, order: Order, tx: Transaction, plan: Planned, rule: OutcomeRule | None
) -> "asyncio.Task[None] | None":
    state.undecided.pop(tx.id, None)
    if tx.status in FINAL:
        return None
    if rule is not None and rule.hold:
        state.undecided[tx.id] = (order, plan)
        return _otherwise(state, order, tx, plan, TxStatus.ON_HOLD)
    if rule is not None and rule.code is not None:
        tx.error_code, tx.error_text = rule.code, rule.text
        return _otherwise(state, order, tx, plan, TxStatus.ERROR)
    remember_for_stale_reads(state, order)
    tx.status = TxStatus.SUCCESS
    if plan.on_success is not None:
        plan.on_success(tx)
    return move(state, order, tx, TxStatus.SUCCESS)


def _otherwise(
    state: SimState, order: Order, tx: Transaction, plan: Planned, status: TxStatus
) -> "asyncio.Task[None] | None":
    if plan.otherwise is not None:
        plan.otherwise(tx, status)
    return move(state, order, tx, status)


def move(state: SimState, order: Order, tx: Transaction, status: TxStatus) -> "asyncio.Task[None] | None":
    """Set a status and push it when it is worth a push."""
    remember_for_stale_reads(state, order)
    tx.status = status
    tx.moment = state.clock.now()
    if status in FINAL or status is TxStatus.ON_HOLD or state.config.push_intermediate:
        return push_transaction(state, order, tx)
    return None


def take_outcome(state: SimState, tx: Transaction) -> OutcomeRule | None:
    """The first waiting outcome rule that fits this transaction."""
    for rule in state.outcomes:
        fits = rule.kind in (None, tx.kind) and rule.order_id in (None, tx.order_id) and rule.times > 0
        if not fits:
            continue
        if rule.skip > 0:
            rule.skip -= 1
            continue
        rule.times -= 1
        return rule
    return None


def remember_for_stale_reads(state: SimState, order: Order) -> None:
    """Keep the order as it was, for the quirk of stale Admin reads."""
    if state.config.quirks.stale_admin_seconds <= 0:
        return
    now = state.clock.now()
    kept = order.stale_admin
    if kept is None or (now - kept[0]).total_seconds() > state.config.quirks.stale_admin_seconds:
        order.stale_admin = (now, admin_order(state, order))


def book(state: SimState, order: Order, tx: Transaction, movement: Movement, amount: int, note: str = "") -> None:
    """Write a movement of this transaction in the ledger."""
    state.ledger.append(
        order.id, movement, amount, moment=state.clock.now(), currency=order.currency,
        transaction_id=tx.id, request_id=tx.request_id, note=note,
    )  # fmt: skip
