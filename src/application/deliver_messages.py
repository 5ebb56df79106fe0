"""Deliver what Norce is owed: in order per order, at least once, without ever holding up another order."""

import time
from collections.abc import Callable, Set
from dataclasses import replace
from datetime import timedelta
from functools import partial

from application.correlation import about, bind
from application.deadline import deadline
from application.errands import Errand, run_all
from application.observation import Observer
from application.outage_pauses import LATER
from application.ports.clock import Clock
from application.ports.outbox import RELAY_LEASE, Bundle, Letter, Outbox, Undelivered
from application.shared_readings import OrderReading
from application.tell_norce import TellNorce
from domain.discretion import discreet
from domain.errors import AdapterError, OrderNotFound, OrderRefused, PaymentNotFound
from domain.identifiers import OrderKey
from domain.messages import MessageKind

_LOOKS, _BETWEEN_LOOKS = 40, 0.025
"""How often, and how many seconds apart, a caller looks whether another relay has told Norce what it waits for."""
_TELLING = 5 / 6
"""The part of the lease in which Norce is told; the rest is for writing down what came of it."""
_SCHEDULE = (1, 2, 5, 15, 60, *LATER)
_HOPELESS = _SCHEDULE[:6]


class DeliverMessages:
    """Takes whole orders from the outbox and delivers their letters one after the other."""

    def __init__(
        self, outbox: Outbox, tell: TellNorce, clock: Clock, observer: Observer, wake: Callable[[], None]
    ) -> None:
        self._outbox = outbox
        self._tell = tell
        self._clock = clock
        self._observer = observer
        self._wake = wake

    async def __call__(self, *, limit: int = 10) -> int:
        """Deliver for up to `limit` orders, side by side; how many letters went out."""
        return await run_all(await self.take(limit=limit))

    async def take(self, *, limit: int, besides: Set[str] = frozenset()) -> tuple[Errand, ...]:
        """Up to `limit` orders to deliver for, none of the merchants `besides`."""
        bundles = await self._outbox.take(limit=limit, lease=RELAY_LEASE, besides=besides)
        return tuple(Errand(bundle.order.merchant, partial(self._alone, bundle)) for bundle in bundles)

    async def at_once(
        self, order: OrderKey, taken: Bundle | None = None, *, order_read: OrderReading | None = None
    ) -> None:
        """Deliver for one order now, or wait a second for whoever is doing it; what fails is left to the background.

        So are log entries that nothing waits behind: whoever called has seen what it came for without them. `taken` is
        what the caller's commit has leased to it.
        """
        try:
            for bundle in (taken,) if taken else await self._taken(order):
                if bundle.letters:
                    await self._first(bundle, order_read)
        except AdapterError as failure:
            self._observer.delivery_postponed(order, failure)

    async def _first(self, bundle: Bundle, order_read: OrderReading | None) -> None:
        first = _without_last_entries(bundle)
        await self._deliver(first, order_read)
        if len(first.letters) < len(bundle.letters):
            self._wake()

    async def _taken(self, order: OrderKey) -> tuple[Bundle, ...]:
        """What is owed; when somebody else is telling it just now, what is left once that is done.

        That nothing could be taken does not mean that nothing is owed: whoever had the order may just have let go of
        it without having seen the newest letters.
        """
        for _ in range(_LOOKS):
            bundles = await self._outbox.take(limit=1, lease=RELAY_LEASE, order=order)
            if bundles or not await self._outbox.owed(order):
                return bundles
            await self._clock.sleep(_BETWEEN_LOOKS)
        return ()

    async def _alone(self, bundle: Bundle) -> int:
        """What goes wrong with one order's letters does not concern the others."""
        try:
            with bind(about(bundle.order.order_id)):
                return await self._deliver(bundle, None)
        except AdapterError as failure:
            self._observer.delivery_postponed(bundle.order, failure)
            return 0

    async def _deliver(self, bundle: Bundle, order: OrderReading | None) -> int:
        """How many went out.

        Whoever is stopped on the way writes nothing down: the lease runs out, and the next relay is told.
        However slow Norce is, or the store was, telling ends before the lease does: never are two relays at work on one
        order. What there was no time left for is owed as before.
        """
        done: list[Letter] = []
        failed = None
        round_trip = self._tell.begin(bundle.order, order, bundle.payment)
        ends = bundle.since + RELAY_LEASE.total_seconds() * _TELLING
        for letter in bundle.letters:
            left = ends - time.monotonic()
            if left <= 0:
                break
            try:
                with deadline(left):
                    await round_trip.tell(letter, again=letter.attempts > 0)
            except AdapterError as failure:
                failed = self._undelivered(letter, failure)
                break
            except Exception as defect:  # noqa: BLE001 - a defect in one letter must not stop the other orders
                self._observer.unexpected("outbox", defect)
                failed = self._undelivered(letter, AdapterError(type(defect).__name__))
                break
            done.append(letter)
        await self._outbox.close(bundle, delivered=done, failed=failed)
        return len(done)

    def _undelivered(self, letter: Letter, failure: AdapterError) -> Undelivered:
        hopeless = isinstance(failure, (OrderNotFound, OrderRefused, PaymentNotFound))
        schedule = _HOPELESS if hopeless else _SCHEDULE
        over = letter.attempts >= len(schedule)
        until = None if over else self._clock.now() + timedelta(seconds=schedule[letter.attempts])
        self._observer.letter_failed(letter, failure, parked=over)
        return Undelivered(letter, until, discreet(f"{failure.code}: {failure.message}"))


def _without_last_entries(bundle: Bundle) -> Bundle:
    letters = list(bundle.letters)
    while letters and letters[-1].message.kind is MessageKind.LOG_TRANSACTION:
        letters.pop()
    return replace(bundle, letters=tuple(letters))
