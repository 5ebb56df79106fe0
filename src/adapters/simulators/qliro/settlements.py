"""Pay-outs: what Qliro settles of the money it took and gave back, on its schedule, from its own ledger.

What happened on a day is imported the night after and paid on the next banking day, in one batch per day, currency and
acquirer. Until then it is pending. Every capture costs a fee, told as a line of its own.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from adapters.simulators.qliro.config import QliroSimConfig, SettlementFee
from adapters.simulators.qliro.ledger import Entry, Movement
from adapters.simulators.qliro.methods import Family, method_called
from adapters.simulators.qliro.model import ActionType, Order, Transaction
from adapters.simulators.qliro.money import share
from adapters.simulators.qliro.settlement_book import Twist
from adapters.simulators.qliro.settlement_lines import Action, Batch, Kind, Line, Status
from adapters.simulators.qliro.state import SimState

SATURDAY = 5
_ACQUIRERS = {Family.QLIRO: "Qliro", Family.CARD: "Cards", Family.BANK: "Trustly", Family.WALLET: "Wallets"}


def next_banking_day(day: date, days: int = 1) -> date:
    """The so-manieth day after it that is neither Saturday nor Sunday."""
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < SATURDAY
    return day


def lines_of(state: SimState, merchants: Iterable[str]) -> list[Line]:
    """Every line that Qliro knows of for these merchants, by status as of now."""
    wanted = set(merchants)
    today = state.clock.now().date()
    found = [
        line
        for entry in state.ledger.entries
        if entry.movement in (Movement.CAPTURED, Movement.REFUNDED) and entry.moment.date() < today
        for line in _lines_for(state, entry, wanted)
    ]
    found += [line for merchant, line in state.settlements.extra if merchant in wanted and line.imported <= today]
    return [_as_of(line, today) for line in found]


def batches_of(state: SimState, merchants: Sequence[str]) -> list[Batch]:
    """The pay-outs that were made, oldest first. Their sums are those of their lines as Qliro would have paid them."""
    paid = [line for line in lines_of(state, merchants) if line.status is Status.ACCEPTED]
    grouped: dict[str, list[Line]] = {}
    for line in sorted(paid, key=lambda line: (line.paid, line.batch_id)):
        grouped.setdefault(line.batch_id, []).append(line)
    numbered = state.settlements.number_of
    return [Batch.of(numbered(merchants[0], name), name, lines) for name, lines in grouped.items()]


def add_line(state: SimState, merchant: str, line: Line) -> Line:
    """A line of its own, imported now and paid on the next banking day."""
    today = state.clock.now().date()
    paid = next_banking_day(today, state.config.settlement_days)
    placed = replace(line, imported=today, paid=paid, batch_id=batch_name(line.acquirer, paid, line.currency))
    state.settlements.extra.append((merchant, placed))
    return placed


def acquirer_of(method: str) -> str:
    """Who pays out money of this method."""
    known = method_called(method)
    return _ACQUIRERS[known.family] if known is not None else "Others"


def batch_name(acquirer: str, paid: date, currency: str) -> str:
    """The batch's id, as the lines tell it."""
    return f"{acquirer.upper()}-{paid:%Y%m%d}-{currency}"


def line_for(order: Order, tx: Transaction, kind: Kind, action: Action, amount: int, completed: datetime) -> Line:
    """A line about a transaction of an order, without dates."""
    return Line(
        kind=kind, action=action, amount=amount, currency=order.currency, method=tx.method, subtype=tx.subtype,
        acquirer=acquirer_of(tx.method), country=order.country, order_id=order.id, transaction_id=tx.id,
        reference=order.reference, completed=completed,
    )  # fmt: skip


def _lines_for(state: SimState, entry: Entry, merchants: set[str]) -> Iterator[Line]:
    order = state.orders[entry.order_id]
    tx = order.transaction(entry.transaction_id)
    twist = state.settlements.twists.get(entry.transaction_id, Twist())
    if order.merchant_key not in merchants or tx is None or twist.omitted:
        return
    captured = entry.movement is Movement.CAPTURED
    action = Action.DEBIT if captured else Action.CREDIT
    amount = entry.amount if twist.amount is None else twist.amount
    vat = _single_vat(order, tx, entry.amount)
    money = replace(line_for(order, tx, Kind.TRANSACTION, action, amount, entry.moment), vat=vat)
    yield _placed(money, entry, twist, state.config)
    fee = fee_for(state.config, tx.method, entry.amount) if captured else 0
    fee = fee if twist.fee is None else twist.fee
    if fee:
        cost = replace(line_for(order, tx, Kind.FEE, Action.CREDIT, fee, entry.moment), vat=Decimal(0))
        yield _placed(cost, entry, twist, state.config)


def _placed(line: Line, entry: Entry, twist: Twist, config: QliroSimConfig) -> Line:
    day = entry.moment.date()
    paid = next_banking_day(day, config.settlement_days)
    currency, method = twist.currency or line.currency, twist.method or line.method
    return replace(
        line, currency=currency, method=method, imported=day + timedelta(days=1), paid=paid,
        batch_id=batch_name(line.acquirer, paid, currency), status=twist.status or Status.ACCEPTED,
    )  # fmt: skip


def _as_of(line: Line, today: date) -> Line:
    """What is to be paid later is pending; what is pending or rejected belongs to no batch."""
    status = Status.PENDING if line.status is Status.ACCEPTED and line.paid > today else line.status
    return replace(line, status=status, batch_id=line.batch_id if status is Status.ACCEPTED else "")


def fee_for(config: QliroSimConfig, method: str, amount: int) -> int:
    """What Qliro takes for a capture, to the cent."""
    fee = config.settlement_fees.get(method) or config.settlement_fees.get("*") or SettlementFee()
    return share(amount, fee.percent) + fee.fixed


def _single_vat(order: Order, tx: Transaction, amount: int) -> Decimal | None:
    """The transaction's VAT rate when all its rows have the same and make up the amount, else None."""
    kinds = (ActionType.SHIP, ActionType.RETURN, ActionType.RESERVE)
    items = [a.item for a in order.actions if a.transaction_id == tx.id and a.kind in kinds]
    rates = {(Decimal(item.inc - item.ex) * 100 / item.ex).quantize(Decimal(1)) for item in items if item.ex}
    return rates.pop() if len(rates) == 1 and sum(item.total for item in items) == amount else None
