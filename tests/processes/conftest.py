"""Adapter processes over one database of the test's own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.processes.fleet import Nursery
from tests.processes.world import World
from tests.processes.world import world as opened


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    made = Nursery()
    yield made
    made.close()


@pytest.fixture
async def world(database_url: str, nursery: Nursery, tmp_path: Path) -> AsyncIterator[World]:
    async with opened(database_url, nursery, tmp_path) as made:
        yield made
