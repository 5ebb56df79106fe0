"""Runs of the reconciliation that are on record: which there were, and each again in any form."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from adapters.persistence.embedded import EmbeddedServerError
from adapters.persistence.store import Store, open_store
from adapters.reports.documents import run_document
from adapters.reports.texts import instant, number, scope_words, shown, span
from adapters.system import SystemClock
from application.ports.reconciliations import Reconciliations
from domain.discrepancy import Verdict
from domain.errors import AdapterError
from domain.reconciliation import ReconciliationRun, RunKind
from entrypoints.cli.report_destination import destination
from entrypoints.cli.report_options import ReportOptions
from entrypoints.cli.report_shown import links, report
from entrypoints.cli.usage import WrongUsage
from entrypoints.running import database
from entrypoints.settings import Settings

LATEST = "latest"
_AMONG = 10_000
_WIDE = 250
_HEADS = ("run", "kind", "started", "lasted", "who", "mode", "scope", "looked at", "left", "mended", "not compared")


def list_runs(settings: Settings, *, limit: int, as_json: bool) -> int:
    """The newest runs, the newest first. Raises WrongUsage."""
    if not 1 <= limit <= _AMONG:
        raise WrongUsage(f"--limit must be 1 to {_AMONG}.")

    async def act(store: Store) -> int:
        runs = await store.reconciliations.latest(limit=limit)
        if as_json:
            document = [run_document(run) for run in runs]
            print(msgspec.json.format(msgspec.json.encode(document), indent=2).decode())
        elif runs:
            _print_runs(runs)
        else:
            print("There has been no reconciliation yet.")
        return 0

    return _with_store(settings, act)


def show_run(settings: Settings, name: str, options: ReportOptions) -> int:
    """One run with everything it found. `name` is its id, the beginning of it, or `latest`."""
    options.check()

    async def act(store: Store) -> int:
        run = await _named(store.reconciliations, name)
        if run is None:
            print(f"There is no run {name}, or more than one begins like that.", file=sys.stderr)
            return 1
        with destination(options.output) as write:
            await report(options, links(settings))(run, store.reconciliations.findings(run.id), write)
        return 0

    return _with_store(settings, act)


async def _named(reconciliations: Reconciliations, name: str) -> ReconciliationRun | None:
    try:
        return await reconciliations.run(UUID(name))
    except ValueError:
        pass
    if name == LATEST:
        return next(iter(await reconciliations.latest(limit=1)), None)
    fitting = [run for run in await reconciliations.latest(limit=_AMONG) if str(run.id).startswith(name.lower())]
    return fitting[0] if len(fitting) == 1 else None


def _print_runs(runs: Sequence[ReconciliationRun]) -> None:
    table = Table(*_HEADS, box=None, header_style="bold", pad_edge=False)
    for run in runs:
        table.add_row(*_row(run))
    console = Console() if sys.stdout.isatty() else Console(width=_WIDE, no_color=True)
    console.print(table)


def _row(run: ReconciliationRun) -> list[Text]:
    counts = run.counts
    left = counts.of(Verdict.LEFT) + counts.of(Verdict.WOULD_MEND)
    plain = (
        str(run.id),
        str(run.kind),
        instant(run.started_at),
        span(run.ended_at - run.started_at) if run.ended_at else "not ended",
        run.who,
        "apply" if run.applied else "dry run" if run.kind is RunKind.PAYMENTS else "",
        scope_words(run.scope),
        number(counts.done),
    )
    troubles = (Text(number(left), style="red" if left else "green"), Text(number(counts.of(Verdict.MENDED))))
    return [*(Text(shown(cell)) for cell in plain), *troubles, Text(number(counts.failed))]


def _with_store(settings: Settings, act: Callable[[Store], Awaitable[int]]) -> int:
    async def run() -> int:
        async with _store(settings) as store:
            return await act(store)

    try:
        return asyncio.run(run())
    except (AdapterError, EmbeddedServerError, OSError) as failure:
        print(f"{failure} `qliro-adapter doctor` tells more.", file=sys.stderr)
        return 1


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[Store]:
    async with database(settings) as url:
        store = open_store(url, clock=SystemClock(), pool_size=1, application_name="norce-qliro-adapter reports")
        try:
            yield store
        finally:
            await store.close()
