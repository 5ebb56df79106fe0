"""What waits is told with its age; what cannot be read is not told at all."""

from datetime import timedelta

import pytest

from adapters.observability.metrics import Metrics
from adapters.observability.operator_log import OperatorLog
from application.ports.post_office import Backlog
from application.watch_backlog import WatchBacklog
from domain.errors import StoreUnavailable
from tests.contracts.persistence import a_notice
from tests.fakes.clock import FrozenClock
from tests.fakes.memory import MemoryStore
from tests.fakes.memory_post_office import MemoryPostOffice


class SometimesAway(MemoryPostOffice):
    away = False

    async def backlog(self) -> Backlog:
        if self.away:
            raise StoreUnavailable("away")
        return await super().backlog()


def shown(metrics: Metrics) -> dict[str, float]:
    samples = [s for gauge in (metrics.backlog, metrics.backlog_age) for m in gauge.collect() for s in m.samples]
    return {
        f"{sample.name.removeprefix('adapter_backlog')} {sample.labels['kind']}": sample.value for sample in samples
    }


async def test_the_gauges_follow_the_backlog_and_vanish_with_the_database(clock: FrozenClock) -> None:
    store, metrics = MemoryStore(clock), Metrics()
    office = SometimesAway(store)
    watch = WatchBacklog(office, clock, OperatorLog(metrics))
    await store.inbox.accept(a_notice())
    clock.advance(timedelta(seconds=90))
    await watch()
    seen = shown(metrics)
    assert seen[" inbox_waiting"] == 1
    assert seen["_oldest_seconds inbox"] == 90
    assert {value for name, value in seen.items() if "inbox" not in name} == {0}
    assert len(seen) == 8
    office.away = True
    with pytest.raises(StoreUnavailable):
        await watch()
    assert shown(metrics) == {}
