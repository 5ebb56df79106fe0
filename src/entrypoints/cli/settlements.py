"""Explain what Qliro paid out: every krona by a capture, a refund, a fee or a chargeback."""

import asyncio
import re
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from entrypoints.cli.pay_outs import PayOuts, question, too_late
from entrypoints.cli.usage import WrongUsage

if TYPE_CHECKING:
    from adapters.persistence.store import Store
    from adapters.reports.report import Write
    from adapters.reports.settlements.progress import LiveSettlements, PlainSettlements
    from adapters.settlement_spool import SqliteSpool
    from application.explain_settlements import Question, SettlementReport
    from application.ports.settlement_spool import SettlementSpool
    from application.settlement_progress import Watch
    from entrypoints.settings import Settings

    Tell = Callable[[SettlementReport, SettlementSpool, Write], None]

Form = Literal["table", "json", "csv", "sie", "html"]
_SUFFIXES: dict[str, Form] = {
    ".json": "json",
    ".csv": "csv",
    ".html": "html",
    ".htm": "html",
    ".sie": "sie",
    ".se": "sie",
    ".si": "sie",
}
_WIDE = 250


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """How the result is told."""

    format: Annotated[
        Form | None,
        Parameter(help="`table`, `json`, `csv`, `sie` or `html`; by default as --output ends, else `table`."),
    ] = None
    output: Annotated[Path | None, Parameter(help="File for the result instead of standard output.")] = None
    company: Annotated[str, Parameter(help="Name of the company in a SIE file; else the merchant's.")] = ""
    organisation: Annotated[str, Parameter(help="Its organisation number: 556677-8899.")] = ""
    series: Annotated[str, Parameter(help="Series of the verifications in a SIE file.")] = ""

    @property
    def form(self) -> Form:
        if self.format is not None:
            return self.format
        return _SUFFIXES.get(self.output.suffix.lower(), "table") if self.output is not None else "table"


_ALL, _SHOWN = PayOuts(), Export()


def settlements(*, pay_outs: PayOuts = _ALL, export: Export = _SHOWN) -> int:
    """Explain every krona that Qliro paid out. Exit status: 0 all explained, 1 discrepancies, 2 wrong usage."""
    from adapters.observability.logging import configure_logging
    from adapters.persistence.embedded import EmbeddedServerError
    from adapters.reports.settlements.sie import ENCODING
    from adapters.settlement_spool import settlement_spool
    from domain.errors import AdapterError
    from entrypoints.cli.report_destination import destination
    from entrypoints.settings import load

    settings = load()
    asked, tell = question(pay_outs, settings), _teller(export, settings)
    configure_logging("error", settings.log_format)
    encoding = ENCODING if export.form == "sie" else "utf-8"
    try:
        with destination(export.output, encoding=encoding) as write, settlement_spool() as spool:
            page = write if export.form == "html" else None
            with _display() as watch:
                report = asyncio.run(_explained(settings, asked, spool, watch, lookups=pay_outs.lookups, page=page))
            tell(report, spool, write)
    except (AdapterError, EmbeddedServerError, OSError) as failure:
        print(f"{failure} `qliro-adapter doctor` tells more.", file=sys.stderr)
        return 1
    for name, reason in report.failed:
        print(f"{name}: {reason}", file=sys.stderr)
    return 0 if report.clean else 1


async def _explained(
    settings: "Settings",
    asked: "Question",
    spool: "SqliteSpool",
    watch: "Watch",
    *,
    lookups: bool,
    page: "Write | None",
) -> "SettlementReport":
    """`page` takes the run as it was stored, as HTML."""
    from application.ports.settlement_reports import PeriodNotSettled
    from entrypoints.cli.reconcile import who
    from entrypoints.settling import settler

    async with settler(settings) as opened:
        try:
            report = await opened.explain(asked, spool, who=who(), lookups=lookups, watch=watch)
        except PeriodNotSettled as early:
            raise WrongUsage(too_late(asked.period.last)) from early
        if page is not None:
            await _stored_as_html(opened.store, report.run, settings, page)
        return report


async def _stored_as_html(store: "Store", run_id: str, settings: "Settings", write: "Write") -> None:
    from uuid import UUID

    from adapters.reports.html.page import HtmlReport
    from entrypoints.cli.report_shown import links

    run = await store.reconciliations.run(UUID(run_id))
    if run is not None:
        await HtmlReport(links(settings))(run, store.reconciliations.findings(run.id), write)


def _display() -> "LiveSettlements | PlainSettlements":
    """On a terminal one can see how far it is; elsewhere a line says so now and then."""
    from adapters.reports.settlements.progress import LiveSettlements, PlainSettlements

    if not sys.stderr.isatty():
        return PlainSettlements(sys.stderr)
    from rich.console import Console

    return LiveSettlements(Console(stderr=True))


def _teller(export: Export, settings: "Settings") -> "Tell":
    """What writes the result, made before anything is asked for. Raises WrongUsage, SettingsError."""
    from entrypoints.cli.report_shown import links

    _check(export)
    match export.form:
        case "json":
            from adapters.reports.settlements.documents import write_json

            return partial(write_json, links=links(settings))
        case "csv":
            from adapters.reports.settlements.as_csv import write_csv

            return write_csv
        case "sie":
            return _sie(export, settings)
        case "html":
            return lambda *_: None
        case "table":
            from adapters.reports.settlements.as_table import write_table

            terminal = export.output is None and sys.stdout.isatty()
            width = shutil.get_terminal_size().columns if terminal else _WIDE
            return partial(write_table, width=width, terminal=terminal)


def _check(export: Export) -> None:
    if export.form != "sie" and (export.company or export.organisation or export.series):
        raise WrongUsage("--company, --organisation and --series go with --format sie only.")
    if export.organisation and not re.fullmatch(r"\d{6}-?\d{4}", export.organisation):
        raise WrongUsage(f"--organisation: {export.organisation!r} is not like 556677-8899.")


def _sie(export: Export, settings: "Settings") -> "Tell":
    from importlib.metadata import version

    from adapters.reports.settlements.as_sie import OtherCurrency, SieAccounts, SieReport
    from adapters.system import SystemClock
    from entrypoints.settings import SettingsError

    try:
        accounts = SieAccounts.of(settings.ledger_accounts())
    except ValueError as wrong:
        raise SettingsError(("ADAPTER_SETTLEMENT_ACCOUNTS", str(wrong))) from wrong
    sie = SieReport(
        accounts=accounts,
        company=export.company,
        organisation=export.organisation,
        series=export.series,
        made_on=SystemClock().now().date(),
        version=version("norce-qliro-adapter"),
    )

    def tell(report: "SettlementReport", _: "SettlementSpool", write: "Write") -> None:
        try:
            sie(report, write)
        except OtherCurrency as other:
            raise WrongUsage(f"{other} A SIE file has one currency: give --currency.") from other

    return tell
