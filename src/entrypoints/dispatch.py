"""Takes errands from a queue and does them side by side, with a limit for each merchant.

A merchant whose upstream hangs keeps a few places busy until its calls time out. The others' errands go past it: there
are many places, and nothing more is taken for a merchant that has its share of them.
"""

import asyncio
from collections import Counter
from collections.abc import Set
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from application.errands import Errand
from domain.errors import AdapterError


class Source(Protocol):
    """Where errands come from."""

    async def take(self, *, limit: int, besides: Set[str]) -> tuple[Errand, ...]:
        """Up to `limit` errands, leased to this process, none for the merchants `besides`."""
        ...


class WorkObserver(Protocol):
    """Hears of trouble in the background. Must not raise."""

    def work_interrupted(self, where: str, failure: AdapterError) -> None:
        """The database or the like was away; what was to be done will be."""
        ...

    def unexpected(self, where: str, failure: BaseException) -> None:
        """A defect."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """A merchant that has `per_merchant` errands in hand gets no more; one take brings `at_a_time` of them at most."""

    in_all: int = 64
    per_merchant: int = 4
    at_a_time: int = 8
    idle_seconds: float = 0.5
    after_failure_seconds: float = 2.0


class Dispatcher:
    """One kind of background work in one process."""

    def __init__(self, name: str, source: Source, observer: WorkObserver, capacity: Capacity) -> None:
        self._name = name
        self._source = source
        self._observer = observer
        self._capacity = capacity
        self._bell = asyncio.Event()
        self._stopping = False
        self._in_hand: dict[asyncio.Task[None], str] = {}

    def wake(self) -> None:
        """There may be something to do."""
        self._bell.set()

    async def run(self) -> None:
        """Take and begin errands until told to stop, and end with the last one in hand. Cancelled, it drops them."""
        try:
            while not self._stopping:
                self._bell.clear()
                pause = await self._take()
                if pause and not self._stopping:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._bell.wait(), pause)
            if self._in_hand:
                await asyncio.wait(self._in_hand)
        except asyncio.CancelledError:
            dropped = tuple(self._in_hand)
            for task in dropped:
                task.cancel()
            await asyncio.gather(*dropped, return_exceptions=True)
            raise

    def stop(self) -> None:
        """Take nothing more."""
        self._stopping = True
        self._bell.set()

    async def _take(self) -> float:
        """How long to wait before the next take; 0 = there may be more."""
        room = min(self._capacity.at_a_time, self._capacity.in_all - len(self._in_hand))
        if room <= 0:
            return self._capacity.idle_seconds
        try:
            errands = await self._source.take(limit=room, besides=self._busy())
        except AdapterError as failure:
            self._observer.work_interrupted(self._name, failure)
            return self._capacity.after_failure_seconds
        except Exception as defect:  # noqa: BLE001 - background work outlives its defects
            self._observer.unexpected(self._name, defect)
            return self._capacity.after_failure_seconds
        for errand in errands:
            task = asyncio.create_task(self._do(errand), name=self._name)
            self._in_hand[task] = errand.merchant
            task.add_done_callback(self._done)
        return 0 if errands else self._capacity.idle_seconds

    async def _do(self, errand: Errand) -> None:
        try:
            await errand.run()
        except AdapterError as failure:
            self._observer.work_interrupted(self._name, failure)
        except Exception as defect:  # noqa: BLE001 - a defect in one errand must not stop the others
            self._observer.unexpected(self._name, defect)

    def _done(self, task: asyncio.Task[None]) -> None:
        """A place comes free; when it was missed, more may be taken."""
        missed = len(self._in_hand) >= self._capacity.in_all or self._in_hand[task] in self._busy()
        del self._in_hand[task]
        if missed:
            self._bell.set()

    def _busy(self) -> Set[str]:
        counted = Counter(self._in_hand.values())
        return {merchant for merchant, count in counted.items() if count >= self._capacity.per_merchant}
