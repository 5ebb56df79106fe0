"""Fault rules: a queue of "when a request looks like this, misbehave like that". What a kind means: `faults`."""

import asyncio
import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from aiohttp import web

STANDARD_KINDS: Final = frozenset(
    {"latency", "status", "html", "broken_json", "truncated", "reset", "timeout"},
)


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
