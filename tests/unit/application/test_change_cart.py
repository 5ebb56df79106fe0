"""Norce asks before it changes cart, shippings or payments: Qliro holds the new rows before the answer."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.change_cart import Patch
from application.texts import DeclineReason
from domain.errors import (
    OrderBusy,
    OrderNotExpressible,
    PaymentConflict,
    PaymentNotFound,
    ProviderBusy,
    ProviderUnavailable,
)
from domain.order import OrderStatus, PaymentState, PurchaseOrder
from tests.unit.application.world import World, a_decline, other_payment
from tests.unit.domain.orders import item, shipping


@pytest.fixture
async def started(world: World) -> World:
    await world.start()
    return world


def _smaller(world: World) -> PurchaseOrder:
    return world.with_items(item("SKU-9", 10_000))


async def test_qliro_holds_the_new_rows_and_norce_gets_the_new_amount(started: World) -> None:
    patches = await started.cart_changed(_smaller(started))
    assert patches == (Patch("/payments/0/amount", 14_900),)
    assert started.at_qliro.total == started.shown.amount == started.stored.amount == 14_900


async def test_nothing_is_written_to_norce_and_the_order_is_not_read(started: World) -> None:
    writes, reads = len(started.platform.writes), started.platform.faults.calls["read_order"]
    await started.cart_changed(_smaller(started))
    assert len(started.platform.writes) == writes
    assert started.platform.faults.calls["read_order"] == reads


async def test_the_patch_counts_our_place_among_the_payments(started: World) -> None:
    proposed = replace(started.order, payments=(other_payment(10_000), *started.order.payments))
    patches = await started.do(started.app.change_cart(started.payment_key, proposed))
    assert patches == (Patch("/payments/1/amount", 64_900),)


async def test_a_new_freight_is_told_to_qliro(started: World) -> None:
    order = started.order
    freight = shipping(9_900)
    goods = order.cart_total.including_vat
    total = order.total._replace(including_vat=goods + 9_900, excluding_vat=goods)
    await started.cart_changed(replace(order, shippings=(freight,), total=total))
    assert started.at_qliro.total == started.shown.amount == 79_900


async def test_rows_that_stay_the_same_are_not_sent(started: World) -> None:
    assert await started.cart_changed(started.order) == ()
    assert started.at_qliro.updates == []


async def test_the_same_change_twice_is_sent_once(started: World) -> None:
    proposed = _smaller(started)
    first = await started.do(started.app.change_cart(started.payment_key, proposed))
    second = await started.do(started.app.change_cart(started.payment_key, proposed))
    assert first == second != ()
    assert len(started.at_qliro.updates) == 1


class TestWhileSomebodyHoldsTheOrder:
    @pytest.fixture
    async def held(self, started: World) -> World:
        await started.store.payments.claim(started.key, wait=timedelta(0), lease=timedelta(seconds=60))
        return started

    async def test_rows_that_stay_the_same_are_answered_without_waiting(self, held: World) -> None:
        began = held.clock.now()
        stale = replace(held.order, payments=(replace(held.shown, amount=1),))
        assert await held.do(held.app.change_cart(held.payment_key, stale)) == (Patch("/payments/0/amount", 74_900),)
        assert held.clock.now() == began

    async def test_other_rows_wait_a_little_and_are_then_denied(self, held: World) -> None:
        began = held.clock.now()
        with pytest.raises(OrderBusy):
            await held.cart_changed(_smaller(held))
        assert held.clock.now() - began <= held.patience.hook_claim + timedelta(seconds=0.1)
        assert held.at_qliro.total == 74_900


class TestQliroDoesNotAnswer:
    async def test_what_was_not_sent_is_denied(self, started: World) -> None:
        started.provider.faults.add(ProviderUnavailable("down", sent=False), "update_checkout")
        with pytest.raises(ProviderUnavailable):
            await started.cart_changed(_smaller(started))
        assert started.shown.amount == started.at_qliro.total == 74_900

    async def test_what_arrived_after_all_is_accepted(self, started: World) -> None:
        started.provider.faults.add(ProviderUnavailable("timeout"), "update_checkout", after=True)
        assert await started.cart_changed(_smaller(started)) != ()
        assert started.shown.amount == started.at_qliro.total == 14_900

    async def test_what_did_not_arrive_is_denied(self, started: World) -> None:
        started.provider.faults.add(ProviderUnavailable("timeout"), "update_checkout")
        with pytest.raises(ProviderUnavailable):
            await started.cart_changed(_smaller(started))
        assert started.shown.amount == started.at_qliro.total == 74_900

    async def test_what_nobody_can_tell_is_denied_and_mended_by_the_next_validate(self, started: World) -> None:
        started.provider.faults.add(ProviderUnavailable("timeout"), "update_checkout", after=True)
        started.provider.faults.add(ProviderUnavailable("down"), "read_checkout")
        with pytest.raises(ProviderUnavailable):
            await started.cart_changed(_smaller(started))
        assert await started.validate() == a_decline(DeclineReason.CART_CHANGED)
        await started.background()
        assert started.at_qliro.total == started.shown.amount == 74_900
        assert await started.validate() is None


async def test_an_expired_qliro_order_leaves_the_change_to_the_storefront(started: World) -> None:
    started.provider.expire(started.qliro_id)
    assert await started.cart_changed(_smaller(started)) == ()
    await started.start()
    assert started.shown.amount == started.at_qliro.total == 14_900


async def test_a_purged_qliro_order_leaves_the_change_to_the_storefront(started: World) -> None:
    started.provider.forget(started.qliro_id)
    assert await started.cart_changed(_smaller(started)) == ()


async def test_a_customer_who_is_paying_keeps_the_cart(started: World) -> None:
    started.provider.faults.add(ProviderBusy("paying"), "update_checkout")
    with pytest.raises(PaymentConflict):
        await started.cart_changed(_smaller(started))


async def test_a_customer_who_has_just_paid_keeps_the_cart(started: World) -> None:
    started.provider.buy(started.qliro_id)
    with pytest.raises(PaymentConflict):
        await started.cart_changed(_smaller(started))
    assert started.at_qliro.total == 74_900


async def test_paid_and_known_but_not_yet_told_to_norce_keeps_the_cart_too(started: World) -> None:
    started.provider.buy(started.qliro_id)
    told = started.order
    await started.push()
    stale = replace(_smaller(started), payments=told.payments, status=told.status)
    with pytest.raises(PaymentConflict):
        await started.do(started.app.change_cart(started.payment_key, stale))


async def test_a_payment_that_norce_knows_as_paid_is_no_business_of_the_hook(world: World) -> None:
    await world.bought()
    assert await world.do(world.app.change_cart(world.payment_key, _smaller(world))) == ()
    assert world.at_qliro.updates == []


async def test_a_cart_that_cannot_be_expressed_is_denied_before_any_call(started: World) -> None:
    calls = len(started.provider.faults.log)
    with pytest.raises(OrderNotExpressible):
        await started.cart_changed(replace(started.order, items=()))
    assert len(started.provider.faults.log) == calls


async def test_a_frozen_order_whose_cart_changes_is_opened_by_a_letter(started: World) -> None:
    await started.validate()
    await started.background()
    writes = len(started.platform.writes)
    await started.cart_changed(_smaller(started))
    assert len(started.platform.writes) == writes
    await started.background()
    assert started.order.status is OrderStatus.CHECKOUT
    assert started.shown.state is PaymentState.INTENT
    assert await started.validate() is None


async def test_foreign_and_unknown_payments_are_not_found(started: World) -> None:
    with pytest.raises(PaymentNotFound):
        await started.do(started.app.change_cart(started.key.payment("pUnknown"), started.order))


async def test_a_payment_of_another_instance_is_changed_like_our_own(started: World) -> None:
    started.store.stored.clear()
    started.store.desks.clear()
    await started.cart_changed(_smaller(started))
    assert started.at_qliro.total == started.shown.amount == started.stored.amount == 14_900


async def test_a_cart_that_qliro_takes_after_it_was_taken_back_is_taken_back_again(world: World) -> None:
    await world.start()
    before = world.order.total.including_vat
    world.provider.faults.add(ProviderUnavailable("lost"), "update_checkout")
    world.provider.faults.add(ProviderUnavailable("lost"), "read_checkout")
    with pytest.raises(ProviderUnavailable):
        await world.cart_changed(world.with_items(item("SKU-9", 100)))
    await world.background()
    await world.do(world.app.look_after())
    world.at_qliro.lines = world.at_qliro.lines[:1]
    assert world.at_qliro.total != before
    await world.later(11)
    assert world.at_qliro.total == before


class TestAfterThePurchase:
    @pytest.fixture
    async def bought(self, world: World) -> World:
        await world.bought()
        return world

    async def test_a_cart_that_norce_commits_late_is_compared_with_the_reservation_then(self, bought: World) -> None:
        proposed = bought.with_items(item("SKU-1", 24_900))
        assert await bought.do(bought.app.change_cart(bought.payment_key, proposed)) == ()
        await bought.do(bought.app.look_after())
        assert bought.acts() == []
        bought.commit(proposed, ())
        await bought.later(60)
        assert bought.acts() == ["reduce"]
        assert bought.money.remaining == 29_800

    async def test_norce_that_has_not_heard_of_it_may_confirm_the_cart_and_not_change_it(self, bought: World) -> None:
        unpaid = replace(bought.order, payments=(replace(bought.shown, state=PaymentState.INTENT),))
        assert await bought.do(bought.app.change_cart(bought.payment_key, unpaid)) == ()
        smaller = replace(_smaller(bought), payments=unpaid.payments)
        with pytest.raises(PaymentConflict, match="has been paid"):
            await bought.do(bought.app.change_cart(bought.payment_key, smaller))
        assert bought.at_qliro.updates == []

    async def test_an_order_on_hold_may_change_and_nothing_is_told_to_qliro(self, world: World) -> None:
        await world.bought(on_hold=True)
        assert world.shown.state is PaymentState.PENDING
        assert await world.do(world.app.change_cart(world.payment_key, _smaller(world))) == ()
        assert world.at_qliro.updates == []


async def test_an_order_that_is_not_frozen_is_not_written_to_norce_afterwards(started: World) -> None:
    await started.cart_changed(_smaller(started))
    writes = len(started.platform.writes)
    await started.background()
    assert len(started.platform.writes) == writes


async def test_what_nobody_can_tell_is_mended_without_a_purchase(started: World) -> None:
    started.provider.faults.add(ProviderUnavailable("timeout"), "update_checkout", after=True)
    started.provider.faults.add(ProviderUnavailable("down"), "read_checkout")
    with pytest.raises(ProviderUnavailable):
        await started.cart_changed(_smaller(started))
    assert started.at_qliro.total == 14_900
    await started.background()
    assert started.at_qliro.total == started.shown.amount == started.stored.amount == 74_900


async def test_a_payment_that_was_withdrawn_covers_nothing_new(started: World) -> None:
    unpaid = started.order.payments
    key = started.payment_key
    await started.remove()
    proposed = replace(_smaller(started), payments=unpaid)
    updates = len(started.provider.orders[int(unpaid[0].reference)].updates)
    assert await started.do(started.app.change_cart(key, proposed)) == ()
    assert len(started.provider.orders[int(unpaid[0].reference)].updates) == updates


async def test_a_payment_without_a_qliro_order_gets_its_amount_all_the_same(world: World) -> None:
    waiting = replace(
        other_payment(1), id="pNew", adapter_id="qliro_checkout_adapter", reference="", state=PaymentState.INTENT
    )
    world.platform.put(replace(world.order, payments=(waiting,)))
    patches = await world.do(world.app.change_cart(world.key.payment("pNew"), world.order))
    assert patches == (Patch("/payments/0/amount", 74_900),)
