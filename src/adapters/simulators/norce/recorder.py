"""Middleware that writes every request into the ledger."""

from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters.simulators.norce.ledger import Stopwatch, digest
from adapters.simulators.norce.state import NorceState
from adapters.simulators.norce.wire import ApiError, decode

_QUIET: Final = ("/__sim", "/shop", "/static")


def recorder(state: NorceState) -> Middleware:
    """Notes method, path, tenant, adapter, correlation, status and, for writes, the body."""

    @web.middleware
    async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path == "/" or request.path.startswith(_QUIET):
            return await handler(request)
        watch = Stopwatch()
        entry = await _received(request, state)
        try:
            response = await handler(request)
        except web.HTTPException as refusal:
            entry |= {"status": refusal.status, "durationMs": watch.ms}
            raise
        entry |= {"status": response.status, "durationMs": watch.ms}
        if response.status >= 400 and isinstance(response, web.Response):
            entry["refusal"] = _json(response.body if isinstance(response.body, bytes) else b"")
        return response

    return record


async def _received(request: web.Request, state: NorceState) -> dict[str, Any]:
    body = await request.read()
    headers = request.headers
    return state.ledger.note(
        state.ledger.requests,
        method=request.method,
        path=request.path,
        query=request.query_string,
        merchant=headers.get("x-merchant"),
        channel=headers.get("x-channel"),
        adapterId=headers.get("x-adapterid"),
        correlationId=headers.get("x-correlation-id"),
        bodyDigest=digest(body),
        body=_json(body) if request.method != "GET" else None,
        status=None,
    )


def _json(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return decode(raw)
    except ApiError:
        return raw.decode("utf-8", "replace")
