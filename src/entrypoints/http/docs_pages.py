"""The API reference: one page, its script and the document itself; nothing is asked of any other host."""

import gzip
import hashlib
from collections.abc import Awaitable, Callable
from functools import cache
from importlib.resources import files

from aiohttp import web

from entrypoints.http.openapi import openapi_json, openapi_yaml

_BASE = "/docs/v1"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Norce Checkout - Qliro Checkout Adapter API</title>
<link rel="icon" href="data:,">
<style>
body { margin: 0; padding: 0 }
a[href="https://redocly.com/redoc/"] img { display: none }
.redoc-markdown table { display: table; table-layout: fixed; width: 100% }
.redoc-markdown th:first-child { width: 26% }
.redoc-markdown th:nth-child(2):not(:last-child) { width: 12% }
.redoc-markdown td:first-child code { word-break: normal; overflow-wrap: normal }
.redoc-markdown td { vertical-align: top }
</style>
</head>
<body>
<noscript>This page needs JavaScript. The API is described in <a href="openapi.yaml">openapi.yaml</a>.</noscript>
<redoc spec-url="openapi.json"></redoc>
<script src="redoc.standalone.js" charset="utf-8"></script>
</body>
</html>
"""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def docs_routes() -> list[web.RouteDef]:
    """`/` and `/docs/v1/…`."""
    return [
        web.get("/", _to_the_page),
        web.get(_BASE + "/", _to_the_page),
        web.get(_BASE + "/index.html", _serving(lambda: _PAGE, "text/html; charset=utf-8")),
        web.get(_BASE + "/openapi.json", _serving(openapi_json, "application/json; charset=utf-8")),
        web.get(_BASE + "/openapi.yaml", _serving(openapi_yaml, "application/yaml; charset=utf-8")),
        web.get(_BASE + "/redoc.standalone.js", _serving(_script, "text/javascript; charset=utf-8")),
    ]


async def _to_the_page(_: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": _BASE + "/index.html"})


def _serving(content: Callable[[], bytes], content_type: str) -> Handler:
    """Read once, compressed once, and not sent again to who has it."""

    @cache
    def made() -> tuple[bytes, bytes, str]:
        body = content()
        return body, gzip.compress(body, 6, mtime=0), f'"{hashlib.sha256(body).hexdigest()[:16]}"'

    async def serve(request: web.Request) -> web.Response:
        plain, small, tag = made()
        headers = {
            "Content-Type": content_type,
            "Content-Security-Policy": _POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-cache",
            "Vary": "Accept-Encoding",
            "ETag": tag,
        }
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers=headers)
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=small, headers={**headers, "Content-Encoding": "gzip"})
        return web.Response(body=plain, headers=headers)

    return serve


def _script() -> bytes:
    """As published, but for its maker's logo: the only thing it would fetch from elsewhere."""
    script = files("entrypoints.http").joinpath("static/redoc.standalone.js").read_bytes()
    return script.replace(b"https://cdn.redoc.ly/redoc/logo-mini.svg", b"data:,")
