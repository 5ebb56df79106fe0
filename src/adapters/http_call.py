"""A request to an upstream, its answer, and the two ways of getting none."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import aiohttp

from application.deadline import remaining_budget

MOST_BYTES = 2 * 1024 * 1024
_LONGEST_ADVISED_WAIT = 10.0
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")


class TransportFailure(Exception):
    """There is no answer."""

    sent = True


class NotSent(TransportFailure):
    """Certain: the upstream has not seen the request."""

    sent = False


class MaybeSent(TransportFailure):
    """The request left, or may have; whether it was carried out is unknown."""


class TooLarge(MaybeSent):
    """The answer is larger than the caller is prepared to hold; asking the same again would bring the same."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer, whatever its status. Header names are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def page(self) -> bool:
        """Whether something in between answered for people: its status says nothing of what was asked."""
        return self.body.lstrip()[:1] == b"<"


@dataclass(frozen=True, slots=True)
class Retry:
    """At most `attempts` in all, waits doubling from `base` seconds, jittered; only on 408, 429, ≥ 500 and silence."""

    attempts: int = 1
    base: float = 0.5


ONCE = Retry()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. `path` is its template for logs; `facts` are ids worth logging. `seconds` bounds each attempt,
    `most_bytes` the answer's size.

    Give a `retry` only to what may be repeated without harm.
    """

    operation: str
    merchant: str
    method: str
    url: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    seconds: float = 15.0
    retry: Retry = ONCE
    facts: Mapping[str, str | int] = field(default_factory=dict)
    most_bytes: int = MOST_BYTES


Explain = Callable[[Reply], tuple[str, str]]
"""An unsuccessful reply's error code and trace reference, for the log."""


def nothing_to_explain(_: Reply) -> tuple[str, str]:
    """For an upstream whose error bodies say nothing worth logging."""
    return "", ""


def code_alone(told: str | None) -> str:
    """An error code as it may be logged; nothing when somebody put a sentence in its place."""
    return told if told and _CODE.fullmatch(told) else ""


def worth_repeating(reply: Reply) -> bool:
    """Too many calls, a time-out on the way, or an error of its own."""
    return reply.status in (408, 429) or reply.status >= 500


def wait_before(attempt: int, retry: Retry, reply: Reply | None) -> float:
    """The upstream's own advice when it is longer, else a doubling wait with jitter in [½, 1]."""
    own = retry.base * float(2 ** (attempt - 2)) * random.uniform(0.5, 1.0)
    return own if reply is None else max(own, advised_wait(reply))


def advised_wait(reply: Reply) -> float:
    """The seconds in its Retry-After; 0 when it gives no such advice."""
    advice = reply.headers.get("Retry-After", "")
    return float(advice) if advice.isascii() and advice.isdecimal() and len(advice) < 6 else 0.0


def affordable(wait: float) -> bool:
    """Whether waiting that long still leaves time for a call."""
    budget = remaining_budget()
    return wait <= _LONGEST_ADVISED_WAIT and (budget is None or wait + 0.05 < budget)


def what_happened(cause: Exception, *, sent: bool) -> str:
    """In words that hold no address, header or content."""
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return "could not be found by name"
    if isinstance(cause, aiohttp.ClientSSLError):
        return "could not be trusted (TLS)"
    if isinstance(cause, TimeoutError):
        return "did not answer in time" if sent else "could not be reached in time"
    if isinstance(cause, aiohttp.ClientPayloadError):
        return "broke off, or sent more than is sensible, in the middle of its answer"
    if isinstance(cause, (aiohttp.ClientConnectorError, ConnectionRefusedError)):
        return "could not be reached"
    return "closed the connection without a usable answer" if sent else f"was not called ({type(cause).__name__})"
