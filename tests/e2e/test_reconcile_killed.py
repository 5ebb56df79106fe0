"""A runner dies the hard way, anywhere in its work: nothing is done twice, and what it did is in a report."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from adapters.simulators.fault_rules import FaultRules
from adapters.simulators.qliro.model import TxType
from tests.e2e import test_reconcile_kinds as kinds
from tests.e2e.shop import Shop, eventually
from tests.e2e.test_reconcile_command import Operator

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def operator(shop: Shop, tmp_path: Path) -> Operator:
    return Operator(shop, tmp_path)


async def killed_once(operator: Operator, condition: Callable[[], bool], *words: str) -> None:
    """`kill -9` as soon as that is so."""
    process = await operator.start(*words)
    try:
        await eventually(condition, seconds=60)
    finally:
        process.kill()
        await process.communicate()


async def free_its_parts(shop: Shop) -> None:
    """As if its leases had run out."""
    await shop.sql("update reconciliation_part set leased_until = now()")
    await shop.sql("update checkout_order set claimed_until = now() where claim_token is not null")
    await shop.sql("update checkout_order set relayed_until = now() where relay_token is not null")


@pytest.mark.parametrize("words", [(), ("--state", "authorized", "--since", "-1d")], ids=["as usual", "narrowed"])
async def test_what_the_dead_one_mended_is_in_the_report_of_who_goes_on(
    shop: Shop, operator: Operator, words: tuple[str, ...]
) -> None:
    order = await kinds.captured_not_in_norce(shop)
    slow = {"match": {"method": "GET", "path": "/order/"}, "action": {"kind": "latency", "seconds": 0.7}, "times": None}
    shop.norce.faults.add(slow)
    await killed_once(operator, lambda: order.payment["state"] == "captured", "--apply", *words)
    shop.norce.faults.clear()
    (broken,) = await shop.sql("select id, ended_at from reconciliation_run")
    assert broken["ended_at"] is None
    found = await shop.sql("select verdict from reconciliation_finding")
    assert {row["verdict"] for row in found} == {"would-mend"}, "killed before it could tell"
    await free_its_parts(shop)
    again = await operator.reconcile("--apply", *words, "--format", "json")
    assert again.status == 0, again.err
    told: dict[str, Any] = again.json
    assert told["run"]["id"] == str(broken["id"])
    assert [(d["kind"], d["verdict"], d["order_id"]) for d in told["discrepancies"]] == [
        ("captured-not-in-norce", "mended", order.id)
    ]
    assert told["run"]["counts"]["found"] == [{"kind": "captured-not-in-norce", "verdict": "mended", "count": 1}]
    assert told["discrepancies"][0]["remedy"].startswith("Done: ")
    third = await operator.reconcile("--apply", *words, "--format", "json")
    assert (third.status, third.json["discrepancies"]) == (0, [])


async def orphan(shop: Shop) -> int:
    """A paid reservation whose Norce order is gone; its Qliro order."""
    order = shop.order("b2c_simple")
    await order.create()
    await order.buy()
    await order.until(lambda: order.status == "completed")
    await shop.qliro.settled()

    async def told() -> bool:
        owed = await shop.sql("select order_id from outbox where delivered_at is null")
        return all(row["order_id"] != order.id for row in owed)

    await eventually(told)
    number = order.qliro_id
    shop.norce.orders.pop(next(key for key, each in shop.norce.orders.items() if each.id == order.id))
    return number


def released(shop: Shop, number: int) -> list[str]:
    """How each transaction ended that gave reserved money back."""
    return [str(t.status) for t in shop.qliro.order(number).transactions if t.kind is TxType.REVERSAL]


async def killed_at(
    operator: Operator, faults: FaultRules, call: int, *, done: bool, words: tuple[str, ...], path: str = "/checkout/"
) -> bool:
    """Kill the command in its `call`th call, before or after the upstream did what it asks; False: it made fewer."""
    silent = {"kind": "timeout", "after": done, "seconds": 60}
    rule = faults.add({"match": {"path": path}, "action": silent, "skip": call})
    process = await operator.start(*words)
    ended = asyncio.create_task(process.communicate())
    await eventually(lambda: rule.hits > 0 or ended.done(), seconds=60)
    if rule.hits:
        await asyncio.sleep(0.2)
        with suppress(ProcessLookupError):
            process.kill()
    await ended
    faults.clear()
    return rule.hits > 0


@pytest.mark.timeout(600)
@pytest.mark.parametrize("done", [False, True], ids=["before the deed", "after the deed"])
async def test_an_orphan_is_released_once_whichever_call_to_qliro_the_job_is_killed_in(
    shop: Shop, operator: Operator, done: bool
) -> None:
    words = ("--apply", "--cancel-orphans", "--orphan-age", "0s", "--since", "-1d")
    faults = shop.qliro.state.faults
    orphans = []
    for call in range(40):
        orphans.append(await orphan(shop))
        killed = await killed_at(operator, faults, call, done=done, words=words)
        await free_its_parts(shop)
        again = await operator.reconcile(*words, "--format", "json")
        assert again.status == 0, (call, again.out, again.err)
        await shop.qliro.settled()
        assert [released(shop, number) for number in orphans] == [["Success"]] * len(orphans), call
        assert await shop.sql("select kind from reconciliation_finding where open") == [], call
        if not killed:
            break
        await shop.sql("update payment set updated_at = now() - interval '9 days'")  # over, and not looked at again
    else:
        pytest.fail("it never came to its end")
    assert len(orphans) > 3, "it was killed on its way, too"
    told = await shop.sql("select distinct order_id from reconciliation_finding where verdict = 'mended'")
    assert len(told) == len(orphans), "each is in a report"
