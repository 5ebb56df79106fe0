"""Sums given back: of captures off the invoice, of money that was taken at once only by rows."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.checkout import LineType
from domain.errors import OperationRefused
from domain.ledger import ActionKind, TransactionKind
from domain.planned_call import PlannedCall
from domain.planning import Wish, next_refund, plan_refund
from tests.unit.domain.books import CART, FREIGHT, HAT, SCARF, Books, Row, some, worth


@pytest.mark.parametrize(
    ("amount", "rows", "fee"),
    [
        (10_600, {"SCARF": 1}, 0),
        (4_900, {"FREIGHT": 1}, 0),
        (100, {"FREIGHT": 1}, 4_800),
        (5_000, {"SCARF": 1}, 5_600),
        (35_500, {"HAT": 1, "SCARF": 1}, 0),
        (35_600, {"HAT": 1, "SCARF": 1, "FREIGHT": 1}, 4_800),
        (49_900, {"HAT": 2, "FREIGHT": 1}, 4_800),
    ],
)
def test_a_sum_takes_no_more_rows_than_it_needs(amount: int, rows: dict[str, int], fee: int) -> None:
    books = Books()
    charged = books.charge(*CART)
    (call,) = plan_refund(books.read(), Wish(amount=amount))
    assert call.target == charged
    assert {item.reference: item.quantity for item in call.groups[0].items} == rows
    assert (call.amount, call.fee) == (amount, fee)


def test_a_sum_without_rows_that_are_worth_it_is_refused() -> None:
    books = Books()
    charged = books.charge(HAT, SCARF, FREIGHT)
    books.give_back(charged, HAT, SCARF)
    with pytest.raises(OperationRefused):
        plan_refund(books.read(), Wish(amount=5_000))


def test_a_sum_that_closes_a_capture_brings_what_an_earlier_fee_kept_too() -> None:
    books = Books()
    reserved = books.reserve(HAT, SCARF)
    first = books.ship(reserved, some(HAT, 1), SCARF)
    second = books.ship(reserved, some(HAT, 1))
    books.enter(TransactionKind.REFUND, 20_000, some(HAT, 1), parent=first, action=ActionKind.RETURN)
    calls = plan_refund(books.read(), Wish(amount=15_600))
    assert [(call.target, call.amount, call.credit) for call in calls] == [
        (first, 10_600, 0),
        (first, 4_900, 4_900),
        (second, 100, 100),
    ]


def test_a_charge_that_a_sum_exhausts_brings_all_its_rows_discounts_too() -> None:
    books = Books()
    first, second = books.charge(*CART), books.charge(HAT)
    calls = plan_refund(books.read(), Wish(amount=60_301))
    assert [(call.target, call.amount, call.fee) for call in calls] == [(first, 60_300, 0), (second, 1, 24_899)]
    assert calls[0].groups[0].items == books.read().returnable()[0].items


def test_a_sum_that_is_exactly_the_rows_left_of_a_charge_takes_them_and_a_cent_more_goes_on() -> None:
    books = Books()
    charged = books.charge(HAT)
    books.enter(TransactionKind.REFUND, 24_899, some(HAT, 1), parent=charged, action=ActionKind.RETURN)
    second = books.charge(SCARF)
    (call,) = plan_refund(books.read(), Wish(amount=24_900))
    assert (call.target, call.amount, call.fee) == (charged, 24_900, 0)
    calls = plan_refund(books.read(), Wish(amount=24_901))
    assert [(call.target, call.amount, call.fee) for call in calls] == [(charged, 24_900, 0), (second, 1, 10_599)]


def test_a_sum_of_a_charge_leaves_free_rows_alone() -> None:
    books = Books()
    books.charge(("GIFT", 1, 0, LineType.PRODUCT), SCARF)
    (call,) = plan_refund(books.read(), Wish(amount=100))
    assert [item.reference for item in call.groups[0].items] == ["SCARF"]


def test_the_last_cent_that_an_earlier_fee_kept_of_a_capture_is_credited() -> None:
    books = Books()
    reserved = books.reserve(HAT, SCARF)
    first = books.ship(reserved, some(HAT, 1), SCARF)
    second = books.ship(reserved, some(HAT, 1))
    books.enter(TransactionKind.REFUND, 24_899, some(HAT, 1), parent=first, action=ActionKind.RETURN)
    calls = plan_refund(books.read(), Wish(amount=10_602))
    assert [(call.target, call.amount, call.credit) for call in calls] == [
        (first, 10_600, 0),
        (first, 1, 1),
        (second, 1, 1),
    ]


def test_nothing_is_planned_for_charged_money_that_no_row_is_left_for() -> None:
    books = Books()
    reserved = books.reserve(HAT)
    charged = books.charge(SCARF)
    books.ship(reserved, HAT)
    books.enter(TransactionKind.REFUND, 100, SCARF, parent=charged, action=ActionKind.RETURN)
    with pytest.raises(OperationRefused):
        plan_refund(books.read(), Wish(amount=60_000))


def given_back(books: Books, call: PlannedCall) -> None:
    """Qliro's part: it holds what is asked for against its own books, and writes it down."""
    ledger = books.read()
    assert 0 < call.amount <= ledger.left_of_captures()[call.target]
    rows = {row.reference: row for group in ledger.returnable() for row in group.items}
    taken = [row for group in call.groups for row in group.items]
    assert all(row.quantity <= rows[row.reference].quantity for row in taken)
    assert taken or ledger.is_capture(call.target)
    told = [(row.reference, row.quantity, row.price_inc, row.type) for row in taken]
    books.enter(TransactionKind.REFUND, call.amount, *told, parent=call.target, action=ActionKind.RETURN)


@given(
    prices=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 5_000)), min_size=1, max_size=5),
    discount=st.integers(1, 9_999),
    shares=st.lists(st.integers(1, 10_000), max_size=3),
    at_once=st.booleans(),
)
def test_the_rest_is_given_back_as_far_as_rows_are_left_for_it(
    prices: list[tuple[int, int]], discount: int, shares: list[int], at_once: bool
) -> None:
    goods: list[Row] = [(f"R{n}", quantity, price, LineType.PRODUCT) for n, (quantity, price) in enumerate(prices)]
    coupon: Row = ("COUPON", 1, -(worth(*goods) * discount // 10_000), LineType.DISCOUNT)
    books = Books()
    if at_once:
        books.charge(*goods, coupon)
    else:
        books.ship(books.reserve(*goods, coupon), *goods, coupon)
    for share in shares:
        with suppress(OperationRefused):
            for call in plan_refund(books.read(), Wish(amount=max(1, worth(*goods, coupon) * share // 10_000))):
                given_back(books, call)
    ledger = books.read()
    still = sum(ledger.left_of_captures().values())
    dear = sum(row.total_inc for group in ledger.returnable() for row in group.items if row.price_inc > 0)
    while (rest := next_refund(books.read())) and (rest.groups[0].items or not at_once):
        given_back(books, rest)
    assert sum(books.read().left_of_captures().values()) == (max(0, still - dear) if at_once else 0)


def test_a_discount_that_outweighs_what_is_left_hides_none_of_it() -> None:
    for at_once in (True, False):
        books = Books()
        rows = (some(HAT, 1), FREIGHT, ("COUPON", 1, -10_000, LineType.DISCOUNT))
        captured = books.charge(*rows) if at_once else books.ship(books.reserve(*rows), *rows)
        books.enter(TransactionKind.REFUND, 15_000, some(HAT, 1), parent=captured, action=ActionKind.RETURN)
        (call,) = plan_refund(books.read(), Wish(items=(("FREIGHT", 1),), amount=4_800))
        assert (call.target, call.amount, call.fee) == (captured, 4_800, 100)


def test_what_no_row_is_left_for_holds_up_nothing_else() -> None:
    books = Books()
    charged = books.charge(SCARF)
    captured = books.ship(books.reserve(HAT), HAT)
    books.enter(TransactionKind.REFUND, 100, SCARF, parent=charged, action=ActionKind.RETURN)
    assert [(c.target, c.amount) for c in plan_refund(books.read(), Wish(amount=49_700))] == [(captured, 49_700)]
    rest = next_refund(books.read())
    assert rest is not None
    assert (rest.target, rest.amount) == (captured, 49_800)


@given(
    prices=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 5_000)), min_size=1, max_size=6),
    share=st.integers(1, 10_000),
)
def test_every_sum_that_was_taken_can_be_given_back_exactly(prices: list[tuple[int, int]], share: int) -> None:
    goods: list[Row] = [(f"R{n}", quantity, price, LineType.PRODUCT) for n, (quantity, price) in enumerate(prices)]
    books = Books()
    books.charge(*goods)
    whole = sum(quantity * price for quantity, price in prices)
    amount = max(1, whole * share // 10_000)
    calls = plan_refund(books.read(), Wish(amount=amount))
    assert sum(call.amount for call in calls) == (amount if calls else 0)
    assert bool(calls) == (amount < whole)
    for call in calls:
        assert 0 <= call.fee < min(item.price_inc for item in call.groups[0].items)


def test_all_that_is_left_is_refused_as_a_sum_when_rows_are_not_worth_it() -> None:
    books = Books()
    charged = books.charge(HAT, SCARF)
    books.enter(TransactionKind.REFUND, 100, SCARF, parent=charged, action=ActionKind.RETURN)
    whole = sum(books.read().left_of_captures().values())
    with pytest.raises(OperationRefused):
        plan_refund(books.read(), Wish(amount=whole))
    assert sum(call.amount for call in plan_refund(books.read(), Wish(amount=whole - 10_500))) == whole - 10_500
