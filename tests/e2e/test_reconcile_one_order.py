"""`reconcile --order`: an order is looked for wherever it may be known, and a mistyped one is told so."""

from pathlib import Path

import pytest

from tests.e2e.reconciling import paid
from tests.e2e.shop import Shop
from tests.e2e.test_reconcile_command import Operator
from tests.e2e.test_reconcile_kinds import authorized_but_order_gone, missing_with_us

pytestmark = pytest.mark.timeout(120)
TABLES = ("outbox", "inbox", "payment_history", "payment_operation", "payment", "checkout_order")


@pytest.fixture
def operator(shop: Shop, tmp_path: Path) -> Operator:
    return Operator(shop, tmp_path)


@pytest.mark.parametrize("words", [(), ("--merchant", "sandbox"), ("--merchant", "sandbox", "--channel", "se")])
async def test_an_order_that_nobody_knows_is_wrong_usage_and_no_run(
    shop: Shop, operator: Operator, words: tuple[str, ...]
) -> None:
    await paid(shop)
    ended = await operator.reconcile("--order", "oMISTYPED", *words)
    assert (ended.status, ended.out) == (2, "")
    assert "--order: No order oMISTYPED is known, neither to Norce nor to Qliro nor here." in ended.err
    assert ("--merchant" in ended.err) is not bool(words)
    assert await shop.sql("select id from reconciliation_run") == []


async def test_an_order_that_is_known_here_is_told_with_what_was_looked_at(shop: Shop, operator: Operator) -> None:
    order = await paid(shop)
    ended = await operator.reconcile("--order", order.id, "--since", "-1d", "--only-open", "--format", "json")
    assert (ended.status, ended.json["run"]["counts"]["compared"]) == (0, 1), ended.err
    assert ended.json["run"]["scope"] == {"order": order.id}
    assert ended.json["run"]["counts"]["requests"] == {"norce": 1, "qliro": 1}


async def test_an_order_that_only_norce_knows_is_found_without_naming_the_merchant(
    shop: Shop, operator: Operator
) -> None:
    order = await missing_with_us(shop)
    operator.environment["ADAPTER_INBOUND_KEYS"] = "sandbox:key"
    ended = await operator.reconcile("--order", order.id, "--apply", "--format", "json")
    assert ended.status == 0, ended.err
    assert [(d["kind"], d["verdict"]) for d in ended.json["discrepancies"]] == [("missing-with-us", "mended")]


async def test_an_order_that_only_qliro_knows_is_named_with_its_money(shop: Shop, operator: Operator) -> None:
    await authorized_but_order_gone(shop)
    at_qliro = shop.qliro.state.orders[max(shop.qliro.state.orders)]
    for table in TABLES:
        await shop.sql(f"delete from {table}")
    words = ("--order", at_qliro.reference, "--merchant", "sandbox", "--channel", "se", "--format", "json")
    ended = await operator.reconcile(*words)
    assert ended.status == 1, ended.err
    (found,) = ended.json["discrepancies"]
    assert (found["kind"], found["verdict"], found["norce"]["state"]) == ("missing-in-norce", "left", "missing")
    assert found["at_risk"]["amount"] == found["qliro"]["amount"] != "0.00"
    assert found["qliro"]["reference"] == str(at_qliro.id)


async def test_an_order_that_could_not_be_looked_for_was_not_compared(shop: Shop, operator: Operator) -> None:
    await paid(shop)
    shop.norce.faults.add({"match": {"path": "/order/"}, "action": {"kind": "status", "status": 400}, "times": None})
    ended = await operator.reconcile("--order", "oMAYBE", "--format", "json")
    assert ended.status == 1, ended.err
    assert [d["kind"] for d in ended.json["discrepancies"]] == ["not-compared"] * len(ended.json["discrepancies"])
    assert ended.json["run"]["counts"]["failed"] >= 1
