"""The state of the database before each endpoint was asked, to begin from again."""

from typing import Final, TypeAlias

import asyncpg

_TABLES: Final = ("checkout_order", "payment", "payment_operation", "payment_history", "inbox", "outbox")
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


async def take(connection: Connection, endpoint: str) -> None:
    """Keep copies of all tables under the endpoint's name."""
    schema = _schema(endpoint)
    await connection.execute(f'CREATE SCHEMA "{schema}"')
    for table in _TABLES:
        await connection.execute(f'CREATE TABLE "{schema}".{table} AS TABLE {table}')
    await connection.execute(f'CREATE TABLE "{schema}".letters AS SELECT last_value FROM {await _sequence(connection)}')


async def restore(connection: Connection, endpoint: str) -> None:
    """Bring all tables back to the copies."""
    schema = _schema(endpoint)
    async with connection.transaction():
        await connection.execute(f"TRUNCATE {', '.join(_TABLES)}")
        for table in _TABLES:
            given = "OVERRIDING SYSTEM VALUE" if table == "outbox" else ""
            await connection.execute(f'INSERT INTO {table} {given} TABLE "{schema}".{table}')
        last = await connection.fetchval(f'SELECT last_value FROM "{schema}".letters')
        await connection.execute("SELECT setval($1::regclass, $2)", await _sequence(connection), last)


async def empty(connection: Connection) -> None:
    """No orders at all."""
    await connection.execute(f"TRUNCATE {', '.join(_TABLES)}")


def _schema(endpoint: str) -> str:
    return f"before {endpoint}"


async def _sequence(connection: Connection) -> str:
    return str(await connection.fetchval("SELECT pg_get_serial_sequence('outbox', 'id')"))
