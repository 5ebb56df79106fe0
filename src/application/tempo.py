"""As many calls at a time as an upstream bears: more while it answers, half as many when it doesn't.

A lane per (upstream, merchant): what one merchant's Norce cannot bear says nothing about another's. Beside the number
of calls in flight there may be a limit of calls per second, and an upstream that says when to come back is obeyed.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from application.ports.clock import Clock
from domain.errors import OrderConflict, OrderUnavailable, ProviderUnavailable

Result = TypeVar("Result")
Silence = OrderUnavailable | ProviderUnavailable
_LONGEST = 60.0
_AWAY_AFTER_CALLS, _AWAY_AFTER_SECONDS = 12, 20.0
"""So many calls and so long without a usable answer: the upstream is away, and nobody waits for it in turn."""
_BETWEEN_PROBES = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoSettings:
    """`at_once` bounds the calls in flight per upstream and merchant, `per_second` their rate (0 = no bound).

    A read without a usable answer is repeated after each of the `pauses` (seconds).
    """

    at_first: int = 4
    at_once: int = 16
    per_second: float = 0.0
    pauses: tuple[float, ...] = (0.5, 2.0, 8.0)


@dataclass(slots=True)
class Answers:
    """Of one upstream, whosever lane they came through: calls without a usable one since the last."""

    answered_at: float
    unanswered: int = 0

    def heard(self, *, answered: bool, now: float) -> None:
        self.unanswered = 0 if answered else self.unanswered + 1
        self.answered_at = now if answered else self.answered_at

    def missing(self, now: float) -> bool:
        """For so long and so often that it is away."""
        return now - self.answered_at >= _AWAY_AFTER_SECONDS and self.unanswered >= _AWAY_AFTER_CALLS


class Lane:
    """One upstream of one merchant's. Not for use across event loops.

    `together` are the answers of all its lanes: when nobody gets any, one call of this merchant's is enough to know.
    """

    def __init__(self, settings: TempoSettings, clock: Clock, together: Answers | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._own = Answers(self._now())
        self._together = together or self._own
        self._limit = float(min(settings.at_first, settings.at_once))
        self._in_flight = 0
        self._changed = asyncio.Condition()
        self._not_before = 0.0
        self._troubled = False
        self._probed_at = 0.0
        self.silence: Silence | None = None

    def away(self) -> bool:
        """Whether the upstream is away and need not be asked just now; every few seconds one call may try."""
        if not self._given_up():
            return False
        now = self._now()
        probe = now - self._probed_at >= _BETWEEN_PROBES
        if probe:
            self._probed_at = now
        return not probe

    @property
    def in_flight(self) -> int:
        """Places that are taken."""
        return self._in_flight

    @property
    def limit(self) -> int:
        """How many calls may be in flight just now."""
        return max(1, int(self._limit))

    async def enter(self) -> None:
        """Wait for a place, and for one's turn. `leave` must follow."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._in_flight < self.limit)
            self._in_flight += 1
        try:
            while (wait := self._turn()) > 0:
                await self._clock.sleep(wait)
        except BaseException:
            await self.give_up()
            raise

    async def give_up(self) -> None:
        """The place is not needed after all."""
        async with self._changed:
            self._in_flight -= 1
            self._changed.notify_all()

    async def leave(self, *, answered: bool, pause: float = 0.0) -> None:
        """The call is over. Without an answer the next get half as many places, and wait for `pause` seconds."""
        async with self._changed:
            self._in_flight -= 1
            self._own.heard(answered=answered, now=self._now())
            if self._together is not self._own:
                self._together.heard(answered=answered, now=self._now())
            if answered:
                more = 1 / self.limit if self._troubled else 1.0  # doubles until it is too much for the first time
                self._limit = min(self._settings.at_once, self._limit + more)
            else:
                self._troubled = True
                self._probed_at = self._now()
                self._limit = max(1.0, self._limit / 2)
                self._not_before = max(self._not_before, self._now() + min(pause, _LONGEST))
            self._changed.notify_all()

    def _given_up(self) -> bool:
        now = self._now()
        return self._own.missing(now) or (self._own.unanswered > 0 and self._together.missing(now))

    def _turn(self) -> float:
        """Seconds to wait still; 0 = now, and the next caller's turn is later."""
        now = self._now()
        if self._given_up():
            return 0.0
        if now < self._not_before:
            return self._not_before - now
        if self._settings.per_second:
            self._not_before = max(now, self._not_before) + 1 / self._settings.per_second
        return 0.0

    def _now(self) -> float:
        return self._clock.now().timestamp()


class Tempo:
    """Hands calls to their lanes, repeats reads that got no answer, and counts."""

    def __init__(self, settings: TempoSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._answers: dict[str, Answers] = {}

    def lane(self, upstream: str, merchant: str) -> Lane:
        key = upstream, merchant
        if key not in self._lanes:
            together = self._answers.setdefault(upstream, Answers(self._clock.now().timestamp()))
            self._lanes[key] = Lane(self._settings, self._clock, together)
        return self._lanes[key]

    async def read(
        self, upstream: str, merchant: str, act: Callable[[], Awaitable[Result]], counted: Counter[str]
    ) -> Result:
        """What `act` reads; asked again a few times when there was no usable answer, and then raises why.

        From an upstream that is away nothing is read any more, until one of the calls that still try is answered.
        """
        lane = self.lane(upstream, merchant)
        for pause in (*self._settings.pauses, None):
            await lane.enter()
            if lane.silence is not None and lane.away():
                await lane.give_up()
                raise lane.silence
            answered, advised = True, 0.0
            try:
                counted[upstream] += 1
                return await act()
            except (OrderUnavailable, ProviderUnavailable) as failure:
                answered, advised, lane.silence = False, failure.retry_after, failure
                if pause is None:
                    raise
            except OrderConflict:
                if pause is None:
                    raise
            finally:
                await lane.leave(answered=answered, pause=max(advised, pause or 0.0))
        raise AssertionError("the last try returns or raises")
