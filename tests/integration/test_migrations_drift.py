"""The migrations end where the code's tables are: `alembic check` as a test."""

import asyncio

from adapters.persistence import migrate
from tests.postgres import newest_schema


async def test_nothing_is_left_to_migrate(database_url: str) -> None:
    await asyncio.to_thread(migrate.check, database_url)


async def test_the_way_down_and_up_again_is_open(database_url: str) -> None:
    await asyncio.to_thread(migrate.downgrade, database_url)
    assert not await newest_schema(database_url)
    await asyncio.to_thread(migrate.upgrade, database_url)
    await asyncio.to_thread(migrate.check, database_url)
