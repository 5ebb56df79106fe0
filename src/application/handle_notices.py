"""Act on what Qliro told: read the truth, settle, and only then forget the message."""

from collections.abc import Set
from datetime import timedelta
from functools import partial

from application.book_shipping import BookShipping
from application.correlation import bind
from application.errands import Errand, grouped, run_all
from application.keep_saved_card import KeepSavedCard
from application.observation import Observer
from application.outage_pauses import LATER
from application.ports.clock import Clock
from application.ports.inbox import Inbox, Notice, NoticeKind, StoredNotice
from application.release_orphan import ReleaseOrphan
from application.settle_payment import SettlePayment
from application.settle_upsell import SettleUpsell, UpsellTold
from domain.checkout import CheckoutStatus
from domain.discretion import discreet
from domain.errors import AdapterError, LedgerDisagrees, ProviderUnavailable
from domain.payment import Payment

_LEASE = timedelta(seconds=30)
_WAITED_FOR_BOOKS = 6
_SCHEDULE = (0.2, 0.5, 1, 2, 5, 15, 60, *LATER)


class HandleNotices:
    """One round over the inbox. A message that fails waits for its next turn and holds up nobody."""

    def __init__(
        self,
        inbox: Inbox,
        settle: SettlePayment,
        keep_card: KeepSavedCard,
        release: ReleaseOrphan,
        book: BookShipping,
        clock: Clock,
        observer: Observer,
        upsell: SettleUpsell,
    ) -> None:
        self._inbox = inbox
        self._settle = settle
        self._keep_card = keep_card
        self._release = release
        self._book = book
        self._clock = clock
        self._observer = observer
        self._upsell = upsell

    async def __call__(self, *, limit: int = 10) -> int:
        """Take and handle up to `limit` messages, side by side; how many were taken."""
        return await run_all(await self.take(limit=limit))

    async def take(self, *, limit: int, besides: Set[str] = frozenset()) -> tuple[Errand, ...]:
        """Up to `limit` messages to handle, an errand per order, none for the merchants `besides`."""
        taken = await self._inbox.take(limit=limit, lease=_LEASE, besides=besides)
        orders = grouped(taken, by=lambda notice: notice.notice.key.order)
        return tuple(Errand(notices[0].notice.key.merchant, partial(self._in_turn, notices)) for notices in orders)

    async def _in_turn(self, notices: tuple[StoredNotice, ...]) -> int:
        for notice in notices:
            await self.handle(notice)
        return len(notices)

    async def handle(self, notice: StoredNotice) -> None:
        """Act on it; afterwards it is handled, deferred or parked."""
        with bind(str(notice.notice.facts.get("correlation") or "")):
            try:
                if not await self._act(notice):
                    await self._inbox.handled(notice)
            except AdapterError as failure:
                await self._postpone(notice, failure)
            except Exception as defect:  # noqa: BLE001 - a defect in one message must not stop the others
                self._observer.unexpected("inbox", defect)
                await self._postpone(notice, AdapterError(type(defect).__name__))

    async def _act(self, notice: StoredNotice) -> bool:
        """Whether it has been marked as handled already."""
        if notice.notice.kind is NoticeKind.NOTIFICATION:
            return await self._book(notice)
        payment = await self._acted_on(notice.notice, patient=notice.attempts < _WAITED_FOR_BOOKS)
        if payment.orphaned:
            await self._release(payment)
        return False

    async def _acted_on(self, notice: Notice, *, patient: bool) -> Payment:
        """Raises ProviderUnavailable, while `patient`, for a purchase that Qliro's books do not show yet: it counts as
        pending, and is looked at again before the next look that everybody gets.
        """
        if notice.kind is NoticeKind.SAVED_CARD:
            return await self._keep_card(notice)
        if notice.kind is NoticeKind.UPSELL:
            return await self._upsell(notice.key, UpsellTold.by(notice))
        payment, reading = await self._settle.with_reading(notice.key)
        if patient and reading.status is CheckoutStatus.COMPLETED and payment.status.undecided:
            raise ProviderUnavailable("Qliro's books do not show the purchase yet.", sent=False)
        return payment

    async def _postpone(self, notice: StoredNotice, failure: AdapterError) -> None:
        if isinstance(failure, LedgerDisagrees):
            self._observer.disagreement(notice.notice.key, failure.message)
        over = notice.attempts >= len(_SCHEDULE)
        until = None if over else self._clock.now() + timedelta(seconds=_SCHEDULE[notice.attempts])
        await self._inbox.defer(notice, until=until, reason=discreet(f"{failure.code}: {failure.message}"))
        self._observer.notice_failed(notice, failure, parked=over)
