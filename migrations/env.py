"""Runs the migrations over asyncpg, one runner at a time however many start together."""

import asyncio
import time

from alembic import context
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from adapters.persistence.reconciliation_tables import metadata

RUNNER_LOCK = 0x716C69726F  # any number, but the same in every runner
PAUSE = 0.2


def run(connection: Connection) -> None:
    """Wait for other runners, then migrate. The lock belongs to the connection, so a killed runner frees it."""
    _our_turn(connection)
    try:
        context.configure(
            connection=connection, target_metadata=metadata, compare_server_default=True, transaction_per_migration=True
        )
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": RUNNER_LOCK})
        connection.commit()


def _our_turn(connection: Connection) -> None:
    """Asks again and again instead of waiting inside a statement: an index that is built beside live traffic waits for
    every transaction that began before it, so the runner that builds would wait for those that wait for it."""
    while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": RUNNER_LOCK}):
        connection.rollback()
        time.sleep(PAUSE)
    connection.commit()


async def connect() -> None:
    """One connection of its own, closed at the end."""
    url = context.config.attributes["url"]
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(run)
    finally:
        await engine.dispose()


if context.is_offline_mode():
    context.configure(dialect_name="postgresql", target_metadata=metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    asyncio.run(connect())
