"""Requests that meet in different processes: money moves once, nobody is answered with a defect."""

import asyncio

import pytest

from tests.processes.judge import CANCELLED, CAPTURED, INTENT, REFUNDED, RESERVED, UPSOLD, judged, quiet
from tests.processes.world import ALLOWED, Answer, Order, World

ONCE_OR_OFTEN = pytest.mark.parametrize("rounds", [1, pytest.param(8, marks=pytest.mark.slow)])
OFTEN = 5


async def started(world: World, processes: int = 3, *, lease: float = 1.0) -> None:
    await asyncio.gather(*(world.start(lease=lease) for _ in range(processes)))


async def reserved(world: World) -> Order:
    order = world.order()
    await order.create()
    await order.buy()
    await quiet(world)
    return order


def fair(answers: list[Answer]) -> None:
    assert {a.status for a in answers} <= ALLOWED, answers
    assert any(a.status == 200 for a in answers), answers
    assert all(a.retry_after for a in answers if a.status == 503), answers


@ONCE_OR_OFTEN
async def test_creates_in_three_processes_make_one_payment_and_one_qliro_order(world: World, rounds: int) -> None:
    await started(world)
    for _ in range(rounds):
        order = world.order()
        answers = await asyncio.gather(*(order.create(p) for p in world.fleet.living * 2))
        fair(answers)
        assert len({a.json["paymentId"] for a in answers if a.status == 200}) == 1
        await judged(order, INTENT)


@ONCE_OR_OFTEN
async def test_captures_in_three_processes_take_the_money_once(world: World, rounds: int) -> None:
    await started(world)
    for _ in range(rounds):
        order = await reserved(world)
        fair(await asyncio.gather(*(order.operate("capture", p) for p in world.fleet.living * 2)))
        await judged(order, CAPTURED)


@ONCE_OR_OFTEN
async def test_renewals_in_three_processes_charge_the_card_once(world: World, rounds: int) -> None:
    await started(world)
    for _ in range(rounds):
        order = world.order()
        answers = await asyncio.gather(*(order.renew(p) for p in world.fleet.living * 2))
        fair(answers)
        assert len({a.json["paymentId"] for a in answers if a.status == 200}) == 1
        await judged(order, RESERVED)


@pytest.mark.slow
async def test_a_renewal_and_a_checkout_that_are_begun_at_once_pay_the_order_one_way(world: World) -> None:
    await started(world)
    for _ in range(OFTEN):
        order = world.order()
        first, second = world.fleet.living[:2]
        renewed, created = await asyncio.gather(order.renew(first), order.create(second))
        assert sorted([renewed.status, created.status]) == [200, 409], (renewed, created)
        await judged(order, RESERVED if renewed.status == 200 else INTENT)


@pytest.mark.slow
async def test_cancels_in_three_processes_release_the_money_once(world: World) -> None:
    await started(world)
    for _ in range(OFTEN):
        order = await reserved(world)
        fair(await asyncio.gather(*(order.operate("cancel", p) for p in world.fleet.living * 2)))
        await judged(order, CANCELLED)


@pytest.mark.slow
async def test_refunds_in_three_processes_give_the_money_back_once(world: World) -> None:
    await started(world)
    for _ in range(OFTEN):
        order = await reserved(world)
        assert (await order.operate("capture")).status == 200
        fair(await asyncio.gather(*(order.operate("refund", p) for p in world.fleet.living * 2)))
        await judged(order, REFUNDED)


@ONCE_OR_OFTEN
async def test_a_sum_asked_back_in_three_processes_before_any_answer_is_given_back_once(
    world: World, rounds: int
) -> None:
    await started(world)
    for _ in range(rounds):
        order = await reserved(world)
        assert (await order.operate("capture")).status == 200
        fair(await asyncio.gather(*(order.operate("refund", p, amount=45) for p in world.fleet.living * 2)))
        await quiet(world)
        assert world.qliro.ledger(order.qliro_id).refunded == 4500
        assert (await order.operate("refund", amount=45)).status == 200
        assert world.qliro.ledger(order.qliro_id).refunded == 9000


@pytest.mark.slow
async def test_a_capture_and_the_pushes_about_it_meet(world: World) -> None:
    await started(world)
    for _ in range(OFTEN):
        order = await reserved(world)
        deliveries = world.qliro.callbacks.of(order.qliro_id)
        for delivery in deliveries[-2:]:
            world.qliro.callbacks.send_again(delivery.id, times=3)
        fair(await asyncio.gather(*(order.operate("capture", p) for p in world.fleet.living)))
        await judged(order, CAPTURED)


@ONCE_OR_OFTEN
async def test_of_a_cancel_and_a_capture_one_wins_and_the_other_is_told(world: World, rounds: int) -> None:
    await started(world)
    for turn in range(rounds):
        order = await reserved(world)
        one, two = world.fleet.living[:2]
        kinds = ("cancel", "capture") if turn % 2 else ("capture", "cancel")
        answers = await asyncio.gather(order.operate(kinds[0], one), order.operate(kinds[1], two))
        assert {a.status for a in answers} <= {200, 400, 409, 503}, answers
        await quiet(world)
        captured = world.qliro.ledger(order.qliro_id).captured
        assert sum(a.status == 200 for a in answers) == 1
        await judged(order, CAPTURED if captured else CANCELLED)


@ONCE_OR_OFTEN
async def test_eight_pushes_of_two_kinds_complete_the_order_once(world: World, rounds: int) -> None:
    await started(world)
    for _ in range(rounds):
        order = world.order()
        await order.create()
        world.hold_pushes()
        await order.buy()
        for delivery in world.qliro.callbacks.of(order.qliro_id):
            if delivery.state == "held":
                world.qliro.callbacks.send_again(delivery.id, times=8)
        world.release_pushes()
        await judged(order, RESERVED)
        accepted = [t for t in order.doc["state"]["transitions"] if t["status"] == "accepted"]
        assert len(accepted) == 1


@pytest.mark.slow
async def test_reading_the_payment_while_pushes_arrive_completes_the_order_once(world: World) -> None:
    await started(world)
    for _ in range(OFTEN):
        order = world.order()
        await order.create()
        buying = asyncio.create_task(order.buy())
        fair(await asyncio.gather(*(order.get(p) for p in world.fleet.living * 2)))
        await buying
        fair(await asyncio.gather(*(order.get(p) for p in world.fleet.living * 2)))
        await judged(order, RESERVED)


@pytest.mark.slow
async def test_a_changed_cart_a_purchase_and_a_push_never_leave_two_amounts(world: World) -> None:
    await started(world, lease=5.0)
    for quantity in range(2, 2 + OFTEN * 2):
        order = world.order()
        await order.create()
        bought, changed = await asyncio.gather(order.buy(), order.change_quantity(quantity))
        assert changed in {200, 202, 204, 400, 409}, changed
        if str(bought.result) != "completed":
            await quiet(world)
            assert str((await order.buy()).result) == "completed"
        await judged(order, RESERVED)


@ONCE_OR_OFTEN
async def test_an_upsell_that_is_added_told_and_completed_at_once_is_in_both_books_or_in_neither(
    world: World, rounds: int
) -> None:
    world.sell_more()
    await started(world)
    for _ in range(rounds):
        order = world.order()
        await order.create()
        await order.buy()
        await quiet(world)
        world.qliro.state.config.transaction_delay = 0.1
        first, second, third = world.fleet.living
        adding, *answers = await asyncio.gather(
            order.add_more(),
            order.complete_upsell(first),
            order.complete_upsell(second),
            order.operate("refresh", third),
            order.complete_upsell(third),
        )
        fair(answers)
        await order.world.persist(order.complete_upsell)
        await judged(order, UPSOLD if adding < 300 else RESERVED)


@ONCE_OR_OFTEN
async def test_an_upsell_that_the_bank_decides_while_three_processes_look_is_sold_once(
    world: World, rounds: int
) -> None:
    world.sell_more()
    await started(world)
    for _ in range(rounds):
        order = world.order()
        await order.create()
        await order.buy(method="PAYPAL")
        await quiet(world)
        assert await order.add_more() < 300
        while not order.payment["upsell"]["transactions"]:  # noqa: ASYNC110 - Norce has no event
            await asyncio.sleep(0.05)
        world.qliro.pay_upsell(order.qliro_id)
        fair(await asyncio.gather(*(order.complete_upsell(p) for p in world.fleet.living * 2)))
        await judged(order, UPSOLD)
