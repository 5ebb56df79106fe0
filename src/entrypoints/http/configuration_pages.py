"""What Norce's Admin reads to configure this adapter: the schema, an entry for its list of adapters, and a picture.

All of it is public, and may be read by pages of other origins.
"""

import json

from aiohttp import web

from domain.order import ADAPTER_ID
from entrypoints.http.configuration_schema import PATH, configuration_schema

META_PATH = "/openapi/v1/schemas/admin_meta.json"
PICTURE_PATH = f"/openapi/v1/schemas/{ADAPTER_ID}.svg"
_PICTURE = b"""<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 96 96" role="img">
<title>Qliro Checkout</title>
<rect width="96" height="96" rx="18" fill="#00645a"/>
<g fill="none" stroke-width="6" stroke-linecap="round" stroke-linejoin="round">
<path d="M26 34h44M26 48h44M26 62h20" stroke="#fff"/><path d="M56 66l7 7 14-16" stroke="#ffd166"/>
</g>
</svg>
"""
_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
}


def configuration_routes(public_url: str = "") -> list[web.RouteDef]:
    """Schema, entry and picture. Without `public_url` the addresses in the entry are those the caller used."""

    async def schema(_: web.Request) -> web.Response:
        return _answer(configuration_schema(), "application/json")

    async def meta(request: web.Request) -> web.Response:
        base = public_url.rstrip("/") or f"{request.scheme}://{request.host}"
        return _answer(admin_meta(base), "application/json")

    async def picture(_: web.Request) -> web.Response:
        return _answer(_PICTURE, "image/svg+xml")

    return [web.get(PATH, schema), web.get(META_PATH, meta), web.get(PICTURE_PATH, picture)]


def admin_meta(base: str) -> bytes:
    """This adapter's entry in Norce's `admin_meta` configuration (norce.md d.1), for an adapter reached at `base`."""
    entry = {"schema": base + PATH, "id": ADAPTER_ID, "imgUrl": base + PICTURE_PATH, "tags": ["Payment"]}
    return json.dumps(entry, indent=2).encode()


def _answer(body: bytes, content_type: str) -> web.Response:
    answer = web.Response(body=body, content_type=content_type, headers=_HEADERS)
    answer.enable_compression()
    return answer
