"""A reconciliation as people and programs get it: progress on standard error, the result where it is wanted."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from rich.console import Console

from adapters.reports.as_csv import CsvReport
from adapters.reports.as_json import JsonReport
from adapters.reports.as_table import KEPT_PER_KIND as IN_A_TABLE
from adapters.reports.as_table import TableReport
from adapters.reports.html.page import KEPT_PER_KIND as IN_HTML
from adapters.reports.html.page import HtmlReport
from adapters.reports.links import Links
from adapters.reports.progress import LiveProgress, PlainProgress
from adapters.reports.report import Report, Write
from application.ports.reconciliations import Reconciliations
from domain.reconciliation import ReconciliationRun
from entrypoints.cli.report_destination import destination
from entrypoints.cli.report_options import ReportOptions
from entrypoints.settings import Settings

_WIDE = 250


@dataclass(frozen=True, slots=True)
class Shown:
    """`findings` go to the run while it runs; then `tell` writes what was stored of it, page by page."""

    findings: LiveProgress | PlainProgress
    report: Report
    write: Write

    async def tell(self, run: ReconciliationRun, reconciliations: Reconciliations) -> None:
        """The result of a run that is on record. Raises StoreUnavailable."""
        self.findings.close()
        await self.report(run, reconciliations.findings(run.id), self.write)


@contextmanager
def shown(options: ReportOptions, settings: Settings) -> Iterator[Shown]:
    """Everything is checked and opened before the run begins. Raises WrongUsage."""
    options.check()
    with destination(options.output) as write:
        findings = _progress()
        try:
            yield Shown(findings, report(options, links(settings)), write)
        except BaseException:
            findings.close()
            _say_how_to_go_on(findings.run_id)
            raise
        finally:
            findings.close()


def links(settings: Settings) -> Links:
    """Into the back offices, as far as the settings say where they are."""
    return Links(
        norce=settings.norce_admin_order_url,
        qliro=settings.qliro_portal_order_url,
        docs=settings.reconciliation_docs_url,
    )


def report(options: ReportOptions, links: Links) -> Report:
    """The form that was asked for."""
    match options.form:
        case "json":
            return JsonReport(links)
        case "csv":
            return CsvReport(links)
        case "html":
            return HtmlReport(links, keep=IN_HTML if options.limit is None else options.limit)
        case "table":
            terminal = options.output is None and sys.stdout.isatty()
            width = shutil.get_terminal_size().columns if terminal else _WIDE
            return TableReport(width, terminal, keep=IN_A_TABLE if options.limit is None else options.limit)


def _say_how_to_go_on(run_id: UUID | None) -> None:
    if run_id is not None:
        print(
            f"Run {run_id} was broken off. The same command goes on with it; "
            f"`qliro-adapter reconcile show {run_id}` tells what it has found.",
            file=sys.stderr,
        )


def _progress() -> LiveProgress | PlainProgress:
    return LiveProgress(Console(stderr=True)) if sys.stderr.isatty() else PlainProgress(sys.stderr)
