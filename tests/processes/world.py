"""One database, both simulators in this process, adapter processes of their own, and orders seen from all sides."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import msgspec

from adapters.simulators.norce import app as norce_app
from adapters.simulators.norce import writes
from adapters.simulators.norce.config import NorceSimConfig
from adapters.simulators.norce.seed import seed_sandbox
from adapters.simulators.norce.wire import encode
from adapters.simulators.qliro import app as qliro_app
from adapters.simulators.qliro.buying import Outcome
from adapters.simulators.qliro.callbacks import CallbackKind, CallbackRule, Treatment
from adapters.simulators.qliro.config import QliroSimConfig
from adapters.simulators.qliro.model import KeptCard, SavedCard
from adapters.simulators.qliro.running import RunningSimulator
from entrypoints.cli.sandbox_accounts import ACCOUNTS
from tests.processes.fleet import AdapterProcess, Fleet, Nursery, fleet
from tests.processes.points import Disturbance

KEY = "processes"
HEADERS = {"Authorization": f"Bearer {KEY}", "x-merchant": "sandbox", "x-channel": "se"}
MORE: dict[str, Any] = {
    "reference": "GIFTBOX", "sku": "GIFTBOX", "name": "Presentask", "quantity": 1, "unit": "st", "upsell": True,
    "price": {"includingVat": Decimal(45), "excludingVat": Decimal(36)}, "vatRate": Decimal("0.25"),
    "discounts": [], "attributes": {},
}  # fmt: skip
ALLOWED = frozenset({200, 409, 503})
"""What a caller may be answered when nothing is wrong but others are faster."""
_DECODER = msgspec.json.Decoder(float_hook=Decimal)


class Answer:
    """A whole answer; status 0 when the connection broke."""

    def __init__(self, status: int, body: bytes = b"", retry_after: str = "", seconds: float = 0.0) -> None:
        self.status = status
        self.body = body
        self.retry_after = retry_after
        self.seconds = seconds

    @property
    def json(self) -> Any:
        return _DECODER.decode(self.body)

    def __repr__(self) -> str:
        return f"<{self.status} {self.body[:200]!r}>"


class World:
    """Everything a test of several processes needs."""

    def __init__(
        self, database_url: str, norce: norce_app.RunningSimulator, qliro: RunningSimulator, processes: Fleet
    ) -> None:
        self.database_url = database_url
        self.norce = norce.state
        self.norce_url = norce.url
        self.qliro = qliro
        self.fleet = processes
        self.http: aiohttp.ClientSession
        self.answers: list[Answer] = []

    def environment(self) -> dict[str, str]:
        """The adapter's settings: short waits, everything at the simulators."""
        values = {
            "port": "0",
            "database_url": self.database_url,
            "database_pool": "4",
            "norce_order_url": f"{self.norce_url}/checkout/order",
            "norce_configuration_url": f"{self.norce_url}/checkout/configuration",
            "norce_token": "sandbox-norce",
            "inbound_keys": KEY,
            "callback_secrets": "a secret of these tests",
            "qliro_hosts": self.qliro.url,
            "lease_seconds": "1",
            "decision_seconds": "2",
            "drain_seconds": "20",
        }
        return {f"ADAPTER_{name.upper()}": value for name, value in values.items()}

    async def start(self, point: str = "", how: str = "", *, idle: float = 0.1, lease: float = 1.0) -> AdapterProcess:
        """One more adapter process; `lease`: seconds after which its background work is taken for dead."""
        disturbance = Disturbance(point=point, how=how)
        return await self.fleet.start(self.environment(), disturbance, idle=idle, lease=lease)

    async def replace(self, process: AdapterProcess) -> None:
        """The process goes, without ado."""
        process.kill()
        await process.gone()

    async def call(self, process: AdapterProcess | None, method: str, path: str, **options: Any) -> Answer:
        """A call to one process (None: to whichever's turn it is). Every answer is kept for the judge."""
        started = time.monotonic()
        options.setdefault("headers", HEADERS)
        base = process.url if process else self.fleet.url
        try:
            async with self.http.request(method, base + path, **options) as reply:
                body = await reply.read()
                answer = Answer(reply.status, body, reply.headers.get("Retry-After", ""), time.monotonic() - started)
        except (aiohttp.ClientError, OSError):
            answer = Answer(0)
        self.answers.append(answer)
        return answer

    async def persist(self, act: Callable[[], Awaitable[Answer]], seconds: float = 15.0) -> Answer:
        """Repeat a request as a patient caller does, until it is answered with success."""
        end = time.monotonic() + seconds
        while (answer := await act()).status != 200:
            assert time.monotonic() < end, f"still {answer}"
            await asyncio.sleep(0.1)
        return answer

    def hold_pushes(self, kind: CallbackKind | None = None) -> None:
        """Qliro keeps its pushes to itself until `release_pushes`."""
        self.qliro.callbacks.rules.append(CallbackRule(Treatment.HOLD, kind=kind, times=None))

    def release_pushes(self) -> None:
        self.qliro.callbacks.rules.clear()
        self.qliro.callbacks.release(parallel=True)

    def configure(self, **options: Any) -> None:
        """Change options of the merchant's configuration."""
        document = dict(self.norce.configurations[("sandbox", "se")]["qliro_checkout_adapter"])
        document["options"] = document["options"] | options
        self.norce.set_configuration("sandbox", "se", document)

    def saved_card(self) -> str:
        """The token of a card that the merchant may charge."""
        state = self.qliro.state
        if not state.cards:
            card = SavedCard("3d2092a6-7baf-49e3-bd34-d0d0d85744b5")
            state.cards[card.id] = KeptCard("sandbox-key", card, state.clock.now())
        return next(iter(state.cards))

    async def sql(self, query: str) -> list[Any]:
        """Look into, or change, the adapter's database."""
        connection = await asyncpg.connect(self.database_url)
        try:
            return list(await connection.fetch(query))
        finally:
            await connection.close()

    def sell_more(self) -> None:
        """The merchant offers more after a purchase, from now on."""
        document = self.norce.configurations[("sandbox", "se")]["qliro_checkout_adapter"]
        document["options"] |= {"useUpsell": True}

    def order(self, example: str = "b2c", channel: str = "se") -> "Order":
        """A new order in Norce."""
        return Order(self, self.norce.create_order(example, merchant="sandbox", channel=channel).id, channel)


class Order:
    """One order, seen from all sides."""

    def __init__(self, world: World, order_id: str, channel: str = "se") -> None:
        self.world = world
        self.headers = HEADERS | {"x-channel": channel}
        self.id = order_id
        self.payment_id = ""

    @property
    def doc(self) -> Any:
        return self.world.norce.order(self.id).doc

    @property
    def payments(self) -> list[Any]:
        """Our payments on Norce's order that are not withdrawn."""
        ours = (p for p in self.doc["payments"] if p["adapterId"] == "qliro_checkout_adapter")
        return [p for p in ours if p["state"] != "removed"]

    @property
    def payment(self) -> Any:
        """The one that was not refused."""
        (payment,) = [p for p in self.payments if p["state"] != "declined"]
        return payment

    @property
    def total(self) -> int:
        """In minor units."""
        return int(Decimal(str(self.doc["total"]["includingVat"])) * 100)

    @property
    def qliro_orders(self) -> list[Any]:
        """Every Qliro order that was ever made for this Norce order."""
        orders = self.world.qliro.state.orders.values()
        return [o for o in orders if f"/orders/{self.id}/" in str(o.request)]

    @property
    def qliro_id(self) -> int:
        return int(self.payment["reference"])

    async def create(self, process: AdapterProcess | None = None) -> Answer:
        path = f"/api/checkout/v1/orders/{self.id}/payments"
        answer = await self.world.call(process, "POST", path, headers=self.headers)
        if answer.status == 200:
            self.payment_id = answer.json["paymentId"]
        return answer

    async def renew(self, process: AdapterProcess | None = None) -> Answer:
        """Paid by the merchant, with a card that was saved earlier."""
        path, body = f"/api/checkout/v1/orders/{self.id}/payments/recurring", {"token": self.world.saved_card()}
        answer = await self.world.call(process, "POST", path, json=body)
        if answer.status == 200:
            self.payment_id = answer.json["paymentId"]
        return answer

    async def get(self, process: AdapterProcess | None = None) -> Answer:
        path = f"/api/checkout/v1/orders/{self.id}/payments/{self.payment_id}"
        return await self.world.call(process, "GET", path, headers=self.headers)

    async def operate(self, kind: str, process: AdapterProcess | None = None, **part: object) -> Answer:
        path = f"/api/order/v1/orders/{self.id}/payments/{self.payment_id}/{kind}"
        return await self.world.call(process, "POST", path, headers=self.headers, json=part or None)

    async def change_quantity(self, quantity: int) -> int:
        """Through Norce, with hooks, as a storefront changes a cart; the status."""
        item = self.doc["cart"]["items"][0]["id"]
        url = f"{self.world.norce_url}/checkout/norce-adapter/api/v1/orders/{self.id}/cart/items/{item}"
        headers = self.headers | {"Authorization": "Bearer sandbox-norce"}
        async with self.world.http.patch(url, json={"quantity": quantity}, headers=headers) as reply:
            return reply.status

    async def add_more(self) -> int:
        """A row to be sold beyond the purchase, through Norce with its hooks; the status."""
        url = f"{self.world.norce_url}/checkout/norce-adapter/api/v1/orders/{self.id}/cart/items"
        headers = HEADERS | {"Authorization": "Bearer sandbox-norce", "Content-Type": "application/json"}
        async with self.world.http.post(url, data=encode(MORE), headers=headers) as reply:
            return reply.status

    def holds_more(self) -> None:
        """Norce holds such a row, and nobody has been asked."""
        doc = deepcopy(self.doc)
        writes.add_item(doc, MORE)
        self.world.norce.edit(self.id, cart=doc["cart"])

    async def complete_upsell(self, process: AdapterProcess | None = None) -> Answer:
        path = f"/api/checkout/v1/callback/orders/{self.id}/payments/{self.payment_id}/upsell/complete"
        return await self.world.call(process, "POST", path)

    async def buy(self, **options: Any) -> Outcome:
        return await self.world.qliro.buy(self.qliro_id, **options)


@asynccontextmanager
async def world(database_url: str, nursery: Nursery, folder: Path) -> AsyncIterator[World]:
    """The world, without any adapter process yet."""
    qliro = await qliro_app.start(QliroSimConfig(merchants=ACCOUNTS, retry_time_scale=0.05), "127.0.0.1", 0)
    norce = await norce_app.start(NorceSimConfig(inbound_key=KEY, primary_token="sandbox-norce"), "127.0.0.1", 0)
    try:
        async with fleet(nursery, folder) as processes, aiohttp.ClientSession() as http:
            made = World(database_url, norce, qliro, processes)
            made.http = http
            norce.state.adapter_base_url = processes.url
            seed_sandbox(norce.state, qliro_url=qliro.url, adapter_public_url=processes.url)
            yield made
    finally:
        await norce.stop()
        await qliro.stop()
