"""The HTML report as people open it: on a screen, in the dark, on a telephone, on paper."""

import os
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from adapters.reports.html.page import HtmlReport
from tests.e2e.shop import Shop
from tests.e2e.test_in_the_browser import ARGUMENTS
from tests.e2e.test_reconcile_command import Operator
from tests.e2e.test_reconcile_kinds import captured_not_in_norce
from tests.unit.adapters.reports.samples import LINKS, mixed, settlement_run, written

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CONTRAST = """() => {
  const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = numbers(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const element of document.querySelectorAll("body *")) {
    if (!element.innerText || element.closest("svg, .unseen") || element.children.length) continue;
    const [a, b] = [light(numbers(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return [...new Set(poor)];
}"""
pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    assert CHROMIUM, "the browser tests need Chromium on the path"
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        await opened.close()


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    path = tmp_path / "report.html"
    path.write_text(await written(HtmlReport(LINKS), settlement_run(*mixed()), mixed()), encoding="utf-8")
    return path


async def opened(browser: Browser, file: Path, *, width: int = 1240, dark: bool = False) -> tuple[Page, list[str]]:
    """The page, and everything that went wrong or went outside."""
    page = await browser.new_page(viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light")
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: wrong.append(dialog.message))
    page.on("request", lambda asked: wrong.append(asked.url) if asked.url != file.as_uri() else None)
    await page.goto(file.as_uri())
    return page, wrong


async def picture(page: Page, name: str) -> None:
    """Keep what is seen, when somebody asked for pictures."""
    if folder := os.environ.get("SCREENSHOTS"):
        await page.screenshot(path=f"{folder}/{name}.png", full_page=True)


async def colour(page: Page, selector: str) -> str:
    found = await page.locator(selector).first.evaluate("e => getComputedStyle(e).backgroundColor")
    return str(found)


@pytest.mark.parametrize("dark", [False, True])
async def test_it_opens_without_asking_for_anything_and_can_be_read(browser: Browser, file: Path, dark: bool) -> None:
    page, wrong = await opened(browser, file, dark=dark)
    await picture(page, f"report-{'dark' if dark else 'light'}")
    assert wrong == []
    assert await page.locator("svg").count() >= 6
    assert await page.locator("article").count() == len(mixed())
    assert (await colour(page, "html") == "rgb(20, 25, 22)") is dark
    assert (await colour(page, "mark")) != "rgba(0, 0, 0, 0)", "what differs is marked: the style is not refused"
    assert await page.evaluate(CONTRAST) == []


async def test_a_bar_leads_to_the_discrepancies_of_its_kind(browser: Browser, file: Path) -> None:
    page, _ = await opened(browser, file)
    await page.locator("svg a", has_text="Amounts differ").click()
    assert page.url.endswith("#amount-differs")
    assert await page.locator("#amount-differs h2").is_visible()
    inside = await page.locator("#amount-differs").evaluate("e => Math.abs(e.getBoundingClientRect().top) < 900")
    assert inside


async def test_assistive_technology_finds_headings_tables_and_charts(browser: Browser, file: Path) -> None:
    page, _ = await opened(browser, file)
    assert await page.get_by_role("heading", level=1).count() == 1
    region = page.get_by_role("region", name="Amounts differ")
    assert await region.get_by_role("columnheader").all_inner_texts() == ["Norce", "Qliro", "Ours"]
    assert await region.get_by_role("rowheader").all_inner_texts() == ["State", "Amount", "Reference"]
    assert "1 049.00 NOK differs" in re.sub(r"\s", " ", await region.get_by_role("row").nth(2).inner_text())
    chart = page.get_by_role("img", name=re.compile("Pay-out in SEK. captured"))
    assert await chart.count() == 1


async def test_it_fits_a_telephone(browser: Browser, file: Path) -> None:
    page, _ = await opened(browser, file, width=390)
    await picture(page, "report-telephone")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_a_real_run_leads_to_norce_s_and_qliro_s_view_of_the_order(
    browser: Browser, shop: Shop, tmp_path: Path
) -> None:
    order = await captured_not_in_norce(shop)
    operator = Operator(shop, tmp_path)
    ended = await operator.reconcile("--output", "night.html")
    assert ended.status == 1, ended.err
    page, wrong = await opened(browser, tmp_path / "night.html")
    await picture(page, "report-real")
    assert wrong == []
    card = page.locator("article", has_text=order.id)
    assert [text.strip() for text in await card.locator("mark").all_inner_texts()] != []
    async with page.expect_popup() as portal:
        await card.get_by_role("link", name="Open in Qliro's portal").click()
    await expect((await portal.value).get_by_test_id("order-id")).to_have_text(str(order.qliro_id))
    async with page.expect_popup() as norce:
        await card.get_by_role("link", name="Open in Norce Admin").click()
    await expect((await norce.value).get_by_test_id("order-id")).to_contain_text(order.id)


async def test_it_prints_on_pages_with_numbers(browser: Browser, file: Path) -> None:
    page, wrong = await opened(browser, file, dark=True)
    printed = await page.pdf(prefer_css_page_size=True, print_background=True)
    if folder := os.environ.get("SCREENSHOTS"):
        (Path(folder) / "report.pdf").write_bytes(printed)
    assert wrong == []
    pages = len(re.findall(rb"/Type\s*/Page\b", printed))
    assert 4 <= pages <= 12
    await page.emulate_media(media="print")
    assert await colour(page, ".card") == "rgb(255, 255, 255)", "paper is white, whatever the screen was"
    kept = await page.locator(".card, .intro").evaluate_all(
        "es => es.every(e => getComputedStyle(e).breakInside == 'avoid')"
    )
    assert kept
