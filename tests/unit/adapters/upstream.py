"""An upstream made of raw sockets, to misbehave in ways that no HTTP server would."""

import asyncio
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came; header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Act = Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(status: int = 200, body: bytes = b"{}", *, headers: dict[str, str] | None = None, wait: float = 0) -> Act:
    """A whole answer, after a while."""

    async def act(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(wait)
        lines = {"Content-Length": str(len(body)), **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(f"HTTP/1.1 {status} Status\r\n{head}\r\n".encode() + body)
        await writer.drain()

    return act


async def reset(writer: asyncio.StreamWriter) -> None:
    """The connection is reset after the request was read."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.close()


async def truncated(writer: asyncio.StreamWriter) -> None:
    """The answer ends in the middle."""
    writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"half"')
    await writer.drain()
    writer.close()


async def garbage(writer: asyncio.StreamWriter) -> None:
    """Not HTTP."""
    writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
    await writer.drain()
    writer.close()


async def silence(writer: asyncio.StreamWriter) -> None:
    """Nothing, for longer than anybody waits."""
    await asyncio.sleep(30)


async def drip(writer: asyncio.StreamWriter) -> None:
    """A byte now and then."""
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
    for _ in range(100):
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.05)


@dataclass(slots=True)
class Upstream:
    """A listening upstream: plays `script` in turn, then answers 200 with an empty object."""

    url: str = ""
    script: deque[Act] = field(default_factory=deque)
    received: list[Received] = field(default_factory=list)
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while not writer.is_closing():
                self.received.append(await _request(reader))
                act = self.script.popleft() if self.script else answer()
                await act(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, target, headers, body)


@asynccontextmanager
async def listening(*script: Act) -> AsyncIterator[Upstream]:
    """An upstream on a free port of this machine."""
    upstream = Upstream(script=deque(script))
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.get_running_loop().create_task(upstream.serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    upstream.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield upstream
    server.close()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await server.wait_closed()


def unused_url() -> str:
    """An address of this machine where nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"
