"""Norce asks before the order's state changes: the whole table."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.change_cart import Patch
from domain.checkout import CheckoutLine, CheckoutStatus, LineType
from domain.errors import PaymentNotFound, ProviderUnavailable, StoreUnavailable, ValidationRefused
from domain.order import OrderStatus, PaymentState
from domain.outcomes import Declined
from tests.unit.application.wiring import PATIENCE
from tests.unit.application.world import World
from tests.unit.domain.orders import item

CHECKOUT, PROCESSING, ACCEPTED = OrderStatus.CHECKOUT, OrderStatus.PROCESSING, OrderStatus.ACCEPTED
COMPLETED, DECLINED, REMOVED = OrderStatus.COMPLETED, OrderStatus.DECLINED, OrderStatus.REMOVED


def _state(state: PaymentState) -> tuple[Patch, ...]:
    return (Patch("/payments/0/state", str(state)),)


@pytest.fixture
async def started(world: World) -> World:
    await world.start()
    return world


@pytest.mark.parametrize("status", OrderStatus)
async def test_a_removed_payment_has_no_say(started: World, status: OrderStatus) -> None:
    await started.remove()
    assert await started.state_changed(status) == ()


async def test_an_unknown_payment_is_not_found(started: World) -> None:
    with pytest.raises(PaymentNotFound):
        await started.do(started.app.change_state(started.key.payment("pUnknown"), started.order))


class TestBackToCheckout:
    @pytest.fixture
    async def frozen(self, started: World) -> World:
        await started.validate()
        await started.background()
        assert started.shown.state is PaymentState.PROCESSING
        return started

    async def test_unpaid_becomes_an_intent_again(self, frozen: World) -> None:
        assert await frozen.state_changed(CHECKOUT) == _state(PaymentState.INTENT)

    async def test_qliro_gets_the_rows_as_they_are_now(self, frozen: World) -> None:
        frozen.platform.put(frozen.with_items(item("SKU-9", 10_000)))
        assert Patch("/payments/0/amount", 14_900) in await frozen.state_changed(CHECKOUT)
        assert frozen.at_qliro.total == frozen.shown.amount == 14_900

    @pytest.mark.parametrize("on_hold", [False, True])
    async def test_paid_is_vetoed(self, frozen: World, on_hold: bool) -> None:
        frozen.provider.buy(frozen.qliro_id, on_hold=on_hold)
        with pytest.raises(ValidationRefused):
            await frozen.state_changed(CHECKOUT)

    async def test_paid_is_vetoed_even_when_qliro_has_purged_the_checkout(self, world: World) -> None:
        await world.bought()
        world.provider.forget(world.qliro_id)
        with pytest.raises(ValidationRefused):
            await world.state_changed(CHECKOUT)
        assert world.shown.state is PaymentState.RESERVED


class TestFrozen:
    async def test_agreeing_amounts_make_it_processing(self, started: World) -> None:
        assert await started.state_changed(PROCESSING) == _state(PaymentState.PROCESSING)

    async def test_another_total_is_vetoed(self, started: World) -> None:
        started.platform.put(started.with_items(item("SKU-9", 10_000)))
        started.platform.edit(started.key, payments=(replace(started.shown, amount=14_900),))
        with pytest.raises(ValidationRefused):
            await started.state_changed(PROCESSING)

    async def test_a_fee_that_qliro_added_itself_is_not_another_total(self, started: World) -> None:
        started.at_qliro.added = (CheckoutLine("fee", "Avgift", LineType.FEE, 1, 2_900, 2_320),)
        assert await started.state_changed(PROCESSING) == _state(PaymentState.PROCESSING)

    async def test_another_currency_is_vetoed(self, started: World) -> None:
        started.platform.put(replace(started.order, currency="NOK"))
        with pytest.raises(ValidationRefused):
            await started.state_changed(PROCESSING)

    async def test_refused_or_gone_is_vetoed(self, started: World) -> None:
        started.at_qliro.status = CheckoutStatus.REFUSED
        with pytest.raises(ValidationRefused):
            await started.state_changed(PROCESSING)
        started.provider.forget(started.qliro_id)
        with pytest.raises(ValidationRefused):
            await started.state_changed(PROCESSING)

    @pytest.mark.parametrize("on_hold", [False, True])
    async def test_already_paid_is_vetoed(self, started: World, on_hold: bool) -> None:
        started.provider.buy(started.qliro_id, on_hold=on_hold)
        with pytest.raises(ValidationRefused, match="paid"):
            await started.state_changed(PROCESSING)

    async def test_an_unreachable_qliro_is_no_approval(self, started: World) -> None:
        started.provider.faults.add(ProviderUnavailable("down"), "read_checkout")
        with pytest.raises(ProviderUnavailable):
            await started.state_changed(PROCESSING)


class TestAccepted:
    async def test_unpaid_is_vetoed(self, started: World) -> None:
        with pytest.raises(ValidationRefused):
            await started.state_changed(ACCEPTED)

    async def test_paid_becomes_reserved(self, started: World) -> None:
        started.provider.buy(started.qliro_id)
        assert await started.state_changed(ACCEPTED) == _state(PaymentState.RESERVED)

    async def test_on_hold_becomes_pending(self, started: World) -> None:
        started.provider.buy(started.qliro_id, on_hold=True)
        assert await started.state_changed(ACCEPTED) == _state(PaymentState.PENDING)

    async def test_what_is_stored_is_told_without_asking_qliro(self, world: World) -> None:
        await world.captured()
        world.platform.edit(world.key, payments=(replace(world.shown, state=PaymentState.RESERVED),))
        calls = len(world.provider.faults.log)
        assert await world.state_changed(ACCEPTED) == _state(PaymentState.CAPTURED)
        assert len(world.provider.faults.log) == calls

    async def test_a_cancelled_payment_does_not_carry_an_order(self, world: World) -> None:
        await world.bought()
        world.platform.edit(world.key, status=PROCESSING)
        await world.cancel()
        world.platform.edit(world.key, payments=(replace(world.shown, state=PaymentState.RESERVED),))
        with pytest.raises(ValidationRefused):
            await world.state_changed(ACCEPTED)


class TestCompleted:
    async def test_unpaid_is_vetoed(self, started: World) -> None:
        with pytest.raises(ValidationRefused):
            await started.state_changed(COMPLETED)

    async def test_being_paid_is_vetoed(self, started: World) -> None:
        await started.validate()
        await started.background()
        with pytest.raises(ValidationRefused):
            await started.state_changed(COMPLETED)

    @pytest.mark.parametrize("on_hold", [False, True])
    async def test_bought_needs_nothing(self, world: World, on_hold: bool) -> None:
        await world.bought(on_hold=on_hold)
        calls = len(world.provider.faults.log)
        assert await world.state_changed(COMPLETED) == ()
        assert len(world.provider.faults.log) == calls

    async def test_a_purchase_that_nobody_told_of_needs_nothing_either(self, started: World) -> None:
        started.provider.buy(started.qliro_id)
        assert await started.state_changed(COMPLETED) == ()

    async def test_a_purchase_that_norce_does_not_show_is_known_without_asking_qliro(self, world: World) -> None:
        await world.captured()
        world.platform.edit(world.key, payments=(replace(world.shown, state=PaymentState.INTENT),))
        world.provider.forget(world.qliro_id)
        assert await world.state_changed(COMPLETED) == ()

    async def test_a_payment_that_came_to_nothing_has_no_say(self, world: World) -> None:
        await world.bought()
        await world.cancel()
        assert await world.state_changed(COMPLETED) == ()


@pytest.mark.parametrize("status", [DECLINED, REMOVED])
class TestClosed:
    async def test_an_unpaid_payment_ends_with_its_order(self, started: World, status: OrderStatus) -> None:
        assert await started.state_changed(status) == _state(PaymentState(str(status)))
        assert started.acts() == []

    async def test_a_reservation_is_released(self, world: World, status: OrderStatus) -> None:
        await world.bought()
        assert await world.state_changed(status) == _state(PaymentState.CANCELLED)
        assert world.money.cancelled == 74_900
        assert world.acts("cancel") == ["cancel"]
        await world.background()
        assert world.order.status is status
        assert world.nothing_owed()

    async def test_a_purchase_that_nobody_told_of_is_released(self, started: World, status: OrderStatus) -> None:
        started.provider.buy(started.qliro_id)
        await started.state_changed(status)
        await started.background()
        assert started.money.remaining == 0

    async def test_nothing_is_written_to_norce_inside_the_hook(self, world: World, status: OrderStatus) -> None:
        await world.bought()
        writes = len(world.platform.writes)
        await world.state_changed(status)
        assert len(world.platform.writes) == writes

    async def test_what_is_captured_stays_captured(self, world: World, status: OrderStatus) -> None:
        await world.captured()
        assert await world.state_changed(status) == ()
        assert world.money.captured == 74_900

    async def test_what_qliro_does_not_cancel_is_reported(self, world: World, status: OrderStatus) -> None:
        await world.bought()
        world.provider.script.append(Declined("NOT_ALLOWED", "no"))
        assert await world.state_changed(status) == ()
        assert world.notebook.said("disagreement")
        assert world.order.status is status

    async def test_what_somebody_else_keeps_busy_is_answered_in_time_and_released_later(
        self, status: OrderStatus
    ) -> None:
        world = World(patience=replace(PATIENCE, hook=timedelta(milliseconds=50)))
        await world.bought()
        claim = await world.store.payments.claim(world.key, wait=timedelta(0), lease=timedelta(seconds=15))
        asked_at = world.clock.now()
        assert await world.state_changed(status) == ()
        assert world.clock.now() - asked_at <= timedelta(milliseconds=60)
        assert world.notebook.said("disagreement")
        await world.store.payments.release(claim)
        await world.later(timedelta(seconds=10))
        assert world.money.remaining == 0
        assert world.money.cancelled == 74_900

    async def test_what_cannot_be_tried_is_reported(self, world: World, status: OrderStatus) -> None:
        await world.bought()

        async def fail(*_: object, **__: object) -> None:
            raise StoreUnavailable("down")

        world.store.payments.claim = fail  # type: ignore[method-assign, assignment]
        assert await world.state_changed(status) == ()
        assert world.notebook.said("disagreement")

    async def test_what_qliro_decides_later_is_told_later(self, world: World, status: OrderStatus) -> None:
        await world.bought()
        world.provider.prompt = False
        assert await world.state_changed(status) == ()
        world.provider.settle()
        await world.push("Success")
        assert world.shown.state is PaymentState.CANCELLED
        assert world.nothing_owed()

    async def test_a_declined_payment_has_nothing_to_release(self, world: World, status: OrderStatus) -> None:
        await world.bought(on_hold=True)
        world.provider.resolve_hold(world.qliro_id, approve=False)
        await world.push("Refused")
        assert await world.state_changed(status) == ()
        assert world.acts() == []

    async def test_what_is_approved_after_the_order_was_closed_is_released(
        self, world: World, status: OrderStatus
    ) -> None:
        await world.bought(on_hold=True)
        assert await world.state_changed(status) == ()
        world.provider.resolve_hold(world.qliro_id, approve=True)
        await world.push()
        await world.later(timedelta(seconds=5))
        assert world.money.remaining == 0
        assert world.money.cancelled == 74_900
        assert world.shown.state is PaymentState.CANCELLED
        assert world.order.status is status
