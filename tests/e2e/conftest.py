"""A sandbox per test, on its own database and ports."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from entrypoints.cli.sandbox import Sandbox, sandbox
from tests.e2e.shop import Shop


@pytest.fixture
async def running_sandbox(database_url: str, tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with sandbox(data_dir=tmp_path, database_url=database_url, configuration_ttl_seconds=0.001) as running:
        yield running


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def shop(running_sandbox: Sandbox, http: aiohttp.ClientSession, database_url: str) -> Shop:
    return Shop(running_sandbox, http, database_url)
