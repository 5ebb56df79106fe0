"""What was decided long ago is looked at in turn: somebody may have refunded it at Qliro, and the push got lost."""

from pathlib import Path

import pytest

from tests.e2e.reconciling import paid, silence
from tests.e2e.shop import Order, Shop
from tests.e2e.test_reconcile_command import Operator

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def operator(shop: Shop, tmp_path: Path) -> Operator:
    return Operator(shop, tmp_path)


async def refunded_in_the_portal_long_after(shop: Shop, *, days: int) -> Order:
    order = await paid(shop)
    assert (await order.operate("capture")).status == 200
    await order.quiet()
    await shop.sql(f"update payment set updated_at = now() - interval '{days} days'")
    silence(shop)
    await shop.portal(order, "refund")
    return order


async def test_it_is_found_and_mended_when_its_turn_comes(shop: Shop, operator: Operator) -> None:
    order = await refunded_in_the_portal_long_after(shop, days=100)
    never = await operator.reconcile("--decided-every", "0", "--format", "json")
    assert (never.status, never.json["run"]["counts"]["compared"]) == (0, 0), never.err
    its_turn = await operator.reconcile("--decided-every", "1", "--apply", "--format", "json")
    assert its_turn.status == 0, its_turn.err
    assert its_turn.json["run"]["scope"]["rotation"] == "0 of 1"
    assert [d["verdict"] for d in its_turn.json["discrepancies"]] == ["mended"]
    assert order.payment["state"] == "refunded"


async def test_what_nobody_can_change_any_more_is_left_alone(shop: Shop, operator: Operator) -> None:
    await refunded_in_the_portal_long_after(shop, days=500)
    ended = await operator.reconcile("--decided-every", "1", "--format", "json")
    assert (ended.status, ended.json["run"]["counts"]["compared"]) == (0, 0), ended.err


@pytest.mark.parametrize("words", [("--since", "-1d"), ("--until", "-1h"), ("--only-open",)])
async def test_who_names_a_period_gets_no_more_than_that(
    shop: Shop, operator: Operator, words: tuple[str, ...]
) -> None:
    ended = await operator.reconcile("--decided-every", "1", *words, "--format", "json")
    assert "rotation" not in ended.json["run"]["scope"], ended.err


@pytest.mark.parametrize("days", ["-1", "367"])
async def test_an_impossible_number_of_days_is_wrong_usage(shop: Shop, operator: Operator, days: str) -> None:
    ended = await operator.reconcile("--decided-every", days)
    assert ended.status == 2
    assert "--decided-every" in ended.err
