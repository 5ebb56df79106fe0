"""JSON with exact money, and the errors that the APIs answer."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from aiohttp import web

from adapters.simulators.exact_numbers import exact

_DECODER: Final = msgspec.json.Decoder(float_hook=exact)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


class ApiError(Exception):
    """A refusal: HTTP status, the platform's error code and a text for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def bad_request(message: str) -> ApiError:
    """400 `order-bad-request`."""
    return ApiError(400, "order-bad-request", message)


def not_found(what: str, ident: str) -> ApiError:
    """404 for an order, payment or shipping; other parts share the order's code."""
    code = f"{what}-not-found" if what in ("order", "payment", "shipping", "configuration") else "order-not-found"
    return ApiError(404, code, f"{what.capitalize()} with id:{ident} not found.")


def decode(raw: bytes | str) -> Any:
    """JSON to plain data; numbers with a fraction become Decimal. Raises ApiError 400."""
    try:
        return _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise bad_request(f"Body is not JSON: {wrong}") from None


def encode(value: Any) -> bytes:
    """Plain data to JSON; Decimals become numbers."""
    return _ENCODER.encode(value)


async def read_json(request: web.Request, *, optional: bool = False) -> Any:
    """The request's JSON body. Raises ApiError 415 or 400."""
    raw = await request.read()
    if not raw.strip():
        if optional:
            return None
        raise bad_request("A JSON body is required.")
    if request.content_type not in ("application/json", "text/json") and not request.content_type.endswith("+json"):
        raise ApiError(415, "order-bad-request", f"Content-Type {request.content_type} is not supported.")
    return decode(raw)


async def read_object(request: web.Request) -> dict[str, Any]:
    """The request's JSON body when it must be an object. Raises ApiError 400."""
    body = await read_json(request)
    if not isinstance(body, dict):
        raise bad_request("An object is expected.")
    return body


def json_response(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """An answer with a JSON body."""
    return web.Response(body=encode(body), status=status, headers=headers, content_type="application/json")


def timestamp() -> str:
    """Now, as the APIs write it: UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
