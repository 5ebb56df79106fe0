"""What the store in memory keeps."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import TypeVar
from uuid import UUID

from application.ports.inbox import StoredNotice
from application.ports.outbox import Letter
from application.ports.payments import CheckoutSession
from domain.identifiers import Tenant

T = TypeVar("T")


@dataclass(slots=True)
class Lease:
    token: UUID
    until: datetime


@dataclass(slots=True)
class Desk:
    """What is kept of one order."""

    claim: Lease | None = None
    relay: Lease | None = None
    session: CheckoutSession | None = None
    letters: list[Letter] = field(default_factory=list)
    errors: dict[int, str] = field(default_factory=dict)
    due_at: datetime | None = None


@dataclass(slots=True)
class Pigeonhole:
    """What is kept of one notice."""

    notice: StoredNotice
    due_at: datetime
    leased_until: datetime | None = None
    handled_at: datetime | None = None
    parked_reason: str | None = None
    last_error: str = ""


def held_by(lease: Lease | None, token: UUID) -> bool:
    return lease is not None and lease.token == token


def free(lease: Lease | None, now: datetime) -> bool:
    return lease is None or lease.until <= now


def fairly(items: Iterable[tuple[Tenant, datetime, T]]) -> list[T]:
    """Oldest first within a tenant, tenants taking turns: one merchant's backlog does not make the others wait."""
    ranked: list[tuple[int, datetime, T]] = []
    oldest_first = sorted(items, key=lambda item: (item[0], item[1]))
    for _, mine in groupby(oldest_first, key=lambda item: item[0]):
        ranked.extend((place, due_at, item) for place, (_, due_at, item) in enumerate(mine))
    return [item for _, _, item in sorted(ranked, key=lambda entry: entry[:2])]
