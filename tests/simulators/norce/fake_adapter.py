"""Just enough of a payment adapter for the demo shop: its snippet is a page with buttons that play the customer."""

from typing import Any

import aiohttp
from aiohttp import web

ADAPTER_ID = "qliro_checkout_adapter"
ORDERS = "/checkout/order/api/v0/checkout/orders"
SNIPPET = """
<div><p data-testid="fake-total"></p>
<button data-testid="fake-pay" id="fake-pay">Pay</button>
<button data-testid="fake-customer" id="fake-customer">Customer</button>
<button data-testid="fake-decline" id="fake-decline">Decline</button>
<button data-testid="fake-expire" id="fake-expire">Expire</button></div>
<script type="text/javascript">(function (w) {
  var on = {}, calls = w.fakeCalls = [];
  var q1 = {lock: function () { calls.push('lock'); }, unlock: function () { calls.push('unlock'); },
    onOrderUpdated: function (cb) { calls.push('updated'); setTimeout(function () { cb({totalPrice: 1}); }, 20); },
    onPaymentProcess: function (start, end) { on.start = start; on.end = end; }};
  ['onCheckoutLoaded', 'onCustomerInfoChanged', 'onShippingMethodChanged', 'onPaymentDeclined', 'onSessionExpired',
   'onPaymentMethodChanged'].forEach(function (name) { q1[name] = function (cb) { on[name] = cb; }; });
  function click(id, work) { document.getElementById(id).addEventListener('click', work); }
  click('fake-pay', function () { on.start(); fetch('/checkout/qliro-adapter/fake/pay/PAYMENT', {method: 'POST'})
    .then(function () { on.end(); }); });
  click('fake-customer', function () { on.onCustomerInfoChanged({email: 'a@example.com'}); });
  click('fake-decline', function () { on.onPaymentDeclined('Declined', 'No money'); });
  click('fake-expire', function () { on.onSessionExpired(); });
  w.q1Ready(q1);
})(window);</script>
"""


class FakeAdapter:
    """Keeps nothing but what it was asked; the order lives at `norce_url`."""

    def __init__(self) -> None:
        self.norce_url = ""
        self.asked: list[str] = []
        self.app = web.Application()
        payments = "/api/checkout/v1/orders/{order}/payments"
        self.app.add_routes(
            [
                web.post(payments, self.create),
                web.get(payments + "/{payment}", self.get),
                web.post(payments + "/{payment}/remove", self.remove),
                web.post("/api/checkout/v1/callback/orders/{order}/payments/{payment}/{what}", self.callback),
                web.post("/fake/pay/{order}/{payment}", self.pay),
                web.post("/capture/{order}/{payment}", self.capture),
            ]
        )

    async def create(self, request: web.Request) -> web.Response:
        order_id = request.match_info["order"]
        order = await self._norce(request, "GET", f"/{order_id}")
        others = sum(each["amount"] for each in order["payments"] if each["state"] != "removed")
        amount = round(order["total"]["includingVat"] - others, 2)
        body = {"adapterId": ADAPTER_ID, "name": "Qliro Checkout", "amount": amount, "reference": "4009289"}
        made = await self._norce(request, "POST", f"/{order_id}/payments", body)
        hook = {"adapterId": ADAPTER_ID, "subscribeTo": "/cart", "target": "/payments"}
        path = f"/api/checkout/v1/callback/orders/{{order_id}}/payments/{made['id']}/cart-changed"
        hook["invoke"] = f"{request.url.origin()}{path}"
        await self._norce(request, "POST", f"/{order_id}/hooks", hook)
        return self._payment(order_id, made["id"])

    async def get(self, request: web.Request) -> web.Response:
        return self._payment(request.match_info["order"], request.match_info["payment"])

    async def remove(self, request: web.Request) -> web.Response:
        await self._set(request, state="removed")
        return web.Response()

    async def callback(self, request: web.Request) -> web.Response:
        self.asked.append(request.match_info["what"])
        if request.match_info["what"] != "cart-changed":
            return web.Response()
        order = await request.json()
        ids = [each["id"] for each in order["payments"]]
        place = ids.index(request.match_info["payment"])
        others = sum(e["amount"] for e in order["payments"] if e["state"] != "removed" and e["id"] != ids[place])
        amount = round(order["total"]["includingVat"] - others, 2)
        return web.json_response([{"op": "replace", "path": f"/payments/{place}/amount", "value": amount}])

    async def pay(self, request: web.Request) -> web.Response:
        order_id, payment_id = request.match_info["order"], request.match_info["payment"]
        url = f"{request.url.origin()}/capture/{order_id}/{payment_id}"
        await self._set(request, state="reserved", actions=[{"adapterId": ADAPTER_ID, "type": "capture", "url": url}])
        for status in ("accepted", "completed"):
            await self._norce(request, "PUT", f"/{order_id}/state", {"currentStatus": status})
        return web.Response()

    async def capture(self, request: web.Request) -> web.Response:
        payment = await self._set(request, state="captured", actions=[])
        log = {"event": "capture", "amount": payment["amount"], "isSuccess": True, "pspStatus": "Success"}
        path = f"/{request.match_info['order']}/payments/{payment['id']}/transactions"
        await self._norce(request, "POST", path, log)
        return web.json_response({"paymentId": payment["id"], "htmlSnippet": ""})

    async def _set(self, request: web.Request, **members: Any) -> Any:
        path = f"/{request.match_info['order']}/payments/{request.match_info['payment']}"
        payment = await self._norce(request, "GET", path)
        return await self._norce(request, "PUT", path, payment | members)

    async def _norce(self, request: web.Request, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": "Bearer sandbox-norce", "x-adapterid": ADAPTER_ID}
        headers |= {name: request.headers.get(name, default) for name, default in _TENANT.items()}
        async with (
            aiohttp.ClientSession(self.norce_url, headers=headers) as session,
            session.request(method, ORDERS + path, json=body) as answer,
        ):
            return await answer.json() if answer.content_length and answer.status < 300 else None

    def _payment(self, order_id: str, payment_id: str) -> web.Response:
        snippet = SNIPPET.replace("PAYMENT", f"{order_id}/{payment_id}")
        return web.json_response({"paymentId": payment_id, "htmlSnippet": snippet})


_TENANT = {"x-merchant": "sandbox", "x-channel": "se"}
