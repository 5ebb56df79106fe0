"""Reconciliation against a running sandbox, and the many ways in which its payments can drift apart."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from adapters.persistence.store import Store
from application.mend_payment import MendingRules
from application.ports.findings import Progress
from application.reconcile_payments import Pace
from application.reconciliation_scope import Scope
from application.tempo import TempoSettings
from domain.discrepancy import Discrepancy, DiscrepancyKind, Verdict
from domain.reconciliation import ReconciliationRun
from entrypoints.reconciling import Conduct, Reconciler, reconciler
from tests.e2e.shop import Order, Shop

QUICK = Conduct(
    tempo=TempoSettings(pauses=(0.05, 0.1)),
    second_look=0.05,
    pace=Pace(idle_seconds=0.02, lease=timedelta(seconds=2)),
)
APPLY = MendingRules(apply=True)


@dataclass(slots=True)
class Kept:
    """Findings of one run, kept in memory."""

    discrepancies: list[Discrepancy] = field(default_factory=list)
    progress: list[Progress] = field(default_factory=list)
    runs: list[ReconciliationRun] = field(default_factory=list)

    async def begun(self, run: ReconciliationRun) -> None:
        self.runs.append(run)

    async def found(self, discrepancy: Discrepancy) -> None:
        self.discrepancies.append(discrepancy)

    async def progressed(self, progress: Progress) -> None:
        self.progress.append(progress)

    async def ended(self, run: ReconciliationRun) -> None:
        self.runs.append(run)


@dataclass(frozen=True, slots=True)
class Report:
    """A run with what it found."""

    run: ReconciliationRun
    found: list[Discrepancy]

    @property
    def kinds(self) -> dict[str, str]:
        """What became of each kind."""
        return {str(one.kind): str(one.verdict) for one in self.found}

    def of(self, kind: DiscrepancyKind) -> Discrepancy:
        (one,) = (each for each in self.found if each.kind is kind)
        return one


class Reconciling:
    """Runs beside the shop's adapter, over the same database and upstreams."""

    def __init__(self, shop: Shop, opened: Reconciler) -> None:
        self.shop = shop
        self.opened = opened

    @property
    def store(self) -> Store:
        return self.opened.store

    async def run(self, rules: MendingRules | None = None, *, conduct: Conduct = QUICK, **scope: Any) -> Report:
        kept = Kept()
        scope = {"since": datetime.now(UTC) - timedelta(days=2)} | scope
        wanted = Scope(rules=rules or MendingRules(), **scope)
        run = await self.opened.reconcile(wanted, kept, who="tests", conduct=conduct)
        return Report(run, kept.discrepancies)

    async def dry(self, **scope: Any) -> Report:
        return await self.run(**scope)

    async def apply(self, **scope: Any) -> Report:
        return await self.run(APPLY, **scope)


@asynccontextmanager
async def reconciling(shop: Shop) -> AsyncIterator[Reconciling]:
    settings = msgspec.structs.replace(shop.sandbox.adapter.container.settings(), database_url=shop.database_url)
    async with reconciler(settings) as opened:
        yield Reconciling(shop, opened)


def silence(shop: Shop) -> None:
    """Nobody tells the adapter anything any more."""
    shop.drop_pushes()


def show(order: Order, **members: Any) -> None:
    """Norce shows something else of the payment than it should, as if somebody had written it."""
    doc = order.doc
    for payment in doc["payments"]:
        if payment["id"] == order.payment_id:
            payment.update(members)


def force(order: Order, status: str, *, since: datetime | None = None) -> None:
    """Norce's order is in another state than it should be."""
    stamp = (since or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    state = order.doc["state"]
    state["currentStatus"] = status
    state["transitions"].append({"status": status, "timeStamp": stamp})


async def paid(shop: Shop, **options: Any) -> Order:
    """Bought, and known to everybody."""
    order = shop.order("b2c_simple")
    await order.create()
    await order.bought(**options)
    return order


def verdicts(report: Report) -> set[Verdict]:
    return {one.verdict for one in report.found}
