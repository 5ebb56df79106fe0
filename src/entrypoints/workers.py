"""Background work of one process: inbox and outbox, woken by events and by time, drained on the way out."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from application.observation import Observer
from domain.errors import AdapterError

Round = Callable[[], Awaitable[int]]
"""One round of work; how much it found."""


class Workers:
    """Runs rounds over and over: at once while there is work, else after `idle` seconds or when woken."""

    def __init__(self, observer: Observer, *, idle: float = 1.0) -> None:
        self._observer = observer
        self._idle = idle
        self._awake = asyncio.Event()
        self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    def wake(self) -> None:
        """There may be something to do."""
        self._awake.set()

    def start(self, rounds: dict[str, Round], *, each: int = 1) -> None:
        """Begin working on every kind of round, `each` of them side by side."""
        for name, act in rounds.items():
            self._tasks += [asyncio.create_task(self._run(name, act), name=f"{name}-{n}") for n in range(each)]

    async def stop(self, *, within: float) -> None:
        """Finish the round in hand; what takes longer than `within` seconds is left to other processes."""
        self._stopping = True
        self._awake.set()
        if not self._tasks:
            return
        _, late = await asyncio.wait(self._tasks, timeout=within)
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _run(self, name: str, act: Round) -> None:
        while not self._stopping:
            self._awake.clear()
            try:
                found = await act()
            except AdapterError as failure:
                found = 0
                self._observer.unexpected(name, failure)
            except Exception as defect:  # noqa: BLE001 - background work outlives its defects
                found = 0
                self._observer.unexpected(name, defect)
            if not found and not self._stopping:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._awake.wait(), self._idle)
