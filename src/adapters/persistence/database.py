"""The pool of connections. Every method takes one, runs one statement on it and gives it back."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING

import asyncpg

from adapters.persistence.address import plain_url
from adapters.persistence.connection import OwnNames
from adapters.persistence.failures import translated
from adapters.persistence.statement import Statement

if TYPE_CHECKING:
    from asyncpg import Connection, Record
    from asyncpg.pool import Pool, PoolConnectionProxy

ACQUIRE_SECONDS = 2.0
ANSWER_SECONDS = 5.0
CLOSE_SECONDS = 5.0
RENEWAL_SECONDS = 1.0
SERVER_SETTINGS = {
    "statement_timeout": "4s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "10s",
    "timezone": "UTC",
    "jit": "off",
}


class Database:
    """Single statements, each its own transaction. Connects at first use; survives the server's restarts.

    Raises StoreUnavailable within `wait` seconds when no connection can be had, ValidationRefused for values that
    can't be stored, and lets constraint violations through.
    """

    def __init__(self, url: str, *, pool_size: int, application_name: str, wait: float = ACQUIRE_SECONDS) -> None:
        self._url = plain_url(url)
        self._pool_size = pool_size
        self._wait = wait
        self._settings = {**SERVER_SETTINGS, "application_name": application_name}
        self._pool: Pool[Record] | None = None
        self._connecting = asyncio.Lock()
        self._renewed_at = float("-inf")

    async def row(self, statement: Statement, **values: object) -> "Record | None":
        """The first row, if any."""
        arguments = statement.arguments(values)
        with translated():
            async with await self._lent() as connection:
                return await connection.fetchrow(statement.sql, *arguments)

    async def rows(self, statement: Statement, **values: object) -> "list[Record]":
        """All rows."""
        arguments = statement.arguments(values)
        with translated():
            async with await self._lent() as connection:
                return await connection.fetch(statement.sql, *arguments)

    async def renew(self) -> None:
        """Connect anew, once a second at most: these lead to a server that takes no writes.

        After a failover the address may belong to another server, while connections to the old one live on.
        """
        now = asyncio.get_running_loop().time()
        if self._pool is not None and now - self._renewed_at >= RENEWAL_SECONDS:
            self._renewed_at = now
            await self._pool.expire_connections()

    async def close(self) -> None:
        """Let running statements finish, then disconnect."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        try:
            await asyncio.wait_for(pool.close(), CLOSE_SECONDS)
        except TimeoutError:
            with suppress(OSError):
                pool.terminate()

    async def _lent(self) -> "_Lent":
        return _Lent(await self._ready(), self._wait, self.renew)

    async def _ready(self) -> "Pool[Record]":
        if self._pool is None:
            async with self._connecting:
                if self._pool is None:
                    self._pool = await self._open()
        return self._pool

    async def _open(self) -> "Pool[Record]":
        return await asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=self._pool_size,
            timeout=self._wait,
            command_timeout=ANSWER_SECONDS,
            max_cached_statement_lifetime=0,
            server_settings=self._settings,
            connection_class=OwnNames,
            reset=_nothing_to_reset,
        )


class _Lent:
    """A connection for one statement."""

    __slots__ = ("_connection", "_pool", "_renew", "_wait")

    def __init__(self, pool: "Pool[Record]", wait: float, renew: Callable[[], Awaitable[None]]) -> None:
        self._pool = pool
        self._wait = wait
        self._renew = renew

    async def __aenter__(self) -> "PoolConnectionProxy[Record]":
        """Raises TimeoutError after `wait` seconds. What is there at once needs no clock set for it."""
        wait = None if self._pool.get_idle_size() else self._wait
        self._connection = await self._pool.acquire(timeout=wait)
        return self._connection

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """A statement that was broken off is still being cancelled at the server; that may take no longer than this."""
        if kind is not None and issubclass(kind, asyncpg.ReadOnlySQLTransactionError):
            await self._renew()
        await self._pool.release(self._connection, timeout=self._wait if kind else None)


async def _nothing_to_reset(connection: "Connection[Record]") -> None:
    """No statement here changes its session, so giving a connection back costs no round trip."""
