"""A clock that moves only when a test says so."""

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count

SOME_TIME = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class FrozenClock:
    """`now` stands still until `advance` or `elapse`; who sleeps wakes when the time has come.

    With `impatient`, sleeping itself moves the time: for code that waits with nobody else around.
    """

    def __init__(self, now: datetime = SOME_TIME, *, impatient: bool = False) -> None:
        self._now = now
        self._impatient = impatient
        self._sleepers: list[tuple[datetime, int, asyncio.Future[None]]] = []
        self._order = count()

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta | float) -> None:
        """Move the time (seconds or a timedelta); sleepers that are due go on at the next opportunity."""
        self._now += by if isinstance(by, timedelta) else timedelta(seconds=by)
        while self._sleepers and self._sleepers[0][0] <= self._now:
            _, _, sleeper = heapq.heappop(self._sleepers)
            if not sleeper.done():
                sleeper.set_result(None)

    async def elapse(self, by: timedelta | float) -> None:
        """Move the time through every sleeper's moment on the way, letting each of them run."""
        until = self._now + (by if isinstance(by, timedelta) else timedelta(seconds=by))
        await settle()
        while self._sleepers and self._sleepers[0][0] <= until:
            self.advance(max(self._sleepers[0][0] - self._now, timedelta()))
            await settle()
        self.advance(until - self._now)
        await settle()

    async def sleep(self, seconds: float) -> None:
        if self._impatient:
            self.advance(seconds)
            await asyncio.sleep(0)
            return
        sleeper = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + timedelta(seconds=seconds), next(self._order), sleeper))
        await sleeper


async def settle() -> None:
    """Let everything that can run without time passing run."""
    for _ in range(20):
        await asyncio.sleep(0)
