"""What Norce must still be told, delivered in order per order."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from domain.identifiers import OrderKey, PaymentKey
from domain.messages import Message


@dataclass(frozen=True, slots=True)
class Letter:
    """A stored message. `id` grows with time within an order and is stable across deliveries.

    `attempts` counts deliveries that failed, and one that ended with its relay: with 0 Norce certainly lacks it.
    """

    id: int
    key: PaymentKey
    message: Message
    attempts: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Bundle:
    """All due letters of one order, oldest first, leased to one relay."""

    order: OrderKey
    token: UUID
    letters: tuple[Letter, ...]


class Outbox(Protocol):
    async def take(
        self, *, limit: int, lease: timedelta, order: OrderKey | None = None, besides: Set[str] = frozenset()
    ) -> tuple[Bundle, ...]:
        """Bundles of at most `limit` orders (or of the one given) that nobody else is delivering. Merchants take turns.

        Without `order` nothing of the merchants named in `besides`: they have enough in hand.

        After a relay that has not released its order, the first letter comes with one attempt more.
        """
        ...

    async def delivered(self, bundle: Bundle, letter: Letter) -> None:
        """Norce has it."""
        ...

    async def defer(self, bundle: Bundle, letter: Letter, *, until: datetime | None, reason: str) -> None:
        """Not delivered: the letter and those behind it wait until then; None parks it (those behind it go on)."""
        ...

    async def release(self, bundle: Bundle) -> None:
        """This relay is done with the order, and knows of each letter whether Norce has it."""
        ...
