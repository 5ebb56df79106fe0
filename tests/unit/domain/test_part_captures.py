"""Parts of reservations: what may be captured together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.checkout import LineType
from domain.errors import OperationRefused
from domain.planning import Wish, plan_capture
from tests.unit.domain.books import Books, Row, worth

NAMES = ("A", "B", "C")


@st.composite
def reservations(draw: st.DrawFn) -> tuple[Row, ...]:
    """Goods whose names other reservations may have too, and often a discount that leaves them worth something."""
    goods = tuple(
        (name, draw(st.integers(1, 3)), draw(st.integers(1, 900)), LineType.PRODUCT)
        for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    )
    discount = draw(st.integers(0, worth(*goods) - 1))
    return (*goods, ("COUPON", 1, -discount, LineType.DISCOUNT)) if discount else goods


@given(
    reserved=st.lists(reservations(), min_size=1, max_size=3),
    wished=st.dictionaries(st.sampled_from((*NAMES, "COUPON")), st.integers(1, 4), min_size=1),
)
def test_no_shipment_exceeds_its_own_reservation(reserved: list[tuple[Row, ...]], wished: dict[str, int]) -> None:
    books = Books()
    held = {books.reserve(*rows): worth(*rows) for rows in reserved}
    try:
        (call,) = plan_capture(books.read(), Wish(items=tuple(wished.items())))
    except OperationRefused:
        return
    assert all(0 < group.total_inc <= held[group.transaction_id] for group in call.groups)


def test_goods_worth_more_than_their_reservation_are_refused_though_another_one_has_room() -> None:
    books = Books()
    books.reserve(("HAT", 1, 24_900, LineType.PRODUCT), ("COUPON", 1, -20_000, LineType.DISCOUNT))
    books.reserve(("SCARF", 4, 10_600, LineType.PRODUCT))
    with pytest.raises(OperationRefused):
        plan_capture(books.read(), Wish(items=(("HAT", 1),)))
    (call,) = plan_capture(books.read(), Wish(items=(("HAT", 1), ("COUPON", 1), ("SCARF", 1))))
    assert call.amount == 15_500
