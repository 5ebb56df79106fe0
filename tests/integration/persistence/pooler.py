"""A pooler between clients and PostgreSQL: after every transaction a client gets another of its sessions."""

import asyncio
import itertools
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit

Wires = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_TLS_WANTED = 80877103
_CANCEL = 80877102
_IDLE = b"I"


class TransactionPooler:
    """Two sessions per client, in turns. With `drops` it does not pass these settings on when a client connects."""

    def __init__(self, socket: str, *, sessions: int, drops: tuple[str, ...]) -> None:
        self._socket = socket
        self._sessions = sessions
        self._drops = drops
        self._tasks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, until it or PostgreSQL leaves."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            hello = await self._hello(reader, writer)
            sessions = [await asyncio.open_unix_connection(self._socket) for _ in range(self._sessions)]
            try:
                await self._between((reader, writer), sessions, hello)
            finally:
                for _, to_session in sessions:
                    to_session.close()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()
            self._tasks.discard(task)

    async def stop(self) -> None:
        """Leave every client."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _hello(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        while True:
            (size,) = struct.unpack("!I", await reader.readexactly(4))
            content = await reader.readexactly(size - 4)
            wanted = struct.unpack("!I", content[:4])[0]
            if wanted == _CANCEL:
                raise ConnectionResetError
            if wanted != _TLS_WANTED:
                return self._without(content)
            writer.write(b"N")

    def _without(self, content: bytes) -> bytes:
        words = content[4:-2].split(b"\0")
        pairs = [pair for pair in zip(words[::2], words[1::2], strict=True) if pair[0].decode() not in self._drops]
        kept = content[:4] + b"".join(name + b"\0" + value + b"\0" for name, value in pairs) + b"\0"
        return struct.pack("!I", len(kept) + 4) + kept

    async def _between(self, client: Wires, sessions: list[Wires], hello: bytes) -> None:
        from_client, to_client = client
        for number, (from_session, to_session) in enumerate(sessions):
            to_session.write(hello)
            await _passed_on(from_session, to_client if number == 0 else None)
        for turn in itertools.cycle(sessions):
            await _transaction(from_client, to_client, turn)


async def _transaction(from_client: asyncio.StreamReader, to_client: asyncio.StreamWriter, session: Wires) -> None:
    """All that one session does for the client; in both directions at once, as a client may ask for half an answer."""
    from_session, to_session = session
    answered = asyncio.create_task(_until_idle(from_session, to_client))
    try:
        while not answered.done():
            asked = asyncio.create_task(_message(from_client))
            await asyncio.wait({asked, answered}, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                asked.cancel()
                break
            to_session.write((await asked)[1])
        await answered
    finally:
        answered.cancel()


async def _until_idle(from_session: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
    while await _passed_on(from_session, to_client) != _IDLE:
        pass


async def _passed_on(from_session: asyncio.StreamReader, to_client: asyncio.StreamWriter | None) -> bytes:
    """Until PostgreSQL is ready for more; whether a transaction is open then."""
    while True:
        kind, message = await _message(from_session)
        if to_client is not None:
            to_client.write(message)
        if kind == b"Z":
            return message[5:6]


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readexactly(5)
    return head[:1], head + await reader.readexactly(struct.unpack("!I", head[1:])[0] - 4)


@asynccontextmanager
async def pooler(url: str, *, sessions: int = 2, drops: tuple[str, ...] = ()) -> AsyncIterator[str]:
    """In front of the server at `url`; the address to use instead."""
    parts = urlsplit(url)
    between = TransactionPooler(f"{parse_qs(parts.query)['host'][0]}/.s.PGSQL.5432", sessions=sessions, drops=drops)
    server = await asyncio.start_server(between.serve, "127.0.0.1", 0)
    try:
        yield f"postgresql://{parts.username}@127.0.0.1:{server.sockets[0].getsockname()[1]}{parts.path}"
    finally:
        server.close()
        await between.stop()
        with suppress(OSError):
            await server.wait_closed()
