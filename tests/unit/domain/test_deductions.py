"""Whose VAT rate a discount on the whole cart has: the goods' or the freight's, to the cent."""

import pytest

from domain.deductions import cart_deductions, spread
from domain.order import Discount, OrderShipping
from tests.unit.domain.orders import Rows, discount, item, order, shipping

BOOK = item("BOOK", 14_900, rate=600)
SHIRT = item("SHIRT", 10_000)
FREE = item("FREE", 0, rate=1200)
FREIGHT = shipping(4_900)


@pytest.mark.parametrize(
    ("items", "shippings", "discounts", "gap", "parts"),
    [
        ((BOOK,), (FREIGHT,), (discount(1_000), discount(4_900, "shipping")), 5_900, {600: 1_000, 2500: 4_900}),
        ((BOOK,), (FREIGHT,), (discount(1_000), discount(4_900, "shipping")), 4_900, {2500: 4_900}),
        ((BOOK,), (FREIGHT,), (discount(1_000), discount(4_900, "shipping")), 1_000, {600: 1_000}),
        ((BOOK,), (FREIGHT,), (discount(1_000), discount(4_900, "shipping")), 3_900, {600: 3_900}),
        ((BOOK,), (FREIGHT,), (discount(1_000), discount(4_900, "shipping")), 6_000, {600: 6_000}),
        ((BOOK,), (FREIGHT,), (discount(1_000), discount(1_000, "shipping")), 1_000, {600: 1_000}),
        ((BOOK,), (FREIGHT,), (discount(-500), discount(1_000, "shipping")), 500, {600: 500}),
        ((BOOK,), (FREIGHT,), (discount(1_100), discount(-100, "shipping")), 1_000, {600: 1_000}),
        ((BOOK,), (FREIGHT,), (), 14_900, {600: 14_900}),
        ((BOOK,), (FREIGHT,), (), 14_901, {600: 14_900, 2500: 1}),
        ((BOOK,), (), (discount(1_000, "shipping"),), 1_000, {600: 1_000}),
        ((BOOK,), (shipping(4_900, rate=0, state="removed"),), (), 15_000, {600: 15_000}),
        ((FREE,), (FREIGHT,), (discount(1_000),), 1_000, {2500: 1_000}),
        ((FREE,), (FREIGHT,), (discount(100), discount(900, "shipping")), 1_000, {2500: 1_000}),
        ((FREE,), (), (), 1_000, {0: 1_000}),
        ((BOOK, FREE, SHIRT), (), (discount(249),), 249, {600: 149, 2500: 100}),
        ((SHIRT, item("HAT", 10_000, rate=600)), (), (discount(1),), 1, {600: 1, 2500: 0}),
    ],
    ids=[
        "both kinds", "freight alone", "goods alone", "neither explains less", "neither explains more",
        "either explains it",
        "a surcharge on the goods", "a surcharge on the freight", "as much as the goods", "more than the goods",
        "no freight", "freight that was removed", "free goods", "free goods and both kinds", "nothing of value",
        "by worth",
        "odd cents to the lowest",
    ],
)  # fmt: skip
def test_a_discount_is_of_what_explains_it(
    items: Rows,
    shippings: tuple[OrderShipping, ...],
    discounts: tuple[Discount, ...],
    gap: int,
    parts: dict[int, int],
) -> None:
    assert cart_deductions(order(items, shippings=shippings, discounts=discounts), gap) == parts


def test_a_sum_is_spread_over_what_is_worth_something() -> None:
    assert spread(10, ((2500, 300), (600, 100), (2500, 100), (1200, 0))) == {600: 2, 2500: 8}
    assert spread(10, ((600, 1), (2500, -100))) == {600: 10}
    assert spread(10, ((600, 0),)) == {0: 10}
    assert spread(0, ((600, 100),)) == {}
