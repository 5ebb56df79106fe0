"""Rows in the provider's books: what was reserved, shipped and returned of them, and what is left."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from domain.checkout import LineType

RowIdentity = tuple[str, int, LineType]


class ActionKind(StrEnum):
    CREATE = "Create"
    RESERVE = "Reserve"
    SHIP = "Ship"
    RETURN = "Return"
    RELEASE = "Release"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class OrderItem:
    """A row of a capture or refund request: reference and price copied from the provider's own books."""

    reference: str
    type: LineType
    quantity: int
    price_inc: int
    price_ex: int
    description: str = ""

    @property
    def total_inc(self) -> int:
        return self.quantity * self.price_inc


class ItemAction(NamedTuple):
    """What a transaction did to a row: prices in minor units, exactly as the provider reports them."""

    kind: ActionKind
    transaction_id: int
    reference: str
    description: str
    type: LineType
    quantity: int
    price_inc: int
    price_ex: int

    @property
    def identity(self) -> RowIdentity:
        """What makes two mentions of a row the same row to the provider (qliro.md 9.3)."""
        return self.reference, self.price_inc, self.type

    def item(self, quantity: int) -> OrderItem:
        return OrderItem(self.reference, self.type, quantity, self.price_inc, self.price_ex, self.description)


@dataclass(frozen=True, slots=True)
class ItemGroup:
    """Rows that belong to one transaction: left to ship of a reservation, or left to return of a capture."""

    transaction_id: int
    items: tuple[OrderItem, ...]

    @property
    def total_inc(self) -> int:
        return sum(item.total_inc for item in self.items)


@dataclass(slots=True)
class RowShelf:
    """Rows per transaction with the quantities that are left of them."""

    rows: dict[int, dict[RowIdentity, tuple[ItemAction, int]]] = field(default_factory=dict)

    def put(self, transaction_id: int, action: ItemAction) -> None:
        shelf, identity = self.rows.setdefault(transaction_id, {}), action.identity
        _, known = shelf.get(identity, (action, 0))
        shelf[identity] = action, known + action.quantity

    def take(self, transaction_ids: Iterable[int], action: ItemAction) -> None:
        """Remove the action's quantity, from the first transactions that have any."""
        wanted, identity = action.quantity, action.identity
        for shelf in (self.rows[i] for i in transaction_ids if i in self.rows):
            if identity in shelf:
                row, left = shelf[identity]
                taken = min(wanted, left)
                shelf[identity] = row, left - taken
                wanted -= taken

    def groups(self, transaction_ids: Iterable[int]) -> tuple[ItemGroup, ...]:
        """What is left of these transactions, without those of which nothing is."""
        left = (
            ItemGroup(i, tuple(row.item(number) for row, number in self.rows[i].values() if number > 0))
            for i in transaction_ids
            if i in self.rows
        )
        return tuple(group for group in left if group.items)
