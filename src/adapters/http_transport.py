"""HTTP towards one upstream: pooled, bounded in time and size, honest about whether a request was sent.

Failures come as `NotSent` (certain: the upstream never saw it) or `MaybeSent` (it may have been carried out).
Redirects are not followed, cookies are not kept, compressed answers are not asked for. Nothing here knows what
the upstream means; statuses of all kinds are ordinary answers. The library below repeats a GET, PUT or DELETE once
by itself when a kept connection turns out to be dead; never a POST.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Self

import aiohttp
from yarl import URL

from adapters.http_call import (
    MOST_BYTES,
    Call,
    Explain,
    MaybeSent,
    NotSent,
    Reply,
    TooLarge,
    TransportFailure,
    affordable,
    nothing_to_explain,
    wait_before,
    what_happened,
    worth_repeating,
)
from adapters.http_guards import GuardSettings, Lane, LaneClosed, Lanes, Verdict
from adapters.http_observer import Exchange, LoggingObserver, Observer
from application.correlation import correlation_id
from application.deadline import remaining_budget

if TYPE_CHECKING:
    from aiohttp.connector import Connection

CONNECT_SECONDS = 5.0
_LEAST_SECONDS = 0.005
_TELLING_SECONDS = 2.0


@dataclass(slots=True)
class _Progress:
    sent: bool = False


_progress: ContextVar[_Progress] = ContextVar("progress")
"""Of the attempt at hand: the library makes the request's object itself and offers no way to hand it anything."""


class HttpTransport:
    """One upstream's pool of connections with a lane of guards per merchant. Open it before use, close it after."""

    def __init__(
        self,
        upstream: str,
        *,
        guards: GuardSettings | None = None,
        observer: Observer | None = None,
        explain: Explain = nothing_to_explain,
        connections: int = 1_000,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._upstream = upstream
        self._lanes = Lanes(guards or GuardSettings(), monotonic)
        self._observer = observer or LoggingObserver()
        self._explain = explain
        self._connections = connections
        self._monotonic = monotonic
        self._sleep = sleep
        self._session: aiohttp.ClientSession | None = None

    async def open(self) -> None:
        """Make the pool. Opening twice does nothing."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, ttl_dns_cache=60, keepalive_timeout=15),
                cookie_jar=aiohttp.DummyCookieJar(),
                request_class=_Request,
                auto_decompress=False,
                headers={"Accept-Encoding": "identity"},
                skip_auto_headers={"User-Agent"},
            )

    async def close(self) -> None:
        """Close every connection. Closing twice does nothing."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def send(self, call: Call) -> Reply:
        """The answer to `call`, after retries if it may be retried. Raises NotSent or MaybeSent.

        When one attempt may have been sent, a later one that was not does not make the whole `NotSent`.
        """
        lane = self._lanes.of(call.merchant)
        lane.budget.earn(self._monotonic())
        may_have_been_sent = False
        for attempt in range(1, call.retry.attempts + 1):
            reply: Reply | None = None
            failure: TransportFailure | None = None
            try:
                reply = await self._attempt(lane, call, attempt)
            except TooLarge:
                raise
            except TransportFailure as caught:
                failure = caught
                may_have_been_sent |= caught.sent
            if reply is not None and not worth_repeating(reply):
                return reply
            wait = wait_before(attempt + 1, call.retry, reply)
            if attempt == call.retry.attempts or not affordable(wait) or not lane.budget.spend():
                break
            await self._sleep(wait)
        if reply is not None:
            return reply
        if failure is not None and may_have_been_sent and not failure.sent:
            raise MaybeSent(str(failure)) from failure
        raise failure or NotSent("nothing was attempted")

    async def _attempt(self, lane: Lane, call: Call, number: int) -> Reply:
        started = self._monotonic()
        reply: Reply | None = None
        error = ""
        try:
            async with lane.slot(remaining_budget()) as verdict:
                reply = await self._exchange(call, verdict)
                return reply
        except LaneClosed as closed:
            error = str(closed)
            raise NotSent(f"{self._upstream} was not called: {closed}.") from None
        except TransportFailure as failure:
            error = str(failure)
            raise
        except asyncio.CancelledError:
            error = "given up"
            raise
        finally:
            self._tell(call, number, reply, error, self._monotonic() - started)

    async def _exchange(self, call: Call, verdict: Verdict) -> Reply:
        budget = remaining_budget()
        seconds = call.seconds if budget is None else min(call.seconds, budget)
        if seconds < _LEAST_SECONDS:
            raise NotSent(f"No time was left to call {self._upstream}.")
        try:
            reply = await self._request(call, seconds)
        except TransportFailure as failure:
            impatient = isinstance(failure.__cause__, TimeoutError) and seconds < min(call.seconds, _TELLING_SECONDS)
            ours = failure.__cause__ is None or isinstance(failure.__cause__, (ValueError, _TooMuch))
            verdict.ok = None if impatient or ours else False
            raise
        verdict.ok = None if reply.status == 429 else reply.status < 500
        return reply

    async def _request(self, call: Call, seconds: float) -> Reply:
        if self._session is None:
            raise NotSent(f"The connection pool of {self._upstream} is closed.")
        if not all(value.isprintable() for value in call.headers.values()):
            raise NotSent(f"{self._upstream} was not called: a header line cannot hold what it should.")
        progress = _Progress()
        _progress.set(progress)
        timeout = aiohttp.ClientTimeout(total=seconds, connect=min(CONNECT_SECONDS, seconds))
        try:
            async with self._session.request(
                call.method,
                URL(call.url, encoded=True),
                headers=_with_correlation(call.headers),
                data=call.body or None,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                return Reply(response.status, response.headers, await _read(response, call.most_bytes))
        except _TooMuch as cause:
            raise TooLarge(f"{self._upstream} answered more than is sensible.") from cause
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as cause:
            kind = MaybeSent if progress.sent else NotSent
            raise kind(f"{self._upstream} {what_happened(cause, sent=progress.sent)}.") from cause

    def _tell(self, call: Call, attempt: int, reply: Reply | None, error: str, seconds: float) -> None:
        exchange = Exchange(
            upstream=self._upstream,
            operation=call.operation,
            merchant=call.merchant,
            method=call.method,
            path=call.path,
            status=reply.status if reply else 0,
            seconds=seconds,
            attempt=attempt,
            error=error,
            facts=call.facts,
        )
        if reply is not None and not reply.ok:
            code, reference = self._explain(reply)
            exchange = replace(exchange, error_code=code, error_reference=reference)
        self._observer(exchange)


class _TooMuch(aiohttp.ClientPayloadError):
    """The answer is larger than the call allows."""


async def _read(response: aiohttp.ClientResponse, most: int = MOST_BYTES) -> bytes:
    if (response.content_length or 0) > most:
        raise _TooMuch
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > most:
            raise _TooMuch
        chunks.append(chunk)
    return b"".join(chunks)


class _Request(aiohttp.ClientRequest):
    """Marks the moment from which it may be known to the upstream: there is a connection, and it is being written."""

    async def send(self, conn: "Connection") -> aiohttp.ClientResponse:
        _progress.get().sent = True
        return await super().send(conn)


def _with_correlation(headers: Mapping[str, str]) -> Mapping[str, str]:
    bound = correlation_id.get()
    return {**headers, "x-correlation-id": bound} if bound else headers
