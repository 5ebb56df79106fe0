"""Defects that a reviewer has found: each test failed before its mend."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from application.operate_payment import Asked
from domain.errors import LedgerDisagrees, OperationRefused, OrderUnavailable, ProviderRefused, ProviderUnavailable
from domain.ledger import ItemGroup, ProviderLedger, TransactionKind
from domain.operation import OperationState
from domain.order import OrderStatus, PaymentState
from domain.outcomes import Accepted, Declined, Outcome, Pending, Unknown
from domain.planning import Wish
from tests.unit.application.world import World, an_order
from tests.unit.domain.orders import item, price

BUSY = Declined("OPERATION_NOT_SUPPORTED", "Another transaction is already in process", retryable=True)
PIECE = Asked(Wish(items=(("SKU-1", 1),)))


@pytest.fixture
async def bought(world: World) -> World:
    await world.bought()
    return world


@pytest.fixture
async def partly(bought: World) -> World:
    """Two of three rows' money is taken, the rest reserved."""
    (left,) = bought.at_qliro.ledger().shippable()
    bought.at_qliro.move(3_290_900, TransactionKind.CAPTURE, ItemGroup(left.transaction_id, left.items[:1]))
    bought.provider.settle()
    await bought.push("Captured")
    return bought


def _reads(world: World, old: ProviderLedger, times: int) -> None:
    """The next readings of Qliro's books come from a replica that lags behind."""
    read, left = world.provider.read_ledger, [old] * times

    async def lagging(*args: object) -> ProviderLedger:
        return left.pop() if left else await read(*args)  # type: ignore[arg-type]

    world.provider.read_ledger = lagging  # type: ignore[method-assign, assignment]


class TestBooksOlderThanThoseSeen:
    async def test_a_cancel_is_not_taken_for_done(self, bought: World) -> None:
        _reads(bought, replace(bought.at_qliro.ledger(), transactions=(), actions=()), times=1)
        await bought.cancel()
        assert bought.money.cancelled == 74_900

    async def test_a_sum_is_not_planned_from_them(self, world: World) -> None:
        await world.captured()
        old = world.at_qliro.ledger()
        await world.do(world.app.refund(world.payment_key, Asked(Wish(amount=30_000))))
        _reads(world, old, times=1)
        with pytest.raises(ProviderUnavailable) as told:
            await world.do(world.app.refund(world.payment_key, Asked(Wish(amount=50_000))))
        assert not told.value.sent
        assert len(world.acts("refund")) == 1

    async def test_an_open_operation_is_not_settled_by_them(self, bought: World) -> None:
        old = replace(bought.at_qliro.ledger(), transactions=(), actions=())
        bought.provider.prompt = False
        bought.provider.script.extend([Unknown("timeout")] * 3)
        with pytest.raises(ProviderUnavailable):
            await bought.cancel()
        _reads(bought, old, times=1)
        await bought.push()
        assert bought.stored.open_operation is not None


class TestACallWhoseAnswerWasLost:
    async def test_keeps_its_key_when_qliro_is_busy_perhaps_with_it(self, bought: World) -> None:
        bought.provider.script.extend([Unknown("timeout"), BUSY])
        await bought.do(bought.app.capture(bought.payment_key, PIECE))
        assert len({key for _, key in bought.provider.requests}) == 1
        assert bought.money.captured == 24_900

    async def test_is_not_refused_because_it_has_been_carried_out(self, bought: World) -> None:
        before, capture, calls = bought.at_qliro.ledger(), bought.provider.capture, []

        async def lost_then_refused(*args: object, **options: object) -> Outcome:
            calls.append(options)
            if len(calls) > 1:
                return Declined("EXCEEDING_QUANTITY", "Quantity exceeds what is available")
            await capture(*args, **options)  # type: ignore[arg-type]
            _reads(bought, before, times=1)
            return Unknown("timeout")

        bought.provider.capture = lost_then_refused  # type: ignore[method-assign]
        operation = await bought.do(bought.app.capture(bought.payment_key, PIECE))
        assert operation.state is OperationState.SUCCEEDED
        assert bought.money.captured == 24_900


class TestAReservationThatWasReplacedMeanwhile:
    """In the portal, after the books were read and before the capture arrived."""

    OUTDATED = Declined("PAYMENT_REFERENCE_IS_INCORRECT", "Payment references 1 does not connect to a success")

    async def test_is_captured_under_its_new_id_and_a_key_of_its_own(self, bought: World) -> None:
        self._replace(bought)
        bought.provider.script.append(self.OUTDATED)
        assert (await bought.capture()).state is OperationState.SUCCEEDED
        assert bought.money.captured == 74_900
        assert len({key for _, key in bought.provider.requests}) == 2

    async def test_is_asked_for_no_more_than_once_again(self, bought: World) -> None:
        self._replace(bought)
        bought.provider.script.extend([self.OUTDATED] * 9)
        with pytest.raises(ProviderRefused):
            await bought.capture()
        assert bought.acts("capture") == ["capture"] * 2
        assert bought.stored.open_operation is None

    async def test_is_left_to_the_caller_when_it_is_worth_something_else(self, bought: World) -> None:
        self._replace(bought, rows=1)
        bought.provider.script.append(self.OUTDATED)
        with pytest.raises(ProviderRefused):
            await bought.capture()
        assert bought.money.captured == 0

    async def test_is_not_asked_for_again_where_nothing_has_changed(self, bought: World) -> None:
        bought.provider.script.append(self.OUTDATED)
        with pytest.raises(ProviderRefused):
            await bought.capture()
        assert bought.acts("capture") == ["capture"]

    @staticmethod
    def _replace(world: World, rows: int | None = None) -> None:
        before = world.at_qliro.ledger()
        (held,) = before.shippable()
        world.at_qliro.replace_reservation(3_290_900, replace(held, items=held.items[:rows]))
        world.provider.settle()
        _reads(world, before, times=1)


@pytest.mark.parametrize("answer", [Accepted(()), Pending(())])
async def test_qliro_is_not_asked_for_ever_when_it_says_done_and_its_books_do_not(
    bought: World, answer: Outcome
) -> None:
    bought.provider.script.extend([answer] * 100)
    async with asyncio.timeout(10):
        with pytest.raises(ProviderUnavailable):
            await bought.cancel()
    assert len(bought.acts("cancel")) <= 3
    assert bought.stored.open_operation is not None


class TestCancelOfTheRest:
    async def test_repeated_it_is_a_success_that_does_nothing(self, partly: World) -> None:
        await partly.cancel()
        assert (await partly.cancel()).state is OperationState.SUCCEEDED
        assert partly.acts("cancel") == ["cancel"]

    async def test_with_its_answer_lost_it_is_answered_as_done(self, partly: World) -> None:
        partly.provider.faults.add(ProviderUnavailable("timeout"), "cancel", after=True)
        assert (await partly.cancel()).state is OperationState.SUCCEEDED


async def test_a_reduction_that_qliro_refuses_is_written_down(bought: World) -> None:
    bought.platform.put(bought.with_items(item("SKU-1", 24_900, 2)))
    bought.provider.script.append(Declined("OPERATION_NOT_SUPPORTED", "Not for this method"))
    with pytest.raises(OperationRefused):
        await bought.capture()
    assert bought.stored.open_operation is None
    assert bought.stored.operations[-1].state is OperationState.FAILED


@pytest.mark.parametrize("total", [39_800, 49_800])
async def test_nothing_is_kept_reserved_when_what_is_left_of_a_shrunken_order_is_worth_nothing(total: int) -> None:
    """Its goods were captured without the cart's discount: what is left are freight and discount, 0 or less."""
    world = World(replace(an_order(), total=price(total + 20_200)))
    await world.bought()
    await world.do(world.app.capture(world.payment_key, Asked(Wish(items=(("SKU-1", 2),)))))
    world.platform.put(replace(world.with_items(item("SKU-1", 24_900, 2)), total=price(total)))
    with pytest.raises(OperationRefused):
        await world.capture()
    await world.do(world.app.look_after())
    assert world.acts("reduce") == []
    assert all(operation.amount > 0 for operation in world.stored.operations)
    await world.cancel()
    assert world.money.remaining == 0


async def test_a_payment_that_qliro_has_forgotten_does_not_go_back_to_the_beginning(world: World) -> None:
    await world.captured()
    world.store.stored.clear()
    world.store.desks.clear()
    world.store.looks.clear()
    world.provider.forget(world.qliro_id)
    with pytest.raises(LedgerDisagrees):
        await world.refresh()
    await world.background()
    assert world.shown.state is PaymentState.CAPTURED
    assert world.store.stored == {}


async def _days_pass(world: World) -> None:
    for hours in (0.02, 0.1, 0.3, 1, 2, 6, 24, 24):
        await world.later(timedelta(hours=hours))


async def test_a_purchase_finished_while_its_payment_was_withdrawn_is_released_though_every_push_is_lost(
    world: World,
) -> None:
    await world.start()
    await world.validate()
    qliro_id, key = world.qliro_id, world.payment_key
    await world.remove()
    world.provider.buy(qliro_id)
    await _days_pass(world)
    assert world.provider.totals(qliro_id).remaining == 0
    assert world.store.looks[key] is None


async def test_a_payment_withdrawn_for_good_is_left_alone_in_the_end(world: World) -> None:
    await world.start()
    await world.remove()
    await _days_pass(world)
    assert world.store.looks[world.payment_key] is None


async def test_a_reduction_that_norce_kept_from_being_made_is_made_later(bought: World) -> None:
    smaller = bought.with_items(item("SKU-1", 24_900, 2))
    await bought.do(bought.app.change_cart(bought.payment_key, smaller))
    bought.platform.put(smaller)
    bought.platform.faults.add(OrderUnavailable("down"), "read_order")
    await _days_pass(bought)
    assert bought.money.remaining == 54_700
    assert bought.store.looks[bought.payment_key] is None


async def test_a_reduction_is_made_though_the_payment_is_read_before(bought: World) -> None:
    smaller = bought.with_items(item("SKU-1", 24_900, 2))
    await bought.do(bought.app.change_cart(bought.payment_key, smaller))
    bought.platform.put(smaller)
    await bought.refresh()
    await _days_pass(bought)
    assert bought.money.remaining == 54_700
    assert bought.store.looks[bought.payment_key] is None


async def test_a_closed_orders_hold_is_released_though_qliro_tells_of_it_twice(world: World) -> None:
    await world.bought(on_hold=True)
    world.platform.edit(world.key, status=OrderStatus.REMOVED)
    world.provider.resolve_hold(world.qliro_id, approve=True)
    await world.push("Completed")
    await world.push("Completed")
    await _days_pass(world)
    assert world.money.remaining == 0
    assert world.store.looks[world.payment_key] is None
