"""The snippet in a shop's page of another origin, driven as a customer would."""

import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Locator, Page, async_playwright

from adapters.simulators.qliro.ledger import Totals
from tests.simulators.qliro.bench import Bench, line

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]

SHOP_PAGE = """<!doctype html><html lang="sv"><head><meta charset="utf-8"><link rel="icon" href="data:,"></head><body>
<div id="target"></div><script>
window.seen = [];
window.q1Ready = function (q1) {
  window.q1 = q1;
  ["onCheckoutLoaded", "onCustomerInfoChanged", "onPaymentMethodChanged", "onShippingMethodChanged",
   "onPaymentDeclined", "onSessionExpired"].forEach(function (name) {
    q1[name](function () { seen.push([name].concat(Array.from(arguments))); });
  });
  q1.onPaymentProcess(function () { seen.push(["start"]); }, function () { seen.push(["end"]); });
};
fetch("/snippet").then((answer) => answer.text()).then(function (html) {
  const target = document.getElementById("target");
  target.innerHTML = html;
  target.querySelectorAll("script").forEach(function (old) {
    const script = document.createElement("script");
    script.text = old.text;
    old.remove();
    target.appendChild(script);
  });
});
</script></body></html>"""


class Shop:
    """A page on a port of its own that shows one order's snippet."""

    def __init__(self, bench: Bench, page: Page) -> None:
        self.bench = bench
        self.page = page
        self.order_id = 0
        self.url = ""

    async def _page(self, _: web.Request) -> web.Response:
        return web.Response(text=SHOP_PAGE, content_type="text/html")

    async def _snippet(self, _: web.Request) -> web.Response:
        _status, order = await self.bench.send("GET", f"/checkout/merchantapi/Orders/{self.order_id}")
        return web.Response(text=order["OrderHtmlSnippet"])

    async def start(self) -> web.AppRunner:
        app = web.Application()
        app.router.add_get("/snippet", self._snippet)
        app.router.add_get("/{name:.*}", self._page)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    async def open(self, **changes: Any) -> None:
        self.order_id = await self.bench.create(MerchantConfirmationUrl=f"{self.url}/thanks", **changes)
        await self.page.goto(f"{self.url}/checkout")

    def at(self, name: str) -> Locator:
        return self.page.frame_locator("[data-testid=qliro-frame]").get_by_test_id(name)

    async def identify(self, person: str = "person-approved") -> None:
        await self.at(person).click()
        await self.at("identify").click()

    async def seen(self) -> list[list[Any]]:
        found: list[list[Any]] = await self.page.evaluate("seen")
        return found


@pytest.fixture
async def shop(bench: Bench) -> AsyncIterator[Shop]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 900, "height": 900})
        page.set_default_timeout(10_000)
        made = Shop(bench, page)
        runner = await made.start()
        yield made
        await browser.close()
        await runner.cleanup()


async def test_a_customer_buys_after_a_failed_bank_dialog(shop: Shop) -> None:
    await shop.open()
    await shop.identify()
    await shop.at("payment-method-CREDITCARDS").click()
    await shop.at("buy").click()
    await shop.at("challenge-fail").click()
    await shop.at("declined").wait_for()
    await shop.at("buy").click()
    await shop.at("challenge-approve").click()

    await shop.page.wait_for_url("**/thanks")
    await shop.at("thank-you").wait_for()
    assert shop.bench.sim.ledger(shop.order_id) == Totals(authorized=60300)


async def test_the_shop_hears_what_the_customer_does(shop: Shop) -> None:
    methods = [
        {"MerchantReference": "PICKUP", "DisplayName": "Pickup", "PriceIncVat": 49, "PriceExVat": 39.2,
         "SecondaryOptions": [{"MerchantReference": "A", "DisplayName": "Kiosk", "Descriptions": ["Street 1"]}]},
        {"MerchantReference": "HOME", "DisplayName": "Home", "PriceIncVat": 79, "PriceExVat": 63.2},
    ]  # fmt: skip
    await shop.open(OrderItems=[line("A", 100)], AvailableShippingMethods=methods)
    await shop.identify()
    await shop.at("shipping-method-HOME").click()
    await shop.at("payment-method-QLIRO_INVOICE").click()
    await shop.page.wait_for_function("seen.some((event) => event[0] === 'onPaymentMethodChanged')")

    events = await shop.seen()
    assert [name for name, *_ in events] == [
        "onCheckoutLoaded",
        "onCustomerInfoChanged",
        "onShippingMethodChanged",
        "onShippingMethodChanged",
        "onPaymentMethodChanged",
    ]
    assert events[1][1]["address"] == {"isMasked": True}
    assert events[2][1]["pickupLocation"] == {"name": "Kiosk", "description": ["Street 1"]}
    assert (events[3][1]["method"], events[3][1]["totalShippingPrice"]) == ("HOME", 79)


async def test_a_locked_checkout_waits_for_the_update(shop: Shop) -> None:
    await shop.open()
    await shop.identify()
    await shop.at("payment-method-SWISH").click()
    await shop.page.evaluate("q1.lock()")
    await shop.at("overlay").wait_for(state="visible")
    assert await shop.at("buy").is_disabled()
    body = {"OrderItems": [line("NEW", 10)], "MerchantUpdateVersion": "v2"}
    await shop.bench.send("PUT", f"/checkout/merchantapi/Orders/{shop.order_id}", body)

    update = await shop.page.evaluate(
        "new Promise((done) => q1.onOrderUpdated((order) => {"
        " if (order.merchantUpdateVersion === 'v2') { q1.unlock(); done(order); } }))"
    )

    assert (update["totalPrice"], update["orderItems"][0]["merchantReference"]) == (10, "NEW")
    await shop.at("buy").click()
    await shop.page.wait_for_url("**/thanks")
    assert shop.bench.sim.ledger(shop.order_id).captured == 1000


async def test_the_merchants_reason_for_a_decline_is_shown(shop: Shop) -> None:
    await shop.open()
    decline = {"DeclineReason": "OutOfStock", "DeclineReasonMessage": "Mössan är slut"}
    shop.bench.merchant.answers["validate"] = lambda: web.json_response(decline, status=400)
    await shop.identify()
    await shop.at("payment-method-QLIRO_INVOICE").click()
    await shop.at("buy").click()

    await shop.at("declined").get_by_text("Mössan är slut").wait_for()
    assert ["onPaymentDeclined", "OutOfStock", "Mössan är slut"] in await shop.seen()


async def test_an_order_on_hold_says_so_and_an_old_session_is_reported(shop: Shop) -> None:
    await shop.open()
    await shop.identify("person-on_hold")
    await shop.at("payment-method-QLIRO_INVOICE").click()
    await shop.at("buy").click()
    await shop.page.wait_for_url("**/thanks")
    await shop.at("on-hold").wait_for()

    await shop.open()
    await shop.identify()
    shop.bench.sim.state.clock.advance(5401)
    await shop.at("payment-method-SWISH").click()
    await shop.page.wait_for_function("seen.some((event) => event[0] === 'onSessionExpired')")
