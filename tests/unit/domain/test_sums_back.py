"""Sums given back: of captures off the invoice, of money that was taken at once only by rows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.checkout import LineType
from domain.errors import OperationRefused
from domain.ledger import ActionKind, TransactionKind
from domain.planning import Wish, plan_refund
from tests.unit.domain.books import CART, FREIGHT, HAT, SCARF, Books, Row, some


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


def test_nothing_is_planned_for_charged_money_that_no_row_is_left_for() -> None:
    books = Books()
    reserved = books.reserve(HAT)
    charged = books.charge(SCARF)
    books.ship(reserved, HAT)
    books.enter(TransactionKind.REFUND, 100, SCARF, parent=charged, action=ActionKind.RETURN)
    with pytest.raises(OperationRefused):
        plan_refund(books.read(), Wish(amount=60_000))


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
