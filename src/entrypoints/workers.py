"""Background work of one process, drained on the way out."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from domain.errors import AdapterError
from entrypoints.dispatch import Capacity, Dispatcher, Source, WorkObserver


class Workers:
    """Starts and stops dispatchers, and acts that are repeated at intervals."""

    def __init__(self, observer: WorkObserver, capacity: Capacity | None = None) -> None:
        self._observer = observer
        self._capacity = capacity or Capacity()
        self._dispatchers: list[Dispatcher] = []
        self._stopped = asyncio.Event()
        self._retired_at = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    def wake(self) -> None:
        """There may be something to do."""
        for dispatcher in self._dispatchers:
            dispatcher.wake()

    def start(self, sources: Mapping[str, Source]) -> None:
        """Begin working on every kind of errand."""
        for name, source in sources.items():
            dispatcher = Dispatcher(name, source, self._observer, self._capacity)
            self._dispatchers.append(dispatcher)
            self._tasks.append(asyncio.create_task(dispatcher.run(), name=name))

    def repeat(self, name: str, act: Callable[[], Awaitable[None]], *, every: float) -> None:
        """Do `act` now and `every` so many seconds after it has ended, whatever becomes of it."""
        self._tasks.append(asyncio.create_task(self._repeat(name, act, every), name=name))

    def retire(self) -> None:
        """Take nothing more; what is in hand goes on. Repeating it is harmless."""
        if not self._stopped.is_set():
            self._stopped.set()
            self._retired_at = asyncio.get_running_loop().time()
            for dispatcher in self._dispatchers:
                dispatcher.stop()

    async def stop(self, *, within: float) -> None:
        """Finish what is in hand; what takes longer than `within` seconds from retiring is left to other processes."""
        self.retire()
        if not self._tasks:
            return
        passed = asyncio.get_running_loop().time() - self._retired_at
        _, late = await asyncio.wait(self._tasks, timeout=max(0.1, within - passed))
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _repeat(self, name: str, act: Callable[[], Awaitable[None]], every: float) -> None:
        while not self._stopped.is_set():
            try:
                await act()
            except AdapterError as failure:
                self._observer.work_interrupted(name, failure)
            except Exception as defect:  # noqa: BLE001 - background work outlives its defects
                self._observer.unexpected(name, defect)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), every)
