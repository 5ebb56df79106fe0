"""ASGI over aiohttp's HTTP server, for when no ASGI server is installed.

Enough of the protocol for requests with whole bodies: parsing and writing HTTP is aiohttp's C code, and what is added
here is a few microseconds.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from aiohttp import web

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


def asgi_server(application: Application) -> web.Server:
    """A server whose every request is answered by the application."""

    async def handle(request: web.BaseRequest) -> web.Response:
        body = await request.read()
        start: Message = {}
        chunks: list[bytes] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                chunks.append(message.get("body", b""))

        await application(_scope(request), receive, send)
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
        return web.Response(body=b"".join(chunks), status=start["status"], headers=headers)

    return web.Server(handle)


def _scope(request: web.BaseRequest) -> Message:
    path, _, query = request.raw_path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.raw_headers],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 0),
    }
