"""A reading of pay-outs while it runs: a live display on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from adapters.reports.progress import PAUSE
from adapters.reports.texts import number, shown
from application.settlement_progress import SettlementProgress


def words(now: SettlementProgress) -> str:
    """`account 1 of 3 (shop): 2 of 10 stretches read, 12 000 lines`, or `… 500 of 12 000 lines explained`."""
    if not now.accounts:
        return "finding out whose accounts there are"
    who = f"account {now.number} of {now.accounts} ({shown(now.account)})"
    if now.explained:
        return f"{who}: {number(now.explained)} of {number(max(now.lines, now.explained))} lines explained"
    read = f"{now.windows_read} of {now.windows} stretches read, " if now.windows else ""
    return f"{who}: {read}{number(now.lines_read)} lines"


class LiveSettlements:
    """Redrawn a few times a second, gone when it is closed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._now = SettlementProgress()
        self._live = Live(
            console=console, get_renderable=self.picture, transient=True, refresh_per_second=4, redirect_stdout=False
        )

    def __enter__(self) -> "LiveSettlements":
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def __call__(self, now: SettlementProgress) -> None:
        self._now = now

    def picture(self) -> RenderableType:
        known = bool(self._now.accounts)
        width = min(60, self._console.width)
        bar = ProgressBar(total=1.0 if known else None, completed=self._now.share, pulse=not known, width=width)
        line = Table.grid()
        line.add_row(bar)  # by itself a bar does not end its line
        return Group(Text(f"Reading Qliro's pay-outs: {words(self._now)}"), line)


class PlainSettlements:
    """A line when it begins, every `pause` seconds, and when it ends."""

    def __init__(self, stream: TextIO, *, pause: float = PAUSE, seconds: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._pause = pause
        self._seconds = seconds
        self._told = 0.0
        self._now = SettlementProgress()

    def __enter__(self) -> "PlainSettlements":
        self._tell("reading Qliro's pay-outs")
        return self

    def __exit__(self, failure: object, *_: object) -> None:
        state = "stopped" if failure else "done"
        self._tell(f"{state}: {words(self._now)}" if self._now.accounts else state)

    def __call__(self, now: SettlementProgress) -> None:
        self._now = now
        if self._seconds() - self._told >= self._pause:
            self._tell(words(now))

    def _tell(self, told: str) -> None:
        self._told = self._seconds()
        self._stream.write(f"{datetime.now(UTC):%H:%M:%S} {told}\n")
        self._stream.flush()
