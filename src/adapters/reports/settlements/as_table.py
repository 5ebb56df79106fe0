"""Explained pay-outs for a terminal: waterfalls, and the first discrepancies of each kind."""

from collections import Counter
from collections.abc import Iterable, Iterator
from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from adapters.reports.report import Write
from adapters.reports.settlements.as_csv import NAMES
from adapters.reports.settlements.documents import vat_order
from adapters.reports.texts import exact, number, shown
from application.explain_settlements import SettlementReport
from application.ports.settlement_spool import SettlementSpool
from domain.discrepancy import Discrepancy, DiscrepancyKind
from domain.reconciliation import Flow
from domain.settlement_totals import Sums
from domain.vat import percent

MOST_BATCHES = 100
KEPT_PER_KIND = 10
_HEADS = ("captured", "refunded", "fees", "chargebacks", "other channels", "unexplained", "paid out")


def write_table(
    report: SettlementReport, spool: SettlementSpool, write: Write, *, width: int, terminal: bool = False
) -> None:
    """Batches (the newest hundred), currencies, methods, VAT, and what is wrong."""
    canvas = StringIO()
    console = Console(
        file=canvas,
        width=width,
        force_terminal=terminal,
        no_color=None if terminal else True,
        legacy_windows=False,
    )
    for part in _parts(report, spool):
        console.print(part)
    write("\n".join(line.rstrip() for line in canvas.getvalue().splitlines()) + "\n")


def _parts(report: SettlementReport, spool: SettlementSpool) -> Iterator[RenderableType]:
    question = report.question
    yield Text(f"Pay-outs of Qliro from {question.period.first} to {question.period.last}", style="bold")
    if report.totals.batches:
        yield from (_batches(report), _methods(report), _vat(report))
    yield from _unpaid(report)
    if report.counts.found:
        yield _found(spool.discrepancies(), report)
    yield _last(report)


def _batches(report: SettlementReport) -> RenderableType:
    table = _table("batch", "account", "day", "", right=_HEADS)
    batches = sorted(report.totals.batches.items())
    for key, batch in batches[-MOST_BATCHES:]:
        cells = (key.batch or "–", key.account, str(key.day), key.currency)
        table.add_row(*map(_text, cells), *_sums(batch.sums, difference=batch.difference))
    if (more := len(batches) - MOST_BATCHES) > 0:
        table.add_row(Text(f"… and {number(more)} earlier ones", style="dim"))
    for currency, sums in report.totals.currencies().items():
        table.add_row("all", "", "", _text(currency), *_sums(sums), style="bold")
    return Group("", table)


def _methods(report: SettlementReport) -> RenderableType:
    table = _table("method", "", right=_HEADS)
    for (currency, method), sums in sorted(report.totals.methods.items()):
        table.add_row(_text(method or "–"), _text(currency), *_sums(sums))
    return Group("", table)


def _vat(report: SettlementReport) -> RenderableType:
    table = _table("VAT", "", "rate", right=("gross", "net", "VAT"))
    for (currency, category, rate), sums in sorted(report.totals.vat.items(), key=lambda x: vat_order(x[0])):
        shown_rate = "unknown" if rate is None else f"{percent(rate)} %"
        cells = (NAMES.get(category, str(category)), currency, shown_rate)
        table.add_row(*map(_text, cells), exact(sums.gross), exact(sums.net), exact(sums.vat))
    return Group("", table)


def _unpaid(report: SettlementReport) -> Iterator[RenderableType]:
    if report.other_days:
        told = ", ".join(f"{exact(minor)} {currency}" for currency, minor in sorted(report.other_days.items()))
        yield Group("", _text(f"in batches that were paid on other days, not in the above: {told}"))
    for flow in (Flow.PENDING, Flow.REJECTED):
        found = [(c, minor) for (what, c), minor in sorted(report.counts.flows.items()) if what is flow and minor]
        if found:
            told = ", ".join(f"{exact(minor)} {currency}" for currency, minor in found)
            yield Group("", _text(f"{flow} at Qliro, not in the above: {told}"))


def _found(discrepancies: Iterable[Discrepancy], report: SettlementReport) -> RenderableType:
    table = _table("discrepancy", "merchant", "channel", "order", "at risk", "about", "what to do")
    kept: Counter[DiscrepancyKind] = Counter()
    for found in discrepancies:
        kept[found.kind] += 1
        if kept[found.kind] <= KEPT_PER_KIND:
            key, risk = found.order, found.at_risk
            money = f"{exact(risk.minor)} {risk.currency}" if risk else ""
            about = ", ".join(part for part in (found.subject, found.detail) if part)
            cells = (str(found.kind), key.merchant, key.channel, key.order_id, money, about, found.remedy)
            table.add_row(*map(_text, cells))
    for kind, many in report.counts.by_kind().items():
        if many > KEPT_PER_KIND:
            table.add_row(Text(f"… {number(many - KEPT_PER_KIND)} more {kind}", style="dim"))
    return Group("", table)


def _last(report: SettlementReport) -> RenderableType:
    many = sum(report.counts.found.values())
    again = f" (run {report.run})" if report.run else ""
    if report.failed:
        names = ", ".join(shown(name) for name, _ in report.failed)
        return Group("", Text(f"{number(len(report.failed))} could not be asked: {names}{again}.", style="bold red"))
    if many:
        return Group("", Text(f"{number(many)} discrepancies{again}.", style="bold red"))
    if not report.totals.batches:
        words = (
            "Nothing was paid out in these days"
            if report.payees
            else "No such channel has orders here: nobody was asked"
        )
        return Group("", _text(f"{words}{again}."))
    return Group("", Text(f"Every krona is explained{again}.", style="bold green"))


def _table(*left: str, right: tuple[str, ...] = ()) -> Table:
    table = Table(*left, box=None, header_style="bold", pad_edge=False)
    for head in right:
        table.add_column(head, justify="right")
    return table


def _sums(sums: Sums, *, difference: int = 0) -> list[str]:
    waterfall = (sums.captured, sums.refunded, sums.fees, sums.chargebacks, sums.elsewhere)
    return [*map(exact, waterfall), exact(sums.unexplained + difference), exact(sums.paid + difference)]


def _text(foreign: str) -> Text:
    return Text(shown(foreign))
