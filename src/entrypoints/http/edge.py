"""The outermost layer: every request gets a correlation id, an honest answer and one log line."""

import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Middleware

from application.correlation import about, bind
from domain.errors import AdapterError
from entrypoints.http.body import UnreadableBody
from entrypoints.http.errors import error_response, plain_error, status_of

CORRELATION_HEADER = "x-correlation-id"
_LONGEST_SAID = 128
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class RequestObserver(Protocol):
    """Hears of every request. Must not raise."""

    def request_served(self, *, method: str, route: str, status: int, seconds: float, code: str, merchant: str) -> None:
        """`route` is the path template, never the path."""
        ...

    def unexpected(self, where: str, failure: BaseException) -> None:
        """A defect."""
        ...


OBSERVER = web.AppKey("observer", RequestObserver)


def edge(observer: RequestObserver) -> Middleware:
    """The middleware."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = time.perf_counter()
        with bind(
            request.headers.get(CORRELATION_HEADER) or about(request.match_info.get("order_id", ""))
        ) as correlation:
            response, code = await _answered(request, handler, observer)
            response.headers[CORRELATION_HEADER] = correlation
            observer.request_served(
                method=request.method,
                route=_route(request),
                status=response.status,
                seconds=time.perf_counter() - started,
                code=code,
                merchant=_merchant(request),
            )
            return response

    return middleware


async def _answered(
    request: web.Request, handler: Handler, observer: RequestObserver
) -> tuple[web.StreamResponse, str]:
    try:
        return await handler(request), ""
    except AdapterError as failure:
        if status_of(failure) == 500:
            observer.unexpected(_route(request), failure)
        return error_response(failure), failure.code
    except web.HTTPException as refusal:
        return told(refusal), "order-bad-request"
    except (web.RequestPayloadError, UnreadableBody):
        return plain_error(400, "order-bad-request", "The body can't be read as its headers say."), "order-bad-request"
    except Exception as defect:  # noqa: BLE001 - the caller gets an answer, we get the trace
        observer.unexpected(_route(request), defect)
        return plain_error(500, "internal-server-error", "Something went wrong; it has been logged."), "internal"


def told(refusal: web.HTTPException) -> web.StreamResponse:
    """A refusal of aiohttp's own in the published shape; a redirection as it is."""
    if refusal.status < 400:
        return refusal
    allow = {"Allow": refusal.headers["Allow"]} if "Allow" in refusal.headers else None
    code = "order-not-found" if refusal.status == 404 else "order-bad-request"
    return plain_error(refusal.status, code, refusal.reason, allow)


def _merchant(request: web.Request) -> str:
    """As the caller says; whatever it is, it fits on a line."""
    said = (request.headers.get("x-merchant") or request.query.get("merchant", ""))[:_LONGEST_SAID]
    return said if said.isprintable() else ascii(said)


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unknown"
