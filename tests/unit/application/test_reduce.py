"""An order that has shrunk: its reservation is reduced before it is captured, and never captured larger than that."""

from typing import Any
from uuid import UUID

import pytest

from domain.errors import OperationRefused
from domain.ledger import LedgerTotals
from domain.operation import OperationKind, OperationState
from domain.outcomes import Declined, Outcome
from tests.unit.application.world import World
from tests.unit.domain.orders import item


@pytest.fixture
async def shrunk(world: World) -> World:
    """Bought for 749.00, and worth 298.00 now."""
    await world.bought()
    world.platform.put(world.with_items(item("SKU-1", 24_900)))
    return world


async def test_what_the_order_is_still_worth_is_captured(shrunk: World) -> None:
    await shrunk.capture()
    assert shrunk.acts() == ["reduce", "capture"]
    assert shrunk.money == LedgerTotals(authorized=29_800, captured=29_800)


async def test_a_refused_reduction_is_told_and_nothing_is_captured(shrunk: World) -> None:
    shrunk.provider.script.append(Declined("NO", "not now"))
    with pytest.raises(OperationRefused, match="did not reduce the reservation to the order: not now"):
        await shrunk.capture()
    assert shrunk.acts() == ["reduce"]
    assert shrunk.money == LedgerTotals(authorized=74_900)
    (operation,) = shrunk.stored.operations
    assert (operation.kind, operation.state) == (OperationKind.REDUCE, OperationState.FAILED)
    await shrunk.capture()
    assert shrunk.money == LedgerTotals(authorized=29_800, captured=29_800)


async def test_a_reduction_that_is_not_decided_is_waited_for_and_nothing_is_captured(shrunk: World) -> None:
    shrunk.provider.prompt = False
    with pytest.raises(OperationRefused, match="has not decided yet whether the reservation is reduced"):
        await shrunk.capture()
    assert shrunk.acts() == ["reduce"]
    (operation,) = shrunk.stored.operations
    assert operation.state is OperationState.PENDING
    shrunk.provider.prompt = True
    await shrunk.capture()
    assert shrunk.acts() == ["reduce", "capture"]
    assert shrunk.money == LedgerTotals(authorized=29_800, captured=29_800)


async def test_what_is_not_reserved_too_much_is_not_reduced(world: World) -> None:
    await world.bought()
    await world.do(world.app.reduce(world.payment_key))
    assert world.acts() == []
    await world.capture()
    assert await world.do(world.app.reduce(world.payment_key)) is None
    assert world.acts() == ["capture"]


async def test_a_reduction_is_written_down_before_it_is_asked_for(shrunk: World) -> None:
    reduce, seen = shrunk.provider.reduce, []

    async def watched(*args: Any, request_id: UUID, **named: Any) -> Outcome:
        (operation,) = shrunk.stored.operations
        seen.append((operation.state, operation.request_id == request_id, operation.baseline))
        return await reduce(*args, request_id=request_id, **named)

    shrunk.provider.reduce = watched  # type: ignore[method-assign]
    newest = shrunk.at_qliro.transactions[-1].id
    await shrunk.capture()
    assert seen == [(OperationState.REQUESTED, True, newest)]
