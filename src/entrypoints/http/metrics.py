"""Prometheus metrics, for who has the key; without a key set nobody has."""

import hmac

from aiohttp import web

from adapters.observability.metrics import exposition
from domain.errors import CallerUnauthorized


def metrics_routes(key: str) -> list[web.RouteDef]:
    """`/metrics`."""

    async def metrics(request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not key or not hmac.compare_digest(given, b"Bearer " + key.encode()):
            raise CallerUnauthorized("The metrics need their own key.")
        body, content_type = exposition()
        return web.Response(body=body, headers={"Content-Type": content_type})

    return [web.get("/metrics", metrics)]
