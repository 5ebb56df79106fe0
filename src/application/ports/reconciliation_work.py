"""The work of a reconciliation as it is shared out: in parts, each in one runner's hands, none done twice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from application.ports.payments import CheckoutSession
from domain.identifiers import OrderKey, PaymentKey, Tenant
from domain.lifecycle import PaymentStatus
from domain.payment import Payment
from domain.readings import Undelivered
from domain.reconciliation import RunCounts

LISTED = 50
"""How many of Norce's orders make one part: few enough for an answer of bounded size."""


class Source(StrEnum):
    """Where payments are looked for: among those stored here, or on the orders that Norce lists."""

    STORED = "stored"
    NORCE = "norce"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """One order in `every`, by a digest of its id: those whose `turn` it is (0 and up). All have had theirs after
    `every` turns."""

    every: int
    turn: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which stored payments are meant. `since` and `until` bound when they last changed; None = open.

    With `undecided` those nobody has decided yet are meant too, whenever they changed; with `rotation` those that last
    changed since its own beginning, when it is their turn; with `only_open` nothing but what is undecided. Empty
    `statuses` and `order_id` match everything.
    """

    since: datetime | None = None
    until: datetime | None = None
    undecided: bool = True
    only_open: bool = False
    order_id: str = ""
    statuses: frozenset[PaymentStatus] = frozenset()
    rotation: Rotation | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of one tenant's work, leased to one runner: positions after `after` up to and with `upto`.

    Positions are order ids among what is stored, offsets in what Norce lists.
    """

    run_id: UUID
    tenant: Tenant
    source: Source
    after: str
    upto: str
    token: UUID


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """An order with all its payments as stored; `meant` are those that the selection names.

    `undelivered` are open messages, per payment id.
    """

    key: OrderKey
    payments: tuple[Payment, ...] = ()
    meant: frozenset[str] = frozenset()
    undelivered: Mapping[str, tuple[Undelivered, ...]] = field(default_factory=dict)
    session: CheckoutSession | None = None


class ReconciliationWork(Protocol):
    """Every method raises StoreUnavailable when the database does not answer."""

    async def tenants(self, *, merchant: str = "", channel: str = "") -> tuple[Tenant, ...]:
        """Those that have anything stored; of the merchant and channel when given."""
        ...

    async def plan(self, run_id: UUID, work: Iterable[tuple[Tenant, Source]]) -> None:
        """Write down what there is to do; what is already written down stays as far as it is."""
        ...

    async def take(self, run_id: UUID, *, lease: timedelta, size: int) -> Part | None:
        """A part of about `size` payments that nobody has in hand: one that a dead runner left, or the next.

        None when there is nothing to take now; tenants take turns.
        """
        ...

    async def renew(self, part: Part, *, lease: timedelta) -> None:
        """Keep it. Raises ClaimLost when it went to somebody else."""
        ...

    async def finish(
        self, part: Part, counts: RunCounts, *, verified: Iterable[Payment] = (), exhausted: bool = False
    ) -> None:
        """It is done; its counts (without findings) are added to the run's. Raises ClaimLost: then nothing is added.

        `verified` are over and agree three ways: they are not meant again before they change. `exhausted`: Norce
        listed nothing more.
        """
        ...

    async def unfinished(self, run_id: UUID) -> bool:
        """Whether anything is left, in anybody's hands or in nobody's."""
        ...

    async def conclude(self, run_id: UUID, *, at: datetime) -> None:
        """The run has ended, with all that was found counted. Repeating it changes nothing."""
        ...

    async def orders(self, part: Part, selection: Selection) -> tuple[StoredOrder, ...]:
        """The stored orders of the part of which anything is meant."""
        ...

    async def order(self, key: OrderKey) -> StoredOrder:
        """One order as it is stored now, all of it meant; without payments when nothing is."""
        ...

    async def known(self, keys: Iterable[PaymentKey]) -> frozenset[PaymentKey]:
        """Which of these are stored, standing for a Qliro order."""
        ...

    async def count(self, tenant: Tenant, selection: Selection, *, after: str, limit: int) -> tuple[int, str]:
        """How many are meant among the next `limit` stored after the order `after`, and the last of them ("": end)."""
        ...
