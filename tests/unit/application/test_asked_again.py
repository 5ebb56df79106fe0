"""What is asked while something else is open, or under another name: each is carried out for what it is."""

import pytest

from application.operate_payment import Asked
from domain.errors import OperationRefused, OrderBusy, PaymentConflict, ProviderUnavailable
from domain.operation import OperationKind, OperationState
from domain.planning import Wish
from tests.unit.application.world import World
from tests.unit.domain.orders import item

PART = Asked(Wish(items=(("SKU-1", 1),)))
OTHER_PART = Asked(Wish(items=(("SKU-2", 1),)))


@pytest.fixture
async def bought(world: World) -> World:
    await world.bought()
    return world


async def captured(world: World, asked: Asked) -> OperationState:
    return (await world.do(world.app.capture(world.payment_key, asked))).state


def test_every_difference_between_two_requests_is_told_by_their_fingerprints() -> None:
    wishes = (
        Wish(),
        Wish(amount=100),
        Wish(amount=101),
        Wish(items=(("A", 1),)),
        Wish(items=(("A", 2),)),
        Wish(items=(("B", 1),)),
        Wish(items=(("A", 1), ("B", 1))),
        Wish(items=(("A", 1),), amount=100),
    )
    asked = [Asked(wish, reason, "key") for wish in wishes for reason in ("", "broken")]
    assert len({one.fingerprint for one in asked}) == len(asked)
    turned = Asked(Wish(items=(("B", 1), ("A", 1))), "", "key")
    assert turned.fingerprint == Asked(wishes[6], "", "another").fingerprint
    assert len(turned.fingerprint) == 32


def test_only_a_part_without_a_key_is_known_by_what_was_asked() -> None:
    assert Asked().fingerprint == Asked().keyless == ""
    assert Asked(idempotency_key="key").keyless == Asked(PART.wish, idempotency_key="key").keyless == ""
    assert PART.keyless == PART.fingerprint != ""


async def test_one_key_is_for_one_kind_of_operation(bought: World) -> None:
    everything = Asked(idempotency_key="key")
    await captured(bought, everything)
    with pytest.raises(PaymentConflict, match="another request"):
        await bought.do(bought.app.refund(bought.payment_key, everything))
    assert bought.acts() == ["capture"]


class TestSomethingIsOpen:
    @pytest.fixture
    async def slow(self, bought: World) -> World:
        bought.provider.prompt = False
        return bought

    async def test_everything_is_captured_after_a_part_was(self, slow: World) -> None:
        assert await captured(slow, PART) is OperationState.PENDING
        slow.provider.prompt = True
        assert (await slow.capture()).state is OperationState.SUCCEEDED
        assert slow.acts() == ["capture", "capture"]
        assert slow.money.captured == 74_900

    async def test_a_part_is_refused_after_everything_was(self, slow: World) -> None:
        await slow.capture()
        slow.provider.prompt = True
        with pytest.raises(OperationRefused):
            await captured(slow, PART)
        assert slow.money.captured == 74_900

    async def test_everything_is_given_back_after_everything_was_captured(self, slow: World) -> None:
        await slow.capture()
        slow.provider.prompt = True
        assert (await slow.refund()).kind is OperationKind.REFUND
        assert slow.money.refunded == 74_900

    async def test_another_part_waits_for_the_first(self, slow: World) -> None:
        await captured(slow, PART)
        with pytest.raises(OrderBusy, match="A capture of this payment is still being decided"):
            await captured(slow, OTHER_PART)
        with pytest.raises(OrderBusy):
            await slow.capture()
        assert slow.acts() == ["capture"]

    async def test_what_is_found_out_of_it_is_kept_although_the_caller_is_told_to_wait(self, slow: World) -> None:
        slow.provider.faults.add(ProviderUnavailable("lost"), "capture", after=True)
        slow.provider.faults.add(ProviderUnavailable("down"), "read_ledger", nth=2)
        with pytest.raises(ProviderUnavailable):
            await captured(slow, PART)
        assert slow.stored.operations[0].state is OperationState.UNKNOWN
        with pytest.raises(OrderBusy):
            await slow.cancel()
        (operation,) = slow.stored.operations
        assert operation.state is OperationState.PENDING
        assert operation.transactions == (slow.at_qliro.transactions[-1].id,)


class TestNames:
    @pytest.fixture
    async def named(self, world: World) -> World:
        """Two rows of which one has a reference that is the other's SKU."""
        rows = (item("SKU-2", 20_000), item("SKU-1", 24_900, id="row-1", reference="SKU-2"))
        world.platform.put(world.with_items(*rows))
        await world.bought()
        return world

    @pytest.mark.parametrize(("name", "worth"), [("SKU-1", 24_900), ("row-1", 24_900), ("SKU-2", 20_000)])
    async def test_a_row_may_be_called_as_norce_calls_it_and_qliros_own_name_comes_first(
        self, named: World, name: str, worth: int
    ) -> None:
        await captured(named, Asked(Wish(items=((name, 1),))))
        assert named.money.captured == worth

    async def test_a_name_that_neither_knows_is_refused(self, named: World) -> None:
        with pytest.raises(OperationRefused, match="row-3"):
            await captured(named, Asked(Wish(items=(("row-3", 1),))))
