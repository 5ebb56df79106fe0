"""Storage in this process's memory, under the same contract as the database: for unit tests of use cases.

It refuses what the database refuses: stale versions, lost claims, doubled notices, two payments for one Qliro order.
"""

from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from adapters.persistence.addressee import addressee
from adapters.persistence.waiting import claimed
from application.ports.clock import Clock
from application.ports.inbox import Notice, NoticeKind, StoredNotice
from application.ports.outbox import Bundle, Letter, Undelivered
from application.ports.payments import CheckoutSession, Claim, Work
from domain.errors import ClaimLost, PaymentConflict, StalePayment
from domain.identifiers import OrderKey, PaymentKey, Tenant
from domain.lifecycle import PaymentStatus
from domain.payment import Payment
from domain.payment_record import Transition
from tests.fakes.memory_state import Desk, Lease, Pigeonhole, fairly, free, held_by

_SOON = timedelta(seconds=10)
_DEAD = {PaymentStatus.REMOVED, PaymentStatus.DECLINED, PaymentStatus.CANCELLED}


class MemoryStore:
    """Payments, inbox and outbox over one memory. `history` and `parked` let tests look behind the ports."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.desks: dict[OrderKey, Desk] = {}
        self.stored: dict[PaymentKey, Payment] = {}
        self.looks: dict[PaymentKey, datetime | None] = {}
        self.told: set[UUID] = set()
        self.history: dict[PaymentKey, list[Transition]] = {}
        self.notices: dict[tuple[Tenant, str], Pigeonhole] = {}
        self.parked: list[tuple[Letter, str]] = []
        self.payments = MemoryPayments(self)
        self.inbox = MemoryInbox(self)
        self.outbox = MemoryOutbox(self)
        self.last_letter = 0

    def desk(self, order: OrderKey) -> Desk:
        return self.desks.setdefault(order, Desk())

    async def ping(self) -> None:
        """Always there."""

    async def schema_is_current(self) -> bool:
        return True

    async def close(self) -> None:
        """Nothing to close."""


class MemoryPayments:
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def claim(self, order: OrderKey, *, wait: timedelta, lease: timedelta) -> Claim:
        async def attempt() -> Claim | None:
            return self._take(order, lease)

        return await claimed(attempt, clock=self._store.clock, wait=wait)

    async def renew(self, claim: Claim, *, lease: timedelta) -> None:
        desk = self._store.desk(claim.order)
        if desk.claim is None or not held_by(desk.claim, claim.token):
            raise ClaimLost("The claim over this order went to somebody else.")
        desk.claim.until = self._store.clock.now() + lease

    async def release(self, claim: Claim) -> None:
        desk = self._store.desk(claim.order)
        if held_by(desk.claim, claim.token):
            desk.claim = None

    async def read(self, key: PaymentKey) -> Payment | None:
        payment = self._store.stored.get(key)
        return self._shown(payment) if payment else None

    def _shown(self, stored: Payment) -> Payment:
        payment = stored.copy()
        payment.operations = tuple(replace(o, told=o.id in self._store.told) for o in payment.operations)
        return payment

    async def read_session(self, order: OrderKey) -> CheckoutSession | None:
        return self._store.desk(order).session

    async def due(
        self, *, limit: int, now: datetime, lease: timedelta, besides: Set[str] = frozenset()
    ) -> tuple[PaymentKey, ...]:
        looks = [(key, at) for key, at in self._store.looks.items() if key.merchant not in besides]
        waiting = [(key.tenant, at, key) for key, at in looks if at is not None and at <= now]
        chosen = {key: self._store.looks[key] or now for key in fairly(waiting)[:limit]}
        self._store.looks.update(dict.fromkeys(chosen, now + lease))
        return tuple(sorted(chosen, key=lambda key: chosen[key]))

    async def look_again(self, key: PaymentKey, *, at: datetime) -> None:
        if key in self._store.looks:
            self._store.looks[key] = at

    def _schedule(self, payment: Payment) -> None:
        """What has not changed keeps its place, and so does a look that is soon: somebody has asked for it."""
        planned = self._store.looks.get(payment.key)
        if payment.look_at is None:
            soon = planned is not None and planned <= self._store.clock.now() + _SOON
            self._store.looks[payment.key] = planned if soon else None
        elif payment.history:
            self._store.looks[payment.key] = payment.look_at

    async def looked(self, key: PaymentKey, *, leased_until: datetime) -> None:
        if self._store.looks.get(key) == leased_until:
            self._store.looks[key] = None

    async def note_told(self, key: PaymentKey, operation: UUID) -> None:
        self._store.told.add(operation)

    async def commit(self, work: Work) -> Bundle | None:
        desk = self._store.desk(work.order)
        self._verify(work, desk)
        for payment in work.payments:
            self._store.stored[payment.key] = payment.copy()
            self._schedule(payment)
            self._store.history.setdefault(payment.key, []).extend(payment.history)
        if work.session is not None:
            desk.session = work.session
        bundle = self._post(work, desk)
        for hole in self._store.notices.values():
            if hole.notice.id in work.handled and hole.notice.notice.key.tenant == work.order.tenant:
                hole.handled_at = self._store.clock.now()
        if work.release:
            desk.claim = None
        return bundle

    def _take(self, order: OrderKey, lease: timedelta) -> Claim | None:
        desk, now = self._store.desk(order), self._store.clock.now()
        if not free(desk.claim, now):
            return None
        desk.claim = Lease(uuid4(), now + lease)
        mine = [self._shown(payment) for key, payment in self._store.stored.items() if key.order == order]
        mine.sort(key=lambda payment: (payment.created_at, payment.key))
        return Claim(order, desk.claim.token, desk.session, tuple(mine))

    def _verify(self, work: Work, desk: Desk) -> None:
        if work.claim is not None and not held_by(desk.claim, work.claim.token):
            raise ClaimLost("The claim over this order went to somebody else.")
        for payment in work.payments:
            there = self._store.stored.get(payment.key)
            if (there.version if there else 0) != payment.stored_version:
                raise StalePayment("The payment was changed meanwhile.")
            self._refuse_twins(payment)

    def _refuse_twins(self, payment: Payment) -> None:
        for other in self._store.stored.values():
            same_order = other.provider_order_id == payment.provider_order_id is not None
            same_tenant = other.key.tenant == payment.key.tenant
            if same_order and same_tenant and other.key != payment.key and not {other.status, payment.status} & _DEAD:
                raise PaymentConflict("Another payment stands for the same Qliro order.")

    def _post(self, work: Work, desk: Desk) -> Bundle | None:
        now, silent = self._store.clock.now(), not desk.letters and desk.relay is None
        if work.messages:
            desk.due_at = desk.due_at or now
        for message in work.messages:
            self._store.last_letter += 1
            desk.letters.append(Letter(self._store.last_letter, addressee(work), message, 0, now))
        if work.relay is None or not silent:
            return None
        token = uuid4()
        desk.relay = Lease(token, now + work.relay) if work.messages else None
        return Bundle(work.order, token, tuple(desk.letters))


class MemoryInbox:
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def accept(self, notice: Notice) -> bool:
        place = (notice.key.tenant, notice.dedupe_key)
        if place in self._store.notices:
            return False
        now = self._store.clock.now()
        self._store.notices[place] = Pigeonhole(StoredNotice(uuid4(), notice, 0, now), due_at=now)
        return True

    async def take(self, *, limit: int, lease: timedelta, besides: Set[str] = frozenset()) -> tuple[StoredNotice, ...]:
        now = self._store.clock.now()
        holes = [hole for hole in self._store.notices.values() if hole.notice.notice.key.merchant not in besides]
        waiting = [hole for hole in holes if self._due(hole, now)]
        taken = fairly([(hole.notice.notice.key.tenant, hole.due_at, hole) for hole in waiting])[:limit]
        for hole in taken:
            hole.leased_until = now + lease
        return tuple(hole.notice for hole in taken)

    async def handled(self, notice: StoredNotice) -> None:
        self._hole(notice).handled_at = self._store.clock.now()

    async def expedite(self, key: PaymentKey, kind: NoticeKind) -> None:
        now = self._store.clock.now()
        for hole in self._store.notices.values():
            waiting = hole.handled_at is None and hole.parked_reason is None
            if waiting and (hole.notice.notice.key, hole.notice.notice.kind) == (key, kind):
                hole.due_at = min(hole.due_at, now)

    async def defer(self, notice: StoredNotice, *, until: datetime | None, reason: str) -> None:
        hole = self._hole(notice)
        hole.notice = replace(hole.notice, attempts=hole.notice.attempts + 1)
        hole.leased_until = None
        hole.last_error = reason
        if until is None:
            hole.parked_reason = reason
        else:
            hole.due_at = until

    def _hole(self, notice: StoredNotice) -> Pigeonhole:
        return self._store.notices[(notice.notice.key.tenant, notice.notice.dedupe_key)]

    @staticmethod
    def _due(hole: Pigeonhole, now: datetime) -> bool:
        finished = hole.handled_at is not None or hole.parked_reason is not None
        leased = hole.leased_until is not None and hole.leased_until > now
        return not finished and not leased and hole.due_at <= now


class MemoryOutbox:
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def take(
        self, *, limit: int, lease: timedelta, order: OrderKey | None = None, besides: Set[str] = frozenset()
    ) -> tuple[Bundle, ...]:
        now = self._store.clock.now()
        asked = {key: desk for key, desk in self._store.desks.items() if order in {None, key}}
        due = [
            (key.tenant, desk.due_at, (key, desk))
            for key, desk in asked.items()
            if key.merchant not in besides and desk.due_at is not None and desk.due_at <= now and free(desk.relay, now)
        ]
        bundles = []
        for key, desk in fairly(due)[:limit]:
            interrupted, desk.relay = desk.relay, Lease(uuid4(), now + lease)
            desk.letters = [replace(x, attempts=x.attempts + bool(interrupted)) for x in desk.letters]
            bundles.append(Bundle(key, desk.relay.token, tuple(desk.letters)))
        return tuple(bundles)

    async def owed(self, order: OrderKey) -> bool:
        desk, now = self._store.desk(order), self._store.clock.now()
        return not free(desk.relay, now) or (desk.due_at is not None and desk.due_at <= now)

    async def close(self, bundle: Bundle, *, delivered: Sequence[Letter], failed: Undelivered | None = None) -> None:
        desk = self._store.desk(bundle.order)
        self._take_out(desk, *delivered)
        if not held_by(desk.relay, bundle.token):
            return
        desk.relay = None
        if failed is not None and any(other.id == failed.letter.id for other in desk.letters):
            self._put_off(desk, failed)

    def _put_off(self, desk: Desk, failed: Undelivered) -> None:
        if failed.until is None:
            self._store.parked.append((failed.letter, failed.reason))
            self._take_out(desk, failed.letter)
            return
        number = failed.letter.id
        desk.letters = [replace(x, attempts=x.attempts + 1) if x.id == number else x for x in desk.letters]
        desk.due_at = failed.until
        desk.errors[number] = failed.reason

    @staticmethod
    def _take_out(desk: Desk, *letters: Letter) -> None:
        gone = {letter.id for letter in letters}
        desk.letters = [other for other in desk.letters if other.id not in gone]
        if not desk.letters:
            desk.due_at = None
