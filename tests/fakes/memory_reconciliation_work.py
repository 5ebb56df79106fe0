"""The work of a reconciliation shared out within this process, under the same contract as the database."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from application.ports.post_office import Choice, Direction, OpenMessage, Standing
from application.ports.reconciliation_work import LISTED, Part, Rotation, Selection, Source, StoredOrder
from domain.errors import ClaimLost
from domain.identifiers import OrderKey, PaymentKey, Tenant
from domain.lifecycle import PaymentStatus
from domain.payment import Payment
from domain.readings import Undelivered
from domain.reconciliation import RunCounts
from tests.fakes.memory import MemoryStore
from tests.fakes.memory_post_office import MemoryPostOffice
from tests.fakes.memory_reconciliations import MemoryReconciliations

_BEFORE_PAID = frozenset({PaymentStatus.INTENT, PaymentStatus.PENDING})
_MOST = 1_000_000


@dataclass(slots=True)
class _Cursor:
    tenant: Tenant
    source: Source
    position: str = ""
    exhausted: bool = False
    turn: int = 0


@dataclass(slots=True)
class _Held:
    part: Part
    until: datetime


@dataclass(slots=True)
class _Shared:
    """What is written down of one run."""

    cursors: list[_Cursor] = field(default_factory=list)
    held: list[_Held] = field(default_factory=list)
    turns: int = 0


class MemoryReconciliationWork:
    """See `application.ports.reconciliation_work.ReconciliationWork`."""

    def __init__(self, store: MemoryStore, runs: MemoryReconciliations) -> None:
        self._store = store
        self._runs = runs
        self._office = MemoryPostOffice(store)
        self._work: dict[UUID, _Shared] = {}
        self._verified: dict[PaymentKey, int] = {}

    async def tenants(self, *, merchant: str = "", channel: str = "") -> tuple[Tenant, ...]:
        known = {order.tenant for order in self._store.desks} | {tenant for tenant, _ in self._store.notices}
        return tuple(sorted(t for t in known if merchant in ("", t.merchant) and channel in ("", t.channel)))

    async def plan(self, run_id: UUID, work: Iterable[tuple[Tenant, Source]]) -> None:
        run = await self._runs.run(run_id)
        if run is None or run.ended_at is not None:
            return
        shared = self._work.setdefault(run_id, _Shared())
        known = {(cursor.tenant, cursor.source) for cursor in shared.cursors}
        shared.cursors += [_Cursor(*one) for one in work if one not in known]

    async def take(self, run_id: UUID, *, lease: timedelta, size: int) -> Part | None:
        shared, now = self._work.get(run_id, _Shared()), self._store.clock.now()
        for held in sorted(shared.held, key=lambda held: held.until):
            if held.until <= now:
                held.part = _of(held.part, uuid4())
                held.until = now + lease
                return held.part
        while waiting := [cursor for cursor in shared.cursors if not cursor.exhausted]:
            cursor = min(waiting, key=lambda c: (c.turn, c.tenant, c.source))
            shared.turns += 1
            cursor.turn = shared.turns
            after = cursor.position
            cursor.position, cursor.exhausted = self._stretch(cursor, size)
            if cursor.position != after:
                part = Part(run_id, cursor.tenant, cursor.source, after, cursor.position, uuid4())
                shared.held.append(_Held(part, now + lease))
                return part
        return None

    async def renew(self, part: Part, *, lease: timedelta) -> None:
        self._mine(part).until = self._store.clock.now() + lease

    async def finish(
        self, part: Part, counts: RunCounts, *, verified: Iterable[Payment] = (), exhausted: bool = False
    ) -> None:
        shared = self._work[part.run_id] if part.run_id in self._work else _Shared()
        shared.held.remove(self._mine(part))
        for cursor in shared.cursors:
            if part.source is Source.NORCE and not exhausted and _is_of(cursor, part):
                cursor.exhausted = False
        for payment in verified:
            if self._store.stored[payment.key].version == payment.version:
                self._verified[payment.key] = payment.version
        self._runs.add(part.run_id, counts)

    async def unfinished(self, run_id: UUID) -> bool:
        shared = self._work.get(run_id, _Shared())
        return bool(shared.held) or any(not cursor.exhausted for cursor in shared.cursors)

    async def conclude(self, run_id: UUID, *, at: datetime) -> None:
        self._work.get(run_id, _Shared()).cursors.clear()
        self._runs.conclude(run_id, at=at)

    async def orders(self, part: Part, selection: Selection) -> tuple[StoredOrder, ...]:
        parked = await self._parked()
        meant: dict[OrderKey, set[str]] = {}
        for payment in self._of(part.tenant):
            key = payment.key
            if part.after < key.order_id <= part.upto and self._meant(payment, selection, parked):
                meant.setdefault(key.order, set()).add(key.payment_id)
        return tuple([await self._order(key, frozenset(ids)) for key, ids in sorted(meant.items())])

    async def order(self, key: OrderKey) -> StoredOrder:
        return await self._order(key, frozenset(k.payment_id for k in self._store.stored if k.order == key))

    async def known(self, keys: Iterable[PaymentKey]) -> frozenset[PaymentKey]:
        stored = self._store.stored
        return frozenset(key for key in keys if key in stored and stored[key].provider_order_id is not None)

    async def count(self, tenant: Tenant, selection: Selection, *, after: str, limit: int) -> tuple[int, str]:
        parked = await self._parked()
        page = [payment for payment in self._of(tenant) if payment.key.order_id > after][:limit]
        many = sum(self._meant(payment, selection, parked) for payment in page)
        return many, page[-1].key.order_id if len(page) == limit else ""

    def _stretch(self, cursor: _Cursor, size: int) -> tuple[str, bool]:
        """Up to where, and whether that is all. A full page ends before its last order, which may go on."""
        if cursor.source is Source.NORCE:
            return str(int(cursor.position or 0) + LISTED), True
        page = [p.key.order_id for p in self._of(cursor.tenant) if p.key.order_id > cursor.position][:size]
        if len(page) < size:
            return (page[-1] if page else cursor.position), True
        return max((one for one in page if one < page[-1]), default=page[-1]), False

    def _mine(self, part: Part) -> _Held:
        for held in self._work.get(part.run_id, _Shared()).held:
            if held.part == part:
                return held
        raise ClaimLost("This part of the reconciliation went to another runner.")

    def _of(self, tenant: Tenant) -> Iterator[Payment]:
        yield from (payment for key, payment in sorted(self._store.stored.items()) if key.tenant == tenant)

    def _meant(self, payment: Payment, selection: Selection, parked: frozenset[OrderKey]) -> bool:
        key = payment.key
        if selection.order_id not in ("", key.order_id):
            return False
        if selection.statuses and payment.status not in selection.statuses:
            return False
        is_parked = key.order in parked
        if not selection.order_id and self._verified.get(key) == payment.version and not is_parked:
            return False
        is_open = self._store.looks[key] is not None or payment.status in _BEFORE_PAID or is_parked
        if selection.only_open:
            return is_open
        since, until = selection.since, selection.until
        changed = (since is None or payment.updated_at >= since) and (until is None or payment.updated_at < until)
        return changed or (selection.undecided and is_open) or _has_its_turn(payment, selection.rotation)

    async def _messages(self, key: OrderKey | None = None) -> tuple[OpenMessage, ...]:
        choice = Choice(standings=frozenset(Standing), order_id=key.order_id if key else "")
        found = await self._office.look(choice, limit=_MOST)
        return tuple(message for message in found if key is None or message.key.order == key)

    async def _parked(self) -> frozenset[OrderKey]:
        return frozenset(message.key.order for message in await self._messages() if message.next_try is None)

    async def _order(self, key: OrderKey, meant: frozenset[str]) -> StoredOrder:
        payments = [p for p in self._of(key.tenant) if p.key.order == key]
        undelivered: dict[str, tuple[Undelivered, ...]] = {}
        for message in await self._messages(key):
            of_one = message.key.payment_id
            undelivered[of_one] = (*undelivered.get(of_one, ()), _undelivered(message))
        desk = self._store.desks.get(key)
        copies = [await self._store.payments.read(payment.key) for payment in payments]
        return StoredOrder(
            key=key,
            payments=tuple(copy for copy in copies if copy is not None),
            meant=meant,
            undelivered=undelivered,
            session=desk.session if desk else None,
        )


def _has_its_turn(payment: Payment, rotation: Rotation | None) -> bool:
    if rotation is None or payment.updated_at < rotation.since:
        return False
    digest = hashlib.md5(payment.key.order_id.encode(), usedforsecurity=False).hexdigest()
    return int(digest[:7], 16) % rotation.every == rotation.turn


def _of(part: Part, token: UUID) -> Part:
    return Part(part.run_id, part.tenant, part.source, part.after, part.upto, token)


def _is_of(cursor: _Cursor, part: Part) -> bool:
    return (cursor.tenant, cursor.source) == (part.tenant, part.source)


def _undelivered(message: OpenMessage) -> Undelivered:
    return Undelivered(
        id=message.id,
        kind=f"{message.kind} callback" if message.direction is Direction.CALLBACK else message.kind,
        since=message.since,
        parked=message.next_try is None,
        last_error=message.last_error,
    )
