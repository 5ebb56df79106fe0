"""What the provider would pay out for a week, and whether our books explain every krona of it."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from domain.identifiers import OrderKey
from domain.ledger import Transaction, TransactionKind, TransactionStatus
from domain.payment import Payment
from domain.settlement import EntryKind, EntryStatus, SettlementEntry
from domain.settlement_books import OrderBooks, Sums, movements
from domain.settlement_verdict import judge
from tests.fakes.provider_order import FakeOrder

if TYPE_CHECKING:
    from tests.simulation.world import World

_DAY = date(2026, 3, 9)
_ACCOUNT = OrderKey("provider", "account", "")
_TAKEN = {TransactionKind.CAPTURE, TransactionKind.DEBIT}
_GIVEN = {TransactionKind.REFUND, TransactionKind.CREDIT}


def unexplained(world: "World") -> Iterator[str]:
    """What the books cannot explain of the pay-outs, and what the pay-outs lack of the books."""
    known = {p.provider_order_id: p for p in world.store.stored.values() if p.provider_order_id}
    for order in world.qliro.orders.values():
        payment = known.get(order.id)
        entries = [_entry(order, t) for t in order.transactions if _settled(order, t)]
        books = None if payment is None else _books(world, payment)
        verdict = judge(books, entries, account=_ACCOUNT)
        for found in verdict.discrepancies:
            yield f"order {order.id} would be paid out and not be explained: {found.kind} {found.subject}, {books}"
        for unpaid in verdict.unpaid:
            yield f"order {order.id} shows money that nobody would pay out: {unpaid}"


def _settled(order: FakeOrder, t: Transaction) -> bool:
    """Money that was taken at once is paid out for the purchase, not for the shipment."""
    parent = next((p for p in order.transactions if p.id == t.parent), None)
    again = t.kind is TransactionKind.CAPTURE and parent is not None and parent.kind is TransactionKind.DEBIT
    return t.status is TransactionStatus.SUCCESS and t.kind in _TAKEN | _GIVEN and not again


def _entry(order: FakeOrder, t: Transaction) -> SettlementEntry:
    return SettlementEntry(
        status=EntryStatus.ACCEPTED,
        kind=EntryKind.TRANSACTION,
        effect=t.amount if t.kind in _TAKEN else -t.amount,
        currency=order.draft.basket.currency,
        settled_on=_DAY,
        imported_on=_DAY,
        transaction_id=t.id,
        order_id=order.id,
        batch="week",
    )


def _books(world: "World", payment: Payment) -> OrderBooks:
    history = [Sums(x.totals.captured, x.totals.refunded, x.at) for x in world.store.history[payment.key]]
    return OrderBooks(
        key=payment.key,
        provider_order_id=payment.provider_order_id or 0,
        currency=payment.currency,
        movements=movements(payment.operations, history),
    )
