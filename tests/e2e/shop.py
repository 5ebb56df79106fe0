"""A storefront, an ERP and a customer, as they meet the sandbox over real HTTP."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

import aiohttp
import asyncpg
import msgspec

from adapters.simulators.qliro.buying import Outcome, answer_challenge
from adapters.simulators.qliro.callbacks import CallbackRule, Treatment
from adapters.simulators.qliro.ledger import Totals
from entrypoints.cli.sandbox import KEY, Sandbox

Json = Any
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


class Answer:
    """A whole answer."""

    def __init__(self, status: int, body: bytes, headers: Any) -> None:
        self.status = status
        self.body = body
        self.headers = headers

    @property
    def json(self) -> Json:
        return _DECODER.decode(self.body)

    def __repr__(self) -> str:
        return f"<{self.status} {self.body[:300]!r}>"


class Shop:
    """One shop in a running sandbox. `gateway` calls go through Norce's public layout, as storefronts do."""

    def __init__(
        self,
        sandbox: Sandbox,
        http: aiohttp.ClientSession,
        database_url: str,
        *,
        merchant: str = "sandbox",
        channel: str = "se",
    ) -> None:
        self.sandbox = sandbox
        self.database_url = database_url
        self.http = http
        self.merchant = merchant
        self.channel = channel
        self.norce = sandbox.norce.state
        self.qliro = sandbox.qliro

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {KEY}", "x-merchant": self.merchant, "x-channel": self.channel}

    def order(self, example: str | Json = "b2c_simple", **options: Any) -> "Order":
        """A new order in Norce."""
        record = self.norce.create_order(example, merchant=self.merchant, channel=self.channel, **options)
        return Order(self, record.id)

    async def adapter(self, method: str, path: str, **options: Any) -> Answer:
        """A call to the adapter itself, with the headers of a trusted caller unless others are given."""
        options.setdefault("headers", self.headers)
        async with self.http.request(method, self.sandbox.adapter.url + path, **options) as reply:
            return Answer(reply.status, await reply.read(), reply.headers)

    async def gateway(self, method: str, path: str, **options: Any) -> Answer:
        """A call through the public gateway of the Norce simulator."""
        options.setdefault("headers", self.headers | {"Authorization": "Bearer sandbox-norce"})
        async with self.http.request(method, self.sandbox.norce.url + path, **options) as reply:
            return Answer(reply.status, await reply.read(), reply.headers)

    def configure(self, **options: Any) -> None:
        """Change options of this channel's configuration."""
        document = dict(self.norce.configurations[(self.merchant, self.channel)]["qliro_checkout_adapter"])
        document["options"] = document["options"] | options
        self.norce.set_configuration(self.merchant, self.channel, document)

    def drop_pushes(self) -> None:
        """Qliro's pushes never arrive from now on."""
        self.qliro.callbacks.rules.append(CallbackRule(Treatment.DROP, times=None))

    def duplicate_pushes(self, copies: int) -> None:
        """Every push arrives several times at once."""
        self.qliro.callbacks.rules.append(CallbackRule(Treatment.DUPLICATE, times=None, copies=copies))

    async def portal(self, order: "Order", act: str) -> None:
        """Something is done in Qliro's merchant portal, behind the adapter's back."""
        async with self.http.post(f"{self.qliro.url}/__sim/orders/{order.qliro_id}/portal/{act}", json={}) as reply:
            assert reply.status < 300, await reply.text()
        await self.qliro.settled()

    async def sql(self, query: str) -> list[asyncpg.Record]:
        """Look into the adapter's database."""
        connection = await asyncpg.connect(self.database_url)
        try:
            return list(await connection.fetch(query))
        finally:
            await connection.close()

    async def nothing_owed(self) -> bool:
        """Every callback is handled and every letter to Norce delivered."""
        waiting = await self.sql(
            "select (select count(*) from inbox where handled_at is null and parked_at is null)"
            " + (select count(*) from outbox where delivered_at is null and parked_at is null) as waiting"
        )
        return bool(waiting[0]["waiting"] == 0)


class Order:
    """An order of the shop, seen from all sides."""

    def __init__(self, shop: Shop, order_id: str) -> None:
        self.shop = shop
        self.id = order_id
        self.payment_id = ""

    # Norce's side

    @property
    def doc(self) -> Json:
        return self.shop.norce.order(self.id).doc

    @property
    def status(self) -> str:
        return str(self.doc["state"]["currentStatus"])

    @property
    def payment(self) -> Json:
        return self.shop.norce.payment(self.id, self.payment_id)

    @property
    def own_payments(self) -> list[Json]:
        return [p for p in self.doc["payments"] if p["adapterId"] == "qliro_checkout_adapter"]

    @property
    def events(self) -> list[tuple[str, bool]]:
        log = self.shop.norce.transactions(self.id, self.payment_id)
        return [(entry["event"], entry["isSuccess"]) for entry in log]

    @property
    def total(self) -> Decimal:
        return Decimal(str(self.doc["total"]["includingVat"]))

    async def change_quantity(self, quantity: int, row: int = 0) -> Answer:
        """Through the platform adapter, with hooks, as a storefront changes a cart."""
        item = self.doc["cart"]["items"][row]["id"]
        path = f"/checkout/norce-adapter/api/v1/orders/{self.id}/cart/items/{item}"
        return await self.shop.gateway("PATCH", path, json={"quantity": quantity})

    # the adapter

    @property
    def path(self) -> str:
        return f"/api/checkout/v1/orders/{self.id}/payments"

    @property
    def callback(self) -> str:
        return f"/api/checkout/v1/callback/orders/{self.id}/payments/{self.payment_id}"

    async def create(self) -> Answer:
        answer = await self.shop.adapter("POST", self.path)
        if answer.status == 200:
            self.payment_id = answer.json["paymentId"]
        return answer

    async def get(self) -> Answer:
        return await self.shop.adapter("GET", f"{self.path}/{self.payment_id}")

    async def remove(self) -> Answer:
        return await self.shop.adapter("POST", f"{self.path}/{self.payment_id}/remove")

    async def operate(self, kind: str) -> Answer:
        return await self.shop.adapter("POST", f"/api/order/v1/orders/{self.id}/payments/{self.payment_id}/{kind}")

    async def event(self, name: str, body: Json = None) -> Answer:
        """A client-side event of Qliro's, forwarded by the storefront."""
        query = f"?merchant={self.shop.merchant}&channel={self.shop.channel}&orderId={self.id}"
        options = {} if body is None else {"json": body}
        return await self.shop.adapter("POST", f"{self.callback}/{name}{query}", **options)

    # Qliro's side

    @property
    def qliro_id(self) -> int:
        return int(self.payment["reference"])

    @property
    def at_qliro(self) -> Any:
        return self.shop.qliro.order(self.qliro_id)

    @property
    def qliro_orders(self) -> list[Any]:
        """Every Qliro order that was ever made for this Norce order."""
        orders = self.shop.qliro.state.orders.values()
        return [o for o in orders if f"/orders/{self.id}/" in str(o.request)]

    @property
    def money(self) -> Totals:
        return self.shop.qliro.ledger(self.qliro_id)

    async def buy(self, **options: Any) -> Outcome:
        return await self.shop.qliro.buy(self.qliro_id, **options)

    async def bought(self, **options: Any) -> Outcome:
        """Bought, and everything about it told to everybody."""
        outcome = await self.buy(**options)
        await self.until(lambda: self.status == "completed")
        await self.quiet()
        return outcome

    async def challenged(self, *, approve: bool) -> None:
        """The customer answers 3-D Secure."""
        answer_challenge(self.shop.qliro.state, self.at_qliro, approve=approve)

    async def quiet(self) -> None:
        """Transactions are decided, pushes handled, letters delivered."""
        await self.shop.qliro.settled()
        await eventually(self.shop.nothing_owed, about=self.describe)
        await self.shop.norce.settled()

    async def until(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        await eventually(condition, seconds=seconds, about=self.describe)

    def describe(self) -> str:
        payment = self.payment if self.payment_id else None
        return f"order {self.status}, payment {payment and (payment['state'], payment['amount'])}, events {self.events}"


async def eventually(
    condition: Callable[[], bool | Awaitable[bool]], *, seconds: float = 10, about: Callable[[], str] | None = None
) -> None:
    """Wait until it holds; fail telling how things stand."""
    end = time.monotonic() + seconds
    while True:
        holds = condition()
        if isinstance(holds, Awaitable):
            holds = await holds
        if holds:
            return
        assert time.monotonic() < end, f"not within {seconds} s: {about() if about else condition}"
        await asyncio.sleep(0.02)
