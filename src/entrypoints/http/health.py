"""Whether this process lives, and whether it may be given work."""

from collections.abc import Awaitable, Callable, Mapping

import msgspec
from aiohttp import web

Check = Callable[[], Awaitable[str]]
"""Empty when all is well, else what is wrong."""


def health_routes(checks: Mapping[str, Check]) -> list[web.RouteDef]:
    """`/health/live` and `/health/ready`."""

    async def live(_: web.Request) -> web.Response:
        return _answer({"status": "ok"}, 200)

    async def ready(_: web.Request) -> web.Response:
        told = {name: await check() for name, check in checks.items()}
        wrong = {name: what for name, what in told.items() if what}
        return _answer({"status": "unavailable" if wrong else "ok", **wrong}, 503 if wrong else 200)

    return [web.get("/health/live", live), web.get("/health/ready", ready)]


def _answer(body: Mapping[str, str], status: int) -> web.Response:
    headers = {"Retry-After": "5"} if status == 503 else None
    return web.Response(body=msgspec.json.encode(body), status=status, content_type="application/json", headers=headers)
