"""What Qliro tells, in any order and however often, ends in the same order at Norce; nothing moves backwards."""

import itertools
from dataclasses import replace
from datetime import timedelta

import pytest

from application.handle_notices import _SCHEDULE
from application.ports.inbox import NoticeKind
from domain.checkout import CheckoutStatus
from domain.errors import LedgerDisagrees, PaymentNotFound, ProviderFault, ProviderOrderMissing, ProviderUnavailable
from domain.ledger import TransactionKind
from domain.lifecycle import PaymentStatus
from domain.order import OrderStatus, PaymentState, Price
from tests.fakes.clock import SOME_TIME
from tests.unit.application.world import ANNA, World, an_order, notice


@pytest.fixture
async def validated(world: World) -> World:
    await world.start()
    assert await world.validate() is None
    return world


async def test_a_purchase_reserves_the_payment_completes_the_order_and_brings_the_customer(validated: World) -> None:
    validated.provider.buy(validated.qliro_id, billing=ANNA)
    await validated.push()
    assert validated.order.status is OrderStatus.COMPLETED
    assert (validated.shown.state, validated.shown.amount) == (PaymentState.RESERVED, 74_900)
    assert {action.type for action in validated.shown.actions} == {"capture", "cancel"}
    assert validated.shown.attributes["qliroPaymentMethodName"] == "CREDITCARDS"
    assert validated.order.customer.billing == ANNA
    assert [write.detail for write in validated.platform.written("set_status")] == [
        OrderStatus.PROCESSING,
        OrderStatus.ACCEPTED,
        OrderStatus.COMPLETED,
    ]
    assert validated.log == [("open", True), ("process", True), ("confirm", True)]


async def test_a_purchase_with_a_row_for_rounding_is_what_the_order_costs() -> None:
    world = World(an_order(cart_total=Price(70_003, 56_003), total=Price(74_903, 59_923)))
    await world.start()
    assert await world.validate() is None
    world.provider.buy(world.qliro_id)
    await world.push()
    assert (world.shown.state, world.shown.amount) == (PaymentState.RESERVED, 74_903)
    assert not world.notebook.said("disagreement")


async def test_a_hold_accepts_the_order_and_leaves_the_payment_pending(validated: World) -> None:
    validated.provider.buy(validated.qliro_id, on_hold=True)
    await validated.push("OnHold")
    assert validated.order.status is OrderStatus.ACCEPTED
    assert validated.shown.state is PaymentState.PENDING
    assert [action.type for action in validated.shown.actions] == ["cancel"]


async def test_the_banks_yes_completes_the_order(validated: World) -> None:
    validated.provider.buy(validated.qliro_id, on_hold=True)
    await validated.push("OnHold")
    validated.provider.resolve_hold(validated.qliro_id, approve=True)
    await validated.push()
    assert validated.order.status is OrderStatus.COMPLETED
    assert validated.shown.state is PaymentState.RESERVED
    assert [event for event, _ in validated.log].count("confirm") == 2


async def test_the_banks_no_declines_payment_and_order(validated: World) -> None:
    validated.provider.buy(validated.qliro_id, on_hold=True)
    await validated.push("OnHold")
    validated.provider.resolve_hold(validated.qliro_id, approve=False)
    await validated.push("Refused")
    assert validated.order.status is OrderStatus.DECLINED
    assert validated.shown.state is PaymentState.DECLINED
    assert validated.shown.actions == ()
    assert validated.log[-1] == ("cancel", False)


async def test_a_refusal_before_the_order_was_frozen_leaves_it_open(world: World) -> None:
    await world.start()
    world.at_qliro.status = CheckoutStatus.REFUSED
    await world.push("Refused")
    assert world.order.status is OrderStatus.CHECKOUT
    assert world.shown.state is PaymentState.DECLINED


async def test_a_push_about_an_unpaid_order_changes_nothing(validated: World) -> None:
    await validated.background()
    writes = len(validated.platform.writes)
    await validated.push("InProcess")
    assert len(validated.platform.writes) == writes
    assert validated.stored.status is PaymentStatus.INTENT


@pytest.mark.parametrize("final", ["Completed", "Refused"])
@pytest.mark.parametrize("order", list(itertools.permutations(["OnHold", "OnHold", "final", "InProcess"])))
async def test_pushes_in_any_order_end_the_same(validated: World, order: tuple[str, ...], final: str) -> None:
    """The truth advances with the messages' first news; late and doubled ones tell nothing new."""
    validated.provider.buy(validated.qliro_id, on_hold=True)
    for status in order:
        if status == "final":
            validated.provider.resolve_hold(validated.qliro_id, approve=final == "Completed")
        await validated.push(status)
    assert validated.order.status is (OrderStatus.COMPLETED if final == "Completed" else OrderStatus.DECLINED)
    assert validated.shown.state is (PaymentState.RESERVED if final == "Completed" else PaymentState.DECLINED)
    assert validated.nothing_owed()
    logged = validated.platform.logs[validated.payment_key]
    assert len({entry.key for entry in logged}) == len(logged)


async def test_the_same_push_ten_times_is_handled_once(validated: World) -> None:
    validated.provider.buy(validated.qliro_id)
    await validated.pushed()
    for _ in range(9):
        await validated.pushed(again=True)
    assert len(validated.store.notices) == 1
    assert validated.app.woken == 1
    await validated.background()
    writes = len(validated.platform.writes)
    await validated.push(again=True)
    assert len(validated.platform.writes) == writes


async def test_a_stale_reading_after_a_capture_does_not_move_backwards(world: World) -> None:
    await world.bought()
    earlier = world.at_qliro.ledger()
    await world.capture()
    read = world.provider.read_ledger

    async def stale(*_: object) -> object:
        return earlier

    world.provider.read_ledger = stale  # type: ignore[method-assign, assignment]
    await world.push("Late")
    assert world.stored.status is PaymentStatus.CAPTURED
    world.provider.read_ledger = read  # type: ignore[method-assign]
    await world.push("Later")
    assert world.shown.state is PaymentState.CAPTURED


async def test_a_purchase_that_the_books_do_not_show_yet_is_pending_until_they_do(validated: World) -> None:
    validated.provider.buy(validated.qliro_id)
    validated.provider.faults.add(ProviderOrderMissing("not there yet"), "read_ledger")
    await validated.push()
    assert validated.stored.status is PaymentStatus.PENDING
    assert validated.order.status is OrderStatus.ACCEPTED
    await validated.later(timedelta(minutes=2))
    assert validated.stands(PaymentStatus.AUTHORIZED)
    assert validated.stands(OrderStatus.COMPLETED)


async def test_a_refusal_without_books_is_a_refusal(validated: World) -> None:
    validated.at_qliro.status = CheckoutStatus.REFUSED
    validated.provider.faults.add(ProviderOrderMissing("never will be"), "read_ledger")
    await validated.push("Refused")
    assert validated.shown.state is PaymentState.DECLINED


async def test_money_taken_at_once_is_captured(validated: World) -> None:
    validated.provider.buy(validated.qliro_id, kind=TransactionKind.DEBIT)
    await validated.push()
    assert validated.shown.state is PaymentState.CAPTURED
    assert validated.order.status is OrderStatus.COMPLETED


async def test_what_is_done_in_the_merchant_portal_is_told_to_norce(world: World) -> None:
    await world.bought()
    (group,) = world.at_qliro.ledger().shippable()
    world.at_qliro.move(999_999_999, TransactionKind.CAPTURE, group)
    world.provider.settle()
    await world.do(world.app.receive(notice(world.payment_key, "om", NoticeKind.ORDER_MANAGEMENT)))
    await world.background()
    assert world.shown.state is PaymentState.CAPTURED
    assert world.log[-1] == ("capture", True)


class TestDeferral:
    async def test_what_cannot_be_read_now_is_tried_again_on_a_schedule_and_then_parked(self, validated: World) -> None:
        validated.provider.buy(validated.qliro_id)
        validated.provider.faults.add(ProviderUnavailable("down"), "read_ledger", times=100)
        await validated.pushed()
        (hole,) = validated.store.notices.values()
        for attempt, pause in enumerate(_SCHEDULE):
            await validated.do(validated.app.handle_notices())
            assert hole.notice.attempts == attempt + 1
            assert hole.due_at == validated.clock.now() + timedelta(seconds=pause)
            assert await validated.do(validated.app.handle_notices()) == 0
            validated.clock.advance(pause)
        await validated.do(validated.app.handle_notices())
        assert hole.parked_reason == "qliro-error: down"
        assert validated.notebook.said("notice parked")

    async def test_a_push_that_waited_out_an_outage_is_not_lost(self, validated: World) -> None:
        validated.provider.buy(validated.qliro_id)
        validated.provider.faults.add(ProviderUnavailable("down"), "read_checkout", times=3)
        await validated.push()
        for pause in _SCHEDULE[:4]:
            validated.clock.advance(pause)
            await validated.background()
        assert validated.order.status is OrderStatus.COMPLETED
        assert validated.nothing_owed()

    async def test_a_push_before_the_payment_is_known_waits_for_it(self, world: World) -> None:
        key = world.key.payment("p000001")
        await world.do(world.app.receive(notice(key, "early")))
        await world.background()
        assert world.notebook.said("notice failed")
        await world.start()
        world.provider.buy(world.qliro_id)
        world.clock.advance(5)
        await world.background()
        assert world.order.status is OrderStatus.COMPLETED

    async def test_one_message_that_cannot_be_handled_holds_up_nobody(self, validated: World) -> None:
        validated.provider.buy(validated.qliro_id)
        await validated.do(validated.app.receive(notice(validated.key.payment("pUnknown"), "first")))
        await validated.push()
        assert validated.order.status is OrderStatus.COMPLETED

    async def test_a_defect_is_reported_and_tried_again(self, validated: World) -> None:
        validated.provider.buy(validated.qliro_id)
        validated.provider.faults.add(KeyError("surprise"), "read_ledger")
        await validated.push()
        assert validated.notebook.said("unexpected") == ["inbox: KeyError 'surprise'"]
        await validated.later(1)
        assert validated.order.status is OrderStatus.COMPLETED

    async def test_books_that_contradict_what_is_settled_change_nothing_and_are_reported(self, world: World) -> None:
        await world.captured()
        stored = world.stored
        order = world.at_qliro
        order.transactions = [
            replace(t, amount=1) if t.kind is TransactionKind.CAPTURE else t for t in order.transactions
        ]
        await world.push()
        assert world.stored == stored
        assert world.notebook.said("disagreement")
        with pytest.raises(LedgerDisagrees):
            await world.refresh()


class TestNobodyAsks:
    async def test_a_purchase_without_any_push_is_found_out(self, validated: World) -> None:
        validated.provider.buy(validated.qliro_id)
        await validated.later(timedelta(minutes=2))
        assert validated.order.status is OrderStatus.COMPLETED

    async def test_money_of_a_removed_payment_is_released(self, validated: World) -> None:
        await validated.remove()
        validated.provider.buy(validated.qliro_id)
        await validated.push()
        assert validated.money.remaining == 0
        assert validated.stored.open_operation is None
        assert not validated.stored.orphaned

    async def test_money_taken_at_once_for_a_removed_payment_is_given_back(self, validated: World) -> None:
        await validated.remove()
        validated.provider.buy(validated.qliro_id, kind=TransactionKind.DEBIT)
        await validated.push()
        assert validated.money.captured > 0
        assert validated.money.refundable == 0
        assert not validated.stored.orphaned

    async def test_an_unpaid_checkout_is_withdrawn_when_it_has_expired(self, world: World) -> None:
        await world.start()
        for _ in range(25):
            await world.later(timedelta(minutes=61))
        assert world.clock.now() > SOME_TIME + timedelta(hours=24)
        assert world.shown.state is PaymentState.REMOVED
        assert world.stored.status is PaymentStatus.REMOVED


async def test_refresh_tells_norce_the_truth_even_when_nothing_changed(world: World) -> None:
    await world.bought()
    world.platform.edit(world.key, payments=(replace(world.shown, state=PaymentState.INTENT, amount=1, actions=()),))
    await world.refresh()
    assert (world.shown.state, world.shown.amount) == (PaymentState.RESERVED, 74_900)
    assert {action.type for action in world.shown.actions} == {"capture", "cancel"}
    writes = len(world.platform.writes)
    await world.refresh()
    assert len(world.platform.writes) == writes


async def test_refresh_of_an_unknown_payment_is_not_found(world: World) -> None:
    with pytest.raises(PaymentNotFound):
        await world.do(world.app.refresh(world.key.payment("pUnknown")))


class TestBooksThatLag:
    """The checkout says that it was bought, and the books say nothing of it yet."""

    async def test_a_purchase_is_settled_as_soon_as_they_show_it(self, world: World) -> None:
        await world.start()
        assert await world.validate() is None
        world.provider.buy(world.qliro_id)
        unknown = ProviderOrderMissing("not found", ProviderFault("ORDER_NOT_FOUND"))
        world.provider.faults.add(unknown, "read_ledger", times=3)
        await world.push()
        assert world.stands(OrderStatus.ACCEPTED, PaymentState.PENDING, PaymentStatus.PENDING)
        for pause in (0.2, 0.5, 1):
            world.clock.advance(timedelta(seconds=pause))
            await world.background()
        assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED, PaymentStatus.AUTHORIZED)
        assert world.nothing_owed()

    async def test_they_are_not_waited_for_with_the_message_for_ever(self, world: World) -> None:
        await world.start()
        assert await world.validate() is None
        world.provider.buy(world.qliro_id)
        unknown = ProviderOrderMissing("not found", ProviderFault("ORDER_NOT_FOUND"))
        world.provider.faults.add(unknown, "read_ledger", times=7)
        await world.push()
        for pause in (0.2, 0.5, 1, 2, 5, 15):
            world.clock.advance(timedelta(seconds=pause))
            await world.background()
        assert world.stands(OrderStatus.ACCEPTED, PaymentState.PENDING)
        assert world.nothing_owed()
        await world.later(timedelta(minutes=1))
        assert world.stands(OrderStatus.COMPLETED, PaymentState.RESERVED, PaymentStatus.AUTHORIZED)
