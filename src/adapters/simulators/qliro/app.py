"""The simulator as an aiohttp application, and as something a test starts and stops."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler

from adapters.simulators.faults import fault_middleware
from adapters.simulators.qliro import (
    admin_api,
    control,
    merchant_api,
    merchant_payments,
    portal,
    saved_cards,
    settlement_api,
    upsell_api,
    webapi,
)
from adapters.simulators.qliro.config import QliroSimConfig
from adapters.simulators.qliro.errors import ApiError, envelope
from adapters.simulators.qliro.requests import LoggedRequest
from adapters.simulators.qliro.routing import Call, Route, find_route, json_answer
from adapters.simulators.qliro.running import RunningSimulator
from adapters.simulators.qliro.state import SimState

STATE = web.AppKey("qliro_state", SimState)
CALL = web.RequestKey("qliro_call", Call)
ROUTES: tuple[Route, ...] = (
    *merchant_api.ROUTES, *saved_cards.ROUTES, *admin_api.ROUTES, *merchant_payments.ROUTES, *settlement_api.ROUTES,
    *webapi.ROUTES, *upsell_api.ROUTES, *control.ROUTES, *portal.ROUTES,
)  # fmt: skip
MOST_BYTES = 4 * 1024 * 1024
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "authorization, content-type",
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Max-Age": "600",
}


def refusal(state: SimState, path: str, error: ApiError) -> web.Response:
    """An ApiError as HTTP: with envelope, or bare (401; the Merchant API's own flavour of 404)."""
    in_merchant_api = path.casefold().startswith(merchant_api.BASE)
    bare = error.empty or (error.status == 404 and in_merchant_api and not state.config.quirks.merchant_404_as_json)
    if bare:
        content_type = "application/octet-stream" if error.status == 404 else None
        return web.Response(status=error.status, content_type=content_type)
    body = envelope(error, detailed=state.config.quirks.detailed_error_message)
    return json_answer(body, status=error.status)


async def _serve(state: SimState, call: Call, path: str) -> web.StreamResponse:
    handler, call.params, known = find_route(ROUTES, call.request.method, path)
    if handler is None:
        return web.Response(status=405 if known else 404)
    try:
        return await handler(state, call)
    except ApiError as error:
        call.error_code = error.code
        return refusal(state, path, error)


async def dispatch(request: web.Request) -> web.StreamResponse:
    """Route and answer, with the CORS headers that the embedded checkout needs."""
    state = request.app[STATE]
    if not state.url:
        state.url = str(request.url.origin())
    if request.method == "OPTIONS":
        return web.Response(status=204, headers=CORS)
    call = request[CALL] = Call(request, await request.read(), ())
    answer = await _serve(state, call, request.path)
    if request.path.casefold().startswith("/checkout/web") and not answer.prepared:
        answer.headers.update(CORS)
    return answer


@web.middleware
async def log_requests(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log what the client got, faults included."""
    started = time.perf_counter()
    answer = await handler(request)
    _log(request, answer.status, (time.perf_counter() - started) * 1000)
    return answer


def _log(request: web.Request, status: int, milliseconds: float) -> None:
    if request.path.startswith("/__sim"):
        return
    state, call = request.app[STATE], request.get(CALL)
    known = (None, None, None) if call is None else (call.request_id, call.error_code, call.order_id)
    request_id, error_code, order_id = known
    state.requests.add(
        LoggedRequest(
            state.requests.next_number(), state.clock.now(), request.method, request.path, status, request_id,
            request.headers.get("x-correlation-id"), error_code, order_id, round(milliseconds, 2),
        )
    )  # fmt: skip


def build_app(config: QliroSimConfig, *, state: SimState | None = None) -> web.Application:
    """The whole simulator; its state lives in the application under `STATE`."""
    held = state if state is not None else SimState(config)
    app = web.Application(middlewares=[log_requests, fault_middleware(held.faults)], client_max_size=MOST_BYTES)
    app[STATE] = held
    app.router.add_route("*", "/{tail:.*}", dispatch)
    app.on_shutdown.append(_closer(held))
    return app


def _closer(state: SimState) -> Callable[[web.Application], Awaitable[None]]:
    async def close(_: web.Application) -> None:
        await state.close()

    return close


async def start(config: QliroSimConfig | None = None, host: str = "127.0.0.1", port: int = 0) -> RunningSimulator:
    """Serve on host and port (0 = any free one) until `stop` is called."""
    chosen = config if config is not None else QliroSimConfig()
    state = SimState(chosen)
    runner = web.AppRunner(build_app(chosen, state=state), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    bound = runner.addresses[0][1]
    url = f"http://{host}:{bound}"
    if not state.url:
        state.url = url
    await asyncio.sleep(0)
    return RunningSimulator(url, state, runner)
