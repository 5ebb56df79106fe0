"""The judge: an append-only record of every money movement that Qliro accepted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Movement(StrEnum):
    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    REVERSED = "reversed"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement in minor units, with the transaction and the RequestId behind it."""

    number: int
    moment: datetime
    order_id: int
    movement: Movement
    amount: int
    currency: str
    transaction_id: int
    request_id: str | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of an order in minor units. Reserved now = authorized - captured - reversed."""

    authorized: int = 0
    captured: int = 0
    reversed: int = 0
    refunded: int = 0

    @property
    def reserved(self) -> int:
        """Money still only reserved."""
        return self.authorized - self.captured - self.reversed

    @property
    def kept(self) -> int:
        """Money the merchant has."""
        return self.captured - self.refunded


class Ledger:
    """Appends, never changes; refuses an entry that would create or lose money."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._by_order: dict[int, list[Entry]] = {}

    @property
    def entries(self) -> tuple[Entry, ...]:
        return tuple(self._entries)

    def of(self, order_id: int) -> tuple[Entry, ...]:
        """The movements of one order, oldest first."""
        return tuple(self._by_order.get(order_id, ()))

    def totals(self, order_id: int) -> Totals:
        """The sums of one order."""
        return _sum(self.of(order_id))

    def append(
        self,
        order_id: int,
        movement: Movement,
        amount: int,
        *,
        moment: datetime,
        currency: str,
        transaction_id: int,
        request_id: str | None = None,
        note: str = "",
    ) -> None:
        """Record a movement; zero amounts are no movement. Raises AssertionError when money would appear."""
        if amount == 0:
            return
        entry = Entry(
            len(self._entries) + 1, moment, order_id, movement, amount, currency, transaction_id, request_id, note
        )
        after = _sum((*self.of(order_id), entry))
        if amount < 0 or after.reserved < 0 or after.kept < 0:
            raise AssertionError(f"ledger of order {order_id} would not balance: {entry}")
        self._entries.append(entry)
        self._by_order.setdefault(order_id, []).append(entry)


def _sum(entries: Iterable[Entry]) -> Totals:
    sums = dict.fromkeys(Movement, 0)
    for entry in entries:
        sums[entry.movement] += entry.amount
    return Totals(sums[Movement.AUTHORIZED], sums[Movement.CAPTURED], sums[Movement.REVERSED], sums[Movement.REFUNDED])
