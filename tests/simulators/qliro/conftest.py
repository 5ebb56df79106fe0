from collections.abc import AsyncIterator

import pytest

from adapters.simulators.qliro.clock import SimClock
from tests.simulators.qliro.bench import Bench


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    opened = await Bench.open()
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> SimClock:
    return SimClock()
