"""The state of the database before each endpoint was asked, to begin from again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import asyncpg

TABLES: Final = ("checkout_order", "payment", "payment_operation", "payment_history", "inbox", "outbox")
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Connection]:
    """A connection, closed at the end."""
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def take(connection: Connection, endpoint: str) -> None:
    """Keep copies of all tables under the endpoint's name."""
    schema = _schema(endpoint)
    await connection.execute(f'CREATE SCHEMA "{schema}"')
    for table in TABLES:
        await connection.execute(f'CREATE TABLE "{schema}".{table} AS TABLE {table}')
    await connection.execute(f'CREATE TABLE "{schema}".letters AS SELECT last_value FROM {await _sequence(connection)}')


async def restore(connection: Connection, endpoint: str) -> None:
    """Bring all tables back to the copies."""
    schema = _schema(endpoint)
    async with connection.transaction():
        await connection.execute(f"TRUNCATE {', '.join(TABLES)}")
        for table in TABLES:
            given = "OVERRIDING SYSTEM VALUE" if table == "outbox" else ""
            await connection.execute(f"INSERT INTO {table} {given} TABLE {copy_of(endpoint, table)}")
        last = await connection.fetchval(f'SELECT last_value FROM "{schema}".letters')
        await connection.execute("SELECT setval($1::regclass, $2)", await _sequence(connection), last)


async def restore_beside(connection: Connection, endpoint: str) -> None:
    """Put the copies back beside what is there now, from which they were removed."""
    async with connection.transaction():
        for table in TABLES:
            given = "OVERRIDING SYSTEM VALUE" if table == "outbox" else ""
            await connection.execute(f"INSERT INTO {table} {given} TABLE {copy_of(endpoint, table)}")
        last = await connection.fetchval(f"SELECT last_value FROM {copy_of(endpoint, 'letters')}")
        sequence = await _sequence(connection)
        await connection.execute("SELECT setval($1::regclass, greatest($2, nextval($1::regclass)))", sequence, last)


async def remove(connection: Connection, endpoint: str) -> None:
    """All rows of the copies' merchants."""
    owners = f"SELECT DISTINCT merchant FROM {copy_of(endpoint, 'checkout_order')}"
    for table in reversed(TABLES):
        await connection.execute(f"DELETE FROM {table} WHERE merchant IN ({owners})")


async def empty(connection: Connection) -> None:
    """No orders at all."""
    await connection.execute(f"TRUNCATE {', '.join(TABLES)}")


def copy_of(endpoint: str, table: str) -> str:
    """The copy's name."""
    return f'"{_schema(endpoint)}".{table}'


def _schema(endpoint: str) -> str:
    return f"before {endpoint}"


async def _sequence(connection: Connection) -> str:
    return str(await connection.fetchval("SELECT pg_get_serial_sequence('outbox', 'id')"))
