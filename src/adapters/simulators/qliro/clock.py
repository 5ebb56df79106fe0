"""The simulator's own clock: real time plus whatever a test has added."""

import asyncio
from datetime import UTC, datetime, timedelta


class SimClock:
    """Runs with real time; `advance` moves it forward and wakes every sleeper that became due."""

    def __init__(self) -> None:
        self._ahead = timedelta()
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """The simulated instant, aware, in UTC."""
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        """Move forward; sleepers whose time has come wake at once."""
        self._ahead += timedelta(seconds=seconds)
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()

    async def sleep(self, seconds: float) -> None:
        """Wait for simulated seconds; zero or less only yields to the loop."""
        due = self.now() + timedelta(seconds=seconds)
        await asyncio.sleep(0)
        while (left := (due - self.now()).total_seconds()) > 0:
            moved = self._moved
            try:
                await asyncio.wait_for(moved.wait(), timeout=left)
            except TimeoutError:
                continue


def stamp(moment: datetime) -> str:
    """ISO 8601 with milliseconds and without an offset, as Qliro writes dates (section 3)."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
