"""An upstream that is away for a whole run: the run ends, says what it could not compare, and the next one does it."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import test_reconcile_kinds as kinds
from tests.e2e.reconciling import Reconciling, paid, reconciling
from tests.e2e.shop import Shop
from tests.e2e.test_reconcile_command import Operator

pytestmark = pytest.mark.timeout(240)
REFUSED: dict[str, Any] = {"kind": "status", "status": 503}
RESET: dict[str, Any] = {"kind": "reset"}
SILENT: dict[str, Any] = {"kind": "latency", "seconds": 60}


@pytest.fixture
def operator(shop: Shop, tmp_path: Path) -> Operator:
    made = Operator(shop, tmp_path)
    made.environment |= {"ADAPTER_NORCE_TIMEOUT_SECONDS": "1", "ADAPTER_QLIRO_TIMEOUT_SECONDS": "1"}
    return made


@pytest.fixture
async def job(shop: Shop) -> AsyncIterator[Reconciling]:
    async with reconciling(shop) as running:
        yield running


@pytest.mark.parametrize("action", [REFUSED, RESET, SILENT], ids=["refuses", "hangs up", "is silent"])
@pytest.mark.parametrize("upstream", ["norce", "qliro"])
async def test_the_run_ends_and_the_next_does_what_it_could_not(
    shop: Shop, operator: Operator, upstream: str, action: dict[str, Any]
) -> None:
    await asyncio.gather(*(paid(shop) for _ in range(4)))
    mendable = await kinds.captured_not_in_norce(shop)
    faults = shop.norce.faults if upstream == "norce" else shop.qliro.state.faults
    faults.add({"match": {"path": "/checkout/"}, "action": action, "times": None})
    began = time.monotonic()
    away = await operator.reconcile("--apply", "--format", "json")
    assert time.monotonic() - began < 90
    assert away.status == 1, away.err
    assert "Traceback" not in away.err
    told = away.json["run"]
    assert told["ended_at"] is not None
    assert not told["clean"]
    kinds_found = {(d["kind"], d["verdict"]) for d in away.json["discrepancies"]}
    assert kinds_found == {("not-compared", "left")}
    assert {d["order_id"] for d in away.json["discrepancies"]} >= {mendable.id}
    assert told["counts"]["failed"] >= 5
    assert mendable.payment["state"] != "captured"
    faults.clear()
    back = await operator.reconcile("--apply", "--format", "json")
    assert back.status == 0, back.err
    assert back.json["run"]["id"] != told["id"]
    assert [(d["kind"], d["verdict"]) for d in back.json["discrepancies"]] == [("captured-not-in-norce", "mended")]
    assert mendable.payment["state"] == "captured"
    assert await shop.sql("select order_id from reconciliation_finding where open") == []


async def test_while_one_is_away_the_other_is_not_asked_for_nothing(shop: Shop, job: Reconciling) -> None:
    await asyncio.gather(*(paid(shop) for _ in range(6)))
    slow = {"match": {"path": "/adminapi/"}, "action": {"kind": "latency", "seconds": 1}, "times": None}
    shop.qliro.state.faults.add(slow)
    shop.norce.faults.add({"match": {"path": "/order/"}, "action": REFUSED, "times": None})
    await job.dry(merchant=shop.merchant, channel=shop.channel)
    left = [task for task in asyncio.all_tasks() if "of_stored" in repr(task)]
    assert left == []
