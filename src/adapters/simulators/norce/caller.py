"""Who calls: the tenant headers, the key, and what else a request says about its sender."""

import hmac
from dataclasses import dataclass

from aiohttp import web

from adapters.simulators.norce.state import NorceState
from adapters.simulators.norce.wire import ApiError, bad_request


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The sender of a request."""

    merchant: str
    channel: str
    adapter_id: str | None = None
    correlation_id: str | None = None
    bearer: str | None = None


def authenticated(request: web.Request, state: NorceState, *, merchant: str | None = None) -> None:
    """Raises ApiError 401 unless the request bears a key that opens the merchant's data."""
    named = merchant or request.headers.get("x-merchant")
    scheme, _, presented = request.headers.get("Authorization", "").partition(" ")
    known = state.tokens_for(named)
    if scheme.lower() != "bearer" or not any(hmac.compare_digest(presented.encode(), key.encode()) for key in known):
        raise ApiError(401, "unauthorized", "The request has no valid bearer key.")


def caller_of(request: web.Request, state: NorceState) -> Caller:
    """The authenticated sender. Raises ApiError 401, or 400 when a tenant header is missing."""
    authenticated(request, state)
    for name in ("x-merchant", "x-channel"):
        if not request.headers.get(name, "").strip():
            raise bad_request(f"Header {name} is required.")
    return Caller(
        merchant=request.headers["x-merchant"],
        channel=request.headers["x-channel"],
        adapter_id=request.headers.get("x-adapterid"),
        correlation_id=request.headers.get("x-correlation-id"),
    )
