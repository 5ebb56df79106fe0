"""Strike one call of a process: the process dies there, or the call fails, before or after it did its work."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast

from domain.errors import (
    AdapterError,
    ConfigurationInvalid,
    OrderUnavailable,
    ProviderUnavailable,
    StoreUnavailable,
)
from domain.outcomes import Unknown
from tests.unit.application.wiring import Ports

MONEY = frozenset({"provider.capture", "provider.cancel", "provider.refund", "provider.reduce"})
"""They tell of a lost answer with an outcome instead of an error."""


class Killed(BaseException):
    """The process is no more: nothing it had planned is carried out."""


class Strike(StrEnum):
    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    NOT_SENT = "not sent"
    NOT_DONE = "sent, not done, no answer"
    LOST = "done, answer lost"


@dataclass(slots=True)
class Injector:
    """Counts the calls of one process and strikes the `nth` (from 1); None strikes nothing."""

    nth: int | None = None
    strike: Strike = Strike.KILLED_BEFORE
    calls: list[str] = field(default_factory=list)
    struck: bool = False
    dead: bool = False

    def over(self, ports: Ports) -> Ports:
        """The same ports with this between them and the process."""
        names = ("payments", "inbox", "outbox", "platform", "provider", "configurations")
        return Ports(**{name: cast(Any, _Watched(getattr(ports, name), name, self)) for name in names})

    async def call(self, name: str, do: Callable[[], Awaitable[object]]) -> object:
        """One call; others get their turn before and after, as with a real network."""
        self._alive()
        self.calls.append(name)
        hit = len(self.calls) == self.nth
        self.struck |= hit
        await asyncio.sleep(0)
        self._alive()
        if hit and self.strike in {Strike.KILLED_BEFORE, Strike.NOT_SENT, Strike.NOT_DONE}:
            return self._fail(name)
        result = await do()
        await asyncio.sleep(0)
        self._alive()
        return self._fail(name) if hit else result

    def _alive(self) -> None:
        if self.dead:
            raise Killed

    def _fail(self, name: str) -> object:
        if self.strike in {Strike.KILLED_BEFORE, Strike.KILLED_AFTER}:
            self.dead = True
            raise Killed
        if name in MONEY and self.strike is not Strike.NOT_SENT:
            return Unknown("no answer")
        raise _error(name.partition(".")[0], sent=self.strike is not Strike.NOT_SENT)


class _Watched:
    def __init__(self, port: object, name: str, injector: Injector) -> None:
        self._port, self._name, self._injector = port, name, injector

    def __getattr__(self, method: str) -> Callable[..., Awaitable[object]]:
        real = getattr(self._port, method)

        async def call(*args: object, **options: object) -> object:
            return await self._injector.call(f"{self._name}.{method}", lambda: real(*args, **options))

        return call


def _error(port: str, *, sent: bool) -> AdapterError:
    match port:
        case "platform":
            return OrderUnavailable("Norce did not answer.", sent=sent)
        case "provider":
            return ProviderUnavailable("Qliro did not answer.", sent=sent)
        case "configurations":
            return ConfigurationInvalid("The configuration could not be read.")
        case _:
            return StoreUnavailable("The database did not answer.")
