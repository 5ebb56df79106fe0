"""Norce's documents have no versions: who writes what was read a moment ago may write over somebody else's change."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.messages_owed import withdrawal_owed
from application.ports.payments import Work
from application.ports.platform import PaymentChanges
from domain.checkout import CheckoutLine, LineType
from domain.errors import OrderUnavailable, ProviderUnavailable, StoreUnavailable
from domain.identifiers import OrderKey
from domain.ledger import TransactionKind
from domain.order import OrderPayment, OrderStatus, PaymentState, PurchaseOrder
from tests.unit.application.world import World, other_payment
from tests.unit.domain.orders import item


async def _withdrawn_while_told(world: World) -> None:
    """The payment is withdrawn while the news that its customer is paying is on the way to Norce."""
    write, removals = world.platform.replace_payment, [world.app.remove(world.payment_key)]

    async def overtaken(order: OrderKey, current: OrderPayment, changes: PaymentChanges) -> OrderPayment:
        if changes.state is PaymentState.PROCESSING and removals:
            await removals.pop()
        return await write(order, current, changes)

    world.platform.replace_payment = overtaken  # type: ignore[method-assign]
    assert await world.validate() is None
    await world.background()


async def test_a_report_that_lands_after_the_withdrawal_does_not_bring_the_payment_back(world: World) -> None:
    await world.start()
    await _withdrawn_while_told(world)
    assert world.live == []
    assert world.order.status is OrderStatus.CHECKOUT
    assert world.nothing_owed()


async def test_nor_does_it_when_another_payment_is_begun_meanwhile(world: World) -> None:
    await world.start()
    write, begun = world.platform.replace_payment, [world.app.start(world.key)]

    async def overtaken(order: OrderKey, current: OrderPayment, changes: PaymentChanges) -> OrderPayment:
        if changes.state is PaymentState.PROCESSING and begun:
            world.provider.forget(int(current.reference))
            await begun.pop()
        return await write(order, current, changes)

    world.platform.replace_payment = overtaken  # type: ignore[method-assign]
    await world.validate()
    await world.background()
    assert len(world.live) == 1
    assert sum(payment.amount for payment in world.live) == world.order.total.including_vat


@pytest.mark.parametrize("dropped", [False, True])
async def test_a_report_that_lands_after_a_cart_change_does_not_bring_the_old_amount_back(
    world: World, *, dropped: bool
) -> None:
    await world.start()
    write, key, items = world.platform.replace_payment, world.payment_key, world.order.items
    proposals = [world.with_items(*items[:1])]

    async def overtaken(order: OrderKey, current: OrderPayment, changes: PaymentChanges) -> OrderPayment:
        if changes.state is PaymentState.PROCESSING and proposals:
            proposed = proposals.pop()
            patches = await world.app.change_cart(key, proposed)
            if not dropped:
                world.commit(proposed, patches)
        return await write(order, current, changes)

    world.platform.replace_payment = overtaken  # type: ignore[method-assign]
    assert await world.validate() is None
    await world.background()
    assert proposals == []
    assert (world.order.items == items) is dropped
    assert world.shown.amount == world.order.total.including_vat


async def test_an_order_that_was_frozen_unseen_is_opened_after_the_withdrawal(world: World) -> None:
    await world.start()
    before, read = world.order, world.platform.read_order
    assert await world.validate() is None
    late = [replace(world.order, status=before.status)]

    async def lagging(order: OrderKey) -> PurchaseOrder:
        return late.pop() if late else await read(order)

    world.platform.read_order = lagging  # type: ignore[method-assign]
    await world.remove()
    await world.background()
    assert world.live == []
    assert world.order.status is OrderStatus.CHECKOUT


async def test_an_order_that_another_adapter_has_frozen_since_stays_frozen(world: World) -> None:
    await world.start()
    await world.remove()
    foreign = other_payment(74_900, "default", state=PaymentState.PROCESSING)
    world.platform.edit(world.key, status=OrderStatus.PROCESSING, payments=(*world.order.payments, foreign))
    await world.store.payments.commit(Work(world.key, payments=(world.stored,), messages=withdrawal_owed()))
    await world.background()
    assert world.order.status is OrderStatus.PROCESSING


async def test_a_purchase_that_was_refused_before_norce_heard_of_its_hold_holds_up_nothing(world: World) -> None:
    await world.start()
    assert await world.validate() is None
    await world.background()
    world.provider.buy(world.qliro_id, on_hold=True)
    world.platform.faults.add(OrderUnavailable("down"), times=50)
    await world.push("OnHold")
    world.provider.resolve_hold(world.qliro_id, approve=False)
    await world.push("Refused")
    world.platform.faults.clear()
    await world.later(timedelta(hours=1))
    assert world.stands(OrderStatus.DECLINED, PaymentState.DECLINED)
    accepted = [w for w in world.platform.written("set_status") if w.detail is OrderStatus.ACCEPTED]
    assert accepted == []
    assert world.nothing_owed()


async def test_a_twin_that_came_late_goes_when_the_order_is_bought(world: World) -> None:
    await world.start()
    twin = replace(world.shown, id="pTwin", reference="", attributes={})
    world.platform.edit(world.key, payments=(twin, *world.order.payments))
    world.platform.refusals[world.key] = ()
    await world.validate()
    world.provider.buy(world.qliro_id)
    await world.push()
    assert [(payment.id, payment.state) for payment in world.own if payment.id == "pTwin"] == [
        ("pTwin", PaymentState.REMOVED)
    ]
    assert world.shown.state is PaymentState.RESERVED


async def test_a_cart_that_was_read_before_norce_had_changed_it_does_not_stay_at_qliro(world: World) -> None:
    await world.start()
    changed = world.with_items(item("SKU-1", 24_900, 5))
    patches = await world.do(world.app.change_cart(world.payment_key, changed))
    await world.start()  # somebody else's, between our answer and Norce's commit
    world.commit(changed, patches)
    assert world.at_qliro.total != world.order.total.including_vat
    await world.later(timedelta(minutes=2))
    assert world.at_qliro.total == world.order.total.including_vat == world.shown.amount
    assert await world.validate() is None


async def test_a_change_that_norce_dropped_after_all_does_not_stay_at_qliro(world: World) -> None:
    await world.start()
    await world.do(world.app.change_cart(world.payment_key, world.with_items(item("SKU-1", 24_900, 5))))
    await world.later(timedelta(minutes=2))
    assert world.at_qliro.total == world.order.total.including_vat == world.shown.amount
    assert await world.validate() is None


async def test_a_change_that_died_after_it_reached_qliro_does_not_stay_there(world: World) -> None:
    await world.start()
    changed = world.with_items(item("SKU-1", 24_900, 5))
    commit, deaths = world.store.payments.commit, [StoreUnavailable("away")]

    async def dying(work: Work) -> None:
        if deaths:
            raise deaths.pop()
        await commit(work)

    world.store.payments.commit = dying  # type: ignore[method-assign]
    with pytest.raises(StoreUnavailable):
        await world.do(world.app.change_cart(world.payment_key, changed))
    assert world.at_qliro.total != world.order.total.including_vat
    await world.later(timedelta(minutes=2))
    assert world.at_qliro.total == world.order.total.including_vat == world.shown.amount
    updates = len(world.at_qliro.updates)
    await world.later(timedelta(minutes=10))
    assert len(world.at_qliro.updates) == updates


async def test_an_order_that_can_no_longer_be_told_is_left_as_it_is(world: World) -> None:
    await world.start()
    world.platform.edit(world.key, items=())
    await world.later(timedelta(minutes=2))
    assert world.at_qliro.total == 74_900
    assert world.notebook.said("look_failed") == []


@pytest.mark.parametrize("frozen", [True, False])
async def test_an_order_whose_purchase_was_cancelled_before_norce_heard_of_it_is_not_accepted(
    world: World, *, frozen: bool
) -> None:
    await world.start()
    assert await world.validate() is None
    await world.background()
    world.provider.buy(world.qliro_id)
    world.platform.faults.add(OrderUnavailable("down"), times=50)
    await world.push()
    (left,) = world.at_qliro.ledger().shippable()
    world.at_qliro.move(3_290_900, TransactionKind.REVERSAL, left)
    world.provider.settle()
    await world.push("Cancelled")
    world.platform.faults.clear()
    world.platform.edit(world.key, status=OrderStatus.PROCESSING if frozen else OrderStatus.CHECKOUT)
    await world.later(timedelta(hours=1))
    assert world.order.status is (OrderStatus.DECLINED if frozen else OrderStatus.CHECKOUT)
    assert world.shown.state is PaymentState.CANCELLED
    assert world.nothing_owed()
    assert world.notebook.said("disagreement") == []


@pytest.mark.parametrize("unreadable", [False, True])
async def test_a_fee_of_qliros_is_no_disagreement_when_norce_is_told_in_two_rounds(
    world: World, *, unreadable: bool
) -> None:
    await world.start()
    assert await world.validate() is None
    await world.background()
    fee = CheckoutLine("invoice-fee", "Fee", LineType.FEE, 1, 2_900, 2_320)
    world.at_qliro.added = (fee,)
    world.provider.buy(world.qliro_id)
    world.platform.faults.add(OrderUnavailable("busy"), "replace_payment")
    await world.push()
    if unreadable:
        world.provider.faults.add(ProviderUnavailable("down"), "read_checkout", times=9)
    await world.later(timedelta(seconds=2))
    assert world.stands(PaymentState.RESERVED, OrderStatus.COMPLETED)
    assert world.shown.amount == 74_900 + 2_900
    assert world.notebook.said("disagreement") == []
