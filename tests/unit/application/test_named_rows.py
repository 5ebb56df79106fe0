"""Parts that are named as Norce names its cart rows: the row that is meant moves, and all of its price or none."""

import pytest

from application.operate_payment import Asked
from domain.errors import OperationRefused
from domain.order import Item
from domain.planning import Wish
from tests.unit.application.world import World, an_order
from tests.unit.domain.orders import item, order, price

DEAR = item("CAP", 10_000, 2, id="ci-dear")
CHEAP = item("CAP", 8_000, id="ci-cheap")
SOCKS = item("SOCKS", 3_333, 3, id="ci-socks", total=price(10_000), original=price(10_000))


async def bought(*items: Item, **options: bool) -> World:
    whole = order(items)
    world = World(an_order(items=items, shippings=(), cart_total=whole.cart_total, total=whole.total))
    world.configure(**options)
    await world.bought()
    return world


def part(name: str, quantity: int, amount: int | None = None) -> Asked:
    return Asked(Wish(items=((name, quantity),), amount=amount))


@pytest.mark.parametrize("name", ["ci-dear", "ci-cheap"])
@pytest.mark.parametrize("rows", [(DEAR, CHEAP), (CHEAP, DEAR)])
async def test_of_two_rows_with_one_sku_the_one_that_is_named_is_captured_and_refunded(
    name: str, rows: tuple[Item, ...]
) -> None:
    world = await bought(*rows)
    worth = 10_000 if name == "ci-dear" else 8_000
    await world.do(world.app.capture(world.payment_key, part(name, 1)))
    assert world.money.captured == worth
    await world.capture()
    await world.do(world.app.refund(world.payment_key, part(name, 1)))
    assert world.money.refunded == worth


async def test_a_row_with_a_discount_of_its_own_is_the_one_that_is_named() -> None:
    campaign = item("CAP", 10_000, id="ci-campaign", total=price(7_500), original=price(10_000))
    world = await bought(DEAR, campaign, map_discount_per_row=True)
    await world.do(world.app.capture(world.payment_key, part("ci-campaign", 1)))
    assert world.money.captured == 7_500


@pytest.mark.parametrize("name", ["ci-socks", "SOCKS"])
async def test_pieces_that_were_sold_as_one_row_move_together(name: str) -> None:
    world = await bought(SOCKS, CHEAP)
    for quantity in (1, 2, 4):
        with pytest.raises(OperationRefused):
            await world.do(world.app.capture(world.payment_key, part(name, quantity)))
    assert world.acts() == []
    await world.do(world.app.capture(world.payment_key, part(name, 3)))
    assert world.money.captured == 10_000
    with pytest.raises(OperationRefused):
        await world.do(world.app.refund(world.payment_key, part(name, 1)))
    assert world.money.refunded == 0


async def test_a_piece_of_such_a_row_is_refunded_for_what_it_is_said_to_be_worth() -> None:
    world = await bought(SOCKS, CHEAP)
    await world.capture()
    await world.do(world.app.refund(world.payment_key, part("ci-socks", 1, amount=3_333)))
    assert world.money.refunded == 3_333
    await world.refund()
    assert world.money.refunded == 18_000
