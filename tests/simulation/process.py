"""One adapter process: the use cases over ports that it reaches through the weather, until it is killed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from application.patience import Patience
from application.ports.configurations import MerchantConfigurations
from application.ports.inbox import Inbox
from application.ports.outbox import Outbox
from application.ports.payments import Payments
from application.ports.platform import CheckoutPlatform
from application.ports.provider import PaymentProvider
from domain.errors import AdapterError
from tests.simulation.weather import GIVES_UP, Fate, Place, failure
from tests.unit.application.wiring import Ports, UseCases

if TYPE_CHECKING:
    from tests.simulation.world import World

_T = TypeVar("_T")
_READS = ("read", "find", "transaction_keys", "validate")


class Killed(BaseException):
    """The process is no more: nothing of it runs on, not even its clean-up."""


class Remote:
    """Something outside the process; every call of it is a journey."""

    def __init__(self, process: "Process", place: Place, target: object) -> None:
        self._process, self._place, self._target = process, place, target

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._target, name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            return await self._process.travel(self._place, name, lambda: method(*args, **kwargs), args)

        return call


class _Clock:
    def __init__(self, process: "Process") -> None:
        self._process = process

    def now(self) -> datetime:
        return self._process.world.clock.now() + self._process.skew

    async def sleep(self, seconds: float) -> None:
        self._process.require_alive()
        await asyncio.sleep(seconds)
        self._process.require_alive()


class Work(Protocol):
    async def __call__(self) -> int: ...


class Process:
    """A replica. `cases` are its use cases; background work runs as long as it lives."""

    def __init__(self, world: "World", name: str) -> None:
        self.world, self.name = world, name
        self.skew = timedelta(seconds=world.chance.uniform(-2, 2))
        self.dead = False
        platform = Remote(self, Place.NORCE, world.norce)
        store = world.store
        ports = Ports(
            payments=cast(Payments, Remote(self, Place.STORE, store.payments)),
            inbox=cast(Inbox, Remote(self, Place.STORE, store.inbox)),
            outbox=cast(Outbox, Remote(self, Place.STORE, store.outbox)),
            platform=cast(CheckoutPlatform, platform),
            provider=cast(PaymentProvider, Remote(self, Place.QLIRO, world.qliro)),
            configurations=cast(MerchantConfigurations, Remote(self, Place.SETTINGS, world.configurations)),
        )
        self.cases = UseCases(ports, _Clock(self), world.ids, world.observer, patience=Patience())
        rounds: dict[str, Work] = {
            "inbox": self.cases.handle_notices,
            "outbox": self.cases.deliver,
            "janitor": self.cases.look_after,
        }
        self._tasks = [asyncio.create_task(self._work(kind, act)) for kind, act in rounds.items()]

    def require_alive(self) -> None:
        if self.dead:
            raise Killed(self.name)

    def kill(self) -> None:
        """Nothing that this process has begun goes on; what it has sent may still arrive."""
        self.dead = True
        self.world.note(f"{self.name} dies")

    async def travel(self, place: Place, name: str, act: Callable[[], Awaitable[Any]], args: tuple[Any, ...]) -> Any:
        """Make a call of the process's, through the weather. Raises Killed once the process is dead."""
        self.require_alive()
        world = self.world
        passage = world.weather.passage(place, name, world.time())
        fate = passage.fate
        if fate is Fate.CONFLICT and name.startswith(_READS):
            fate = Fate.FAILED
        try:
            if passage.there:
                await asyncio.sleep(passage.there)
        except asyncio.CancelledError:
            self._on_its_way(act)
            raise
        if self.dead:
            self._on_its_way(act)
            raise Killed(self.name)
        if fate is Fate.STALE:
            return world.qliro.as_it_was(name, args)
        result = None
        if fate in {Fate.FINE, Fate.LOST}:
            world.note(f"{self.name} {place.value}.{name}", args)
            result = await act()
        elif fate is Fate.LATE:
            world.background(self._late(act))
        if passage.back or fate is Fate.LATE:
            await asyncio.sleep(GIVES_UP if fate is Fate.LATE else passage.back)
        self.require_alive()
        if fate is Fate.FINE:
            return result
        world.note(f"{self.name} {place.value}.{name}: {fate.value}", args)
        told = failure(place, name, fate)
        if isinstance(told, AdapterError):
            raise told
        return told

    def _on_its_way(self, act: Callable[[], Awaitable[Any]]) -> None:
        """The caller is gone; whether the call had left already, chance decides."""
        if self.world.chance.random() < 0.5:
            self.world.background(self._carried_out(act))

    async def _late(self, act: Callable[[], Awaitable[Any]]) -> None:
        await asyncio.sleep(self.world.chance.uniform(0, 2 * GIVES_UP))
        await self._carried_out(act)

    async def _carried_out(self, act: Callable[[], Awaitable[Any]]) -> None:
        try:
            await act()
        except AdapterError:
            return

    async def _work(self, kind: str, act: Work) -> None:
        world = self.world
        while not self.dead:
            try:
                found = await act()
            except AdapterError as trouble:
                found = 0
                world.note(f"{self.name} {kind}: {type(trouble).__name__}")
                await asyncio.sleep(world.chance.uniform(1, 5))
            except Exception as defect:  # noqa: BLE001 - whatever it is, it must not happen
                world.observer.unexpected(kind, defect)
                return
            if not found:
                await asyncio.sleep(world.chance.uniform(0.2, 1.0))
                await world.until_due(kind)
