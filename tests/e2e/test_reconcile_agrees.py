"""What went well is no discrepancy, whatever was bought and whatever became of it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from adapters.simulators.norce.examples import EXAMPLES
from adapters.simulators.qliro.model import ShippingChoice
from tests.e2e.reconciling import Reconciling, reconciling
from tests.e2e.shop import Order, Shop

pytestmark = pytest.mark.timeout(180)
BUYABLE = [
    "b2c", "b2c_simple", "b2b", "voucher", "norway", "denmark", "finland", "gift_item", "indivisible", "odd_references",
    "many_lines", "branded",
]  # fmt: skip


@pytest.fixture
async def job(shop: Shop) -> AsyncIterator[Reconciling]:
    async with reconciling(shop) as running:
        yield running


def ordered(shop: Shop, example: str) -> Order:
    shop.channel = EXAMPLES[example].channel
    return shop.order(example)


async def purchase(shop: Shop, example: str, **options: Any) -> Order:
    order = ordered(shop, example)
    answer = await order.create()
    assert answer.status == 200, answer
    await order.bought(**options)
    return order


async def agree(job: Reconciling) -> None:
    dry = await job.dry()
    assert dry.run.counts.compared
    for report in (dry, await job.apply()):
        assert [(str(one.kind), one.order.order_id, one.detail) for one in report.found] == []


@pytest.mark.parametrize("example", BUYABLE)
async def test_every_kind_of_order_agrees_at_every_step(shop: Shop, job: Reconciling, example: str) -> None:
    order = ordered(shop, example)
    assert (await order.create()).status == 200
    await order.quiet()
    await agree(job)
    await order.bought()
    await agree(job)
    for act in ("capture", "refund"):
        assert (await order.operate(act)).status == 200
        await order.quiet()
        await agree(job)


async def test_deliveries_that_qliro_offers_agree(shop: Shop, job: Reconciling) -> None:
    order = ordered(shop, "delivery_at_qliro")
    await order.create()
    await order.bought(shipping=ShippingChoice("home"))
    await agree(job)


async def test_upsell_that_waits_agrees(shop: Shop, job: Reconciling) -> None:
    order = ordered(shop, "upsell")
    await order.create()
    await order.buy()
    await order.until(lambda: order.status == "accepted")
    await shop.qliro.settled()
    await agree(job)


@pytest.mark.parametrize("method", ["SWISH", "TRUSTLY", "QLIRO_INVOICE", "PAYPAL"])
async def test_every_way_to_pay_agrees(shop: Shop, job: Reconciling, method: str) -> None:
    await purchase(shop, "b2c", method=method)
    await agree(job)


async def test_what_was_cancelled_withdrawn_or_never_bought_agrees(shop: Shop, job: Reconciling) -> None:
    cancelled = await purchase(shop, "b2c")
    await cancelled.operate("cancel")
    removed, begun = ordered(shop, "b2c"), ordered(shop, "b2c_simple")
    for order in (removed, begun):
        await order.create()
    await removed.remove()
    await begun.change_quantity(3)
    for order in (cancelled, removed, begun):
        await order.quiet()
    await agree(job)


@pytest.mark.parametrize("approve", [None, True, False])
async def test_what_a_bank_decides_agrees(shop: Shop, job: Reconciling, approve: bool | None) -> None:
    order = ordered(shop, "b2c")
    await order.create()
    await order.buy(person="on_hold")
    await order.until(lambda: order.payment["state"] == "pending")
    await order.quiet()
    if approve is not None:
        shop.qliro.resolve_hold(order.qliro_id, approve=approve)
        await order.until(lambda: order.payment["state"] != "pending")
        await order.quiet()
    await agree(job)


async def test_parts_that_were_captured_and_given_back_agree(shop: Shop, job: Reconciling) -> None:
    order = await purchase(shop, "b2c", method="QLIRO_INVOICE")
    path = f"/api/order/v1/orders/{order.id}/payments/{order.payment_id}"
    row = order.at_qliro.items[0].reference
    for act, body in (("capture", {"items": [{"reference": row, "quantity": 1}]}), ("refund", {"amount": 10})):
        answer = await shop.adapter("POST", f"{path}/{act}", json=body)
        assert answer.status == 200, answer
        await order.quiet()
        await agree(job)
    assert (await order.operate("cancel")).status == 200
    await order.quiet()
    await agree(job)
