"""What answers before the application is asked, and what it cannot answer: requests that are no HTTP, or too long.

The answers are ours like all others. Nothing of such a request is logged or told back: its address may hold a token.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

from aiohttp import web
from aiohttp.http import RawRequestMessage
from aiohttp.http_exceptions import BadHttpMessage, BadHttpMethod, HttpProcessingError, LineTooLong

from entrypoints.http.edge import RequestObserver, told
from entrypoints.http.errors import plain_error

LONGEST_LINE = 8_190
LONGEST_HEADER = 8_192
"""Bytes. The two differ because the parser's complaint tells them apart by nothing else."""
HEAD_SECONDS = 20.0
"""From the first byte of a request's head to its last."""
SILENT_SECONDS = 60.0
"""Until something comes at all on a new connection. One that was used may be kept for an hour: proxies do."""
TAKING_SECONDS = 60.0
"""For a client to take what it asked for, once the network holds no more of it."""
UNREADABLE = "unreadable"
_LIMITS: Mapping[str, Any] = MappingProxyType(
    {"access_log": None, "auto_decompress": False, "max_line_size": LONGEST_LINE, "max_field_size": LONGEST_HEADER}
)
_REQUEST_LINE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+ /\S* HTTP/1\.[01]")
_OWN_WORDS = re.compile(r"[A-Za-z'` -]{5,80}")
"""What the parser says of its own; it often goes on with a piece of the request."""
_LOOKS_AGAIN = 0.02
_METHODS = {"Allow": "GET, HEAD, POST"}


class ApiRunner(web.AppRunner):
    """Runs the application behind connections that refuse in our words."""

    def __init__(
        self, app: web.Application, observer: RequestObserver, *, shutdown_timeout: float = 60.0, farewell: float = 0.0
    ) -> None:
        super().__init__(app, shutdown_timeout=shutdown_timeout, **_LIMITS)
        self._observer = observer
        self._farewell = farewell
        self._leaving = asyncio.Event()

    async def _make_server(self) -> web.Server:
        inner = await super()._make_server()
        return _Listener(inner.request_handler, inner.request_factory, self._observer, self._leaving)

    async def cleanup(self) -> None:
        """Stop; for `farewell` seconds what comes on connections that are kept is answered, and told to be the last.

        Who keeps connections may be sending just now: closed at once, they would lose requests that nobody has refused.
        """
        for site in self.sites:
            await site.stop()
        self._leaving.set()
        clock = asyncio.get_running_loop().time
        began = clock()
        while self.server and self.server.connections and clock() < began + self._farewell:  # noqa: ASYNC110
            await asyncio.sleep(_LOOKS_AGAIN)
        self._shutdown_timeout = max(0.0, self._shutdown_timeout - (clock() - began))
        await super().cleanup()


class _Listener(web.Server):
    def __init__(self, handler: Any, request_factory: Any, observer: RequestObserver, leaving: asyncio.Event) -> None:
        super().__init__(_answering(handler, observer, leaving), request_factory=request_factory, **_LIMITS)
        self._observer = observer

    def __call__(self) -> web.RequestHandler:
        return _Connection(self, self._observer)


class _Connection(web.RequestHandler):
    __slots__ = ("_begun", "_leaving", "_observer", "_patience", "_taking")

    def __init__(self, listener: _Listener, observer: RequestObserver) -> None:
        super().__init__(listener, loop=listener._loop, **_LIMITS)
        self._observer = observer
        self._leaving = False
        self._begun = False
        self._patience: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """As always, for as long as it takes a client to say something."""
        super().connection_made(transport)
        self._patience = self._loop.call_later(SILENT_SECONDS, self._give_up)

    def connection_lost(self, exc: BaseException | None) -> None:
        """As always."""
        super().connection_lost(exc)
        self._wait_for_head(None)
        self._taken()

    def pause_writing(self) -> None:
        """As always, but not for ever: what nobody takes is kept in memory."""
        super().pause_writing()
        if isinstance(self.transport, asyncio.WriteTransport):
            self._taking = self._loop.call_later(TAKING_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """As always."""
        super().resume_writing()
        self._taken()

    def _taken(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def close(self) -> None:
        """Take no further request, but the rest of one whose body is still arriving: its caller waits for an answer."""
        self._leaving = True
        if self._whole():
            super().close()

    async def shutdown(self, timeout: float | None = 15.0) -> None:
        """As always, once the bodies are here: aiohttp would let no more of them in."""
        loop = asyncio.get_running_loop()
        end = loop.time() + (timeout or 0.0)
        while self.transport is not None and not self._whole() and loop.time() < end:  # noqa: ASYNC110 - only then
            await asyncio.sleep(_LOOKS_AGAIN)
        await super().shutdown(max(0.0, end - loop.time()))

    def _whole(self) -> bool:
        """Nothing is missing of what has been begun."""
        current = self._current_request
        begun = (*(payload for _, payload in self._messages), *((current.content,) if current is not None else ()))
        return all(payload.is_eof() for payload in begun)

    def data_received(self, data: bytes) -> None:
        """As always; and whoever reads a body learns at once that it broke, for which aiohttp would let it wait."""
        super().data_received(data)
        reading = self._current_request
        if reading is not None and not reading.content.is_eof() and self._broken():
            reading.content.set_exception(web.RequestPayloadError("The body is broken."))
        if not self._waits():
            if self._patience is not None:
                self._wait_for_head(None)
        elif not self._begun and data.strip(b"\r\n"):  # some end a body with an empty line
            self._wait_for_head(HEAD_SECONDS)
        if self._leaving:
            self.close()

    def _waits(self) -> bool:
        """For a request: what has come of one so far is no whole head."""
        return self._waiter is not None and not self._waiter.done()

    def _wait_for_head(self, seconds: float | None) -> None:
        if self._patience is not None:
            self._patience.cancel()
        self._begun = seconds is not None
        self._patience = None if seconds is None else self._loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        """Nobody keeps a connection by never saying what it is for."""
        if self._waits() and self.transport is not None:
            if self._begun:
                self.transport.write(_LATE)
                _tell(self._observer, "UNKNOWN", 408)
            self.force_close()

    def _broken(self) -> bool:
        return any(not isinstance(message, RawRequestMessage) for message, _ in self._messages)

    def log_exception(self, *args: Any, **named: Any) -> None:
        """Defects only: that a broken body has no rest to be read is none."""
        if not isinstance(named.get("exc_info"), web.RequestPayloadError):
            super().log_exception(*args, **named)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Refuse what could not be parsed, in the published shape, and close the connection."""
        if request.writer.output_size > 0:
            raise ConnectionError("The answer has begun: another one cannot be given.")
        if isinstance(exc, HttpProcessingError):
            response = _refusal(exc)
        else:
            self._observer.unexpected(UNREADABLE, exc or TimeoutError(message or str(status)))
            response = plain_error(500, "internal-server-error", "Something went wrong; it has been logged.")
        response.force_close()
        _tell(self._observer, "UNKNOWN", response.status)
        return response


def _answering(
    handler: Any, observer: RequestObserver, leaving: asyncio.Event
) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
    """As the handler, and in our shape what is refused before any middleware is reached, like an odd `Expect`."""

    async def answered(request: web.BaseRequest) -> web.StreamResponse:
        try:
            response: web.StreamResponse = await handler(request)
        except web.HTTPException as refusal:
            response = told(refusal)
            _tell(observer, request.method, response.status)
        if leaving.is_set():
            response.force_close()
        return response

    return answered


def _refusal(wrong: HttpProcessingError) -> web.Response:
    code = "order-bad-request"
    if isinstance(wrong, LineTooLong):
        if wrong.args[1:2] == (LONGEST_LINE,):
            return plain_error(414, code, f"The address is longer than {LONGEST_LINE} bytes.")
        return plain_error(431, code, f"A header is longer than {LONGEST_HEADER} bytes.")
    if isinstance(wrong, BadHttpMethod) and _REQUEST_LINE.search(wrong.message):
        return plain_error(405, code, "Method Not Allowed", _METHODS)
    complaint = wrong.message.partition("\n")[0].strip(" :")
    if complaint == "Too many headers received":
        return plain_error(431, code, complaint + ".")
    own = type(wrong) is BadHttpMessage and _OWN_WORDS.fullmatch(complaint.removesuffix("."))
    what = ": " + complaint.removesuffix(".") if own else ""
    return plain_error(400, code, f"The request is not acceptable as HTTP/1.1{what}.")


def _too_late() -> bytes:
    """A whole answer: there is no request that it could belong to."""
    told = plain_error(408, "order-bad-request", "The request did not arrive in time.").body
    assert isinstance(told, bytes)
    head = f"HTTP/1.1 408 Request Timeout\r\nContent-Type: application/json\r\nContent-Length: {len(told)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + told


_LATE = _too_late()


def _tell(observer: RequestObserver, method: str, status: int) -> None:
    observer.request_served(
        method=method, route=UNREADABLE, status=status, seconds=0.0, code="order-bad-request", merchant=""
    )
