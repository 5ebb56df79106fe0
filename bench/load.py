"""A load generator that costs little: prepared requests over kept connections, a fixed number at once."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import urlsplit

from bench.world import Request

Connection: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True)
class Outcome:
    """What came of a run: statuses, seconds per request and in all."""

    statuses: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    elapsed: float = 0.0

    def quantile(self, share: float) -> float:
        """Seconds within which this share of the requests was answered."""
        ranked = sorted(self.seconds)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


class Load:
    """Connections to one server. Open before use, close after."""

    def __init__(self, url: str, *, connections: int) -> None:
        place = urlsplit(url)
        self._host, self._port = place.hostname or "", place.port or 80
        self._connections = connections
        self._open: list[Connection] = []

    async def __aenter__(self) -> "Load":
        while len(self._open) < self._connections:
            self._open.append(await asyncio.open_connection(self._host, self._port))
        return self

    async def __aexit__(self, *failure: object) -> None:
        for _, writer in self._open:
            writer.close()
            await writer.wait_closed()
        self._open.clear()

    @property
    def connections(self) -> Sequence[Connection]:
        """Those that are open."""
        return self._open

    def prepared(self, request: Request, correlation: str) -> bytes:
        """The request as it goes over the wire."""
        headers = {
            "Host": f"{self._host}:{self._port}",
            **request.headers,
            "x-correlation-id": correlation,
            "Content-Length": str(len(request.body)),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"{request.method} {request.target} HTTP/1.1\r\n{lines}\r\n".encode() + request.body

    async def run(self, requests: Iterable[bytes]) -> Outcome:
        """Send all of them, each connection one after the other."""
        outcome = Outcome()
        waiting = iter(requests)
        started = time.perf_counter()
        await asyncio.gather(*(_work(connection, waiting, outcome) for connection in self._open))
        outcome.elapsed = time.perf_counter() - started
        return outcome


async def exchange(connection: Connection, raw: bytes) -> tuple[int, bytes]:
    """Send one request; status and body of its answer."""
    reader, writer = connection
    writer.write(raw)
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.readexactly(_length(head))
    return int(head[9:12]), body


async def _work(connection: Connection, waiting: Iterator[bytes], outcome: Outcome) -> None:
    for raw in waiting:
        started = time.perf_counter()
        status, _ = await exchange(connection, raw)
        outcome.seconds.append(time.perf_counter() - started)
        outcome.statuses.append(status)


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0
