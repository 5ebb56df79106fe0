"""What the provider told us, stored before it is acknowledged."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.identifiers import PaymentKey


class NoticeKind(StrEnum):
    CHECKOUT = "checkout"
    ORDER_MANAGEMENT = "order-management"
    SAVED_CARD = "saved-card"
    NOTIFICATION = "notification"
    UPSELL = "upsell"


@dataclass(frozen=True, slots=True)
class Notice:
    """A callback, stripped of personal data. `dedupe_key` is unique within the tenant.

    The fact `token`, a saved card's, is a secret: it is forgotten as soon as the notice is handled.
    """

    key: PaymentKey
    kind: NoticeKind
    dedupe_key: str
    facts: Mapping[str, str | int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """A stored callback taken for handling."""

    id: UUID
    notice: Notice
    attempts: int
    received_at: datetime


class Inbox(Protocol):
    async def accept(self, notice: Notice) -> bool:
        """Store it; False when the same one is already there. Raises StoreUnavailable: then don't acknowledge."""
        ...

    async def take(self, *, limit: int, lease: timedelta, besides: Set[str] = frozenset()) -> tuple[StoredNotice, ...]:
        """Due and unhandled notices, leased to this caller; others skip them meanwhile. Merchants take turns.

        Nothing of the merchants named in `besides`: they have enough in hand.
        """
        ...

    async def handled(self, notice: StoredNotice) -> None:
        """Done, outside any other commit."""
        ...

    async def expedite(self, key: PaymentKey, kind: NoticeKind) -> None:
        """What is deferred of this kind about the payment is due at once: what it waited for has happened."""
        ...

    async def defer(self, notice: StoredNotice, *, until: datetime | None, reason: str) -> None:
        """Try again then; None = park it for a person."""
        ...
