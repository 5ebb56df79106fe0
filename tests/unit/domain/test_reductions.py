"""What stays reserved of an order that has shrunk: what it is worth now, as the books tell it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.checkout import Basket, LineType, OrderLine
from domain.errors import OperationRefused
from domain.planned_call import PlannedCall
from domain.readings import held_of
from domain.reduction import plan_reduction
from tests.unit.domain.books import CART, COUPON, FREIGHT, HAT, SCARF, Books, Row, left, some, worth

GIFT: Row = ("GIFT", 1, 0, LineType.PRODUCT)
INVOICE_FEE: Row = ("INVOICE-FEE", 1, 2_900, LineType.FEE)


def basket(*rows: Row, off: int = 0) -> Basket:
    """A cart whose prices without VAT are `off` beside those in the books."""
    lines = (
        OrderLine(name, f"New {name}", kind, n, price, price * 4 // 5 - off, 2_500) for name, n, price, kind in rows
    )
    return Basket(tuple(lines), worth(*rows), "SEK")


def reduced(books: Books, now: Basket, *, freight_at_provider: bool = False) -> PlannedCall | None:
    return plan_reduction(books.read(), now, freight_at_provider=freight_at_provider)


@st.composite
def shrunk_orders(draw: st.DrawFn) -> tuple[list[Row], list[Row], list[Row]]:
    """What was bought, what has been captured of it, and what is still in the order."""
    bought: list[Row] = []
    shipped: list[Row] = []
    kept: list[Row] = []
    for number in range(draw(st.integers(1, 4))):
        quantity, price = draw(st.integers(1, 4)), draw(st.integers(10, 900))
        gone = draw(st.integers(0, quantity))
        for rows, count in ((bought, quantity), (shipped, gone), (kept, draw(st.integers(gone, quantity)))):
            rows += [(f"R{number}", count, price, LineType.PRODUCT)] if count else []
    bought.append(("FREIGHT", 1, 490, LineType.SHIPPING))
    freight = draw(st.sampled_from((490, 290, 590, 0)))
    kept += [("FREIGHT", 1, freight, LineType.SHIPPING)] if freight else []
    return bought, shipped, kept


@given(case=shrunk_orders(), fee=st.booleans(), rounding=st.booleans())
def test_what_stays_reserved_is_what_the_order_is_worth_and_has_not_been_captured(
    case: tuple[list[Row], list[Row], list[Row]], fee: bool, rounding: bool
) -> None:
    bought, shipped, kept = case
    bought = bought + [INVOICE_FEE] * fee + [("rounding", 1, 3, LineType.FEE)] * rounding
    books = Books()
    held = books.reserve(*bought)
    if shipped:
        books.ship(held, *shipped)
    wanted = worth(*kept) + INVOICE_FEE[2] * fee
    try:
        call = reduced(books, basket(*kept, off=1))
    except OperationRefused:
        assert wanted <= worth(*shipped)
        return
    if wanted >= worth(*bought):
        assert call is None
        return
    assert call is not None
    assert call.amount == wanted - worth(*shipped)
    in_books = {action.identity: action.price_ex for action in books.actions}
    for row in call.groups[0].items:
        identity = (row.reference, row.price_inc, row.type)
        assert row.price_ex == in_books.get(identity, row.price_inc * 4 // 5 - 1)


def test_delivery_that_the_provider_sells_stays_although_the_order_does_not_have_it() -> None:
    books = Books()
    hats: Row = ("HAT", 2, 24_900, LineType.PRODUCT)
    freight: Row = ("FREIGHT", 1, 4_900, LineType.SHIPPING)
    books.reserve(hats, freight)
    hat = basket(("HAT", 1, 24_900, LineType.PRODUCT))
    both, alone = reduced(books, hat, freight_at_provider=True), reduced(books, hat)
    assert both is not None
    assert alone is not None
    assert (both.amount, alone.amount) == (29_800, 24_900)


def test_what_made_up_for_rounding_was_bought_and_a_fee_of_the_providers_was_not() -> None:
    books = Books()
    books.reserve(("HAT", 1, 24_900, LineType.PRODUCT), ("rounding", 1, 3, LineType.FEE), INVOICE_FEE)
    held = held_of(None, books.read())
    assert held is not None
    assert held.bought == 24_903


def test_an_order_worth_as_much_as_is_reserved_or_more_needs_none() -> None:
    books = Books()
    books.reserve(*CART)
    assert reduced(books, basket(*CART)) is None
    assert reduced(books, basket(*CART, SCARF)) is None


def test_the_rows_of_the_order_stay_reserved_and_no_others() -> None:
    books = Books()
    held = books.reserve(*CART)
    call = reduced(books, basket(some(HAT, 1), SCARF, COUPON, FREIGHT))
    assert call
    assert left(call.groups) == {held: {"HAT": 1, "SCARF": 1, "COUPON": 1, "FREIGHT": 1}}
    assert (call.amount, call.fee, call.credit) == (35_400, 0, 0)
    assert next((row.description, row.price_ex) for row in call.groups[0].items) == ("About HAT", 19_920)


def test_fees_and_freight_that_qliro_added_stay() -> None:
    books = Books()
    held = books.reserve(HAT, SCARF, FREIGHT, INVOICE_FEE)
    call = reduced(books, basket(HAT), freight_at_provider=True)
    assert call
    assert left(call.groups) == {held: {"HAT": 2, "FREIGHT": 1, "INVOICE-FEE": 1}}


def test_fees_that_qliro_added_count_once_whether_captured_or_not() -> None:
    twice: Row = ("INVOICE-FEE", 2, 2_900, LineType.FEE)
    books = Books()
    held = books.reserve(HAT, SCARF, twice)
    books.ship(held, some(HAT, 1), some(twice, 1))
    call = reduced(books, basket(HAT))
    assert call
    assert left(call.groups) == {held: {"HAT": 1, "INVOICE-FEE": 1}}


def test_freight_that_the_order_tells_is_told_by_the_order_alone() -> None:
    double: Row = ("FREIGHT", 2, 4_900, LineType.SHIPPING)
    books = Books()
    held = books.reserve(HAT, double)
    call = reduced(books, basket(HAT, FREIGHT))
    assert call
    assert left(call.groups) == {held: {"HAT": 2, "FREIGHT": 1}}


def test_what_two_captures_shipped_is_not_asked_for_again() -> None:
    trio: Row = ("HAT", 4, 24_900, LineType.PRODUCT)
    books = Books()
    held = books.reserve(trio, SCARF)
    books.ship(held, some(HAT, 1))
    books.ship(held, some(HAT, 1))
    call = reduced(books, basket(some(HAT, 3)))
    assert call
    assert left(call.groups) == {held: {"HAT": 1}}


def test_rows_that_were_captured_must_stay_in_the_order() -> None:
    books = Books()
    held = books.reserve(*CART)
    books.ship(held, HAT)
    for kept in ((some(HAT, 1), SCARF), (SCARF, FREIGHT)):
        with pytest.raises(OperationRefused, match="2 of item HAT have been captured"):
            reduced(books, basket(*kept))


def test_a_last_cent_stays_reserved_and_nothing_does_not() -> None:
    pin: Row = ("PIN", 1, 1, LineType.PRODUCT)
    books = Books()
    held = books.reserve(HAT, SCARF, pin)
    books.ship(held, HAT)
    call = reduced(books, basket(HAT, pin))
    assert call
    assert left(call.groups) == {held: {"PIN": 1}}
    for rows in ((HAT,), (HAT, GIFT), (HAT, COUPON)):
        with pytest.raises(OperationRefused, match="cancel the rest"):
            reduced(books, basket(*rows))


def test_with_no_reservation_or_several_nothing_is_reduced() -> None:
    books = Books()
    assert reduced(books, basket(SCARF)) is None
    books.reserve(HAT)
    books.reserve(SCARF)
    assert reduced(books, basket(SCARF)) is None


@pytest.mark.parametrize("at_once", [True, False])
def test_of_several_reservations_the_last_that_is_left_is_not_taken_for_the_whole_order(at_once: bool) -> None:
    books = Books()
    if at_once:
        books.charge(HAT)
    else:
        books.ship(books.reserve(HAT), HAT)
    books.reserve(SCARF)
    assert reduced(books, basket(some(HAT, 1), SCARF)) is None
