"""Everything there is in one seed: merchants, their orders, Norce, Qliro, the store and the adapter's processes."""

import asyncio
import itertools
import random
import zlib
from collections.abc import Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from application.ports.configurations import MerchantConfiguration
from domain.identifiers import Tenant
from tests.fakes.configurations import FakeConfigurations, a_configuration
from tests.fakes.memory import MemoryStore
from tests.simulation.judge import Judge
from tests.simulation.loop import VirtualLoop
from tests.simulation.norce import Norce
from tests.simulation.observer import Operators
from tests.simulation.process import Killed, Process
from tests.simulation.qliro import Qliro
from tests.simulation.weather import Place, Weather
from tests.unit.application.wiring import CountingIds

BEGIN = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
DAY = 86_400.0
LIVELY_DAYS = 7
TENANTS = tuple(Tenant(*names) for names in (("alfa", "se"), ("alfa", "no"), ("beta", "se"), ("gamma", "fi")))
ECHOING = Tenant("beta", "se")
"""On a platform where our own writes call our own hooks."""
SHIPPED_BY_QLIRO = Tenant("gamma", "fi")
"""Whose customers choose their delivery in the provider's checkout."""


class WorldClock:
    """The world's own time, for the store and for Norce."""

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self._loop.time())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class World:
    """One seed's world. `note` is its diary; its running checksum tells whether two runs were the same."""

    def __init__(self, chance: random.Random, loop: VirtualLoop, *, rate: float, trace: bool) -> None:
        self.chance, self._loop, self._trace = chance, loop, trace
        self.clock = WorldClock(loop)
        self.weather = Weather(chance, rate)
        self.observer = Operators()
        self.ids = CountingIds()
        self.judge = Judge(self)
        self.store = MemoryStore(self.clock)
        self.configurations = FakeConfigurations(*map(_configured, TENANTS))
        self.norce = Norce(self)
        self.norce.echoing.add(ECHOING)
        self.qliro = Qliro(self)
        self.processes: list[Process] = []
        self.diary: list[str] = []
        self.digest = 0
        self.events = 0
        self.killed = 0
        self._names = itertools.count(1)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._busy: asyncio.Future[None] | None = None
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._tickets = itertools.count()
        self.judge.watch(self.store)

    def time(self) -> float:
        return self._loop.time()

    def note(self, text: str, details: object = "") -> None:
        """Write down what happens."""
        self.digest = zlib.crc32(f"{self.time():.6f} {text}".encode(), self.digest)
        if self._trace:
            shown = str(details)
            self.diary.append(f"{self.time():12.3f} {text} {shown[:160]}".rstrip())

    def background(self, work: Coroutine[Any, Any, Any]) -> None:
        """Something that goes on by itself."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(self._look_at)

    def _look_at(self, task: asyncio.Task[Any]) -> None:
        failure = None if task.cancelled() else task.exception()
        if failure is not None and not isinstance(failure, Killed):
            self.judge.wrong(f"a {type(failure).__name__} came out of the simulated world: {failure!r}")

    # Processes.

    def start_process(self) -> None:
        """One more replica."""
        self.processes.append(Process(self, f"p{next(self._names)}"))

    def kill_process(self) -> None:
        """One replica dies where it stands."""
        if self.processes:
            self.processes.pop(self.chance.randrange(len(self.processes))).kill()
            self.killed += 1

    async def ask(self, case: str, *args: Any, patience: float) -> Any:
        """Call a use case of some process, as over HTTP.

        Raises what the use case does, ConnectionError when nobody (or nobody any more) answers, TimeoutError when it
        takes too long: then the process works on.
        """
        self.events += 1
        if self._busy is not None:
            _finish(self._busy)
        if not self.processes:
            raise ConnectionError("nobody listens")
        process = self.chance.choice(self.processes)
        task = asyncio.create_task(getattr(process.cases, case)(*args))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        done, _ = await asyncio.wait({task}, timeout=patience)
        if not done:
            raise TimeoutError
        failure = task.exception()
        self.note(f"{process.name} {case}: {type(failure).__name__ if failure else 'ok'}", (args, failure))
        if isinstance(failure, Killed):
            raise ConnectionError("the process died")
        self.judge.answered(case, failure)
        return task.result()

    # Background work: instead of asking every second, it is known when there will be something to do.

    async def until_due(self, kind: str) -> None:
        """Return when there may be work of this kind, at the latest after an hour."""
        while True:
            now, due = self.clock.now(), self._due(kind)
            if due is not None and due <= now:
                return
            pause = 3600.0 if due is None else min(3600.0, (due - now).total_seconds() + 0.001)
            ticket = next(self._tickets)
            self._waiting[ticket] = waiter = self._loop.create_future()
            timer = self._loop.call_later(pause, _finish, waiter)
            try:
                await waiter
            finally:
                timer.cancel()
                self._waiting.pop(ticket, None)

    async def until_busy(self, within: float) -> None:
        """Return when the next call of a use case begins."""
        self._busy = waiter = self._loop.create_future()
        timer = self._loop.call_later(within, _finish, waiter)
        await waiter
        timer.cancel()
        self._busy = None

    def poke(self) -> None:
        """Something was stored: whoever waits for work looks again."""
        for waiter in list(self._waiting.values()):
            _finish(waiter)

    def _due(self, kind: str) -> datetime | None:
        store = self.store
        match kind:
            case "inbox":
                holes = [h for h in store.notices.values() if h.handled_at is None and h.parked_reason is None]
                times = [max(h.due_at, h.leased_until or h.due_at) for h in holes]
            case "outbox":
                desks = [desk for desk in store.desks.values() if desk.due_at is not None]
                times = [max(d.due_at or BEGIN, d.relay.until if d.relay else BEGIN) for d in desks]
            case _:
                times = [at for at in store.looks.values() if at is not None]
        return min(times, default=None)

    def storm(self) -> None:
        """Plan windows in which somebody does not answer at all."""
        for _ in range(self.chance.randint(0, 4)):
            begin = self.chance.uniform(0, LIVELY_DAYS * DAY)
            length = self.chance.choice((5.0, 60.0, 900.0, 7200.0))
            place = self.chance.choice((Place.NORCE, Place.QLIRO, Place.STORE))
            self.weather.outages.append((place, begin, begin + length))


def _configured(tenant: Tenant) -> MerchantConfiguration:
    return replace(a_configuration(tenant), use_integrated_shipping=tenant == SHIPPED_BY_QLIRO)


def _finish(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
