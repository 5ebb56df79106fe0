"""What any handler must do at the least: the recorded calls and statements, and an answer of the same size.

One aiohttp handler per endpoint, one `ClientSession`, one asyncpg pool. Bodies and answers are decoded, untyped, with
msgspec; nothing is checked, signed, logged, counted or decided. What ran side by side when it was recorded does so
here.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import msgspec
from aiohttp import web
from yarl import URL

from bench.plan import Planned, load, plain
from bench.recording import Query, UpstreamCall
from entrypoints.http.routes import CALLBACKS, OPERATIONS, PAYMENTS

_PATHS = (
    PAYMENTS,
    f"{PAYMENTS}/{{payment_id}}",
    f"{PAYMENTS}/{{payment_id}}/remove",
    f"{CALLBACKS}/{{call}}",
    f"{OPERATIONS}/{{operation}}",
)


class Bare:
    """The handlers, over a session and a pool."""

    def __init__(
        self,
        requests: dict[str, Planned],
        upstream: str,
        http: aiohttp.ClientSession,
        pool: "asyncpg.Pool[asyncpg.Record]",
    ) -> None:
        self._requests = requests
        self._upstream = upstream
        self._http = http
        self._pool = pool

    async def handle(self, request: web.Request) -> web.Response:
        """Repeat what was recorded for this request."""
        raw = await request.read()
        if raw:
            msgspec.json.decode(raw)
        correlation = request.headers["x-correlation-id"]
        planned = self._requests[plain(correlation)]
        for group in planned.groups:
            if len(group) == 1:
                await self._step(group[0], correlation)
            else:
                await asyncio.gather(*(self._step(step, correlation) for step in group))
        answer = planned.answer
        return web.Response(body=answer.body, status=answer.status, content_type="application/json")

    async def _step(self, step: UpstreamCall | Query, correlation: str) -> Any:
        if isinstance(step, UpstreamCall):
            return await self._call(step, correlation)
        async with self._pool.acquire() as connection:
            if step.many:
                return await connection.fetch(step.sql, *step.arguments)
            return await connection.fetchrow(step.sql, *step.arguments)

    async def _call(self, call: UpstreamCall, correlation: str) -> Any:
        async with self._http.request(
            call.method,
            URL(self._upstream + call.target, encoded=True),
            headers={**call.headers, "x-correlation-id": correlation},
            data=call.body or None,
        ) as reply:
            raw = await reply.read()
            return msgspec.json.decode(raw) if raw else None


async def _ready(_: web.Request) -> web.Response:
    return web.Response()


async def _nothing_to_reset(_: object) -> None:
    """As the adapter's pool: no statement changes the session, so giving it back costs no round trip."""


async def _serve(requests: dict[str, Planned], upstream: str, database_url: str, port: int) -> None:
    pool = await asyncpg.create_pool(database_url, min_size=0, max_size=10, reset=_nothing_to_reset)
    async with aiohttp.ClientSession() as http:
        bare = Bare(requests, upstream, http, pool)
        app = web.Application(client_max_size=2**20)
        app.add_routes([web.get("/ready", _ready)])
        app.add_routes([web.route("*", path, bare.handle) for path in _PATHS])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await asyncio.Event().wait()


if __name__ == "__main__":
    plan = load(Path(sys.argv[1]))
    by_name = {planned.name: planned for requests in plan.requests.values() for planned in requests}
    asyncio.run(_serve(by_name, sys.argv[2], sys.argv[3], int(sys.argv[4])))
