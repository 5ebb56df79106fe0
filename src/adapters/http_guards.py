"""What keeps one merchant's sick upstream from costing anyone else anything: a lane per (upstream, merchant).

A lane bounds how many calls are in flight, stops calling what has failed many times in a row, and pays for
retries out of a budget that grows with ordinary calls.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardSettings:
    """Per upstream and merchant. `failures_to_open` in a row close the way for `open_seconds`, then one call probes."""

    concurrency: int = 32
    patience_seconds: float = 2.0
    failures_to_open: int = 8
    open_seconds: float = 4.0
    retry_share: float = 0.1
    retry_reserve: float = 8.0
    retry_refill_per_second: float = 0.1


class LaneClosed(Exception):
    """The call was not made; the reason says why."""


class RetryBudget:
    """A bucket that every call fills a little and every retry empties by one."""

    def __init__(self, settings: GuardSettings, now: float) -> None:
        self._settings = settings
        self._tokens = settings.retry_reserve
        self._filled_at = now

    def earn(self, now: float) -> None:
        """An ordinary call was made."""
        gained = self._settings.retry_share + (now - self._filled_at) * self._settings.retry_refill_per_second
        self._tokens = min(self._settings.retry_reserve, self._tokens + gained)
        self._filled_at = now

    def spend(self) -> bool:
        """Pay for one retry; False when there is nothing left."""
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class CircuitBreaker:
    """Closed, open, or half open (one probe under way)."""

    def __init__(self, settings: GuardSettings) -> None:
        self._settings = settings
        self._failures = 0
        self._open_until: float | None = None
        self._probing = False

    @property
    def open(self) -> bool:
        """Whether calls are being turned away (a probe may be under way)."""
        return self._open_until is not None

    def enter(self, now: float) -> None:
        """Ask to make a call. Raises LaneClosed while the way is closed."""
        if self._open_until is None:
            return
        if self._probing or now < self._open_until:
            raise LaneClosed("it failed too often just now")
        self._probing = True

    def leave(self, ok: bool | None, now: float) -> None:
        """The call is over: it worked, it failed, or (None) it says nothing about the upstream."""
        if ok is None:
            self._probing = False
        elif ok:
            self._failures, self._open_until, self._probing = 0, None, False
        else:
            self._failures += 1
            if self._failures >= self._settings.failures_to_open:
                self._open_until, self._probing = now + self._settings.open_seconds, False


class Lane:
    """All three guards of one (upstream, merchant)."""

    def __init__(self, settings: GuardSettings, monotonic: Callable[[], float]) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._slots = asyncio.Semaphore(settings.concurrency)
        self._in_flight = 0
        self.breaker = CircuitBreaker(settings)
        self.budget = RetryBudget(settings, monotonic())

    @property
    def idle(self) -> bool:
        """Nothing in flight and nothing to remember."""
        return self._in_flight == 0 and not self.breaker.open

    def slot(self, patience: float | None) -> "Slot":
        """One call's place, to be entered. Raises LaneClosed then, when the breaker is open or no place comes free."""
        return Slot(self, patience)

    async def enter(self, patience: float | None) -> None:
        """Take a place; `leave` must follow unless this raises."""
        self._in_flight += 1
        try:
            await self._acquire(patience)
            try:
                self.breaker.enter(self._monotonic())
            except LaneClosed:
                self._slots.release()
                raise
        except BaseException:
            self._in_flight -= 1
            raise

    def leave(self, verdict: "Verdict") -> None:
        """Give the place back, and say how the call went."""
        self.breaker.leave(verdict.ok, self._monotonic())
        self._slots.release()
        self._in_flight -= 1

    async def _acquire(self, patience: float | None) -> None:
        if self._slots.locked():
            allowed = self._settings.patience_seconds
            seconds = allowed if patience is None else min(allowed, patience)
            try:
                async with asyncio.timeout(seconds):
                    await self._slots.acquire()
            except TimeoutError:
                raise LaneClosed("too many calls to it are waiting already") from None
        else:
            await self._slots.acquire()


@dataclass(slots=True)
class Verdict:
    """What a call tells of the upstream's health; None = nothing."""

    ok: bool | None = None


class Slot:
    """A place in a lane for as long as it is entered. (A generator would cost more than all guards together.)"""

    __slots__ = ("_lane", "_patience", "_verdict")

    def __init__(self, lane: Lane, patience: float | None) -> None:
        self._lane = lane
        self._patience = patience
        self._verdict = Verdict()

    async def __aenter__(self) -> Verdict:
        await self._lane.enter(self._patience)
        return self._verdict

    async def __aexit__(self, *failure: object) -> None:
        self._lane.leave(self._verdict)


class Lanes:
    """Lanes by merchant, made when first needed; idle ones are forgotten past `most`."""

    def __init__(self, settings: GuardSettings, monotonic: Callable[[], float], *, most: int = 5_000) -> None:
        self._settings = settings
        self._monotonic = monotonic
        self._most = most
        self._lanes: dict[str, Lane] = {}

    def of(self, merchant: str) -> Lane:
        """The merchant's lane."""
        lane = self._lanes.get(merchant)
        if lane is None:
            if len(self._lanes) >= self._most:
                self._lanes = {name: kept for name, kept in self._lanes.items() if not kept.idle}
            lane = self._lanes[merchant] = Lane(self._settings, self._monotonic)
        return lane
