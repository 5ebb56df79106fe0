"""The demo shop's pages and backend, and a purchase in a browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Page, async_playwright, expect

from adapters.simulators.norce.app import RunningSimulator, start
from adapters.simulators.norce.config import NorceSimConfig

from .fake_adapter import FakeAdapter

CHROMIUM = Path("/usr/bin/chromium")


@pytest.mark.parametrize(
    "path", ["/", "/shop/checkout", "/shop/confirmation", "/shop/orders", "/shop/terms", "/shop/privacy"]
)
async def test_a_page_needs_nothing_from_elsewhere(sim: RunningSimulator, path: str) -> None:
    async with aiohttp.ClientSession(sim.url) as session, session.get(path) as answer:
        text = await answer.text()
        assert answer.status == 200
        assert answer.charset == "utf-8"
    assert "http://" not in text
    assert "https://" not in text


async def test_the_backend_adds_the_key_and_stays_within_its_services(sim: RunningSimulator) -> None:
    async with aiohttp.ClientSession(sim.url) as session:
        async with session.post("/shop/api/orders", json={"example": "finland"}) as answer:
            made = await answer.json()
            assert (answer.status, made["channel"]) == (201, "fi")
        headers = {"x-merchant": made["merchant"], "x-channel": made["channel"]}
        path = f"/shop/api/order/api/v1/checkout/orders/{made['id']}"
        async with session.get(path, headers=headers) as answer:
            assert (await answer.json())["id"] == made["id"]
        for path, status in (
            ("/shop/api/qliro-adapter/x", 404),
            ("/shop/static/..%2Fshop.py", 404),
            ("/shop/static/x.js", 404),
        ):
            async with session.get(path) as answer:
                assert answer.status == status
        async with session.post("/shop/api/orders", json={"example": "nothing"}) as answer:
            assert answer.status == 400
        async with session.post("/shop/api/orders", json={"example": "b2c", "merchant": "sandbox-2024"}) as answer:
            assert (await answer.json())["merchant"] == "sandbox-2024"
        async with session.post("/shop/api/orders", json={"example": "b2c", "merchant": "nobody"}) as answer:
            assert answer.status == 400


@pytest.fixture
async def adapter_shop() -> AsyncIterator[tuple[RunningSimulator, FakeAdapter]]:
    adapter = FakeAdapter()
    server = TestServer(adapter.app)
    await server.start_server()
    running = await start(NorceSimConfig(adapter_base_url=str(server.make_url("")).rstrip("/")))
    adapter.norce_url = running.url
    yield running, adapter
    await running.stop()
    await server.close()


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = await browser.new_page()
        yield opened
        await browser.close()


@pytest.mark.browser
@pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium")
async def test_a_customer_edits_the_cart_pays_and_the_merchant_captures(
    adapter_shop: tuple[RunningSimulator, FakeAdapter], page: Page
) -> None:
    sim, adapter = adapter_shop
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.goto(sim.url)
    await page.get_by_test_id("start-b2c").click()
    await expect(page.get_by_test_id("payment-state")).to_have_text("intent")
    await page.get_by_test_id("item-plus").first.click()
    await expect(page.get_by_test_id("item-quantity").first).to_have_text("3")
    await page.get_by_test_id("voucher-amount").fill("100")
    await page.get_by_test_id("add-voucher").click()
    await expect(page.get_by_test_id("voucher")).to_be_visible()
    await expect(page.get_by_test_id("event-log")).to_contain_text("onOrderUpdated")
    calls = await page.evaluate("window.fakeCalls")
    assert calls[:3] == ["lock", "updated", "unlock"]
    await page.get_by_test_id("fake-customer").click()
    await expect(page.get_by_test_id("event-log")).to_contain_text("onCustomerInfoChanged")
    before = await page.get_by_test_id("payment-id").inner_text()
    await page.get_by_test_id("fake-expire").click()
    await expect(page.get_by_test_id("payment-id")).not_to_have_text(before)
    await page.get_by_test_id("fake-decline").click()
    await expect(page.get_by_test_id("notice")).to_contain_text("No money")
    await page.get_by_test_id("fake-pay").click()
    await expect(page.get_by_test_id("confirmation-heading")).to_have_text("Thank you for your order")
    await page.get_by_test_id("action-capture").click()
    await expect(page.get_by_test_id("payment-state")).to_have_text("captured")
    await expect(page.get_by_test_id("transaction-row")).to_have_count(1)
    assert "customer-update" in adapter.asked
    assert "cart-changed" in adapter.asked
    assert errors == []
