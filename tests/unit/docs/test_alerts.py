"""The example alert rules name metrics and kinds that exist."""

import re
from pathlib import Path

import yaml  # type: ignore[import-untyped]

from adapters.observability.metrics import Metrics
from adapters.observability.operator_log import BACKLOG_KINDS, OperatorLog
from application.ports.post_office import Backlog
from application.watch_backlog import WatchBacklog
from application.watch_discrepancies import WatchDiscrepancies
from domain.reconciliation import RunKind
from tests.fakes.clock import FrozenClock
from tests.fakes.memory_reconciliations import MemoryReconciliations

RULES = Path(__file__).resolve().parents[3] / "docs" / "alerts.yml"
NOTHING = Backlog(
    inbox_waiting=0,
    inbox_parked=0,
    outbox_waiting=0,
    outbox_parked=0,
    payments_undecided=0,
    oldest_in_inbox=None,
    oldest_in_outbox=None,
    oldest_undecided=None,
)


class Idle:
    async def backlog(self) -> Backlog:
        return NOTHING


def expressions() -> list[str]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def test_every_metric_of_a_rule_exists() -> None:
    kept = {metric.name for metric in Metrics().registry.collect()}
    named = {name for rule in expressions() for name in re.findall(r"adapter_\w+", rule)}
    assert named
    assert {name for name in named if re.sub(r"_(total|count|bucket)$", "", name) not in kept} == set()


def test_a_counter_that_begins_with_its_first_event_is_seen_to_begin() -> None:
    """Prometheus knows no increase from nothing to one."""
    shown = {sample.name for metric in Metrics().registry.collect() for sample in metric.samples}
    begin = [
        (n, rule) for rule in expressions() for n in re.findall(r"increase\((adapter_\w+)", rule) if n not in shown
    ]
    assert begin
    assert [name for name, rule in begin if f"{name} unless {name} offset" not in rule] == []


async def test_every_kind_of_a_rule_is_shown() -> None:
    metrics = Metrics()
    await WatchBacklog(Idle(), FrozenClock(), OperatorLog(metrics))()  # type: ignore[arg-type]
    await WatchDiscrepancies(MemoryReconciliations(FrozenClock()), FrozenClock(), OperatorLog(metrics))()
    gauges = (metrics.backlog, metrics.backlog_age, metrics.discrepancies)
    samples = [s for gauge in gauges for m in gauge.collect() for s in m.samples]
    shown = {sample.labels["kind"] for sample in samples} | set(RunKind)
    named = {
        kind for rule in expressions() for kinds in re.findall(r'kind=~?"([^"]+)"', rule) for kind in kinds.split("|")
    }
    assert named <= shown
    assert shown > set(BACKLOG_KINDS)
