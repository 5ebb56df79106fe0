"""Exact money: conversions at the edge, splitting without loss."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import CurrencyMismatch, InvalidAmount
from domain.money import LARGEST_MINOR, Money, allocate, to_major, to_minor

AMOUNTS = st.integers(-LARGEST_MINOR, LARGEST_MINOR)
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("major", "minor"),
    [
        ("0", 0),
        ("-0", 0),
        ("1", 100),
        ("752.80", 75280),
        ("0.005", 1),
        ("0.0049999", 0),
        ("-0.005", -1),
        ("40.1785714", 4018),
        ("1E+3", 100000),
        ("99999999999.99", 9999999999999),
        ("100000000000", LARGEST_MINOR),
        ("-100000000000", -LARGEST_MINOR),
    ],
)
def test_major_units_become_minor_ones_rounded_half_up(major: str, minor: int) -> None:
    assert to_minor(Decimal(major)) == minor


@pytest.mark.parametrize("absurd", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+12", "-1E+999", "100000000000.01"])
def test_what_is_no_amount_is_refused(absurd: str) -> None:
    with pytest.raises(InvalidAmount):
        to_minor(Decimal(absurd))


@given(AMOUNTS)
def test_minor_units_survive_the_way_out_and_back(minor: int) -> None:
    major = to_major(minor)
    assert major.as_tuple().exponent == -2
    assert to_minor(major) == minor


@given(st.decimals(-(10**9), 10**9, places=6))
def test_rounding_is_never_off_by_more_than_half_a_cent(major: Decimal) -> None:
    assert abs(to_major(to_minor(major)) - major) <= Decimal("0.005")


@given(AMOUNTS, WEIGHTS)
def test_parts_add_up_exactly(total: int, weights: list[int]) -> None:
    assert sum(allocate(total, weights)) == total


@given(AMOUNTS, WEIGHTS)
def test_no_part_has_the_wrong_sign_or_is_more_than_a_cent_from_its_share(total: int, weights: list[int]) -> None:
    whole = sum(weights)
    for part, weight in zip(allocate(total, weights), weights, strict=True):
        assert part * total >= 0
        if whole:
            assert abs(part * whole - total * weight) < whole


@given(AMOUNTS, WEIGHTS)
def test_a_larger_weight_never_gets_a_smaller_part(total: int, weights: list[int]) -> None:
    parts = sorted(zip(weights, map(abs, allocate(total, weights)), strict=True))
    if sum(weights):
        assert all(a[1] <= b[1] for a, b in pairwise(parts))


@given(AMOUNTS, WEIGHTS)
def test_giving_back_splits_like_taking(total: int, weights: list[int]) -> None:
    assert allocate(-total, weights) == [-part for part in allocate(total, weights)]


def test_odd_cents_go_to_the_largest_remainders_and_then_to_the_earlier() -> None:
    assert allocate(100, [1, 1, 1]) == [34, 33, 33]
    assert allocate(10, [55, 25, 20]) == [6, 2, 2]
    assert allocate(10, [61, 24, 15]) == [6, 2, 2]
    assert allocate(7820, [49800, 14900, 13500]) == [4980, 1490, 1350]
    assert allocate(5, [0, 0]) == [0, 5]


def test_there_must_be_something_to_split_over() -> None:
    with pytest.raises(ValueError, match="nothing to allocate to"):
        allocate(1, [])


def test_money_of_one_currency_is_calculated_and_compared() -> None:
    low, high = Money(100, "SEK"), Money(250, "SEK")
    assert low + high == Money(350, "SEK")
    assert high - low == Money(150, "SEK")
    assert low < high <= high
    assert high > low >= low
    assert not low < low
    assert not low > low


def test_currencies_never_mix() -> None:
    krona, euro = Money(100, "SEK"), Money(100, "EUR")
    assert krona != euro
    for mixed in (
        lambda: krona + euro,
        lambda: krona - euro,
        lambda: krona < euro,
        lambda: krona <= euro,
        lambda: krona > euro,
        lambda: krona >= euro,
    ):
        with pytest.raises(CurrencyMismatch, match="SEK does not match EUR"):
            mixed()
