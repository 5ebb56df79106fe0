"""Get shows the snippet and makes up for what was missed; remove withdraws what nobody has paid."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.errors import (
    OperationRefused,
    OrderNotFound,
    OrderUnavailable,
    PaymentNotFound,
    ProviderOrderExpired,
    ProviderOrderMissing,
    ProviderUnavailable,
)
from domain.lifecycle import PaymentStatus
from domain.order import ADAPTER_ID, OrderStatus, PaymentState
from tests.unit.application.world import World, other_payment
from tests.unit.domain.orders import shipping


class TestGet:
    async def test_before_the_purchase_one_call_shows_the_snippet(self, world: World) -> None:
        started = await world.start()
        world.provider.faults.log.clear()
        reads = world.platform.faults.calls["read_order"]
        assert await world.read() == started
        assert world.provider.faults.log == ["read_checkout"]
        assert world.platform.faults.calls["read_order"] == reads

    async def test_after_the_purchase_it_still_shows_the_snippet(self, world: World) -> None:
        await world.bought()
        assert (await world.read()).snippet

    @pytest.mark.parametrize("purged", [False, True])
    async def test_what_was_not_paid_in_time_is_expired(self, world: World, purged: bool) -> None:
        await world.start()
        if purged:
            world.provider.forget(world.qliro_id)
        world.clock.advance(timedelta(hours=24, minutes=1))
        with pytest.raises(ProviderOrderExpired):
            await world.read()

    async def test_what_was_paid_is_shown_however_old_it_is(self, world: World) -> None:
        await world.start()
        await world.validate()
        world.provider.buy(world.qliro_id)
        world.clock.advance(timedelta(days=3))
        assert (await world.read()).snippet
        assert world.order.status is OrderStatus.COMPLETED

    async def test_a_push_that_never_came_is_made_up_for(self, world: World) -> None:
        await world.start()
        await world.validate()
        world.provider.buy(world.qliro_id)
        await world.read()
        assert world.order.status is OrderStatus.COMPLETED
        assert world.shown.state is PaymentState.RESERVED
        assert world.nothing_owed()

    async def test_making_up_may_fail_and_the_snippet_is_shown_all_the_same(self, world: World) -> None:
        await world.start()
        world.provider.buy(world.qliro_id)
        world.provider.faults.add(ProviderUnavailable("down"), "read_ledger")
        assert (await world.read()).snippet
        assert world.notebook.said("postponed")
        await world.read()
        assert world.order.status is OrderStatus.COMPLETED

    async def test_letters_that_norce_did_not_take_are_tried_again(self, world: World) -> None:
        await world.start()
        world.provider.buy(world.qliro_id)
        world.platform.faults.add(OrderUnavailable("down"), "replace_payment")
        await world.read()
        assert world.order.status is OrderStatus.CHECKOUT
        world.clock.advance(2)
        await world.read()
        assert world.stands(OrderStatus.COMPLETED)

    async def test_a_create_that_died_halfway_is_finished(self, world: World) -> None:
        world.platform.faults.add(OrderUnavailable("down"), "add_hook", times=4)
        with pytest.raises(OrderUnavailable):
            await world.start()
        shown = await world.read()
        assert shown.payment_id == world.shown.id
        assert len(world.own) == 1
        assert len(world.order.hooks) == 4

    async def test_removed_is_not_found(self, world: World) -> None:
        await world.start()
        await world.remove()
        with pytest.raises(PaymentNotFound):
            await world.read()

    async def test_removed_is_not_found_without_a_database_either(self, world: World) -> None:
        await world.start()
        await world.remove()
        world.store.stored.clear()
        with pytest.raises(PaymentNotFound):
            await world.read()

    async def test_a_withdrawn_payment_that_never_reached_qliro_begins_nothing(self, world: World) -> None:
        await world.start()
        told = replace(world.shown, state=PaymentState.FAILED, reference="")
        world.platform.edit(world.key, payments=(told,))
        world.store.stored.clear()
        with pytest.raises(PaymentNotFound):
            await world.read()
        assert len(world.own) == 1
        assert len(world.provider.orders) == 1

    async def test_unknown_foreign_and_orderless_are_not_found(self, world: World) -> None:
        world.platform.edit(world.key, payments=(other_payment(100),))
        for payment_id in ("pUnknown", "pOther"):
            with pytest.raises(PaymentNotFound):
                await world.read(world.key.payment(payment_id))
        world.platform.orders.clear()
        with pytest.raises(OrderNotFound):
            await world.read(world.key.payment("pUnknown"))

    async def test_a_purged_qliro_order_is_missing(self, world: World) -> None:
        await world.start()
        world.provider.forget(world.qliro_id)
        with pytest.raises(ProviderOrderMissing):
            await world.read()


class TestRemove:
    async def test_payment_own_shippings_and_hooks_go_and_others_stay(self, world: World) -> None:
        await world.start()
        mine = replace(shipping(1_000, reference="mine"), adapter_id=ADAPTER_ID)
        world.platform.edit(world.key, shippings=(*world.order.shippings, mine))
        await world.remove()
        assert world.shown.state is PaymentState.REMOVED
        assert world.shown.actions == ()
        assert world.order.hooks == ()
        assert [(s.reference, s.active) for s in world.order.shippings] == [("mypack", True), ("mine", False)]
        assert world.stored.status is PaymentStatus.REMOVED

    async def test_repeating_it_writes_nothing(self, world: World) -> None:
        await world.start()
        await world.remove()
        writes = len(world.platform.writes)
        await world.remove()
        assert len(world.platform.writes) == writes

    async def test_a_qliro_order_that_is_gone_is_fine(self, world: World) -> None:
        await world.start()
        world.provider.forget(world.qliro_id)
        await world.remove()
        assert world.live == []

    async def test_an_unreachable_qliro_is_not_taken_for_unpaid(self, world: World) -> None:
        await world.start()
        world.provider.faults.add(ProviderUnavailable("down"), "read_checkout")
        with pytest.raises(ProviderUnavailable):
            await world.remove()
        assert len(world.live) == 1

    async def test_paid_is_never_withdrawn_but_settled(self, world: World) -> None:
        await world.start()
        await world.validate()
        world.provider.buy(world.qliro_id)
        with pytest.raises(OperationRefused):
            await world.remove()
        assert world.shown.state is PaymentState.RESERVED
        assert world.order.status is OrderStatus.COMPLETED

    async def test_on_hold_is_never_withdrawn(self, world: World) -> None:
        await world.bought(on_hold=True)
        with pytest.raises(OperationRefused):
            await world.remove()
        assert world.shown.state is PaymentState.PENDING

    async def test_captured_is_never_withdrawn(self, world: World) -> None:
        await world.captured()
        with pytest.raises(OperationRefused):
            await world.remove()

    async def test_a_frozen_order_is_opened_and_can_be_begun_anew(self, world: World) -> None:
        await world.start()
        assert await world.validate() is None
        await world.remove()
        assert world.order.status is OrderStatus.CHECKOUT
        await world.start()
        assert await world.validate() is None

    async def test_an_order_frozen_for_another_payment_stays_frozen(self, world: World) -> None:
        await world.start()
        old = world.payment_key
        await world.remove()
        await world.start()
        assert await world.validate() is None
        await world.do(world.app.remove(old))
        assert world.order.status is OrderStatus.PROCESSING

    async def test_a_payment_of_another_instance_is_withdrawn_too(self, world: World) -> None:
        await world.start()
        world.store.stored.clear()
        world.store.desks.clear()
        await world.remove()
        assert world.live == []
        assert world.stored.status is PaymentStatus.REMOVED

    async def test_a_purchase_after_all_is_released_again(self, world: World) -> None:
        await world.start()
        await world.remove()
        world.provider.buy(world.qliro_id)
        await world.push()
        assert world.money.remaining == 0
        assert world.money.cancelled == 74_900
        assert world.shown.state is PaymentState.REMOVED
        assert world.order.status is OrderStatus.CHECKOUT
        assert world.nothing_owed()

    async def test_an_interrupted_withdrawal_is_not_undone_by_a_late_letter(self, world: World) -> None:
        await world.start()
        await world.validate()
        world.platform.edit(world.key, payments=(replace(world.shown, state=PaymentState.REMOVED),))
        await world.later(timedelta(minutes=2))
        assert world.shown.state is PaymentState.REMOVED

    async def test_foreign_payments_are_not_found(self, world: World) -> None:
        world.platform.edit(world.key, payments=(other_payment(100),))
        with pytest.raises(PaymentNotFound):
            await world.do(world.app.remove(world.key.payment("pOther")))
