"""Qliro refuses, or has received what it shows nothing of: what that means is read in its books."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from application.operate_payment import Asked
from domain.errors import ProviderRefused, ProviderUnavailable
from domain.ledger import TransactionKind, TransactionStatus
from domain.operation import OperationState
from domain.outcomes import ALREADY_RECEIVED, Declined, Outcome, Unknown
from domain.planning import Wish
from tests.unit.application.world import World

REFUSED = Declined("NO", "not now")
OUTDATED = Declined("PAYMENT_REFERENCE_IS_INCORRECT", "Payment reference does not connect to a success")


class Death(BaseException):
    """The process ends here."""


@pytest.fixture
async def bought(world: World) -> World:
    await world.bought()
    return world


class TestReceivedAndNotShown:
    @pytest.fixture
    async def received(self, bought: World) -> World:
        """The answer to a capture was lost; asked again, Qliro says that it has it."""
        bought.provider.script.extend([Unknown("timeout"), *[ALREADY_RECEIVED] * 99])
        assert (await bought.capture()).state is OperationState.PENDING
        assert bought.acts() == ["capture", "capture"]
        assert len({key for _, key in bought.provider.requests}) == 1
        return bought

    async def test_a_failure_that_the_books_show_then_is_its_end(self, received: World) -> None:
        failed = received.at_qliro.begin(3_290_900, TransactionKind.CAPTURE, 74_900, status=TransactionStatus.ERROR)
        told = replace(failed, at=received.clock.now(), error_code="LIMIT", error_text="Too much")
        received.at_qliro.transactions[-1] = told
        await received.later(120)
        operation = received.stored.operations[-1]
        assert (operation.state, operation.error_code, operation.error_message) == (
            OperationState.FAILED,
            "LIMIT",
            "Too much",
        )
        received.provider.script.clear()
        await received.capture()
        assert received.money.captured == 74_900

    async def test_books_that_stay_silent_for_an_hour_are_its_end(self, received: World) -> None:
        for _ in range(30):
            await received.later(timedelta(minutes=10))
        operation = received.stored.operations[-1]
        assert (operation.state, operation.error_code) == (OperationState.FAILED, "NO_TRANSACTION")
        received.provider.script.clear()
        await received.capture()
        assert received.money.captured == 74_900


async def test_a_refusal_counts_although_the_books_cannot_be_read_after_it(bought: World) -> None:
    read = bought.provider.read_ledger

    async def fails_after_the_request(*asked: Any) -> object:
        if bought.acts():
            raise ProviderUnavailable("down")
        return await read(*asked)

    bought.provider.script.append(REFUSED)
    bought.provider.read_ledger = fails_after_the_request  # type: ignore[method-assign, assignment]
    with pytest.raises(ProviderRefused, match="not now"):
        await bought.capture()
    assert bought.stored.operations[-1].state is OperationState.FAILED


async def test_a_refusal_because_somebody_else_has_just_done_it_is_no_failure(bought: World) -> None:
    async def done_elsewhere(*_: Any, **__: Any) -> Outcome:
        (left,) = bought.at_qliro.ledger().shippable()
        bought.at_qliro.move(3_290_900, TransactionKind.CAPTURE, left)
        bought.provider.settle()
        return Declined("NO_ITEMS_LEFT_IN_RESERVATION", "There is nothing left")

    bought.provider.capture = done_elsewhere  # type: ignore[method-assign]
    assert (await bought.capture()).state is OperationState.SUCCEEDED
    assert bought.money.captured == 74_900


async def test_ids_that_never_stop_changing_are_followed_once(bought: World) -> None:
    asked = []

    async def moves_again(*_: Any, **named: Any) -> Outcome:
        asked.append(named["request_id"])
        (left,) = bought.at_qliro.ledger().shippable()
        bought.at_qliro.replace_reservation(3_290_900 + len(asked), left)
        bought.provider.settle()
        return OUTDATED

    bought.provider.capture = moves_again  # type: ignore[method-assign]
    with pytest.raises(ProviderRefused, match="does not connect"):
        await bought.capture()
    assert len(set(asked)) == len(asked) == 2
    assert bought.stored.operations[-1].state is OperationState.FAILED


async def test_rows_that_do_not_make_what_is_reserved_are_not_captured(bought: World) -> None:
    (reserved,) = bought.at_qliro.transactions
    bought.at_qliro.transactions = [replace(reserved, amount=74_899)]
    with pytest.raises(ProviderRefused, match="worth 74900, but 74899 is reserved"):
        await bought.capture()
    assert bought.acts() == []
    assert bought.stored.operations[-1].state is OperationState.FAILED


async def test_a_fresh_key_is_written_down_before_it_is_used(bought: World) -> None:
    capture, kept = bought.provider.capture, []

    async def watched(*args: Any, **named: Any) -> Outcome:
        kept.append(bought.stored.operations[-1].request_id == named["request_id"])
        return await capture(*args, **named)

    busy = Declined("OPERATION_NOT_SUPPORTED", "Another transaction is already in process", retryable=True)
    bought.provider.script.extend([busy, busy])
    bought.provider.capture = watched  # type: ignore[method-assign]
    await bought.capture()
    assert kept == [True] * 3
    assert len({key for _, key in bought.provider.requests}) == 3


async def test_while_somebody_elses_capture_is_under_way_none_is_asked_for(bought: World) -> None:
    bought.provider.prompt = False
    (left,) = bought.at_qliro.ledger().shippable()
    bought.at_qliro.move(3_290_900, TransactionKind.CAPTURE, left)
    assert (await bought.capture()).state is OperationState.PENDING
    assert bought.acts() == []
    bought.provider.settle()
    await bought.later(120)
    assert bought.acts() == []
    assert bought.stored.operations[-1].state is OperationState.SUCCEEDED
    assert bought.money.captured == 74_900


async def test_a_part_whose_caller_died_after_the_deed_is_found_and_not_asked_for_again(bought: World) -> None:
    capture = bought.provider.capture

    async def dies(*args: Any, **named: Any) -> Outcome:
        await capture(*args, **named)
        raise Death

    bought.provider.capture = dies  # type: ignore[method-assign]
    with pytest.raises(Death):
        await bought.do(bought.app.capture(bought.payment_key, Asked(Wish(items=(("SKU-1", 1),)))))
    bought.provider.capture = capture  # type: ignore[method-assign]
    bought.app = bought.fresh()
    bought.clock.advance(20)  # the claim of the dead
    await bought.later(120)
    assert bought.acts() == ["capture"]
    assert bought.stored.operations[-1].state is OperationState.SUCCEEDED
    assert bought.money.captured == 24_900


async def test_a_refund_of_two_captures_whose_first_answer_was_lost_goes_on_with_the_second(bought: World) -> None:
    for number, rows in ((3_290_900, 1), (3_290_901, None)):
        (left,) = bought.at_qliro.ledger().shippable()
        bought.at_qliro.move(number, TransactionKind.CAPTURE, replace(left, items=left.items[:rows]))
        bought.provider.settle()
    await bought.push("Captured")
    bought.provider.faults.add(ProviderUnavailable("timeout"), "refund", after=True)
    assert (await bought.refund()).state is OperationState.SUCCEEDED
    assert bought.money.refunded == 74_900
    assert bought.acts("refund") == ["refund"] * 3
    first, again, second = (key for _, key in bought.provider.requests)
    assert first == again != second
