"""A run as one HTML file: nothing is loaded, nothing is executed; it works offline and prints well."""

import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files

from adapters.reports.html.markup import NOTHING, Html, link, tag
from adapters.reports.html.summary import charts, head, payouts, risks, tiles
from adapters.reports.html.three_sides import article
from adapters.reports.kind_texts import KIND_TEXTS
from adapters.reports.links import Links
from adapters.reports.report import Write
from adapters.reports.tally import Tally
from adapters.reports.texts import instant, number
from domain.discrepancy import Discrepancy, DiscrepancyKind
from domain.reconciliation import ReconciliationRun

KEPT_PER_KIND = 200


@dataclass(frozen=True, slots=True)
class HtmlReport:
    """Shows `keep` discrepancies of each kind, the weightiest first, and says how many it leaves out."""

    links: Links = Links()  # noqa: RUF009 - frozen
    keep: int = KEPT_PER_KIND

    async def __call__(self, run: ReconciliationRun, findings: AsyncIterator[Discrepancy], write: Write) -> None:
        as_of = run.ended_at or run.started_at
        tally = await Tally(as_of, keep=self.keep).take(findings)
        write("<!DOCTYPE html>\n")
        write('<html lang="en">')
        write(_html_head(run))
        write("<body><main>")
        write(tag("div", head(run, tally), tiles(run, tally), payouts(run.counts.flows), charts(tally), risks(tally)))
        for kind in DiscrepancyKind:
            if tally.of_kind(kind):
                self._section(kind, tally, as_of, write)
        write("</main>")
        write(_foot(run, tally))
        write("</body></html>\n")

    def _section(self, kind: DiscrepancyKind, tally: Tally, as_of: datetime, write: Write) -> None:
        words = KIND_TEXTS[kind]
        many, kept = tally.of_kind(kind), tally.kept(kind)
        left_out = (
            f"Shown are the {number(len(kept))} with the most at stake of {number(many)}; "
            "the CSV and JSON forms of this run hold all of them."
        )
        page = self.links.explained(kind)
        write(f'<section class="kind" id="{kind}" aria-labelledby="h-{kind}">')
        write(
            tag(
                "div",
                tag("h2", words.title, " ", tag("span", number(many), class_="count"), id=f"h-{kind}"),
                tag("p", tag("code", str(kind)), " — ", words.means),
                tag("p", tag("b", "What to do: "), words.person, *([" ", link("More about it", page)] if page else [])),
                tag("p", left_out, class_="note capped") if len(kept) < many else NOTHING,
                class_="intro",
            )
        )
        for found in kept:
            write(article(found, self.links, as_of=as_of))
        write("</section>")


def _html_head(run: ReconciliationRun) -> Html:
    style = files("adapters.reports.html").joinpath("style.css").read_text(encoding="utf-8").strip()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name_="color-scheme", content="light dark"),
        tag("meta", name_="referrer", content="no-referrer"),
        tag("title", f"Reconciliation {instant(run.started_at)}"),
        Html(f"<style>{style}</style>"),
    )


def _foot(run: ReconciliationRun, tally: Tally) -> Html:
    words = [
        f"Run {run.id}. Discrepancies: {number(tally.total)}. Amounts are exact; currencies are never added up.",
        "The same again, in any form: ",
    ]
    return tag("footer", tag("p", words[0]), tag("p", words[1], tag("code", f"qliro-adapter reconcile show {run.id}")))
