"""What is open is told by kind, with ages; what cannot be read is not told at all."""

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.observability.metrics import Metrics
from adapters.observability.operator_log import OperatorLog
from application.ports.reconciliations import OpenDiscrepancies
from application.watch_discrepancies import WatchDiscrepancies
from domain.discrepancy import DiscrepancyKind
from domain.errors import StoreUnavailable
from tests.contracts.reconciliations import a_finding, a_run
from tests.fakes.clock import FrozenClock
from tests.fakes.memory_reconciliations import MemoryReconciliations


class SometimesAway(MemoryReconciliations):
    away = False

    async def open(self) -> OpenDiscrepancies:
        if self.away:
            raise StoreUnavailable("away")
        return await super().open()


def shown(metrics: Metrics) -> dict[str, float]:
    gauges = (metrics.discrepancies, metrics.discrepancy_age, metrics.run_age)
    samples = [s for gauge in gauges for m in gauge.collect() for s in m.samples]
    return {f"{sample.name} {sample.labels['kind']}": sample.value for sample in samples}


async def test_the_gauges_follow_what_is_open_and_vanish_with_the_database(clock: FrozenClock) -> None:
    reconciliations, metrics = SometimesAway(clock), Metrics()
    run = await reconciliations.begin(a_run())
    await reconciliations.record(run.id, [a_finding(since=clock.now())])
    await reconciliations.save(replace(run, ended_at=clock.now()))
    clock.advance(timedelta(seconds=90))
    watch = WatchDiscrepancies(reconciliations, clock, OperatorLog(metrics))
    await watch()
    seen = shown(metrics)
    assert seen["adapter_discrepancies amount-differs"] == 1
    assert seen["adapter_discrepancies chargeback"] == 0
    assert seen["adapter_discrepancies_oldest_seconds all"] == 90
    assert seen["adapter_reconciliation_age_seconds payments"] == 90
    assert len(seen) == len(DiscrepancyKind) + 2
    reconciliations.away = True
    with pytest.raises(StoreUnavailable):
        await watch()
    assert shown(metrics) == {}
