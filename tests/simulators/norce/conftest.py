"""A running Norce simulator, a client of its APIs, and an adapter whose answers tests decide."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.simulators.norce.app import RunningSimulator, start
from adapters.simulators.norce.config import NorceSimConfig
from adapters.simulators.norce.wire import decode, encode

Json = dict[str, Any]
ORDERS = "/checkout/order/api/v0/checkout/orders"
ORDERS_V1 = "/checkout/order/api/v1/checkout/orders"
KEYS = {"Authorization": "Bearer sandbox-norce", "x-merchant": "sandbox", "x-channel": "se"}


class Answer:
    """Status, headers and decoded body."""

    def __init__(self, status: int, headers: Any, raw: bytes) -> None:
        self.status = status
        self.headers = headers
        self.raw = raw

    @property
    def json(self) -> Any:
        return decode(self.raw) if self.raw else None


class Api:
    """Calls the simulator over HTTP."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        data = None if body is None else encode(body)
        if data is not None:
            sent["Content-Type"] = "application/json"
        async with self._session.request(method, path, data=data, headers=KEYS | sent) as response:
            return Answer(response.status, response.headers, await response.read())


class Adapter:
    """An adapter that remembers what it was asked and answers what it was told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Json, Any]] = []
        self.respond: Callable[[str, Any], Awaitable[web.Response]] = self.approve
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._serve)
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    @property
    def paths(self) -> list[str]:
        return [path for path, _, _ in self.asked]

    @staticmethod
    async def approve(path: str, body: Any) -> web.Response:
        return web.json_response([])

    async def _serve(self, request: web.Request) -> web.Response:
        raw = await request.read()
        body = decode(raw) if raw else None
        self.asked.append((request.path_qs, dict(request.headers), body))
        return await self.respond(request.path, body)


def answering(status: int, body: Any = None) -> Callable[[str, Any], Awaitable[web.Response]]:
    async def respond(path: str, sent: Any) -> web.Response:
        return web.Response(status=status, body=encode(body), content_type="application/json")

    return respond


@pytest.fixture
async def adapter() -> AsyncIterator[Adapter]:
    made = Adapter()
    await made.server.start_server()
    yield made
    await made.server.close()


@pytest.fixture
async def sim(adapter: Adapter) -> AsyncIterator[RunningSimulator]:
    running = await start(NorceSimConfig(adapter_base_url=adapter.url, time_scale=0.1))
    yield running
    await running.stop()


@pytest.fixture
async def api(sim: RunningSimulator) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession(sim.url) as session:
        yield Api(session)


@pytest.fixture
def order_id(sim: RunningSimulator) -> str:
    return sim.state.create_order("b2c").id
