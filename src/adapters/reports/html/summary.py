"""The report's first page: what the run was, its sums, and the charts."""

from collections.abc import Mapping

from adapters.reports.html.charts import WIDTH, Bar, bars, columns, legend, place
from adapters.reports.html.markup import NOTHING, Html, joined, tag
from adapters.reports.html.waterfall import waterfall
from adapters.reports.kind_texts import KIND_TEXTS, VERDICT_TEXTS
from adapters.reports.tally import AGES, OLDER, UNKNOWN_AGE, Tally, by_verdict
from adapters.reports.texts import grouped, instant, number, scope_words, span
from domain.discrepancy import DiscrepancyKind, Verdict
from domain.reconciliation import Flow, ReconciliationRun, RunKind

_MERCHANTS = 10
_MENDING = frozenset({"mended", "would-mend"})
_KINDS_OF_RISK = 4


def head(run: ReconciliationRun, tally: Tally) -> Html:
    what = "payments" if run.kind is RunKind.PAYMENTS else "settlements"
    return tag(
        "header",
        tag("p", f"Reconciliation of {what}", class_="kicker"),
        tag("h1", f"{instant(run.started_at)}"),
        _verdict(run, tally),
        tag("dl", *_facts(run), class_="about"),
        class_="top",
    )


def _verdict(run: ReconciliationRun, tally: Tally) -> Html:
    still_open, unsure = tally.left, max(run.counts.failed, tally.not_compared)
    if run.ended_at is None:
        words, look = "This run has not come to its end; what follows is what it had found so far.", "unsure"
    elif still_open or unsure:
        by_hand, mendable = tally.for_a_person, tally.of(Verdict.WOULD_MEND)
        parts = [f"{_many(by_hand, 'discrepancy', 'discrepancies')} left for a person"] if by_hand else []
        parts += [f"{_many(mendable, 'discrepancy', 'discrepancies')} would be mended"] if mendable else []
        parts += [f"{_many(unsure, 'payment', 'payments')} could not be compared"] if unsure else []
        words, look = "; ".join(parts) + ".", "bad"
    else:
        words, look = "Everything agrees." if not tally.total else "Everything found has been mended.", "good"
    return tag("p", words, class_=f"verdict {look}")


def _facts(run: ReconciliationRun) -> list[Html]:
    lasted = span(run.ended_at - run.started_at) if run.ended_at else "not ended"
    scope = scope_words(run.scope) or "everything"
    requests = ", ".join(f"{name} {number(many)}" for name, many in sorted(run.counts.requests.items()))
    facts = {
        "Started by": run.who,
        "Lasted": lasted,
        "Mode": _mode(run),
        "Scope": scope,
        "Requests": requests,
    }
    return [tag("div", tag("dt", name), tag("dd", tag("bdi", value))) for name, value in facts.items() if value]


def _mode(run: ReconciliationRun) -> str:
    if run.kind is RunKind.SETTLEMENTS:
        return ""
    return "mends what may be mended" if run.applied else "dry run: changes nothing"


def tiles(run: ReconciliationRun, tally: Tally) -> Html:
    counts = run.counts
    what = "payments" if run.kind is RunKind.PAYMENTS else "entries"
    shown = {
        f"{what} checked": (counts.done, ""),
        "asked upstream": (counts.compared, ""),
        "discrepancies": (tally.total, ""),
        "mended": (tally.of(Verdict.MENDED), "mended"),
        "would be mended": (tally.of(Verdict.WOULD_MEND), "would-mend"),
        "left for a person": (tally.for_a_person, "left"),
        "not compared": (max(counts.failed, tally.not_compared), "left"),
    }
    return tag(
        "ul",
        *(
            tag("li", tag("strong", number(many), class_=look if many else None), tag("span", label))
            for label, (many, look) in shown.items()
            if many or run.kind is RunKind.PAYMENTS or look not in _MENDING
        ),
        class_="tiles",
    )


def charts(tally: Tally) -> Html:
    """Nothing where there is nothing to draw."""
    if not tally.total:
        return NOTHING
    verdicts = [verdict for verdict in VERDICT_TEXTS if tally.of(verdict)]
    ages = [name for name, _ in AGES] + [OLDER]
    ages += [UNKNOWN_AGE] if any(tally.ages[UNKNOWN_AGE, verdict] for verdict in Verdict) else []
    columns_of_age = [Bar(name, parts) for name, parts in by_verdict(tally.ages, ages).items()]
    figures = joined(
        [
            _figure("By kind", bars("Discrepancies by kind", _kinds(tally))),
            joined(
                [
                    _figure("By age", columns("Discrepancies by age", columns_of_age)),
                    _figure("By merchant", bars("Discrepancies by merchant", _merchants(tally))),
                ]
            ),
        ]
    )
    return tag("section", tag("h2", "Discrepancies"), legend(verdicts), tag("div", figures, class_="charts"))


def risks(tally: Tally) -> Html:
    """What somebody may lose while nothing is done; currencies are not added up."""
    panels = [_risk(currency, kinds) for currency, kinds in tally.risk_by_currency().items()]
    if not panels:
        return NOTHING
    return tag("section", tag("h2", "Money at risk"), tag("div", *panels, class_="panels"))


def payouts(flows: Mapping[tuple[Flow, str], int]) -> Html:
    """A waterfall for each currency."""
    currencies = sorted({currency for (flow, currency), minor in flows.items() if minor})
    figures = []
    for currency in currencies:
        mine = {flow: minor for (flow, of), minor in flows.items() if of == currency}
        notes = [
            f"{label}: {grouped(mine[flow], currency)}"
            for flow, label in ((Flow.PENDING, "Not paid out yet"), (Flow.REJECTED, "Rejected"))
            if mine.get(flow)
        ]
        note = tag("p", " · ".join(notes), class_="note") if notes else NOTHING
        figures.append(tag("figure", tag("figcaption", currency), waterfall(currency, mine), note, class_="card wide"))
    return tag("section", tag("h2", "From captured to paid out"), *figures) if figures else NOTHING


def _kinds(tally: Tally) -> list[Bar]:
    kinds = sorted((k for k in DiscrepancyKind if tally.of_kind(k)), key=lambda k: -tally.of_kind(k))
    return [Bar(KIND_TEXTS[k].title, {v: tally.kinds[k, v] for v in VERDICT_TEXTS}, href=f"#{k}") for k in kinds]


def _merchants(tally: Tally) -> list[Bar]:
    sums: dict[str, int] = {}
    for (merchant, _), many in tally.merchants.items():
        sums[merchant] = sums.get(merchant, 0) + many
    names = sorted(sums, key=lambda name: (-sums[name], name))
    rows = [Bar(name, parts) for name, parts in by_verdict(tally.merchants, names[:_MERCHANTS]).items()]
    if others := names[_MERCHANTS:]:
        rest = {verdict: sum(tally.merchants[name, verdict] for name in others) for verdict in VERDICT_TEXTS}
        rows.append(Bar(f"{number(len(others))} others", rest))
    return rows


def _risk(currency: str, kinds: Mapping[DiscrepancyKind, int]) -> Html:
    whole = sum(kinds.values())
    largest = dict(list(kinds.items())[:_KINDS_OF_RISK])
    parts = [(KIND_TEXTS[kind].title, minor) for kind, minor in largest.items()]
    if rest := whole - sum(largest.values()):
        parts.append(("Others", rest))
    told = "; ".join(f"{title} {grouped(minor, currency)}" for title, minor in parts)
    left, drawn = 0.0, []
    for index, (title, minor) in enumerate(parts):
        width = minor / whole * WIDTH if whole else 0
        hint = tag("title", f"{title} {grouped(minor, currency)}")
        drawn.append(tag("rect", hint, x=place(left), y=0, width=place(width), height=14, class_=f"share s{index}"))
        left += width
    items = [
        tag("li", tag("span", class_=f"dot s{index}", aria_hidden="true"), tag("span", title), tag("b", grouped(minor)))
        for index, (title, minor) in enumerate(parts)
    ]
    picture = tag("svg", *drawn, viewBox=f"0 0 {WIDTH} 14", role="img", aria_label=f"At risk in {currency}: {told}")
    return tag(
        "div",
        tag("h3", grouped(whole, currency)),
        picture,
        tag("ul", *items, class_="shares"),
        class_="card risk-panel",
    )


def _figure(title: str, picture: Html) -> Html:
    return tag("figure", tag("figcaption", title), picture, class_="card")


def _many(count: int, one: str, more: str) -> str:
    return f"{number(count)} {one if count == 1 else more}"
