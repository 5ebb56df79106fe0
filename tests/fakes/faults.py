"""Making a fake misbehave on purpose: at the nth call of a method, before or after it did its work."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class Fault:
    """Raise `error` at the `nth` call from now (1 = the next) of `operation` (None = any), `times` times."""

    error: BaseException
    operation: str | None = None
    nth: int = 1
    after: bool = False
    times: int = 1

    def due(self, operation: str) -> bool:
        """Count this call; whether the fault strikes it."""
        if self.operation not in (None, operation) or self.times <= 0:
            return False
        self.nth -= 1
        if self.nth > 0:
            return False
        self.nth = 1
        self.times -= 1
        return True


class Faults:
    """The faults in store, and a count of the calls made."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self.calls: Counter[str] = Counter()
        self.log: list[str] = []

    def add(
        self, error: BaseException, operation: str | None = None, *, nth: int = 1, after: bool = False, times: int = 1
    ) -> None:
        """Plan a failure; `after` = the work is done and only its answer is lost."""
        self._faults.append(Fault(error, operation, nth, after, times))

    def clear(self) -> None:
        """No more failures."""
        self._faults.clear()

    @asynccontextmanager
    async def around(self, operation: str) -> AsyncIterator[None]:
        """One call of `operation`."""
        self.calls[operation] += 1
        self.log.append(operation)
        struck = next((fault for fault in self._faults if fault.due(operation)), None)
        if struck is not None and not struck.after:
            raise struck.error
        yield
        if struck is not None:
            raise struck.error
