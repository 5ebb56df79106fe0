"""Whether a session with PostgreSQL is really one: between it and us there may be a pooler that keeps none."""

from contextlib import AsyncExitStack
from dataclasses import dataclass

import asyncpg

from adapters.persistence.address import plain_url
from adapters.persistence.connection import OwnNames
from adapters.persistence.database import SERVER_SETTINGS
from adapters.persistence.failures import translated

_TIMEOUT = "statement_timeout"


@dataclass(frozen=True, slots=True)
class SessionCheck:
    """`prepared`: a statement is still known at its second use. `limited`: our time limits are in force."""

    prepared: bool
    limited: bool


async def check_session(url: str) -> SessionCheck:
    """Uses two connections for a moment. Raises StoreUnavailable."""
    with translated():
        async with AsyncExitStack() as stack:
            one, other = [await _connected(stack, url) for _ in range(2)]
            limited = await one.fetchval(f"SHOW {_TIMEOUT}") == SERVER_SETTINGS[_TIMEOUT]
            return SessionCheck(await _prepared(one, other), limited)


async def _connected(stack: AsyncExitStack, url: str) -> OwnNames:
    connection: OwnNames = await asyncpg.connect(
        plain_url(url), timeout=2.0, command_timeout=5.0, server_settings=SERVER_SETTINGS, connection_class=OwnNames
    )
    stack.push_async_callback(connection.close)
    return connection


async def _prepared(one: OwnNames, other: OwnNames) -> bool:
    """The other client's transaction occupies whatever session a pooler has just taken from the first."""
    statement = await one.prepare("SELECT 1")
    await statement.fetchval()
    async with other.transaction():
        await other.fetchval("SELECT 1")
        try:
            return bool(await statement.fetchval() == 1)
        except asyncpg.PostgresError:
            return False
