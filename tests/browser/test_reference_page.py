"""The API reference as a browser shows it."""

import shutil

import pytest
from aiohttp import web
from playwright.async_api import Page, async_playwright

from entrypoints.http.docs_pages import docs_routes

pytestmark = pytest.mark.browser
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


async def test_the_reference_shows_every_part_and_asks_nobody_else() -> None:
    app = web.Application()
    app.add_routes(docs_routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
            await _look(await browser.new_page(), base)
            await browser.close()
    finally:
        await runner.cleanup()


async def _look(page: Page, base: str) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda failure: complaints.append(str(failure)))
    await page.goto(base + "/")
    await page.wait_for_selector("text=Refund Qliro order", state="attached", timeout=30_000)
    assert await page.title() == "Norce Checkout - Qliro Checkout Adapter API"
    for code in ("internal-server-error", "translation-not-found"):
        assert await page.locator("td code", has_text=code).count() >= 1
    assert [url for url in asked if not url.removeprefix("blob:").startswith(base)] == []
    assert complaints == []
