"""Simulated Norce and Qliro with two adapters between them, in this process.

One adapter serves requests and nothing else, so that whatever it does is done for a request; the other does the
background work of both, when it is told to. They share one database, as two replicas would.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import asyncpg

from adapters.simulators.norce import app as norce_app
from adapters.simulators.norce.config import NorceSimConfig
from adapters.simulators.norce.seed import adapter_configuration, seed_sandbox
from adapters.simulators.norce.state import NorceState
from adapters.simulators.qliro import app as qliro_app
from adapters.simulators.qliro.config import QliroSimConfig, SettleMode, SimMerchant
from adapters.simulators.qliro.running import RunningSimulator as QliroSimulator
from bench.recording import Recorder
from bench.shops import Shop, settings_for
from entrypoints.cli.sandbox import KEY, NORCE_TOKEN, sandbox_settings
from entrypoints.running import Adapter, running

_DELIVERIES = (
    {"MerchantReference": "pickup", "DisplayName": "Hämta hos ombud", "PriceIncVat": 49, "PriceExVat": 39},
    {"MerchantReference": "home", "DisplayName": "Hemleverans", "PriceIncVat": 79, "PriceExVat": 63},
)
_ACCOUNTS = (
    SimMerchant("sandbox-key", "sandbox-secret"),
    SimMerchant("shipping-key", "shipping-secret", shipping_methods=_DELIVERIES),
)
_OWED = """
    SELECT (SELECT count(*) FROM inbox WHERE handled_at IS NULL AND parked_at IS NULL)
        + (SELECT count(*) FROM outbox WHERE delivered_at IS NULL AND parked_at IS NULL)
"""
_SECONDS_TO_QUIET = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request to the adapter. `target` is path and query."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the adapter answered, after how many seconds."""

    status: int
    body: bytes
    seconds: float


@dataclass(slots=True)
class World:
    """All of it, with the recordings of both adapters."""

    serving: Adapter
    background: Adapter
    norce: norce_app.RunningSimulator
    qliro: QliroSimulator
    http: aiohttp.ClientSession
    database: "asyncpg.Connection[asyncpg.Record]"
    requests: Recorder = field(default_factory=Recorder)
    afterwards: Recorder = field(default_factory=Recorder)

    async def ask(self, request: Request, correlation: str) -> Answer:
        """Send it to the serving adapter under this correlation id."""
        headers = {**request.headers, "x-correlation-id": correlation}
        started = time.perf_counter()
        async with self.http.request(
            request.method, self.serving.url + request.target, headers=headers, data=request.body or None
        ) as reply:
            body = await reply.read()
            return Answer(status=reply.status, body=body, seconds=time.perf_counter() - started)

    def delay(self, seconds: float) -> None:
        """Answer every upstream call that much later; 0 ends it."""
        for faults in (self.norce.state.faults, self.qliro.state.faults):
            faults.clear()
            if seconds:
                faults.add({"action": {"kind": "latency", "seconds": seconds}, "times": None})

    async def quiet(self) -> None:
        """Every push is handled and every letter to Norce delivered."""
        handle, deliver = self.background.container.handle_notices(), self.background.container.deliver()
        await self.qliro.settled(timeout=_SECONDS_TO_QUIET)
        end = time.monotonic() + _SECONDS_TO_QUIET
        while await self.database.fetchval(_OWED):
            if await handle() + await deliver():
                end = time.monotonic() + _SECONDS_TO_QUIET
            elif time.monotonic() > end:
                raise TimeoutError("the adapter still owes something to Norce or Qliro")
            else:
                await asyncio.sleep(0.02)
        await self.norce.state.settled()


@asynccontextmanager
async def world(database_url: str, shops: Sequence[Shop] = ()) -> AsyncIterator[World]:
    """Simulators whose transactions are decided before they answer, and both adapters with an empty cache.

    `shops` are there beside the sandbox's.
    """
    accounts = tuple(SimMerchant(shop.api_key, shop.api_secret) for shop in shops)
    config = QliroSimConfig(merchants=_ACCOUNTS + accounts, settle=SettleMode.BEFORE_REPLY, mask_customers=False)
    qliro = await qliro_app.start(config)
    tokens: dict[str, tuple[str, ...]] = {shop.name: (shop.norce_token,) for shop in shops}
    norce = await norce_app.start(NorceSimConfig(inbound_key=KEY, primary_token=NORCE_TOKEN, merchant_tokens=tokens))
    try:
        settings = sandbox_settings(
            norce.url,
            qliro.url,
            0,
            Path(),
            database_url=database_url,
            configuration_ttl_seconds=86_400,
            **settings_for(shops),
        )
        async with (
            running(settings, work=False) as serving,
            running(settings, http=False, work=False) as background,
            aiohttp.ClientSession() as http,
        ):
            norce.state.adapter_base_url = serving.url
            seed_sandbox(norce.state, qliro_url=qliro.url, adapter_public_url=serving.url)
            for shop in shops:
                _configure(norce.state, shop, qliro_url=qliro.url, adapter_url=serving.url)
            connection = await asyncpg.connect(database_url)
            made = World(serving, background, norce, qliro, http, connection)
            made.requests.listen(serving)
            made.afterwards.listen(background)
            try:
                yield made
            finally:
                await connection.close()
    finally:
        await norce.stop()
        await qliro.stop()


def _configure(norce: NorceState, shop: Shop, *, qliro_url: str, adapter_url: str) -> None:
    document = adapter_configuration(
        qliro_url=qliro_url,
        adapter_public_url=adapter_url,
        shop_url=norce.public_url,
        api_key=shop.api_key,
        secret=shop.api_secret,
    )
    norce.set_configuration(shop.name, shop.channel, document)
