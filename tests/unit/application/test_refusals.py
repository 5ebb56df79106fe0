"""Qliro refuses, or has received what it shows nothing of: what that means is read in its books."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.errors import ProviderRefused, ProviderUnavailable
from domain.ledger import TransactionKind, TransactionStatus
from domain.operation import OperationState
from domain.outcomes import ALREADY_RECEIVED, Declined, Outcome, Unknown
from tests.unit.application.world import World

REFUSED = Declined("NO", "not now")
OUTDATED = Declined("PAYMENT_REFERENCE_IS_INCORRECT", "Payment reference does not connect to a success")


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
