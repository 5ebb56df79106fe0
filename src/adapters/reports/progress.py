"""A run while it runs: a live display on a terminal, a line now and then elsewhere."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TextIO
from uuid import UUID

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from adapters.reports.pace import Pace
from adapters.reports.texts import number, span
from application.ports.findings import Progress
from domain.discrepancy import Discrepancy, DiscrepancyKind, Verdict
from domain.reconciliation import ReconciliationRun, RunCounts, RunKind

Seconds = Callable[[], float]
PAUSE = 15.0
_MOST_KINDS = 10


class _Watch:
    """What both displays know of the run."""

    def __init__(self, seconds: Seconds) -> None:
        self._seconds = seconds
        self._pace = Pace()
        self.run: ReconciliationRun | None = None
        self.counts = RunCounts()
        self.total: int | None = None
        self.ended = False

    def begin(self, run: ReconciliationRun) -> None:
        self.run, self.counts = run, run.counts
        self._pace.add(self._seconds(), run.counts.done)

    def go_on(self, progress: Progress) -> None:
        self.counts, self.total = progress.counts, progress.total
        self._pace.add(self._seconds(), progress.counts.done)

    def end(self, run: ReconciliationRun) -> None:
        self.counts, self.ended = run.counts, True
        self._pace.add(self._seconds(), run.counts.done)

    @property
    def run_id(self) -> UUID | None:
        """Of the run that has begun and not ended."""
        return None if self.run is None or self.ended else self.run.id

    @property
    def words(self) -> str:
        """`12 000 of 1 000 000 payments (1 %), 532/s, 31 min left`; in the end the rate is that of the whole run."""
        done, what = self.counts.done, "entries" if self.run and self.run.kind is RunKind.SETTLEMENTS else "payments"
        parts = [f"{number(done)} {what}"]
        if self.total is not None:
            share = f" ({min(100, done * 100 // self.total)} %)" if self.total else ""
            parts = [f"{number(done)} of {number(max(done, self.total))} {what}{share}"]
        if not self.ended and done and done == self.total:
            parts.append("now the orders that Norce lists")
        else:
            parts += self._speed(done)
        if self.counts.failed:
            parts.append(f"{number(self.counts.failed)} not compared")
        return ", ".join(parts)

    def _speed(self, done: int) -> list[str]:
        rate = self._pace.overall if self.ended else self._pace.rate
        parts = [f"{number(round(rate))}/s" if rate >= 1 else f"{number(round(rate * 60))}/min"] if rate else []
        if not self.ended and (left := self._pace.left(done, self.total)) is not None:
            parts.append(f"{span(timedelta(seconds=left))} left")
        return parts


class LiveProgress:
    """Redrawn a few times a second, gone when it ends. `Findings`, and `close` for a run that broke."""

    def __init__(self, console: Console, *, seconds: Seconds = time.monotonic) -> None:
        self._console = console
        self._watch = _Watch(seconds)
        self._live: Live | None = None

    async def begun(self, run: ReconciliationRun) -> None:
        self._watch.begin(run)
        self._live = Live(
            console=self._console,
            get_renderable=self.picture,
            transient=True,
            refresh_per_second=4,
            redirect_stdout=False,
        )
        self._live.start()

    async def found(self, discrepancy: Discrepancy) -> None:
        return

    async def progressed(self, progress: Progress) -> None:
        self._watch.go_on(progress)

    async def ended(self, run: ReconciliationRun) -> None:
        self._watch.end(run)
        self.close()

    @property
    def run_id(self) -> UUID | None:
        """Of the run that has begun and not ended."""
        return self._watch.run_id

    def close(self) -> None:
        """Gives the terminal back. May be called again."""
        live, self._live = self._live, None
        if live is not None:
            live.stop()

    def picture(self) -> RenderableType:
        watch = self._watch
        mode = "mending" if watch.run is not None and watch.run.applied else "dry run"
        bar = ProgressBar(
            total=watch.total,
            completed=watch.counts.done,
            pulse=watch.total is None,
            width=min(60, self._console.width),
        )
        line = Table.grid()
        line.add_row(bar)  # by itself a bar does not end its line
        return Group(Text(f"Reconciling ({mode}): {watch.words}"), line, _kinds(watch.counts))


class PlainProgress:
    """A line when it begins, every `pause` seconds, and when it ends. `Findings` for logs and pipes."""

    def __init__(self, stream: TextIO, *, pause: float = PAUSE, seconds: Seconds = time.monotonic) -> None:
        self._stream = stream
        self._pause = pause
        self._seconds = seconds
        self._watch = _Watch(seconds)
        self._told = 0.0

    async def begun(self, run: ReconciliationRun) -> None:
        self._watch.begin(run)
        mode = "mends what may be mended" if run.applied else "dry run"
        again = f", goes on after {number(run.counts.done)}" if run.counts.done else ""
        self._tell(f"run {run.id} begins ({mode}){again}")

    async def found(self, discrepancy: Discrepancy) -> None:
        return

    async def progressed(self, progress: Progress) -> None:
        self._watch.go_on(progress)
        if self._seconds() - self._told >= self._pause:
            self._tell(f"{self._watch.words}; {_summary(progress.counts)}")

    async def ended(self, run: ReconciliationRun) -> None:
        self._watch.end(run)
        state = "ends" if run.ended_at else "stops before its end"
        self._tell(f"run {run.id} {state}: {self._watch.words}; {_summary(run.counts)}")

    @property
    def run_id(self) -> UUID | None:
        """Of the run that has begun and not ended."""
        return self._watch.run_id

    def close(self) -> None:
        """Nothing is held."""

    def _tell(self, words: str) -> None:
        self._told = self._seconds()
        self._stream.write(f"{datetime.now(UTC):%H:%M:%S} {words}\n")
        self._stream.flush()


def _summary(counts: RunCounts) -> str:
    kinds = counts.by_kind()
    if not kinds:
        return "no discrepancies"
    told = ", ".join(f"{kind} {number(many)}" for kind, many in sorted(kinds.items(), key=lambda item: -item[1]))
    many = sum(kinds.values())
    return f"{number(many)} {'discrepancy' if many == 1 else 'discrepancies'}: {told}"


def _kinds(counts: RunCounts) -> RenderableType:
    kinds = sorted(counts.by_kind().items(), key=lambda item: -item[1])
    if not kinds:
        return Text("no discrepancies so far", style="green")
    table = Table("discrepancies", box=None, header_style="bold", pad_edge=False)
    for head in ("found", "mended"):
        table.add_column(head, justify="right")
    for kind, many in kinds[:_MOST_KINDS]:
        table.add_row(str(kind), number(many), _mended(counts, kind))
    if more := kinds[_MOST_KINDS:]:
        table.add_row(f"{len(more)} more kinds", number(sum(many for _, many in more)), "")
    return table


def _mended(counts: RunCounts, kind: DiscrepancyKind) -> str:
    many = counts.found.get((kind, Verdict.MENDED), 0)
    return number(many) if many else ""
