"""The `qliro-adapter` prefix of the gateway: a reverse proxy to the real adapter."""

from typing import Final

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from adapters.simulators.norce.state import NorceState
from adapters.simulators.norce.wire import json_response

_HOP: Final = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "host",
    "content-length",
    "content-encoding",
    "accept-encoding",
}
_TIMEOUT: Final = aiohttp.ClientTimeout(total=60)


class Gateway:
    """Passes requests on as they are; without an `Authorization` the sandbox key is added."""

    def __init__(self, state: NorceState) -> None:
        self._state = state

    def routes(self, prefix: str) -> list[web.RouteDef]:
        """Everything below `prefix`."""
        return [web.route("*", prefix + "/{tail:.*}", self.forward)]

    async def forward(self, request: web.Request) -> web.StreamResponse:
        """The adapter's answer, whatever it is; 502 when there is none."""
        _, _, tail = request.raw_path.partition("/checkout/qliro-adapter")
        url = self._state.adapter_base_url + tail
        return await self.relay(request, url, key=self._state.config.inbound_key)

    async def relay(self, request: web.Request, url: str, *, key: str) -> web.StreamResponse:
        """Send the request on to `url`; `key` is for callers who present none."""
        session = self._state.session
        if session is None:
            return _down("gateway is shutting down")
        try:
            async with session.request(
                request.method,
                URL(url, encoded=True),
                data=await request.read(),
                headers=_passed_on(request, key),
                timeout=_TIMEOUT,
                allow_redirects=False,
            ) as answer:
                return await _stream(request, answer)
        except TimeoutError:
            return _down("the adapter did not answer in time", status=504)
        except aiohttp.ClientError as wrong:
            return _down(f"the adapter is not reachable: {wrong}")


def _passed_on(request: web.Request, key: str) -> CIMultiDict[str]:
    headers = CIMultiDict((name, value) for name, value in request.headers.items() if name.lower() not in _HOP)
    headers.setdefault("Authorization", f"Bearer {key}")
    headers["X-Forwarded-For"] = request.remote or "unknown"
    headers["X-Forwarded-Prefix"] = "/checkout/qliro-adapter"
    return headers


async def _stream(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, reason=answer.reason)
    for name, value in answer.headers.items():
        if name.lower() not in _HOP:
            response.headers.add(name, value)
    await response.prepare(request)
    async for chunk in answer.content.iter_any():
        await response.write(chunk)
    await response.write_eof()
    return response


def _down(message: str, *, status: int = 502) -> web.Response:
    return json_response({"code": "bad-gateway", "message": message}, status=status)
