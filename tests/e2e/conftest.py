"""A sandbox per test, on its own database and ports."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from entrypoints.cli.sandbox import Sandbox, sandbox
from tests.e2e.shop import Shop

HERE = Path(__file__).parent
QUICK = frozenset({"test_journeys", "test_partial_operations", "test_done_elsewhere"})
"""What `make test` runs of these; the others are for `make test-slow` and CI, each test having a sandbox of its own."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what is not among the quick ones."""
    for item in items:
        if item.path.parent == HERE and item.path.stem not in QUICK and item.get_closest_marker("browser") is None:
            item.add_marker(pytest.mark.slow)


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
