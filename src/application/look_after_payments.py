"""No payment stays undecided for ever: ask Qliro on a schedule, carry on what was interrupted, close what expired.

It has no transitions of its own: whatever it finds goes through the same acts as live traffic.
"""

from collections.abc import Set
from datetime import datetime, timedelta
from functools import partial

from application.correlation import about, bind
from application.errands import Errand, grouped, run_all
from application.messages_owed import order_advanced
from application.observation import Observer
from application.patience import Patience
from application.ports.clock import Clock
from application.ports.payments import Payments, Work
from application.ports.platform import CheckoutPlatform
from application.reduce_reservation import ReduceReservation
from application.release_orphan import ReleaseOrphan
from application.remove_payment import RemovePayment
from application.renew_payment import RenewPayment
from application.resume_operation import ResumeOperation
from application.settle_payment import Reading, SettlePayment
from application.sync_cart import SyncCart
from application.tend_upsell import TendUpsell
from application.withdraw_payment import withdraw_twins
from domain.attention import PAUSES, next_look
from domain.errors import AdapterError, OperationRefused, OrderNotFound, PaymentNotFound
from domain.identifiers import PaymentKey
from domain.lifecycle import PaymentStatus
from domain.messages import Message, MessageKind
from domain.order import OrderStatus
from domain.payment import Payment

_LEASE = timedelta(minutes=1)
_RESERVED = frozenset({PaymentStatus.AUTHORIZED, PaymentStatus.PARTIALLY_CAPTURED})


class LookAfterPayments:
    """One round over the payments whose time has come. Rounds of several processes don't overlap."""

    def __init__(
        self,
        payments: Payments,
        platform: CheckoutPlatform,
        settle: SettlePayment,
        resume: ResumeOperation,
        release: ReleaseOrphan,
        remove: RemovePayment,
        reduce: ReduceReservation,
        renew: RenewPayment,
        clock: Clock,
        patience: Patience,
        observer: Observer,
        tend: TendUpsell,
        sync_cart: SyncCart,
    ) -> None:
        self._payments = payments
        self._platform = platform
        self._settle = settle
        self._resume = resume
        self._release = release
        self._remove = remove
        self._reduce = reduce
        self._renew = renew
        self._clock = clock
        self._patience = patience
        self._observer = observer
        self._tend = tend
        self._sync_cart = sync_cart

    async def __call__(self, *, limit: int = 10) -> int:
        """Look at up to `limit` due payments, side by side; how many there were."""
        return await run_all(await self.take(limit=limit))

    async def take(self, *, limit: int, besides: Set[str] = frozenset()) -> tuple[Errand, ...]:
        """Up to `limit` payments to look at, an errand per order, none of the merchants `besides`."""
        now = self._clock.now()
        due = await self._payments.due(limit=limit, now=now, lease=_LEASE, besides=besides)
        orders = grouped(due, by=lambda key: key.order)
        return tuple(Errand(keys[0].merchant, partial(self._in_turn, keys, now + _LEASE)) for keys in orders)

    async def _in_turn(self, keys: tuple[PaymentKey, ...], leased_until: datetime) -> int:
        for key in keys:
            with bind(about(key.order_id)):
                await self._look(key, leased_until)
        return len(keys)

    async def _look(self, key: PaymentKey, leased_until: datetime) -> None:
        undone = True
        try:
            if await self._too_early(key):
                return
            payment, reading = await self._settled(key)
            if payment.orphaned:
                await self._release(payment)
            elif payment.holds_order:
                await self._held_back(key)
            elif payment.open_operation is not None:
                await self._resume(key)
            elif payment.status in _RESERVED:
                await self._reserved(payment)
            elif payment.status is PaymentStatus.INTENT:
                await self._unpaid(payment, reading)
            undone = False
        except AdapterError as failure:
            undone = not isinstance(failure, OperationRefused)
            self._observer.look_failed(key, failure)
        except Exception as defect:  # noqa: BLE001 - a defect in one payment must not stop the others
            self._observer.unexpected("janitor", defect)
        await self._later(key, leased_until, undone=undone)

    async def _held_back(self, key: PaymentKey) -> None:
        """More may be sold with the order, or less of it: first the one, then the other."""
        payment = await self._tend(key)
        if payment.open_operation is None and payment.status in _RESERVED:
            await self._reserved(payment)

    async def _reserved(self, payment: Payment) -> None:
        """No more than the order is worth; nothing for an order that was closed while nobody could cancel."""
        if payment.upsell is not None and not payment.holds_order:
            await self._tend(payment.key)  # rows that came when it was over are told as unpaid
        order = await self._reduce(payment.key)
        closed = order is not None and order.status in {OrderStatus.DECLINED, OrderStatus.REMOVED}
        if closed and payment.status is PaymentStatus.AUTHORIZED:
            await self._release(payment)

    async def _settled(self, key: PaymentKey) -> tuple[Payment, Reading]:
        """As Qliro says; a renewal that Qliro doesn't have is carried on first."""
        try:
            return await self._settle.with_reading(key)
        except PaymentNotFound:
            if not await self._renew.resume(key):
                raise
        return await self._settle.with_reading(key)

    async def _unpaid(self, payment: Payment, reading: Reading) -> None:
        now = self._clock.now()
        if now - payment.created_at > self._patience.checkout_lifetime:
            await self._expire(payment)
            return
        order = await self._platform.read_order(payment.key.order)
        await withdraw_twins(self._platform, order)
        session = await self._payments.read_session(order.key)
        if session is not None and order.status is OrderStatus.CHECKOUT:
            await self._sync_cart.where_needed(payment, order, session, reading.checkout)
        frozen = order.status is OrderStatus.PROCESSING and order.status_since
        if frozen and now - frozen > self._patience.processing:
            reopened = (order_advanced(OrderStatus.CHECKOUT), Message(MessageKind.REPORT_PAYMENT))
            await self._payments.commit(Work(payment.key.order, payments=(payment,), messages=reopened))

    async def _expire(self, payment: Payment) -> None:
        """Nobody has paid in time. An order that Norce no longer has needs no more than our own note."""
        try:
            await self._remove(payment.key)
        except OrderNotFound:
            payment.remove(at=self._clock.now())
            await self._payments.commit(Work(payment.key.order, payments=(payment,)))

    async def _too_early(self, key: PaymentKey) -> bool:
        """A payment is due a minute after it changed; the settings may ask for more patience than that."""
        if self._patience.looks[0] <= PAUSES[0]:
            return False
        payment = await self._payments.read(key)
        if payment is None or not payment.needs_attention or payment.holds_order:
            return False
        first = payment.updated_at + self._patience.looks[0]
        if first <= self._clock.now():
            return False
        await self._payments.look_again(key, at=first)
        return True

    async def _later(self, key: PaymentKey, leased_until: datetime, *, undone: bool) -> None:
        """Again on the schedule while there is something to wait for, or as long as looking itself was not possible."""
        try:
            payment = await self._payments.read(key)
            now = self._clock.now()
            if payment is None:
                return
            waits = payment.needs_attention or payment.may_be_paid(now, self._patience.checkout_lifetime)
            if waits or undone:
                scheduled = next_look(payment.waiting_since, now, self._patience.looks)
                await self._payments.look_again(key, at=payment.upsell_look(now) or scheduled)
            else:
                await self._payments.looked(key, leased_until=leased_until)
        except AdapterError as failure:
            self._observer.look_failed(key, failure)
