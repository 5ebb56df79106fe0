"""The HTML report: one file, nothing loaded, nothing executed, everything escaped, the differences marked."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.reports.html.page import HtmlReport
from adapters.reports.html.three_sides import differing
from adapters.reports.html.waterfall import steps
from adapters.reports.kind_texts import KIND_TEXTS, VERDICT_TEXTS
from adapters.reports.links import Links
from adapters.reports.texts import shown
from domain.discrepancy import Discrepancy, DiscrepancyKind, Side, Verdict
from domain.reconciliation import Flow
from tests.unit.adapters.reports import golden
from tests.unit.adapters.reports.samples import HOSTILE, LINKS, hostile, mixed, run, settlement_run, written
from tests.unit.adapters.reports.strategies import DISCREPANCIES, MINOR

TAGS = re.compile(
    "html|head|meta|title|style|body|div|header|main|section|article|footer|h[123]|p|ul|li|dl|dt|dd|a|b|strong|span|bdi"
    "|mark|code|table|caption|thead|tbody|tr|th|td|figure|figcaption|svg|g|rect|line|text"
)
ATTRIBUTES = re.compile(
    "lang|charset|http-equiv|content|name|class|id|href|rel|target|role|aria-(label|labelledby|hidden)|scope|viewbox"
    "|[xy][12]?|width|height|rx"
)


class Page(HTMLParser):
    """What a browser would make of it, as far as that matters here."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.marked: list[str] = []
        self.texts: list[str] = []
        self.ids: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "href":
                self.links.append(value or "")
            if name == "id":
                self.ids.append(value or "")
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self.open and self.open[-1] == "mark":
            self.marked.append(data)


def strange(seen: Page) -> set[str]:
    """What has no place in a report."""
    return {t for t in seen.tags if not TAGS.fullmatch(t)} | {a for a in seen.attributes if not ATTRIBUTES.fullmatch(a)}


async def page(*findings: Discrepancy, links: Links = LINKS, keep: int = 200) -> Page:
    return Page(await written(HtmlReport(links, keep=keep), run(*findings), findings))


async def test_the_page_is_as_it_was_looked_at() -> None:
    text = await written(HtmlReport(LINKS, keep=4), settlement_run(*mixed()), mixed())
    golden.check("mixed.html", re.sub(r"<style>.*?</style>|sha256-[\w+/=]+", "", text, flags=re.DOTALL))


async def test_nothing_is_loaded_and_nothing_executed() -> None:
    text = await written(HtmlReport(LINKS), settlement_run(*mixed()), mixed())
    seen = Page(text)
    assert strange(seen) == set()
    assert not re.search(r"url\(|@import|javascript:", text.partition("</style>")[0])
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src &#x27;none&#x27;; style-src &#x27;sha256-{digest}&#x27;" in text


async def test_hostile_values_are_text() -> None:
    seen = await page(hostile())
    assert "script" not in seen.tags
    assert "img" not in seen.tags
    assert not any("\x1b" in text or "\u202e" in text for text in seen.texts)
    assert any(shown(HOSTILE) in text for text in seen.texts)
    assert all(link.startswith(("https://", "#")) for link in seen.links)


@settings(deadline=None)
@given(st.lists(DISCREPANCIES, max_size=3))
async def test_whatever_is_found_the_page_stays_a_page(findings: list[Discrepancy]) -> None:
    seen = await page(*findings)
    assert seen.open == []
    assert strange(seen) == set()
    assert len(set(seen.ids)) == len(seen.ids)
    assert all(link.startswith(("https://", "#")) for link in seen.links)
    assert {link[1:] for link in seen.links if link.startswith("#")} <= set(seen.ids)
    for found in findings:
        if told := shown(found.remedy).strip():
            assert any(told in text for text in seen.texts)


async def test_what_differs_is_marked_and_nothing_else() -> None:
    amount = next(found for found in mixed() if found.kind is DiscrepancyKind.AMOUNT_DIFFERS)
    assert (await page(amount)).marked == ["1\u202f049.00 NOK"]
    absent = next(found for found in mixed() if found.kind is DiscrepancyKind.MISSING_AT_QLIRO)
    assert (await page(absent)).marked == ["missing"]
    stuck = next(found for found in mixed() if found.kind is DiscrepancyKind.ORDER_STUCK_PROCESSING)
    assert (await page(stuck)).marked == ["intent, order processing"]


async def test_the_same_amount_in_two_currencies_differs() -> None:
    sek = Side(state="reserved", amount=100, currency="SEK")
    found = replace(
        mixed()[0], kind=DiscrepancyKind.CURRENCY_DIFFERS, norce=sek, provider=replace(sek, currency="NOK"), ours=sek
    )
    assert (await page(found)).marked == ["1.00 NOK"]


@pytest.mark.parametrize(
    ("values", "odd"),
    [
        ([1, 1, 1], [False, False, False]),
        ([1, 2, 1], [False, True, False]),
        ([1, 2, 3], [True, True, True]),
        ([1, 2, None], [True, True, False]),
        ([None, None, 5], [False, False, False]),
        ([0, None, 7], [True, False, True]),
    ],
)
def test_the_odd_one_out_is_marked(values: list[int | None], odd: list[bool]) -> None:
    assert differing(values) == odd


async def test_links_lead_to_both_back_offices_and_to_the_kind_s_page() -> None:
    seen = await page(mixed()[0])
    assert "https://admin.example/nordic-sport/se/orders/o000001Xk" in seen.links
    assert any(re.fullmatch(r"https://portal\.example/orders/\d+", link) for link in seen.links)
    assert "https://docs.example/reconciliation#paid-but-order-open" in seen.links
    assert [link for link in (await page(mixed()[0], links=Links())).links if not link.startswith("#")] == []


async def test_references_cannot_leave_their_place_in_a_link() -> None:
    (link,) = [link for link in (await page(hostile())).links if "admin.example" in link]
    assert re.fullmatch(r"https://admin\.example/[\w.~%-]+/se/orders/[\w.~%-]+", link)


async def test_what_is_left_out_is_said_and_the_weightiest_stays() -> None:
    seen = await page(*mixed(), keep=2)
    told = " ".join(seen.texts)
    assert "Shown are the 2 with the most at stake of 7" in told
    assert told.count("at risk") >= 2
    assert "o000007Xk" in told
    assert "o000001Xk" not in told
    assert "Shown are" not in " ".join((await page(*mixed(), keep=7)).texts)


async def test_a_clean_run_says_so() -> None:
    clean = replace(run(), counts=replace(run().counts, failed=0))
    assert "Everything agrees." in Page(await written(HtmlReport(), clean, [])).texts
    broken = replace(run(), ended_at=None)
    assert any("has not come to its end" in text for text in Page(await written(HtmlReport(), broken, [])).texts)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(Flow), MINOR))
def test_the_waterfall_leads_to_exactly_what_was_paid_out(flows: dict[Flow, int]) -> None:
    *changes, result = steps(flows)
    assert sum(step.change for step in changes) == result.change == flows.get(Flow.PAID_OUT, 0)
    assert all(before.after == after.before for before, after in pairwise(changes))


def test_every_kind_and_verdict_is_put_into_words() -> None:
    assert set(KIND_TEXTS) == set(DiscrepancyKind)
    assert set(VERDICT_TEXTS) == set(Verdict)
    assert len({words.title for words in KIND_TEXTS.values()}) == len(KIND_TEXTS)
