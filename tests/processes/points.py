"""Named points inside a running adapter process at which a test may disturb it.

A point is one upstream call (`norce.read_order#2`: the second of its name in this process) or one statement that
changes the database (`database.commit#1`). Production code knows nothing of this: a test process wraps
`HttpTransport.send` and the two methods of `Database` before it starts the adapter.

What happens at a point:

* `before`     the process kills itself (SIGKILL) before the call
* `at`         a call: it is marked and on its way, the simulator serves it once the test has killed the process;
               a statement: PostgreSQL has it but waits for a lock, the process kills itself, then it is carried out
* `after`      the process kills itself when the call has returned, before anything else runs
* `refuse`     the call goes to a port where nobody listens
* `hasty`      the call is given up after `HASTY_SECONDS`: only this one, so that a stall of the machine fails no other
* `lost_before`, `lost_during`, `lost_done`, `lost_after` (statements only): PostgreSQL ends the process's connections
  before the statement; while it runs, undone; when it is done but has not answered; when it has answered
"""

import asyncio
import os
import signal
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import asyncpg
import msgspec

from adapters.http_call import Call, Reply
from adapters.http_transport import HttpTransport
from adapters.persistence.database import Database
from adapters.persistence.failures import translated
from adapters.persistence.statement import Statement

POINT_HEADER = "x-test-point"
"""Every call carries the name of its point, so that a simulator's fault rule can single it out."""

HASTY_SECONDS = 0.6

_BY_THE_CLOCK = {"renew", "post_office.backlog", "post_office.clear_away"}
_BY_THE_CLOCK |= {"reconciliation.open", "reconciliation.last_ended", "reconciliation.clear_away"}
UNCOUNTED = frozenset({"read", "outbox.owed", "read_session", "ping", "migrated", "revision"} | _BY_THE_CLOCK)
"""Statements that change nothing, and what runs by the clock: the heartbeat and the clearing away of old messages."""
POLLS = frozenset({"inbox.take", "outbox.take", "due"})
"""What the background asks for over and over: a point only when something was taken."""


class Disturbance(msgspec.Struct, frozen=True, kw_only=True):
    """What is to happen where. Without a point the process is only watched."""

    point: str = ""
    how: str = ""


class Points:
    """Counts the points of this process, tells each of them, and disturbs one."""

    def __init__(self, disturbance: Disturbance, tell: Callable[[dict[str, object]], None]) -> None:
        self._disturbance = disturbance
        self._tell = tell
        self._counts: Counter[str] = Counter()

    def install(self) -> None:
        """Wrap the transport and the database of this process."""
        send, row, rows = HttpTransport.send, Database.row, Database.rows

        async def watched_send(transport: HttpTransport, call: Call) -> Reply:
            return await self._call(f"{transport._upstream}.{call.operation}", send, transport, call)

        async def watched_row(database: Database, statement: Statement, **values: object) -> Any:
            return await self._statement(row, database, statement, values)

        async def watched_rows(database: Database, statement: Statement, **values: object) -> Any:
            return await self._statement(rows, database, statement, values)

        setattr(HttpTransport, "send", watched_send)  # noqa: B010 - a method is replaced on purpose
        setattr(Database, "row", watched_row)  # noqa: B010
        setattr(Database, "rows", watched_rows)  # noqa: B010

    def _passed(self, name: str) -> tuple[str, str]:
        self._counts[name] += 1
        point = f"{name}#{self._counts[name]}"
        self._tell({"point": point})
        return point, self._disturbance.how if point == self._disturbance.point else ""

    async def _call(
        self, name: str, send: Callable[..., Awaitable[Reply]], transport: HttpTransport, call: Call
    ) -> Reply:
        point, how = self._passed(name)
        if how == "before":
            _die()
        marks = {POINT_HEADER: point} | ({"x-test-hold": "1"} if how == "at" else {})
        seconds = min(call.seconds, HASTY_SECONDS) if how == "hasty" else call.seconds
        call = replace(call, headers={**call.headers, **marks}, seconds=seconds)
        if how == "refuse":
            call = replace(call, url=_to_nobody(call.url))
        try:
            return await send(transport, call)
        finally:
            if how == "after":
                _die()

    async def _statement(
        self, run: Callable[..., Awaitable[Any]], database: Database, statement: Statement, values: dict[str, object]
    ) -> Any:
        if statement.name in UNCOUNTED:
            return await run(database, statement, **values)
        if statement.name in POLLS:
            found = await run(database, statement, **values)
            if found and self._passed(f"database.{statement.name}")[1] == "after":
                _die()
            return found
        _, how = self._passed(f"database.{statement.name}")
        match how:
            case "before":
                _die()
            case "lost_before":
                await _disconnect(database)
            case "at" | "lost_during":
                return await self._while_waiting(how, run, database, statement, values)
        found = await run(database, statement, **values)
        match how:
            case "after":
                _die()
            case "lost_done":
                await _disconnect(database)
                with translated():
                    raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
            case "lost_after":
                await _disconnect(database)
        return found

    async def _while_waiting(
        self,
        how: str,
        run: Callable[..., Awaitable[Any]],
        database: Database,
        statement: Statement,
        values: dict[str, object],
    ) -> Any:
        """The statement waits for a lock when its process, or only its connection, ends."""
        blocker = await asyncpg.connect(database._url)
        try:
            await _lock_everything(blocker)
            running = asyncio.ensure_future(run(database, statement, **values))
            await asyncio.sleep(0.1)
            if how == "at":
                _die()
            await _disconnect(database, blocker)
            return await running
        finally:
            await blocker.close()


async def _lock_everything(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Until it is closed. Not by waiting: a statement that has one of the tables may be about to want another."""
    while True:
        await connection.execute("BEGIN")
        try:
            await connection.execute("LOCK TABLE checkout_order, inbox, outbox, payment NOWAIT")
        except asyncpg.LockNotAvailableError:
            await connection.execute("ROLLBACK")
            await asyncio.sleep(0.005)
        else:
            return


async def _disconnect(database: Database, connection: "asyncpg.Connection[asyncpg.Record] | None" = None) -> None:
    """PostgreSQL ends every connection of this process's pool."""
    own = connection or await asyncpg.connect(database._url)
    await own.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE application_name = $1 AND datname = current_database()",
        database._settings["application_name"],
    )
    if connection is None:
        await own.close()
    await asyncio.sleep(0.02)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _to_nobody(url: str) -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    scheme, _, rest = url.partition("://")
    return f"{scheme}://127.0.0.1:{port}/{rest.partition('/')[2]}"
