"""Capture, cancel and refund: everything that is left, once, with the key that was stored, and honestly answered."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from application.deadline import remaining_budget
from application.operate_payment import Asked
from application.ports.inbox import NoticeKind
from application.ports.payments import Claim
from domain.checkout import CheckoutLine, LineType
from domain.errors import (
    OperationRefused,
    OrderBusy,
    OrderUnavailable,
    PaymentConflict,
    PaymentNotFound,
    ProviderRefused,
    ProviderUnavailable,
    StoreUnavailable,
)
from domain.ledger import ActionKind, ItemGroup, LedgerTotals, TransactionKind, TransactionStatus
from domain.lifecycle import PaymentStatus
from domain.operation import Operation, OperationKind, OperationState
from domain.order import OrderStatus, PaymentState
from domain.outcomes import Declined, Outcome, Unknown
from domain.planning import Wish
from tests.unit.application.world import World, notice
from tests.unit.domain.orders import item

ONE = Asked(Wish(items=(("SKU-1", 1),)))
PART = Asked(Wish(items=(("SKU-1", 1),)), idempotency_key="one-key")
BUSY = Declined("OPERATION_NOT_SUPPORTED", "Another transaction is already in process", retryable=True)


def _keys(world: World) -> list[UUID]:
    return [key for _, key in world.provider.requests]


@pytest.fixture
async def bought(world: World) -> World:
    await world.bought()
    return world


@pytest.fixture
async def captured(world: World) -> World:
    await world.captured()
    world.provider.requests.clear()
    return world


@pytest.fixture
async def charged(world: World) -> World:
    await world.start()
    await world.validate()
    world.provider.buy(world.qliro_id, kind=TransactionKind.DEBIT)
    await world.push()
    return world


async def _ship(world: World, number: int, rows: int | None = None) -> None:
    """In the portal: some of the rows that are left, the first `rows` of them."""
    (left,) = world.at_qliro.ledger().shippable()
    group = ItemGroup(left.transaction_id, left.items[:rows])
    world.at_qliro.move(number, TransactionKind.CAPTURE, group)
    world.provider.settle()


class TestCapture:
    async def test_everything_reserved_is_taken(self, bought: World) -> None:
        operation = await bought.capture()
        assert operation.state is OperationState.SUCCEEDED
        assert bought.money == LedgerTotals(authorized=74_900, captured=74_900)
        assert (bought.shown.state, bought.shown.amount) == (PaymentState.CAPTURED, 74_900)
        assert [action.type for action in bought.shown.actions] == ["refund"]
        assert bought.log[-1] == ("capture", True)
        assert bought.nothing_owed()

    async def test_rows_and_prices_are_qliros_own(self, bought: World) -> None:
        bought.at_qliro.act(
            ActionKind.RESERVE,
            bought.at_qliro.transactions[0].id,
            CheckoutLine("invoice-fee", "Avgift", LineType.FEE, 1, 2_900, 2_320),
        )
        reservation = bought.at_qliro.transactions[0]
        bought.at_qliro.transactions[0] = replace(reservation, amount=reservation.amount + 2_900)
        await bought.capture()
        assert bought.money.captured == 77_800

    async def test_several_reservations_are_taken_in_one_request(self, bought: World) -> None:
        extra = bought.at_qliro.begin(
            3_290_900, TransactionKind.PREAUTHORIZATION, 5_000, status=TransactionStatus.SUCCESS
        )
        bought.at_qliro.act(
            ActionKind.RESERVE, extra.id, CheckoutLine("upsell", "Mer", LineType.PRODUCT, 1, 5_000, 4_000)
        )
        bought.platform.put(bought.with_items(*bought.order.items, item("upsell", 5_000)))
        await bought.refresh()
        await bought.capture()
        assert bought.acts() == ["capture"]
        assert bought.money.captured == 79_900
        assert bought.shown.amount == 79_900

    async def test_repeating_it_asks_nothing_and_changes_nothing(self, bought: World) -> None:
        await bought.capture()
        money, writes = bought.money, len(bought.platform.writes)
        assert (await bought.capture()).state is OperationState.SUCCEEDED
        assert bought.acts() == ["capture"]
        assert bought.money == money
        assert len(bought.platform.writes) == writes

    async def test_on_hold_is_a_conflict_and_works_once_the_bank_has_said_yes(self, world: World) -> None:
        await world.bought(on_hold=True)
        with pytest.raises(PaymentConflict):
            await world.capture()
        assert world.acts() == []
        world.provider.resolve_hold(world.qliro_id, approve=True)
        await world.capture()
        assert world.shown.state is PaymentState.CAPTURED
        assert world.order.status is OrderStatus.COMPLETED

    async def test_unpaid_is_refused_without_a_request(self, world: World) -> None:
        await world.start()
        with pytest.raises(OperationRefused):
            await world.capture()
        assert world.acts() == []

    async def test_a_purchase_that_nobody_told_of_is_found_out_and_captured(self, world: World) -> None:
        await world.start()
        await world.validate()
        world.provider.buy(world.qliro_id)
        await world.capture()
        assert world.shown.state is PaymentState.CAPTURED
        assert world.order.status is OrderStatus.COMPLETED

    async def test_cancelled_is_refused(self, bought: World) -> None:
        await bought.cancel()
        with pytest.raises(OperationRefused):
            await bought.capture()

    async def test_an_unknown_payment_is_not_found(self, world: World) -> None:
        with pytest.raises(PaymentNotFound):
            await world.do(world.app.capture(world.key.payment("pUnknown")))


class TestCancel:
    async def test_everything_reserved_is_released(self, bought: World) -> None:
        await bought.cancel()
        assert bought.money == LedgerTotals(authorized=74_900, cancelled=74_900)
        assert bought.shown.state is PaymentState.CANCELLED
        assert bought.shown.actions == ()
        assert bought.log[-1] == ("cancel", True)

    async def test_repeating_it_asks_nothing(self, bought: World) -> None:
        await bought.cancel()
        await bought.cancel()
        assert bought.acts() == ["cancel"]

    async def test_cancelled_in_the_portal_is_fine(self, bought: World) -> None:
        (left,) = bought.at_qliro.ledger().shippable()
        bought.at_qliro.move(3_290_900, TransactionKind.REVERSAL, left)
        bought.provider.settle()
        await bought.cancel()
        assert bought.acts() == []
        assert bought.shown.state is PaymentState.CANCELLED

    async def test_the_rest_after_a_part_was_captured_is_released(self, bought: World) -> None:
        await _ship(bought, 3_290_900, rows=1)
        await bought.push("Captured")
        await bought.cancel()
        assert bought.money == LedgerTotals(authorized=74_900, captured=49_800, cancelled=25_100)
        assert (bought.shown.state, bought.shown.amount) == (PaymentState.CAPTURED, 49_800)

    async def test_captured_is_refused(self, captured: World) -> None:
        with pytest.raises(OperationRefused):
            await captured.cancel()
        assert captured.acts() == []

    async def test_on_hold_is_asked_of_qliro_and_never_claimed_to_be_done(self, world: World) -> None:
        await world.bought(on_hold=True)
        with pytest.raises(PaymentConflict, match="on hold"):
            await world.cancel()
        assert "cancel" in world.acts()
        assert world.shown.state is PaymentState.PENDING
        assert world.stored.open_operation is None


class TestRefund:
    async def test_everything_captured_is_given_back(self, captured: World) -> None:
        await captured.refund()
        assert captured.money == LedgerTotals(authorized=74_900, captured=74_900, refunded=74_900)
        assert captured.shown.state is PaymentState.REFUNDED
        assert captured.shown.actions == ()
        assert captured.log[-1] == ("refund", True)

    async def test_repeating_it_asks_nothing(self, captured: World) -> None:
        await captured.refund()
        await captured.refund()
        assert captured.acts() == ["refund"]

    async def test_uncaptured_is_refused(self, bought: World) -> None:
        with pytest.raises(OperationRefused):
            await bought.refund()
        assert bought.acts() == []

    async def test_captures_are_given_back_one_after_the_other_each_under_its_own_stored_key(
        self, bought: World
    ) -> None:
        await _ship(bought, 3_290_900, rows=1)
        await _ship(bought, 3_290_901, rows=1)
        await _ship(bought, 3_290_902)
        await bought.push("Captured")
        stored_keys: list[UUID] = []
        refund = bought.provider.refund

        async def watched(*args: object, **options: object) -> object:
            operation = bought.stored.open_operation
            assert operation is not None
            assert bought.at_qliro.ledger().undecided() == ()
            stored_keys.append(operation.request_id)
            return await refund(*args, **options)  # type: ignore[arg-type]

        bought.provider.refund = watched  # type: ignore[method-assign, assignment]
        await bought.refund()
        assert stored_keys == _keys(bought)
        assert len(set(stored_keys)) == 3
        assert bought.money.refunded == 74_900
        assert bought.shown.state is PaymentState.REFUNDED

    async def test_a_refund_that_fails_halfway_says_so_and_the_next_one_gives_back_the_rest(
        self, bought: World
    ) -> None:
        await _ship(bought, 3_290_900, rows=1)
        await _ship(bought, 3_290_901)
        await bought.push("Captured")
        refund, seen = bought.provider.refund, []

        async def second_refused(*args: object, **options: object) -> object:
            seen.append(options)
            if len(seen) == 2:
                return Declined("INSUFFICIENT_FUNDS", "no money")
            return await refund(*args, **options)  # type: ignore[arg-type]

        bought.provider.refund = second_refused  # type: ignore[method-assign, assignment]
        with pytest.raises(ProviderRefused):
            await bought.refund()
        assert bought.stored.status is PaymentStatus.PARTIALLY_REFUNDED
        assert (bought.shown.state, bought.shown.amount) == (PaymentState.CREDITED, 25_100)
        await bought.refund()
        assert bought.shown.state is PaymentState.REFUNDED
        assert bought.money.refunded == 74_900

    async def test_money_that_was_taken_at_once_is_given_back(self, charged: World) -> None:
        await charged.refund()
        assert charged.money.refunded == 74_900
        assert charged.shown.state is PaymentState.REFUNDED


def _shipped(world: World) -> int:
    world.provider.settle()
    return sum(item.total_inc for item in world.at_qliro.ledger().shipped())


class TestWhatWasPaidAtOnce:
    @pytest.fixture
    async def charged(self, charged: World) -> World:
        assert charged.money == LedgerTotals(authorized=74_900, captured=74_900)
        return charged

    async def test_its_rows_are_marked_as_shipped_once_it_is_captured(self, charged: World) -> None:
        await charged.capture()
        await charged.capture()
        assert charged.acts("capture") == ["capture"], "once"
        assert _shipped(charged) == 74_900
        assert charged.money == LedgerTotals(authorized=74_900, captured=74_900), "no money moved"
        assert charged.shown.state is PaymentState.CAPTURED

    async def test_then_all_of_it_is_given_back_all_the_same(self, charged: World) -> None:
        await charged.capture()
        await charged.refund()
        assert charged.money.refunded == 74_900
        assert charged.shown.state is PaymentState.REFUNDED

    async def test_where_qliro_does_not_know_that_it_is_captured_nonetheless(self, charged: World) -> None:
        charged.provider.ships_charges = False
        operation = await charged.capture()
        assert operation.state is OperationState.SUCCEEDED
        assert charged.shown.state is PaymentState.CAPTURED
        await charged.refund()
        assert charged.money.refunded == 74_900

    @pytest.mark.parametrize("after", [False, True])
    async def test_what_is_lost_is_asked_for_by_the_next_capture(self, charged: World, after: bool) -> None:
        charged.provider.faults.add(ProviderUnavailable("lost"), "capture", after=after)
        assert (await charged.capture()).state is OperationState.SUCCEEDED
        await charged.capture()
        assert _shipped(charged) == 74_900
        assert charged.money.captured == 74_900

    async def test_nobody_waits_long_for_a_silent_qliro(self, charged: World, monkeypatch: pytest.MonkeyPatch) -> None:
        mark, left = charged.provider.capture, []

        async def watched(*args: Any, **named: Any) -> Outcome:
            left.append(remaining_budget())
            return await mark(*args, **named)

        monkeypatch.setattr(charged.provider, "capture", watched)
        await charged.capture()
        assert [seconds is not None and seconds <= 4 for seconds in left] == [True]

    async def test_rows_that_were_given_back_are_not_shipped_any_more(self, charged: World) -> None:
        await charged.do(charged.app.refund(charged.payment_key, Asked(Wish(items=(("SKU-1", 1),)))))
        await charged.capture()
        assert _shipped(charged) == 74_900 - 24_900
        await charged.refund()
        assert charged.money.refunded == 74_900


class TestQliroIsBusy:
    async def test_it_is_asked_again_under_a_new_key(self, bought: World) -> None:
        bought.provider.script.extend([BUSY, BUSY])
        await bought.capture()
        assert len(set(_keys(bought))) == 3
        assert bought.money.captured == 74_900

    async def test_busy_for_ever_is_surfaced_and_nothing_moved(self, bought: World) -> None:
        bought.provider.script.extend([BUSY] * 20)
        with pytest.raises(ProviderRefused):
            await bought.capture()
        assert bought.stored.status is PaymentStatus.AUTHORIZED
        assert bought.stored.open_operation is None
        bought.provider.script.clear()
        await bought.capture()
        assert bought.shown.state is PaymentState.CAPTURED


class TestQliroRefuses:
    async def test_the_reason_is_surfaced_and_nothing_changes(self, bought: World) -> None:
        bought.provider.script.append(Declined("PAYMENT_METHOD_EXPIRED", "The card has expired", reference="trace"))
        with pytest.raises(ProviderRefused) as told:
            await bought.capture()
        assert told.value.fault.code == "PAYMENT_METHOD_EXPIRED"
        assert "The card has expired" in told.value.fault.messages
        assert bought.shown.state is PaymentState.RESERVED
        assert bought.stored.open_operation is None

    async def test_the_next_attempt_is_a_new_one(self, bought: World) -> None:
        bought.provider.script.append(Declined("ODD", "no"))
        with pytest.raises(ProviderRefused):
            await bought.capture()
        await bought.capture()
        assert len(set(_keys(bought))) == 2
        assert bought.shown.state is PaymentState.CAPTURED

    async def test_a_transaction_that_ends_in_error_is_a_refusal(self, bought: World) -> None:
        bought.provider.prompt = False

        async def fails() -> None:
            await bought.clock.sleep(0.1)
            bought.provider.fail(bought.qliro_id, error_code="ACQUIRER_DECLINED")

        deciding = asyncio.create_task(fails())
        with pytest.raises(ProviderRefused) as told:
            await bought.capture()
        await deciding
        assert told.value.fault.code == "ACQUIRER_DECLINED"
        assert bought.shown.state is PaymentState.RESERVED


class TestQliroTakesItsTime:
    async def test_a_decision_within_the_budget_is_waited_for(self, bought: World) -> None:
        bought.provider.prompt = False

        async def decides() -> None:
            await bought.clock.sleep(4)
            bought.provider.settle()

        deciding = asyncio.create_task(decides())
        assert (await bought.capture()).state is OperationState.SUCCEEDED
        await deciding
        assert bought.shown.state is PaymentState.CAPTURED

    async def test_after_the_budget_it_is_pending_and_a_push_settles_it(self, bought: World) -> None:
        bought.provider.prompt = False
        began = bought.clock.now()
        assert (await bought.capture()).state is OperationState.PENDING
        assert (bought.clock.now() - began) <= bought.patience.decision
        assert bought.shown.state is PaymentState.RESERVED
        bought.provider.settle()
        await bought.do(bought.app.receive(notice(bought.payment_key, "om", NoticeKind.ORDER_MANAGEMENT)))
        await bought.background()
        assert bought.stands(PaymentState.CAPTURED)
        assert bought.stored.open_operation is None
        assert bought.acts() == ["capture"]

    async def test_asking_again_meanwhile_sends_nothing(self, bought: World) -> None:
        bought.provider.prompt = False
        await bought.capture()
        assert (await bought.capture()).state is OperationState.PENDING
        assert bought.acts() == ["capture"]

    async def test_asking_for_something_else_meanwhile_is_busy(self, bought: World) -> None:
        bought.provider.prompt = False
        await bought.capture()
        with pytest.raises(OrderBusy):
            await bought.cancel()
        assert bought.acts() == ["capture"]

    async def test_a_failure_after_the_budget_leaves_the_payment_as_it_was(self, bought: World) -> None:
        bought.provider.prompt = False
        await bought.capture()
        bought.provider.fail(bought.qliro_id)
        await bought.push("Error")
        assert bought.stored.operations[-1].state is OperationState.FAILED
        assert bought.shown.state is PaymentState.RESERVED

    async def test_a_refund_of_several_captures_is_carried_on_by_the_background(self, bought: World) -> None:
        await _ship(bought, 3_290_900, rows=1)
        await _ship(bought, 3_290_901)
        await bought.push("Captured")
        bought.provider.prompt = False
        assert (await bought.refund()).state is OperationState.PENDING
        for _ in range(6):
            bought.provider.settle()
            await bought.push("Success")
            await bought.later(60)
        assert bought.money.refunded == 74_900
        assert bought.shown.state is PaymentState.REFUNDED
        assert len(set(_keys(bought))) == 2


class TestNobodyKnows:
    async def test_a_lost_answer_is_looked_up_and_not_sent_again(self, bought: World) -> None:
        bought.provider.faults.add(ProviderUnavailable("timeout"), "capture", after=True)
        assert (await bought.capture()).state is OperationState.SUCCEEDED
        assert bought.acts() == ["capture"]
        assert bought.money.captured == 74_900

    async def test_what_never_arrived_is_sent_again_under_the_same_key(self, bought: World) -> None:
        bought.provider.script.append(Unknown("timeout"))
        assert (await bought.capture()).state is OperationState.SUCCEEDED
        assert len(_keys(bought)) == 2
        assert len(set(_keys(bought))) == 1

    @pytest.mark.parametrize("kind", [OperationKind.CAPTURE, OperationKind.CANCEL, OperationKind.REFUND])
    async def test_a_silent_qliro_is_answered_as_unknown_and_found_out_under_the_same_key(
        self, world: World, kind: OperationKind
    ) -> None:
        await (world.captured() if kind is OperationKind.REFUND else world.bought())
        world.provider.requests.clear()
        world.provider.script.extend([Unknown("timeout")] * 3)
        act = getattr(world.app, kind.value)
        with pytest.raises(ProviderUnavailable) as told:
            await world.do(act(world.payment_key))
        assert told.value.sent
        operation = world.stored.open_operation
        assert operation is not None
        assert operation.state is OperationState.UNKNOWN
        assert (await world.do(act(world.payment_key))).state is OperationState.SUCCEEDED
        assert set(_keys(world)) == {operation.request_id}
        assert world.stored.open_operation is None

    async def test_a_refusal_after_a_lost_answer_decides_nothing_while_the_books_may_lag(self, bought: World) -> None:
        read, behind = bought.provider.read_ledger, list[object]()

        async def lagging(*asked: object) -> object:
            if len(behind) == 1:
                bought.provider.script.append(Declined("ODD", "We had that one"))
            behind.append(behind[0] if behind else await read(*asked))  # type: ignore[arg-type]
            return behind[0]

        bought.provider.read_ledger = lagging  # type: ignore[method-assign, assignment]
        bought.provider.faults.add(ProviderUnavailable("timeout"), "capture", after=True)
        with pytest.raises(ProviderUnavailable) as told:
            await bought.capture()
        assert told.value.sent
        bought.provider.read_ledger = read  # type: ignore[method-assign]
        await bought.later(60)
        assert bought.shown.state is PaymentState.CAPTURED
        assert bought.money.captured == 74_900
        assert bought.stored.open_operation is None

    async def test_a_refusal_after_a_lost_answer_counts_once_the_books_have_been_silent(self, bought: World) -> None:
        bought.provider.script.extend([Unknown("timeout"), *[Declined("ODD", "no")] * 9])
        with pytest.raises(ProviderUnavailable):
            await bought.capture()
        for _ in range(4):
            await bought.later(300)
        assert bought.stored.open_operation is None
        assert bought.stored.operations[-1].state is OperationState.FAILED
        assert bought.shown.state is PaymentState.RESERVED

    async def test_what_certainly_was_not_sent_is_a_refusal(self, bought: World) -> None:
        bought.provider.faults.add(ProviderUnavailable("no route", sent=False), "capture")
        with pytest.raises(ProviderRefused):
            await bought.capture()
        assert bought.stored.open_operation is None
        await bought.capture()
        assert bought.acts() == ["capture"]

    async def test_unreadable_books_after_the_request_are_found_out_later(self, bought: World) -> None:
        read, calls = bought.provider.read_ledger, []

        async def fails_after_the_request(*args: object) -> object:
            calls.append(args)
            if bought.acts():
                raise ProviderUnavailable("down")
            return await read(*args)  # type: ignore[arg-type]

        bought.provider.read_ledger = fails_after_the_request  # type: ignore[method-assign, assignment]
        with pytest.raises(ProviderUnavailable):
            await bought.capture()
        bought.provider.read_ledger = read  # type: ignore[method-assign]
        await bought.later(120)
        assert bought.shown.state is PaymentState.CAPTURED
        assert bought.acts() == ["capture"]
        assert bought.stored.open_operation is None


async def test_two_captures_at_once_send_one_request(bought: World) -> None:
    async def both() -> None:
        await asyncio.gather(bought.app.capture(bought.payment_key), bought.fresh().capture(bought.payment_key))

    await bought.do(both())
    assert bought.acts() == ["capture"]
    assert bought.money.captured == 74_900


async def test_a_capture_whose_report_norce_does_not_take_is_reported_later(bought: World) -> None:
    bought.platform.faults.add(OrderUnavailable("down"), "replace_payment")
    assert (await bought.capture()).state is OperationState.SUCCEEDED
    assert bought.shown.state is PaymentState.RESERVED
    await bought.later(1)
    assert bought.stands(PaymentState.CAPTURED)


@pytest.mark.parametrize("sums", [(24_900,), (10_000, 14_900)])
async def test_what_is_reserved_is_shown_when_nothing_is_kept_of_what_was_captured(
    bought: World, sums: tuple[int, ...]
) -> None:
    await bought.do(bought.app.capture(bought.payment_key, ONE))
    for amount in sums:
        await bought.do(bought.app.refund(bought.payment_key, Asked(Wish(amount=amount))))
    assert (bought.shown.state, bought.shown.amount) == (PaymentState.CREDITED, 50_000)
    assert {action.type for action in bought.shown.actions} == {"capture", "cancel"}


class TestTheCallersKey:
    """A request repeated under the caller's own key is the same request."""

    async def test_a_part_is_captured_once(self, bought: World) -> None:
        for _ in range(3):
            assert (await bought.do(bought.app.capture(bought.payment_key, PART))).state is OperationState.SUCCEEDED
        assert bought.acts() == ["capture"]
        assert bought.money.captured == 24_900

    async def test_another_request_under_the_same_key_is_a_conflict(self, bought: World) -> None:
        await bought.do(bought.app.capture(bought.payment_key, PART))
        with pytest.raises(PaymentConflict):
            await bought.do(bought.app.capture(bought.payment_key, replace(PART, wish=Wish(items=(("SKU-2", 1),)))))

    async def test_a_refusal_is_answered_again_without_asking_qliro(self, bought: World) -> None:
        bought.provider.script.append(Declined("EXPIRED", "The card has expired"))
        for _ in range(2):
            with pytest.raises(ProviderRefused):
                await bought.do(bought.app.capture(bought.payment_key, PART))
        assert bought.acts() == ["capture"]

    @pytest.mark.parametrize("how", ["not sent", "busy"])
    async def test_what_could_not_be_tried_does_not_use_the_key_up(self, bought: World, how: str) -> None:
        if how == "busy":
            bought.provider.script.extend([BUSY] * 4)
        else:
            bought.provider.faults.add(ProviderUnavailable("no route", sent=False), "capture")
        with pytest.raises(ProviderRefused):
            await bought.do(bought.app.capture(bought.payment_key, PART))
        bought.provider.script.clear()
        await bought.do(bought.app.capture(bought.payment_key, PART))
        assert bought.money.captured == 24_900
        await bought.do(bought.app.capture(bought.payment_key, PART))
        assert bought.money.captured == 24_900

    async def test_a_sum_that_was_given_back_in_part_is_never_begun_anew(self, bought: World) -> None:
        await _ship(bought, 3_290_900, rows=1)
        await _ship(bought, 3_290_901)
        await bought.push("Captured")
        refund, seen = bought.provider.refund, []

        async def second_busy(*args: object, **options: object) -> object:
            seen.append(options)
            return BUSY if len(seen) > 1 else await refund(*args, **options)  # type: ignore[arg-type]

        bought.provider.refund = second_busy  # type: ignore[method-assign, assignment]
        sum_back = Asked(Wish(amount=60_000), idempotency_key="one-key")
        with pytest.raises(ProviderRefused):
            await bought.do(bought.app.refund(bought.payment_key, sum_back))
        bought.provider.refund = refund  # type: ignore[method-assign]
        with pytest.raises(ProviderRefused):
            await bought.do(bought.app.refund(bought.payment_key, sum_back))
        assert bought.money.refunded == 49_800


class TestAPartWithoutAKey:
    """Nothing names the request, so what counts is whether somebody has been told how the last one like it ended."""

    async def test_one_after_the_other_each_is_another_one(self, bought: World) -> None:
        for _ in range(2):
            assert (await bought.do(bought.app.capture(bought.payment_key, ONE))).state is OperationState.SUCCEEDED
        assert bought.money.captured == 49_800

    async def test_two_at_once_are_the_same_one(self, bought: World) -> None:
        async def both() -> tuple[Operation, Operation]:
            first, second = bought.app.capture(bought.payment_key, ONE), bought.fresh().capture(bought.payment_key, ONE)
            return await asyncio.gather(first, second)

        first, second = await bought.do(both())
        assert first.id == second.id
        assert bought.money.captured == 24_900
        await bought.do(bought.app.capture(bought.payment_key, ONE))
        assert bought.money.captured == 49_800

    async def test_one_that_waits_while_the_other_is_answered_is_the_same_one(self, bought: World) -> None:
        second = bought.fresh().capture(bought.payment_key, ONE)
        read, claim = bought.store.payments.read, bought.store.payments.claim

        async def answered_meanwhile(*order: Any, **options: Any) -> Claim:
            bought.store.payments.claim = claim  # type: ignore[method-assign]
            await bought.app.capture(bought.payment_key, ONE)
            return await claim(*order, **options)

        bought.store.payments.claim = answered_meanwhile  # type: ignore[method-assign]
        await bought.do(second)
        stored = await read(bought.payment_key)
        assert stored is not None
        assert [o.told for o in stored.operations] == [True]
        assert bought.acts() == ["capture"]

    async def test_one_whose_answer_died_is_not_done_again(self, bought: World) -> None:
        bought.store.payments.note_told = _dies  # type: ignore[method-assign, assignment]
        with pytest.raises(StoreUnavailable):
            await bought.do(bought.app.capture(bought.payment_key, ONE))
        del bought.store.payments.note_told
        for captured in (24_900, 49_800):
            await bought.do(bought.app.capture(bought.payment_key, ONE))
            assert bought.money.captured == captured

    async def test_days_later_it_is_another_one_whatever_was_answered(self, bought: World) -> None:
        await _unknown(bought, ONE)
        await bought.later(60)
        await bought.later(3 * 86_400)
        await bought.do(bought.app.capture(bought.payment_key, ONE))
        assert bought.money.captured == 49_800

    async def test_two_unlike_each_other_at_once_are_both_done(self, bought: World) -> None:
        other = Asked(Wish(items=(("SKU-2", 1),)))

        async def both() -> None:
            first, second = (
                bought.app.capture(bought.payment_key, ONE),
                bought.fresh().capture(bought.payment_key, other),
            )
            await asyncio.gather(first, second)

        await bought.do(both())
        assert bought.acts() == ["capture", "capture"]

    async def test_asked_again_while_nobody_knows_it_is_the_same_one(self, bought: World) -> None:
        await _unknown(bought, ONE)
        assert (await bought.do(bought.app.capture(bought.payment_key, ONE))).state is OperationState.SUCCEEDED
        assert len(set(_keys(bought))) == 1
        assert bought.money.captured == 24_900

    async def test_asked_again_after_the_background_found_out_it_is_answered_once(self, bought: World) -> None:
        await _unknown(bought, ONE)
        await bought.later(60)
        assert bought.stored.operations[-1].state is OperationState.SUCCEEDED
        for captured in (24_900, 24_900 * 2):
            assert (await bought.do(bought.app.capture(bought.payment_key, ONE))).state is OperationState.SUCCEEDED
            assert bought.money.captured == captured

    async def test_asked_again_under_a_key_it_is_another_one(self, bought: World) -> None:
        await _unknown(bought, ONE)
        await bought.later(60)
        await bought.do(bought.app.capture(bought.payment_key, PART))
        assert bought.money.captured == 49_800

    async def test_what_qliro_had_received_was_told_so_the_next_is_another_one(self, bought: World) -> None:
        bought.provider.prompt = False
        assert (await bought.do(bought.app.capture(bought.payment_key, ONE))).state is OperationState.PENDING
        with pytest.raises(OrderBusy):
            await bought.do(bought.app.capture(bought.payment_key, ONE))
        bought.provider.settle()
        bought.provider.prompt = True
        await bought.later(60)
        await bought.do(bought.app.capture(bought.payment_key, ONE))
        assert bought.money.captured == 49_800

    async def test_a_refusal_that_the_background_learned_of_is_no_answer_to_the_next(self, bought: World) -> None:
        await _unknown(bought, ONE, Declined("ODD", "no"))
        for _ in range(4):
            await bought.later(300)
        assert bought.stored.operations[-1].state is OperationState.FAILED
        bought.provider.script.clear()
        await bought.do(bought.app.capture(bought.payment_key, ONE))
        assert bought.money.captured == 24_900


async def _dies(*_: object) -> None:
    raise StoreUnavailable("gone")


async def _unknown(world: World, asked: Asked, *then: Outcome) -> None:
    """Qliro is silent, and then says `then` for long."""
    world.provider.script.extend([Unknown("timeout"), *then * 9] if then else [Unknown("timeout")] * 3)
    with pytest.raises(ProviderUnavailable):
        await world.do(world.app.capture(world.payment_key, asked))


class TestTheOrderShrank:
    async def test_only_what_it_is_worth_now_is_taken(self, bought: World) -> None:
        bought.platform.put(bought.with_items(item("SKU-1", 24_900, 2)))
        await bought.capture()
        assert bought.money.captured == bought.order.total.including_vat == 54_700

    async def test_nothing_is_taken_while_norce_does_not_tell_what_it_is_worth(self, bought: World) -> None:
        bought.platform.faults.add(OrderUnavailable("down"), "read_order")
        with pytest.raises(OrderUnavailable):
            await bought.capture()
        assert bought.acts() == []
        assert bought.stored.open_operation is None
        await bought.capture()
        assert bought.money.captured == 74_900
