"""Renewals are nothing odd to reconciliation, whatever became of them."""

import pytest

from adapters.simulators.qliro.config import SettleMode
from adapters.simulators.qliro.model import TxType
from tests.e2e.shop import Shop
from tests.e2e.test_reconcile_command import Operator, operator
from tests.e2e.test_renewals import made_card, renew, renewed

__all__ = ["operator"]
pytestmark = pytest.mark.timeout(120)


async def test_renewals_that_went_well_were_refused_or_are_undecided_agree_three_ways(
    shop: Shop, operator: Operator
) -> None:
    token = await made_card(shop)
    captured = await renewed(shop, token)
    await captured.operate("capture")
    await captured.quiet()
    await renewed(shop, token)
    shop.qliro.fail_next(kind=TxType.PREAUTHORIZATION)
    refused = shop.order()
    await renew(refused, token)
    await refused.until(lambda: refused.status == "checkout")
    await refused.quiet()
    shop.qliro.state.config.settle = SettleMode.MANUAL
    await renew(shop.order(), token)
    ended = await operator.reconcile("--format", "json")
    assert ended.status == 0, (ended.out, ended.err)


async def test_a_renewal_that_norce_shows_wrongly_is_mended(shop: Shop, operator: Operator) -> None:
    order = await renewed(shop, await made_card(shop))
    order.payment["state"] = "pending"
    await shop.sql("delete from payment_history")
    await shop.sql("delete from payment")
    ended = await operator.reconcile("--apply", "--format", "json")
    assert ended.status == 0, (ended.out, ended.err)
    await order.until(lambda: order.payment["state"] == "reserved")
