"""Fault rules: a queue of "when a request looks like this, misbehave like that", for any simulator.

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
import re
import socket
import struct
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

STANDARD_KINDS: Final = frozenset(
    {"latency", "status", "html", "broken_json", "truncated", "reset", "timeout"},
)
FOREVER: Final = 86_400.0
_PAGE: Final = "<!doctype html><html><head><title>Bad gateway</title></head><body><h1>Bad gateway</h1></body></html>"


class FaultMatch(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a request must look like; members left out match everything.

    `path` is a regular expression searched in path and query. `merchant`, `channel` and `adapterid` equal the
    headers `x-merchant`, `x-channel`, `x-adapterid`; `headers` maps further header names to expressions.
    """

    method: str | None = None
    path: str | None = None
    merchant: str | None = None
    channel: str | None = None
    adapterid: str | None = None
    headers: dict[str, str] = {}

    def __post_init__(self) -> None:
        for pattern in (self.path, *self.headers.values()):
            if pattern is not None:
                _checked(pattern)

    def accepts(self, method: str, target: str, headers: "Headers") -> bool:
        """Whether a request with this method, path-and-query and headers is meant."""
        exact = {"x-merchant": self.merchant, "x-channel": self.channel, "x-adapterid": self.adapterid}
        return (
            (self.method is None or self.method.upper() == method.upper())
            and (self.path is None or re.search(self.path, target) is not None)
            and all(want is None or headers.get(name) == want for name, want in exact.items())
            and all(re.search(want, headers.get(name) or "") for name, want in self.headers.items())
        )


class FaultAction(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What happens instead of, or around, an ordinary answer. See the module for the kinds."""

    kind: str
    after: bool = False
    seconds: float = 0.0
    status: int = 0
    body: Any = None
    headers: dict[str, str] = {}


class FaultRule(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A match, an action, and how often: `skip` requests pass first, then `times` are hit (None = all)."""

    action: FaultAction
    match: FaultMatch = msgspec.field(default_factory=FaultMatch)
    times: int | None = 1
    skip: int = 0
    id: int = 0
    hits: int = 0

    @property
    def spent(self) -> bool:
        """True when the rule has acted as often as it may."""
        return self.times is not None and self.hits >= self.times


class Headers:
    """Read access to headers regardless of case; what a rule needs of a request."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._pairs = {name.lower(): value for name, value in pairs}

    def get(self, name: str) -> str | None:
        """The header's value, or None."""
        return self._pairs.get(name.lower())


_ACTIVE: Final = web.RequestKey("fault", FaultAction)


class FaultRules:
    """The rules in force, oldest first."""

    def __init__(self, *, handled: Iterable[str] = (), outgoing: Iterable[str] = ()) -> None:
        self._handled = STANDARD_KINDS | frozenset(handled)
        self._outgoing = frozenset(outgoing)
        self._rules: list[FaultRule] = []
        self._last_id = 0
        self.closing = asyncio.Event()

    @property
    def kinds(self) -> frozenset[str]:
        """Every kind that a rule may name here."""
        return self._handled | self._outgoing

    def add(self, rule: FaultRule | dict[str, Any]) -> FaultRule:
        """Append a rule, given as such or as JSON-like data; gives it an id.

        Raises ValueError (msgspec.ValidationError is one) when it is not a rule or its kind is unknown.
        """
        made = rule if isinstance(rule, FaultRule) else msgspec.convert(rule, FaultRule)
        if made.action.kind not in self.kinds:
            raise ValueError(f"unknown kind {made.action.kind!r}, known: {', '.join(sorted(self.kinds))}")
        self._last_id += 1
        made.id = self._last_id
        self._rules.append(made)
        return made

    def list(self) -> tuple[FaultRule, ...]:
        """All rules, the spent ones too (their `hits` tell what happened)."""
        return tuple(self._rules)

    def remove(self, rule_id: int) -> bool:
        """Take one rule away; False when there is none with that id."""
        kept = [rule for rule in self._rules if rule.id != rule_id]
        found = len(kept) < len(self._rules)
        self._rules = kept
        return found

    def clear(self) -> None:
        """Take all rules away; whoever hangs in a `timeout` goes on hanging."""
        self._rules = []

    def take(self, request: web.Request) -> FaultAction | None:
        """The action for an incoming request, if a rule is due; counts the hit."""
        headers = Headers(request.headers.items())
        return self._due(self._handled, request.method, request.path_qs, headers)

    def take_outgoing(self, method: str, url: str, *, headers: Iterable[tuple[str, str]] = ()) -> FaultAction | None:
        """The action for a call that the simulator is about to make; `path` is searched in the whole URL."""
        return self._due(self._outgoing, method, url, Headers(headers))

    def _due(self, kinds: frozenset[str], method: str, target: str, headers: Headers) -> FaultAction | None:
        for rule in self._rules:
            if rule.spent or rule.action.kind not in kinds or not rule.match.accepts(method, target, headers):
                continue
            if rule.skip > 0:
                rule.skip -= 1
                continue
            rule.hits += 1
            return rule.action
        return None


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


def _checked(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as wrong:
        raise ValueError(f"not a regular expression: {pattern!r}: {wrong}") from None


FAULT_RULE_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["action"],
    "additionalProperties": False,
    "properties": {
        "match": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "method": {"type": "string"},
                "path": {"type": "string", "description": "regular expression, searched in path and query"},
                "merchant": {"type": "string"},
                "channel": {"type": "string"},
                "adapterid": {"type": "string"},
                "headers": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        },
        "times": {"type": ["integer", "null"], "default": 1, "description": "null: for ever"},
        "skip": {"type": "integer", "default": 0},
        "action": {
            "type": "object",
            "required": ["kind"],
            "additionalProperties": False,
            "properties": {
                "kind": {"type": "string"},
                "after": {"type": "boolean", "default": False},
                "seconds": {"type": "number"},
                "status": {"type": "integer"},
                "body": {},
                "headers": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        },
    },
}
"""JSON Schema of a rule, for a control plane's OpenAPI document."""
