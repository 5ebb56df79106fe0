"""A small signed client and a merchant that answers callbacks, for the tests of the simulator."""

import base64
import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp import web

from adapters.simulators.qliro.app import start
from adapters.simulators.qliro.config import QliroSimConfig
from adapters.simulators.qliro.running import RunningSimulator

KEY, SECRET = "sandbox", "sandbox-secret"


def token(body: bytes, secret: str = SECRET) -> str:
    return "Qliro " + base64.b64encode(hashlib.sha256(body + secret.encode()).digest()).decode()


class Merchant:
    """Answers callbacks; `answers` maps a path to (status, body), default 200 received."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self.answers: dict[str, Callable[[], web.Response]] = {}
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/{name}", self._take)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.seen.append((name, json.loads(await request.read())))
        answer = self.answers.get(name)
        return answer() if answer is not None else web.json_response({"CallbackResponse": "received"})

    def bodies(self, name: str) -> list[dict[str, Any]]:
        return [body for seen, body in self.seen if seen == name]


class Bench:
    """A running simulator, a merchant behind it, and a client that signs."""

    def __init__(self, sim: RunningSimulator, merchant: Merchant, http: aiohttp.ClientSession) -> None:
        self.sim = sim
        self.merchant = merchant
        self.http = http
        self.secret = SECRET

    @classmethod
    async def open(cls, config: QliroSimConfig | None = None) -> "Bench":
        merchant = Merchant()
        await merchant.start()
        return cls(await start(config), merchant, aiohttp.ClientSession())

    async def close(self) -> None:
        await self.http.close()
        await self.sim.stop()
        await self.merchant.stop()

    async def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """A signed request; JSON bodies get the API key. The answer's body is None when it is empty."""
        raw = b""
        if body is not None:
            raw = json.dumps({"MerchantApiKey": KEY, **body}, ensure_ascii=False).encode()
        headers = {"Authorization": token(raw, self.secret), "Content-Type": "application/json"}
        async with self.http.request(method, self.sim.url + path, data=raw or None, headers=headers) as answer:
            text = await answer.read()
            is_json = answer.content_type == "application/json" and text
            return answer.status, json.loads(text) if is_json else None

    def order_body(self, **changes: Any) -> dict[str, Any]:
        to = self.merchant.url
        body = {
            "MerchantReference": f"NC-{uuid.uuid4().hex[:12]}",
            "Currency": "SEK",
            "Country": "SE",
            "Language": "sv-se",
            "MerchantTermsUrl": "https://shop.example/terms",
            "MerchantConfirmationUrl": "https://shop.example/thanks",
            "MerchantCheckoutStatusPushUrl": f"{to}/push",
            "MerchantOrderManagementStatusPushUrl": f"{to}/status",
            "MerchantOrderValidationUrl": f"{to}/validate",
            "OrderItems": [
                line("CAP-1", 249, quantity=2, ex=199.2),
                line("BOOK", 106, ex=100),
                line("SALE", -50, ex=-40, kind="Discount"),
                line("FREIGHT", 49, ex=39.2, kind="Shipping"),
            ],
        }
        merged = {**body, **changes}
        return {name: value for name, value in merged.items() if value is not None}

    async def create(self, **changes: Any) -> int:
        status, answer = await self.send("POST", "/checkout/merchantapi/Orders", self.order_body(**changes))
        assert status == 201, answer
        order_id: int = answer["OrderId"]
        return order_id

    async def bought(self, **how: Any) -> int:
        order_id = await self.create()
        await self.sim.buy(order_id, **how)
        return order_id

    async def admin(self, order_id: int) -> dict[str, Any]:
        status, answer = await self.send("GET", f"/checkout/adminapi/v2/orders/{order_id}")
        assert status == 200
        found: dict[str, Any] = answer
        return found

    async def operate(self, name: str, order_id: int, **body: Any) -> tuple[int, Any]:
        request = {"RequestId": str(uuid.uuid4()), "OrderId": order_id, "Currency": "SEK", **body}
        return await self.send("POST", f"/checkout/adminapi/v2/{name}", request)

    async def ship(self, order_id: int, *items: dict[str, Any], **more: Any) -> tuple[int, Any]:
        reservation = self.sim.order(order_id).transactions[0].id
        shipments = [{"PaymentTransactionId": reservation, "OrderItems": list(items) or whole()}]
        return await self.operate("MarkItemsAsShipped", order_id, **{"Shipments": shipments, **more})

    async def shipped(self, order_id: int, *items: dict[str, Any]) -> int:
        """Ship, wait for the result, return the capture's id."""
        status, answer = await self.ship(order_id, *items)
        assert status == 200, answer
        await self.sim.settled()
        capture: int = answer["PaymentTransactions"][0]["PaymentTransactionId"]
        return capture


def line(
    reference: str, inc: float, *, quantity: int = 1, ex: float | None = None, kind: str = "Product", **more: Any
) -> dict[str, Any]:
    body = {
        "MerchantReference": reference,
        "Description": reference.title(),
        "Type": kind,
        "Quantity": quantity,
        "PricePerItemIncVat": inc,
        "PricePerItemExVat": inc if ex is None else ex,
    }
    return {**body, **more}


def whole() -> list[dict[str, Any]]:
    """All lines of the standard order: 603.00."""
    return [
        line("CAP-1", 249, quantity=2),
        line("BOOK", 106),
        line("SALE", -50, kind="Discount"),
        line("FREIGHT", 49, kind="Shipping"),
    ]


def code(answer: Any) -> str:
    """The ErrorCode of a refusal."""
    found: str = answer["ErrorCode"]
    return found
