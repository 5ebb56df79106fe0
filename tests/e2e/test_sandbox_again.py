"""The sandbox is ended and started again over the database that it kept."""

from pathlib import Path

import aiohttp

from entrypoints.cli.sandbox import sandbox
from tests.e2e.shop import Shop


async def test_orders_can_be_made_when_the_sandbox_is_started_again(
    database_url: str, tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    for _ in range(2):
        async with sandbox(data_dir=tmp_path, database_url=database_url) as running:
            for _ in range(3):
                created = await Shop(running, http, database_url).order().create()
                assert created.status == 200, created
