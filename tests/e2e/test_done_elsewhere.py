"""What is done in Qliro's portal, and orders with several reservations: Norce ends up with the same."""

import pytest

from adapters.simulators.qliro.buying import answer_challenge
from adapters.simulators.qliro.model import Item, ItemType
from tests.e2e.shop import Order, Shop


async def bought(shop: Shop) -> Order:
    order = shop.order("b2c")
    await order.create()
    await order.bought(method="QLIRO_INVOICE")
    return order


@pytest.mark.parametrize(
    ("acts", "state"),
    [(["capture"], "captured"), (["cancel"], "cancelled"), (["capture", "refund"], "refunded")],
)
async def test_portal_actions_arrive_by_push_and_norce_shows_them(shop: Shop, acts: list[str], state: str) -> None:
    order = await bought(shop)
    for act in acts:
        await shop.portal(order, act)
    await order.until(lambda: order.payment["state"] == state)
    await order.quiet()
    offered = {"captured": {"refund"}, "cancelled": set(), "refunded": set()}[state]
    assert {a["type"] for a in order.payment["actions"]} == offered
    assert [e for e, _ in order.events][-len(acts) :] == acts


async def test_a_cancel_after_somebody_captured_in_the_portal_is_refused_with_the_reason(shop: Shop) -> None:
    order = await bought(shop)
    shop.drop_pushes()
    await shop.portal(order, "capture")
    answer = await order.operate("cancel")
    assert answer.status == 400
    assert order.money.captured == order.money.authorized
    await order.quiet()
    assert order.payment["state"] == "captured"


async def test_two_reservations_are_captured_in_one_request_and_refunded_one_after_the_other(shop: Shop) -> None:
    order = await bought(shop)
    shop.qliro.add_reservation(order.qliro_id, [Item("UP-1", ItemType.PRODUCT, 1, 5000, 4000, "Extra")])
    await shop.qliro.settled()
    total = int(order.total * 100) + 5000
    assert (await order.operate("capture")).status == 200
    await order.quiet()
    assert order.money.captured == total
    captures = [r for r in shop.qliro.state.requests.all() if "markitemsasshipped" in r.path.lower()]
    assert len(captures) == 1
    assert (await order.operate("refund")).status == 200
    await order.quiet()
    assert order.money.refunded == total
    returns = [r for r in shop.qliro.state.requests.all() if "returnitems" in r.path.lower()]
    assert len(returns) == 2
    assert order.payment["state"] == "refunded"


async def test_a_refund_that_fails_half_way_stops_and_tells_and_the_rest_can_be_asked_for_again(shop: Shop) -> None:
    order = await bought(shop)
    shop.qliro.add_reservation(order.qliro_id, [Item("UP-1", ItemType.PRODUCT, 1, 5000, 4000, "Extra")])
    await shop.qliro.settled()
    await order.operate("capture")
    await order.quiet()
    first = shop.qliro.ledger(order.qliro_id).captured
    shop.qliro.fail_next("DECLINED")
    answer = await order.operate("refund")
    assert answer.status == 400
    assert "DECLINED" in str(answer.json["qliroError"])
    assert order.money.refunded == 0
    assert (await order.operate("refund")).status == 200
    await order.quiet()
    assert order.money.refunded == first


async def test_a_payment_unknown_to_the_database_is_captured_and_refunded(shop: Shop) -> None:
    order = await bought(shop)
    for table in ("outbox", "inbox", "payment_history", "payment_operation", "payment", "checkout_order"):
        await shop.sql(f"delete from {table}")
    assert (await order.operate("capture")).status == 200
    await order.quiet()
    assert order.payment["state"] == "captured"
    assert (await order.operate("refund")).status == 200
    await order.quiet()
    assert order.payment["state"] == "refunded"
    assert order.money.refunded == order.money.authorized


async def test_money_that_comes_in_for_a_withdrawn_payment_goes_back(shop: Shop) -> None:
    order = shop.order("b2c")
    await order.create()
    qliro_id = order.qliro_id
    await shop.qliro.buy(qliro_id, three_d_secure="wait")
    assert (await order.remove()).status == 200
    answer_challenge(shop.qliro.state, shop.qliro.order(qliro_id), approve=True)
    await order.until(lambda: shop.qliro.ledger(qliro_id).reversed > 0)
    assert shop.qliro.ledger(qliro_id).reserved == 0
