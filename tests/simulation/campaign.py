"""Many seeds at once: how far they are, how fast, which failed, and how to see one of those again."""

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.simulation.seed import Result, simulate

_SHOWN = 3


@dataclass(slots=True)
class Tally:
    """Sums over the seeds so far."""

    seeds: int = 0
    payments: int = 0
    events: int = 0
    faults: int = 0
    kills: int = 0
    named: int = 0
    failed: list[Result] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)

    def add(self, result: Result) -> None:
        self.seeds += 1
        self.payments += result.payments
        self.events += result.events
        self.faults += result.faults
        self.kills += result.kills
        self.named += result.named
        if result.violations:
            self.failed.append(result)

    @property
    def pace(self) -> str:
        took = time.perf_counter() - self.began
        return f"{self.payments / took:.0f} payments/s, {self.seeds / took:.1f} seeds/s"

    def __str__(self) -> str:
        took = time.perf_counter() - self.began
        return (
            f"{self.seeds} seeds in {took:.0f} s ({self.pace}): {self.payments} payments, {self.events} calls of use "
            f"cases, {self.faults} faults, {self.kills} processes killed, {self.named} payments named to a person, "
            f"{len(self.failed)} seeds failed"
        )


def campaign(seeds: range, *, payments: int, rate: float, workers: int) -> int:
    """Simulate them all and report; 0 when every seed held."""
    tally, console = Tally(), Console(file=sys.stdout, soft_wrap=True)
    results = _results(seeds, payments, rate, workers or os.cpu_count() or 1)
    if console.is_terminal:
        _with_a_bar(results, tally, console, len(seeds))
    else:
        _in_lines(results, tally, console, len(seeds))
    console.print(str(tally), highlight=False, markup=False)
    for result in sorted(tally.failed, key=lambda each: each.seed):
        console.print(_explained(result, payments, rate), highlight=False, markup=False)
    return 1 if tally.failed else 0


def _results(seeds: range, payments: int, rate: float, workers: int) -> Iterator[Result]:
    act = partial(simulate, payments=payments, rate=rate)
    if workers == 1:
        yield from map(act, seeds)
        return
    with ProcessPoolExecutor(workers) as pool:
        for done in as_completed([pool.submit(act, seed) for seed in seeds]):
            yield done.result()


def _with_a_bar(results: Iterator[Result], tally: Tally, console: Console, total: int) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("seeds", total=total)
        for result in results:
            tally.add(result)
            failed = f"[red]{len(tally.failed)} failed[/]" if tally.failed else "[green]all hold[/]"
            progress.update(bar, advance=1, description=f"{tally.pace}, {failed}")


def _in_lines(results: Iterator[Result], tally: Tally, console: Console, total: int) -> None:
    step = max(1, total // 10)
    for result in results:
        tally.add(result)
        if result.violations:
            console.print(f"seed {result.seed} failed", highlight=False)
        if tally.seeds % step == 0:
            console.print(
                f"{tally.seeds}/{total} seeds, {tally.pace}, {len(tally.failed)} failed", highlight=False, markup=False
            )


def _explained(result: Result, payments: int, rate: float) -> str:
    shown = [f"  {violation[:400]}" for violation in result.violations[:_SHOWN]]
    more = len(result.violations) - len(shown)
    if more > 0:
        shown.append(f"  and {more} more")
    again = f"  again: python -m tests.simulation --seed {result.seed} --payments {payments} --rate {rate} --trace"
    return "\n".join([f"seed {result.seed}:", *shown, again])
