"""An event loop whose clock jumps to the next timer: a week passes in the time that its events take to compute."""

import asyncio
import random
from collections import deque
from typing import Any


class Stuck(RuntimeError):
    """Nobody can run and nobody waits for a moment: without outside help nothing would ever happen again."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Never sleeps, knows no files or sockets. With `shuffle`, tasks that are ready at once run in any order."""

    def __init__(self, chance: random.Random, *, shuffle: bool) -> None:
        super().__init__()
        self._moment = 0.0
        self._chance = chance
        self._shuffle = shuffle
        self._selector = self
        self.set_exception_handler(lambda *_: None)

    def time(self) -> float:
        """Virtual seconds since the beginning."""
        return self._moment

    def select(self, timeout: float | None) -> list[Any]:
        """What the base class asks when it has nothing to do: instead of waiting, time moves."""
        if timeout is None:
            raise Stuck("nobody is ready and nobody waits for time")
        if timeout > 0:
            self._moment += timeout
        elif self._shuffle:
            self._mix()
        return []

    def _mix(self) -> None:
        ready: deque[Any] = self._ready  # type: ignore[attr-defined]
        if len(ready) > 1:
            handles = list(ready)
            self._chance.shuffle(handles)
            ready.clear()
            ready.extend(handles)

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """Nobody sleeps who would have to be woken."""


def run(loop: VirtualLoop, main: Any) -> None:
    """Run `main` to its end, then clear away everything that is left of its world."""
    try:
        asyncio.set_event_loop(loop)
        loop.run_until_complete(main)
    finally:
        _clear(loop)
        asyncio.set_event_loop(None)
        loop.close()


def _clear(loop: VirtualLoop) -> None:
    for _ in range(10):
        left = asyncio.all_tasks(loop)
        if not left:
            break
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.wait(left, timeout=60))
    loop.run_until_complete(loop.shutdown_asyncgens())
