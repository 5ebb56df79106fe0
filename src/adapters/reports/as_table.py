"""A run for a terminal: its sums, and the weightiest discrepancies."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from adapters.reports.kind_texts import VERDICT_TEXTS
from adapters.reports.report import Write
from adapters.reports.tally import Tally
from adapters.reports.texts import exact, instant, number, scope_words, shown, span
from domain.discrepancy import Discrepancy, DiscrepancyKind, Verdict
from domain.money import Money
from domain.reconciliation import Flow, ReconciliationRun, RunKind

KEPT_PER_KIND = 10
_COLOURS = {Verdict.LEFT: "red", Verdict.WOULD_MEND: "yellow", Verdict.MENDED: "green"}
_ROOMY = 150
_HEADS_OF_FOUND = ("kind", "merchant", "channel", "order", "payment", "at risk", "what")
_HEADS = {Verdict.LEFT: "left", Verdict.WOULD_MEND: "would be mended", Verdict.MENDED: "mended"}


@dataclass(frozen=True, slots=True)
class TableReport:
    """`width` in characters; colours only on a `terminal`. Shows `keep` discrepancies of each kind."""

    width: int
    terminal: bool = False
    keep: int = KEPT_PER_KIND

    async def __call__(self, run: ReconciliationRun, findings: AsyncIterator[Discrepancy], write: Write) -> None:
        tally = await Tally(run.ended_at or run.started_at, keep=self.keep).take(findings)
        canvas = StringIO()
        console = Console(
            file=canvas,
            width=self.width,
            force_terminal=self.terminal,
            no_color=None if self.terminal else True,
            legacy_windows=False,
        )
        for part in (_head(run), _flows(run.counts.flows), _kinds(tally), _found(tally, self.width), _last(run, tally)):
            if part is not None:
                console.print(part)
        write("\n".join(line.rstrip() for line in canvas.getvalue().splitlines()) + "\n")


def _head(run: ReconciliationRun) -> RenderableType:
    mode = "mends what may be mended" if run.applied else "dry run: changes nothing"
    lasted = f", {span(run.ended_at - run.started_at)}" if run.ended_at else ", not ended"
    counts = run.counts
    what = "payments" if run.kind is RunKind.PAYMENTS else "entries"
    rows = {
        "run": f"{run.id} by {run.who}, {instant(run.started_at)}{lasted}",
        "mode": mode if run.kind is RunKind.PAYMENTS else "",
        "scope": scope_words(run.scope),
        what: f"{number(counts.done)} looked at, {number(counts.compared)} asked about"
        + (f", {number(counts.failed)} could not be compared" if counts.failed else ""),
        "requests": ", ".join(f"{name} {number(many)}" for name, many in sorted(counts.requests.items())),
    }
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in rows.items():
        if value:
            table.add_row(Text(name, style="bold"), _text(value))
    return table


def _flows(flows: Mapping[tuple[Flow, str], int]) -> RenderableType | None:
    currencies = sorted({currency for (_, currency), minor in flows.items() if minor})
    if not currencies:
        return None
    table = Table("pay-outs", box=None, header_style="bold", pad_edge=False)
    for currency in currencies:
        table.add_column(_text(currency), justify="right")
    for flow in Flow:
        if any(flows.get((flow, currency)) for currency in currencies):
            table.add_row(flow.replace("-", " "), *(exact(flows.get((flow, currency), 0)) for currency in currencies))
    return Group("", table)


def _kinds(tally: Tally) -> RenderableType | None:
    if not tally.total:
        return None
    verdicts = [verdict for verdict in VERDICT_TEXTS if tally.of(verdict)]
    risk = tally.risk_by_currency()
    table = Table("discrepancies", box=None, header_style="bold", pad_edge=False)
    for verdict in verdicts:
        table.add_column(_HEADS[verdict], justify="right", style=_COLOURS[verdict])
    for currency in risk:
        table.add_column(_text(f"{currency} at risk"), justify="right")
    for kind in DiscrepancyKind:
        if tally.of_kind(kind):
            counts = [number(tally.kinds[kind, v]) if tally.kinds[kind, v] else "" for v in verdicts]
            table.add_row(str(kind), *counts, *(exact(kinds[kind]) if kind in kinds else "" for kinds in risk.values()))
    sums = (number(tally.of(verdict)) for verdict in verdicts)
    table.add_row("all", *sums, *(exact(sum(kinds.values())) for kinds in risk.values()), style="bold")
    return Group("", table)


def _found(tally: Tally, width: int) -> RenderableType | None:
    """A row each; where there is little room, an order's names in one column, on lines of their own."""
    if not tally.total:
        return None
    narrow = width < _ROOMY
    heads = ("kind", "order", "at risk", "what") if narrow else _HEADS_OF_FOUND
    table = Table(box=None, header_style="bold", pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold", justify="right" if head == "at risk" else "left")
    for kind in DiscrepancyKind:
        for found in tally.kept(kind):
            table.add_row(*_row(found, narrow=narrow))
        if (more := tally.of_kind(kind) - len(tally.kept(kind))) > 0:
            table.add_row(Text(f"… {number(more)} more of this kind", style="dim"))
    return Group("", table)


def _row(found: Discrepancy, *, narrow: bool) -> list[Text]:
    key, risk = found.order, found.at_risk
    names = (key.merchant, key.channel, key.order_id, found.payment_id)
    told = "; ".join(part for part in (found.detail, found.remedy) if part) or _HEADS[found.verdict]
    order = [_text(" / ".join(name for name in names[:3] if name))] if narrow else [_text(name) for name in names]
    return [
        _text(str(found.kind)),
        *order,
        _text(_money(risk) if risk else ""),
        _text(told, style=_COLOURS[found.verdict]),
    ]


def _last(run: ReconciliationRun, tally: Tally) -> RenderableType:
    left, unsure = tally.left, max(run.counts.failed, tally.not_compared)
    if run.ended_at is None:
        words, colour = "This run has not come to its end; this is what it had found so far.", "yellow"
    elif left or unsure:
        many = {
            "left for a person": tally.for_a_person,
            "would be mended": tally.of(Verdict.WOULD_MEND),
            "mended": tally.of(Verdict.MENDED),
            "could not be compared": unsure,
        }
        words, colour = ", ".join(f"{number(n)} {what}" for what, n in many.items() if n) + ".", "red"
    elif tally.total:
        words, colour = f"Everything found has been mended ({number(tally.total)}).", "green"
    else:
        words, colour = "Everything agrees.", "green"
    return Group("", Text(words, style=f"bold {colour}"))


def _money(money: Money) -> str:
    return f"{exact(money.minor)} {money.currency}"


def _text(foreign: str, *, style: str = "") -> Text:
    return Text(shown(foreign), style=style)
