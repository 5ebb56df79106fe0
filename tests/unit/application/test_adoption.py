"""Payments that this database does not know: made by another instance, another adapter, or before it was lost."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from domain.errors import OperationRefused, PaymentNotFound
from domain.ledger import ItemGroup, TransactionKind
from domain.lifecycle import PaymentStatus
from domain.order import OrderStatus, PaymentState
from tests.unit.application.world import World, other_payment

Act = Callable[[World], Awaitable[object]]


def _forget(world: World) -> World:
    """Another database, with nothing in it."""
    world.store.stored.clear()
    world.store.desks.clear()
    world.store.notices.clear()
    world.store.history.clear()
    world.provider.requests.clear()
    return world


def _by_another_adapter(world: World) -> None:
    """Without any of our attributes or hooks."""
    world.platform.edit(world.key, payments=(replace(world.shown, attributes={}, actions=()),), hooks=())


async def test_a_paid_payment_is_captured_and_refunded(world: World) -> None:
    await world.bought()
    _by_another_adapter(_forget(world))
    await world.capture()
    assert world.shown.state is PaymentState.CAPTURED
    await world.refund()
    assert world.stands(PaymentState.REFUNDED)
    assert world.money.refunded == world.money.captured == 74_900
    assert world.nothing_owed()


async def test_a_paid_payment_is_cancelled(world: World) -> None:
    await world.bought()
    _by_another_adapter(_forget(world))
    await world.cancel()
    assert world.shown.state is PaymentState.CANCELLED


async def test_a_captured_payment_is_refunded(world: World) -> None:
    await world.captured()
    _by_another_adapter(_forget(world))
    await world.refund()
    assert world.money.refunded == 74_900
    assert world.shown.state is PaymentState.REFUNDED


async def test_get_shows_the_snippet_before_and_after_the_purchase(world: World) -> None:
    await world.start()
    assert (await _forget(world).read()).snippet
    await world.validate()
    world.provider.buy(world.qliro_id)
    assert (await _forget(world).read()).snippet
    assert world.order.status is OrderStatus.COMPLETED


@pytest.mark.parametrize("on_hold", [False, True])
async def test_a_push_about_an_unknown_purchase_settles_it_in_full(world: World, on_hold: bool) -> None:
    await world.start()
    await world.validate()
    await world.background()
    world.provider.buy(world.qliro_id, on_hold=on_hold)
    await _forget(world).push()
    assert world.order.status is (OrderStatus.ACCEPTED if on_hold else OrderStatus.COMPLETED)
    assert world.shown.state is (PaymentState.PENDING if on_hold else PaymentState.RESERVED)
    assert ("confirm", True) in world.log


async def test_the_banks_answer_about_an_unknown_hold_is_news(world: World) -> None:
    await world.bought(on_hold=True)
    world.provider.resolve_hold(world.qliro_id, approve=True)
    await _forget(world).push()
    assert world.order.status is OrderStatus.COMPLETED
    assert world.shown.state is PaymentState.RESERVED


async def test_what_norce_knows_already_is_not_told_again(world: World) -> None:
    await world.captured()
    log, statuses = list(world.log), len(world.platform.written("set_status"))
    await _forget(world).push()
    assert world.log == log
    assert len(world.platform.written("set_status")) == statuses
    assert world.stored.status is PaymentStatus.CAPTURED


@pytest.mark.parametrize("act", [World.push, World.refresh], ids=["push", "refresh"])
async def test_what_happened_while_nobody_remembered_is_shown_in_norce(world: World, act: Act) -> None:
    await world.bought()
    (left,) = world.at_qliro.ledger().shippable()
    world.at_qliro.move(3_290_900, TransactionKind.CAPTURE, ItemGroup(left.transaction_id, left.items))
    world.provider.settle()
    await act(_forget(world))
    assert world.shown.state is PaymentState.CAPTURED


async def test_an_operation_shows_norce_what_happened_before_it(world: World) -> None:
    await world.captured()
    world.platform.edit(world.key, payments=(replace(world.shown, state=PaymentState.RESERVED, actions=()),))
    with pytest.raises(OperationRefused):
        await _forget(world).cancel()
    await world.capture()
    assert world.shown.state is PaymentState.CAPTURED
    assert world.acts() == []


async def test_a_purchase_norce_was_never_told_of_is_captured_and_completed(world: World) -> None:
    await world.start()
    await world.validate()
    world.provider.buy(world.qliro_id)
    await _forget(world).capture()
    assert world.order.status is OrderStatus.COMPLETED
    assert world.shown.state is PaymentState.CAPTURED


async def test_create_again_gives_the_same_payment(world: World) -> None:
    first = await world.start()
    log = list(world.log)
    assert await _forget(world).start() == first
    assert len(world.own) == 1
    assert len(world.provider.orders) == 1
    assert world.stored.provider_order_id == world.qliro_id
    assert world.log == log


async def test_a_new_attempt_after_a_lost_database_has_an_unused_reference(world: World) -> None:
    await world.start()
    await world.remove()
    await _forget(world).start()
    first, second = (order.draft.merchant_reference for order in world.provider.orders.values())
    assert first != second


async def test_a_withdrawn_payment_that_was_paid_after_all_is_released(world: World) -> None:
    await world.start()
    await world.remove()
    world.provider.buy(world.qliro_id)
    await _forget(world).push()
    assert world.money.remaining == 0
    assert world.order.status is OrderStatus.CHECKOUT


async def test_a_refused_payment_stays_refused(world: World) -> None:
    await world.bought(on_hold=True)
    world.provider.resolve_hold(world.qliro_id, approve=False)
    await world.push("Refused")
    log = list(world.log)
    await _forget(world).push("Refused")
    assert world.stored.status is PaymentStatus.DECLINED
    assert world.log == log
    with pytest.raises(OperationRefused):
        await world.capture()


async def test_a_qliro_order_that_is_gone_leaves_an_intent(world: World) -> None:
    await world.start()
    world.provider.forget(world.qliro_id)
    await world.do(_forget(world).app.refresh(world.payment_key))
    assert world.stored.status is PaymentStatus.INTENT


async def test_payments_without_a_qliro_order_and_of_others_cannot_be_adopted(world: World) -> None:
    await world.start()
    world.platform.edit(world.key, payments=(replace(world.shown, reference="not a number"), other_payment(1)))
    _forget(world)
    for payment_id in (world.own[0].id, "pOther"):
        with pytest.raises(PaymentNotFound):
            await world.do(world.app.refresh(world.key.payment(payment_id)))
