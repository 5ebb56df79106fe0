"""Faults that any simulator can play, as its `FaultRules` say.

A simulator owns one `FaultRules`, puts `fault_middleware(rules)` in its aiohttp application and offers the
rules on its control plane. The first rule that matches and is not spent acts; a rule may let `skip` matching
requests pass first and acts `times` times (`null` = for ever).

Kinds that the middleware plays by itself:

* `latency`     the request is served, `seconds` late
* `status`      answers `status` with `body` (JSON, or text when it is a string) and `headers`
* `html`        answers `status` (default 502) with a page of HTML, as a load balancer does
* `broken_json` the request is served; the first half of its answer arrives as a whole, undecodable answer
* `truncated`   the request is served; the connection closes in the middle of the answer's body
* `reset`       the connection is reset
* `timeout`     silence for `seconds`, then the connection is closed

With `after: true` the request is served first and only its answer is replaced or lost (`status`, `html`,
`reset`, `timeout`); without, it never reaches the simulator's logic.

A simulator may name kinds of its own: `handled` kinds reach the handler as `active_fault(request)`, kinds
that are `outgoing` are asked for by the code that calls out, with `FaultRules.take_outgoing`.
"""

import asyncio
import socket
import struct
from typing import Final

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters.simulators.fault_rules import STANDARD_KINDS, FaultAction, FaultRules

FOREVER: Final = 86_400.0
_PAGE: Final = "<!doctype html><html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>"


_ACTIVE: Final = web.RequestKey("fault", FaultAction)


def active_fault(request: web.Request) -> FaultAction | None:
    """The simulator's own kind of fault that hit this request, for the handler to play."""
    return request.get(_ACTIVE)


def fault_middleware(rules: FaultRules, *, exempt: tuple[str, ...] = ("/__sim",)) -> Middleware:
    """Middleware that plays the rules on every path but those that begin with one of `exempt`."""

    @web.middleware
    async def play(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(exempt):
            return await handler(request)
        action = rules.take(request)
        if action is None:
            return await handler(request)
        if action.kind not in STANDARD_KINDS:
            request[_ACTIVE] = action
            return await handler(request)
        return await _play(rules, action, request, handler)

    return play


async def _play(rules: FaultRules, action: FaultAction, request: web.Request, handler: Handler) -> web.StreamResponse:
    await request.read()
    if action.kind == "latency":
        await _wait(rules, request, action.seconds)
        return await handler(request)
    served = await handler(request) if action.after or action.kind in ("broken_json", "truncated") else None
    match action.kind:
        case "status":
            return _answer(action)
        case "html":
            return web.Response(status=action.status or 502, text=_PAGE, content_type="text/html")
        case "broken_json":
            return _halved(served)
        case "truncated":
            return await _truncated(request, served)
        case "timeout":
            await _wait(rules, request, action.seconds or FOREVER)
    return _reset(request)


def _answer(action: FaultAction) -> web.Response:
    status = action.status or 500
    if isinstance(action.body, str):
        return web.Response(status=status, text=action.body, headers=action.headers)
    body = b"" if action.body is None else msgspec.json.encode(action.body)
    response = web.Response(status=status, body=body, headers=action.headers)
    if body and "Content-Type" not in action.headers:
        response.content_type = "application/json"
    return response


def _body_of(served: web.StreamResponse | None) -> bytes:
    body = served.body if isinstance(served, web.Response) else None
    return body if isinstance(body, bytes) else b'{"id": "'


def _halved(served: web.StreamResponse | None) -> web.Response:
    body = _body_of(served)
    status = served.status if served is not None else 200
    return web.Response(status=status, body=body[: len(body) // 2] or b"{", content_type="application/json")


async def _truncated(request: web.Request, served: web.StreamResponse | None) -> web.StreamResponse:
    body = _body_of(served) or b"{}"
    response = web.StreamResponse(status=served.status if served is not None else 200)
    response.content_type = "application/json"
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


def _reset(request: web.Request) -> web.Response:
    transport = request.transport
    if transport is not None:
        raw = transport.get_extra_info("socket")
        if raw is not None:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=500)


async def _wait(rules: FaultRules, request: web.Request, seconds: float) -> None:
    """Sleep, but not longer than the caller stays connected or the simulator runs."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while (left := end - loop.time()) > 0 and not rules.closing.is_set():
        if request.transport is None or request.transport.is_closing():
            return
        await asyncio.sleep(min(left, 0.05))
