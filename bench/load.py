"""A load generator that costs little: prepared requests over kept connections, a fixed number at once."""

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bench.world import Request


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
        self._open: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def __aenter__(self) -> "Load":
        while len(self._open) < self._connections:
            self._open.append(await asyncio.open_connection(self._host, self._port))
        return self

    async def __aexit__(self, *failure: object) -> None:
        for _, writer in self._open:
            writer.close()
            await writer.wait_closed()
        self._open.clear()

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
        await asyncio.gather(*(self._work(reader, writer, waiting, outcome) for reader, writer in self._open))
        outcome.elapsed = time.perf_counter() - started
        return outcome

    async def _work(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, waiting: Iterator[bytes], outcome: Outcome
    ) -> None:
        for raw in waiting:
            started = time.perf_counter()
            writer.write(raw)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            outcome.seconds.append(time.perf_counter() - started)
            outcome.statuses.append(int(head[9:12]))


def _length(head: bytes) -> int:
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0
