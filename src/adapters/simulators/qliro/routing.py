"""Case-insensitive routing (section 1) and what a handler gets to see of a request."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from adapters.simulators.qliro.config import SimMerchant
from adapters.simulators.qliro.money import encode
from adapters.simulators.qliro.state import SimState


@dataclass(slots=True)
class Call:
    """One request: raw bytes, path parameters, and notes for the request log."""

    request: web.Request
    raw: bytes
    params: tuple[str, ...]
    signers: list[SimMerchant] = field(default_factory=list)
    body: dict[str, Any] = field(default_factory=dict)
    request_id: str | None = None
    order_id: int | None = None
    error_code: str | None = None

    def query(self, name: str) -> str | None:
        """A query parameter by name in any letter case."""
        for key, value in self.request.query.items():
            if key.casefold() == name.casefold():
                return value
        return None


Handler = Callable[[SimState, Call], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path pattern; groups become the call's params."""

    method: str
    pattern: re.Pattern[str]
    handler: Handler


def route(method: str, path: str, handler: Handler) -> Route:
    """`path` is a regular expression for the whole path, matched in any letter case."""
    return Route(method, re.compile(path, re.IGNORECASE), handler)


def find_route(routes: Sequence[Route], method: str, path: str) -> tuple[Handler | None, tuple[str, ...], bool]:
    """The handler and its parameters; the flag tells a known path with another method."""
    known = False
    for candidate in routes:
        match = candidate.pattern.fullmatch(path)
        if match is None:
            continue
        known = True
        if candidate.method == method or (method == "HEAD" and candidate.method == "GET"):
            return candidate.handler, match.groups(), True
    return None, (), known


def json_answer(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON response with exact numbers."""
    return web.Response(
        body=encode(body), status=status, headers=headers, content_type="application/json", charset="utf-8"
    )
