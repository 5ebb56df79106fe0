"""Entries, movements and books for the tests of settlements."""

from datetime import UTC, date, datetime
from typing import Any

from domain.identifiers import OrderKey, PaymentKey
from domain.settlement import EntryKind, EntryStatus, SettlementEntry
from domain.settlement_books import Movement, MovementKind, OrderBooks

ACCOUNT = OrderKey("demo", "se", "")
KEY = PaymentKey("demo", "se", "order-1", "p-1")
MONDAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def entry(effect: int, transaction: int | None = None, **changed: Any) -> SettlementEntry:
    """An accepted line about order 7 in batch B."""
    values: dict[str, Any] = {
        "status": EntryStatus.ACCEPTED, "kind": EntryKind.TRANSACTION, "currency": "SEK", "settled_on": MONDAY,
        "imported_on": MONDAY, "order_id": 7, "batch": "B", "method": "CREDITCARDS",
    }  # fmt: skip
    return SettlementEntry(effect=effect, transaction_id=transaction, **(values | changed))


def fee(effect: int, transaction: int | None = None, **changed: Any) -> SettlementEntry:
    return entry(effect, transaction, kind=EntryKind.FEE, **changed)


def chargeback(effect: int, transaction: int | None = None, **changed: Any) -> SettlementEntry:
    return entry(effect, transaction, kind=EntryKind.CHARGEBACK, **changed)


def capture(amount: int, *transactions: int, at: datetime = NOON) -> Movement:
    return Movement(kind=MovementKind.CAPTURE, amount=amount, at=at, transactions=transactions)


def refund(amount: int, *transactions: int, at: datetime = NOON) -> Movement:
    return Movement(kind=MovementKind.REFUND, amount=amount, at=at, transactions=transactions)


def books(*movements: Movement, wanted: bool = True) -> OrderBooks:
    return OrderBooks(key=KEY, provider_order_id=7, currency="SEK", movements=movements, wanted=wanted)
