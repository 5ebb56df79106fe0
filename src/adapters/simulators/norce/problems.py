"""How refusals look on the wire: `{code, message}` in v0, RFC 7807 in v1."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import uuid4

from aiohttp import web

from adapters.simulators.norce.wire import ApiError, encode, json_response

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_FORBIDDEN_PARTS: Final = ("/hooks", "/notifications", "/validations", "/actions")
_TITLES: Final = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 409: "Conflict"}


def refusing(style: str, handler: Handler) -> Handler:
    """The handler with its ApiErrors turned into answers of this style: `v0`, `v1` or `configuration`."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ApiError as refusal:
            return refused(request, refusal, style)

    return handle


def refused(request: web.Request, refusal: ApiError, style: str) -> web.Response:
    """The answer for a refusal."""
    if style == "v1":
        return _problem(request, refusal)
    body: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
    if style == "configuration":
        body["details"] = {}
    return json_response(body, status=refusal.status)


def _problem(request: web.Request, refusal: ApiError) -> web.Response:
    status = refusal.status
    if status == 401 and any(part in request.path for part in _FORBIDDEN_PARTS):
        status = 403
    body = {
        "type": f"https://httpstatuses.io/{status}",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "detail": refusal.message,
        "code": refusal.code,
        "traceId": uuid4().hex,
    }
    return web.Response(body=encode(body), status=status, content_type="application/problem+json")
