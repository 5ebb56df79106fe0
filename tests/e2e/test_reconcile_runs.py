"""How a run behaves: what it may do, what it costs, with whom it shares, what it survives, and whom it disturbs."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.simulators.qliro.buying import answer_challenge
from adapters.simulators.qliro.config import SettleMode
from adapters.simulators.qliro.transactions import decide
from application.mend_payment import MendingRules
from application.reconcile_payments import Pace
from domain.discrepancy import DiscrepancyKind as Kind
from tests.e2e import test_reconcile_kinds as kinds
from tests.e2e.reconciling import QUICK, Reconciling, paid, reconciling, silence
from tests.e2e.shop import Order, Shop, eventually

CANCELLING = MendingRules(apply=True, cancel_orphans=True, orphan_age=timedelta(0))


@pytest.fixture
async def job(shop: Shop) -> AsyncIterator[Reconciling]:
    async with reconciling(shop) as running:
        yield running


def moved(shop: Shop) -> list[str]:
    """Requests that move money."""
    posts = [r.path for r in shop.qliro.state.requests.all() if r.method == "POST" and "/v2/" in r.path]
    return [path.rsplit("/", 1)[-1] for path in posts]


def slow(shop: Shop, seconds: float) -> None:
    """Qliro takes its time with its books."""
    action = {"kind": "latency", "seconds": seconds}
    shop.qliro.state.faults.add({"match": {"path": "/v2/"}, "action": action, "times": None})


def decide_all(shop: Shop) -> None:
    """Qliro makes up its mind."""
    for number, (order, plan) in list(shop.qliro.state.undecided.items()):
        transaction = order.transaction(number)
        assert transaction is not None
        decide(shop.qliro.state, order, transaction, plan, None)


@pytest.mark.parametrize("drift", [kinds.authorized_but_order_gone, kinds.authorized_but_order_removed])
async def test_a_paid_reservation_without_an_order_is_cancelled_only_when_asked_and_old_enough(
    shop: Shop, job: Reconciling, drift: kinds.Drift
) -> None:
    order = await drift(shop)
    qliro_id = max(shop.qliro.state.orders)
    reserved = shop.qliro.ledger(qliro_id).reserved
    assert reserved
    for rules in (MendingRules(apply=True), replace(CANCELLING, orphan_age=timedelta(days=7))):
        report = await job.run(rules)
        assert report.kinds == {"authorized-but-order-removed": "left"}
        assert report.run.counts.at_risk == {"SEK": reserved}
    dry = await job.run(replace(CANCELLING, apply=False))
    assert dry.kinds == {"authorized-but-order-removed": "would-mend"}
    assert moved(shop) == []
    assert (await job.run(CANCELLING)).kinds == {"authorized-but-order-removed": "mended"}
    await shop.qliro.settled()
    assert (shop.qliro.ledger(qliro_id).reserved, shop.qliro.ledger(qliro_id).reversed) == (0, reserved)
    assert moved(shop) == ["cancelOrder"]
    again = await job.run(CANCELLING)
    assert (again.found, again.run.clean) == ([], True), order


async def test_an_operation_that_nobody_decided_is_carried_on(shop: Shop, job: Reconciling) -> None:
    order = await paid(shop)
    silence(shop)
    shop.qliro.state.config.settle = SettleMode.MANUAL
    slow = asyncio.create_task(order.operate("capture"))
    await order.until(lambda: bool(order.at_qliro.transactions[1:]))
    late = replace(QUICK, late_after=timedelta(0))
    await asyncio.sleep(0.05)
    assert (await job.run(conduct=late)).kinds.get("operation-undecided") == "would-mend"
    await slow
    decide_all(shop)
    report = await job.run(MendingRules(apply=True), conduct=late)
    assert set(report.kinds.values()) == {"mended"}
    again = await job.run(MendingRules(apply=True), conduct=late)
    assert (again.found, order.payment["state"]) == ([], "captured")
    assert moved(shop) == ["MarkItemsAsShipped"]


async def test_money_for_a_withdrawn_payment_is_named_and_never_given_back_by_the_job(
    shop: Shop, job: Reconciling
) -> None:
    order = shop.order("b2c_simple")
    await order.create()
    qliro_id = order.qliro_id
    silence(shop)
    await shop.qliro.buy(qliro_id, three_d_secure="wait")
    assert (await order.remove()).status == 200
    answer_challenge(shop.qliro.state, shop.qliro.order(qliro_id), approve=True)
    await shop.qliro.settled()
    for report in (await job.dry(), await job.run(CANCELLING)):
        assert report.kinds == {"money-for-withdrawn-payment": "left"}
    assert moved(shop) == []


async def test_two_payments_that_live_on_one_order_are_both_named(shop: Shop, job: Reconciling) -> None:
    order, other = await paid(shop), await paid(shop)
    order.doc["payments"].append(dict(other.payment))
    report = await job.apply(merchant=shop.merchant, channel=shop.channel)
    found = [one for one in report.found if one.kind is Kind.TWO_QLIRO_ORDERS]
    assert {one.payment_id for one in found} == {order.payment_id, other.payment_id}
    assert {one.order.order_id for one in found} == {order.id}
    assert moved(shop) == []


FAULTS: dict[str, dict[str, object]] = {
    "refused": {"kind": "status", "status": 503},
    "slowed down": {"kind": "status", "status": 429, "headers": {"Retry-After": "0"}},
    "reset": {"kind": "reset"},
    "answer lost": {"kind": "reset", "after": True},
    "cut short": {"kind": "truncated"},
}
DRIFTS: list[Callable[[Shop], Awaitable[Order]]] = [
    kinds.paid_but_order_open,
    kinds.refunded_not_in_norce,
    kinds.missing_with_us,
    kinds.message_undelivered,
    kinds.order_stuck_processing,
]


@pytest.mark.parametrize("upstream", ["norce", "qliro"])
@pytest.mark.parametrize("drift", DRIFTS)
async def test_with_one_fault_anywhere_in_the_run_the_end_is_the_same(
    shop: Shop, job: Reconciling, drift: kinds.Drift, upstream: str
) -> None:
    tenant = {"merchant": shop.merchant, "channel": shop.channel}
    faults = shop.norce.faults if upstream == "norce" else shop.qliro.state.faults
    for skip, action in enumerate(FAULTS.values()):
        shop.qliro.callbacks.rules.clear()
        await drift(shop)
        faults.add({"match": {"path": "/checkout/"}, "action": action, "skip": 2 * skip, "times": 1})
        await job.apply(**tenant)
        faults.clear()
        again = await job.apply(**tenant)
        assert (again.found, again.run.clean) == ([], True), action
    assert not moved(shop)


async def test_a_fault_that_stays_leaves_it_to_the_next_run(shop: Shop, job: Reconciling) -> None:
    order = await kinds.captured_not_in_norce(shop)
    shop.norce.faults.add({"match": {"method": "PUT"}, "action": {"kind": "status", "status": 503}, "times": None})
    report = await job.apply()
    assert report.kinds == {"captured-not-in-norce": "left"}
    shop.norce.faults.clear()
    await asyncio.sleep(1.1)
    assert set((await job.apply()).kinds.values()) <= {"mended"}
    assert order.payment["state"] == "captured"


async def many(shop: Shop, count: int) -> list[Order]:
    orders = []
    for _ in range(count // 6):
        orders += await asyncio.gather(*(paid(shop) for _ in range(6)))
    return orders


async def test_without_discrepancy_each_payment_costs_one_request_to_each_and_one_that_is_over_costs_none(
    shop: Shop, job: Reconciling
) -> None:
    orders = await many(shop, 12)
    await orders[0].operate("cancel")
    await orders[0].quiet()
    first = await job.dry()
    assert (first.run.counts.compared, first.found) == (12, [])
    assert first.run.counts.requests["qliro"] == 12
    assert 12 < first.run.counts.requests["norce"] <= 13
    second = await job.dry()
    assert second.run.counts.compared == 11
    assert second.run.counts.requests["qliro"] == 11


async def test_several_runners_share_a_run_and_read_nothing_twice(shop: Shop, job: Reconciling) -> None:
    await many(shop, 24)
    slow(shop, 0.05)
    small = replace(QUICK, pace=replace(QUICK.pace, size=3, parts=1))
    before = len(shop.qliro.state.requests.all())
    async with reconciling(shop) as other:
        reports = await asyncio.gather(job.run(conduct=small), other.run(conduct=small), job.run(conduct=small))
    assert len({report.run.id for report in reports}) == 1
    assert {report.run.counts.compared for report in reports} == {24}
    assert len(shop.qliro.state.requests.all()) - before == 24
    assert all(report.run.ended_at for report in reports)


async def test_a_run_that_is_stopped_is_taken_up_where_it_was(shop: Shop, job: Reconciling) -> None:
    await many(shop, 18)
    slow(shop, 0.05)
    small = replace(QUICK, pace=Pace(size=4, parts=1, idle_seconds=0.02))
    stopped = asyncio.create_task(job.run(conduct=small))
    before = len(shop.qliro.state.requests.all())
    await eventually(lambda: len(shop.qliro.state.requests.all()) - before >= 9)
    stopped.cancel()
    await asyncio.wait([stopped])
    (begun,) = await job.store.reconciliations.latest(limit=5)
    report = await job.run(conduct=small)
    assert report.run.id == begun.id
    assert (report.run.counts.compared, report.run.clean) == (18, True)
    assert len(shop.qliro.state.requests.all()) - before <= 18 + 4


@pytest.fixture
def environment(shop: Shop) -> dict[str, str]:
    """What the command needs to know."""
    settings = shop.sandbox.adapter.container.settings()
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(sys.path),
        "ADAPTER_DATABASE_URL": shop.database_url,
        "ADAPTER_NORCE_ORDER_URL": settings.norce_order_url,
        "ADAPTER_NORCE_CONFIGURATION_URL": settings.norce_configuration_url,
        "ADAPTER_NORCE_TOKEN": settings.norce_token,
        "ADAPTER_QLIRO_HOSTS": settings.qliro_hosts,
    }


async def command(environment: dict[str, str], *words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "entrypoints.cli", "reconcile", *words),
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.timeout(180)
async def test_the_exit_status_tells_how_it_ended(shop: Shop, environment: dict[str, str]) -> None:
    process = await command(environment)
    _, err = await process.communicate()
    assert (process.returncode, "--merchant" in err.decode()) == (0, True)
    order = await kinds.captured_not_in_norce(shop)
    told = []
    for words in ([], ["--order", order.id, "--apply"], ["--since", "yesterday"], ["--since", "soon"]):
        process = await command(environment, *words)
        out, _ = await process.communicate()
        told.append((process.returncode, "captured-not-in-norce" in out.decode()))
    assert told == [(1, True), (0, True), (0, False), (2, False)]


@pytest.mark.timeout(180)
async def test_a_run_that_is_killed_is_taken_up_by_the_next(shop: Shop, environment: dict[str, str]) -> None:
    await many(shop, 12)
    slow(shop, 0.2)
    before = len(shop.qliro.state.requests.all())
    process = await command(environment, "--concurrency", "1")
    await eventually(lambda: len(shop.qliro.state.requests.all()) - before >= 3, seconds=60)
    process.kill()
    await process.wait()
    (run,) = await shop.sql("select id, ended_at from reconciliation_run")
    assert run["ended_at"] is None
    await shop.sql("update reconciliation_part set leased_until = now()")
    shop.qliro.state.faults.clear()
    process = await command(environment)
    await process.communicate()
    assert process.returncode == 0
    (ended,) = await shop.sql("select id, ended_at, counts ->> 'compared' as compared from reconciliation_run")
    assert (ended["id"], ended["compared"]) == (run["id"], "12")
    assert ended["ended_at"] is not None


async def test_it_runs_beside_live_journeys_without_disturbing_them(shop: Shop, job: Reconciling) -> None:
    journeys = [asyncio.create_task(_journey(shop)) for _ in range(8)]
    runs = []
    while not all(journey.done() for journey in journeys):
        runs.append(await job.apply())
    orders = await asyncio.gather(*journeys)
    assert len(runs) > 1
    for order in orders:
        await order.quiet()
        assert (order.payment["state"], order.money.captured, order.money.refunded) == (
            "refunded",
            order.money.authorized,
            order.money.authorized,
        )
        assert len(order.qliro_orders) == 1
    assert sorted(moved(shop)) == ["MarkItemsAsShipped"] * 8 + ["ReturnItems"] * 8
    last = await job.apply()
    assert (last.found, last.run.clean) == ([], True)


async def _journey(shop: Shop) -> Order:
    order = await paid(shop)
    for act in ("capture", "refund"):
        answer = await order.operate(act)
        assert answer.status == 200, answer
        await order.quiet()
    return order


async def test_what_is_open_is_remembered_until_it_is_mended(shop: Shop, job: Reconciling) -> None:
    await kinds.captured_not_in_norce(shop)
    await job.dry()
    await job.dry()
    opened = await job.store.reconciliations.open()
    assert dict(opened.counts) == {Kind.CAPTURED_NOT_IN_NORCE: 1}
    await job.apply()
    assert not (await job.store.reconciliations.open()).counts
    newest, *_ = await job.store.reconciliations.latest(limit=1)
    kept = [one async for one in job.store.reconciliations.findings(newest.id)]
    assert [(one.kind, str(one.verdict)) for one in kept] == [(Kind.CAPTURED_NOT_IN_NORCE, "mended")]
    assert newest.applied
    assert newest.counts.requests["qliro"] > 1
