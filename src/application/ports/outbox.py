"""What Norce must still be told, delivered in order per order."""

import time
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from domain.identifiers import OrderKey, PaymentKey
from domain.messages import Message
from domain.payment import Payment

RELAY_LEASE = timedelta(seconds=20)
"""How long a relay has an order to itself."""


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
    """All due letters of one order, oldest first, leased to one relay.

    `payment` is what the letters tell of, when it was written down together with them. `since` is a moment of this
    process's monotonic clock; the lease began then or later, however long the store took to say so.
    """

    order: OrderKey
    token: UUID
    letters: tuple[Letter, ...]
    payment: Payment | None = None
    since: float = field(default_factory=time.monotonic, compare=False)


@dataclass(frozen=True, slots=True)
class Undelivered:
    """The letter at which a delivery ended. It and those behind it wait until `until`; None parks it alone."""

    letter: Letter
    until: datetime | None
    reason: str


class Outbox(Protocol):
    async def take(
        self, *, limit: int, lease: timedelta, order: OrderKey | None = None, besides: Set[str] = frozenset()
    ) -> tuple[Bundle, ...]:
        """Bundles of at most `limit` orders (or of the one given) that nobody else is delivering. Merchants take turns.

        Without `order` nothing of the merchants named in `besides`: they have enough in hand.

        After a relay that has not closed its bundle, every letter comes with one attempt more.
        """
        ...

    async def owed(self, order: OrderKey) -> bool:
        """Whether anything is to be told of this order now: by somebody who is at it, or by whoever takes it next.

        Not of what has been put off.
        """
        ...

    async def close(self, bundle: Bundle, *, delivered: Sequence[Letter], failed: Undelivered | None = None) -> None:
        """Write down what Norce has and what it could not be told, and give the order back, all at once.

        Once the lease has run out and somebody else has taken the order, only what was delivered counts.
        """
        ...
