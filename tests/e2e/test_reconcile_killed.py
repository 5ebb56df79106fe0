"""A runner dies the hard way, anywhere in its work: nothing is done twice, and what it did is in a report."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
