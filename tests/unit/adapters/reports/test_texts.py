"""Amounts, spans and foreign text as people read them."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.reports.texts import exact, grouped, scope_words, shown, span
from tests.unit.adapters.reports.strategies import MINOR


@pytest.mark.parametrize(
    ("minor", "told"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (-5, "-0.05"),
        (100, "1.00"),
        (10**13, "100000000000.00"),
        (-123_456_789, "-1234567.89"),
    ],
)
def test_amounts_are_exact(minor: int, told: str) -> None:
    assert exact(minor) == told


@settings(deadline=None)
@given(MINOR)
def test_grouping_only_adds_spaces_and_a_real_minus(minor: int) -> None:
    assert grouped(minor, "SEK").replace("\u202f", "").replace("−", "-") == f"{exact(minor)} SEK"


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=119), "119 s"),
        (timedelta(minutes=2), "2 min"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=2), "2 d"),
    ],
)
def test_a_span_is_told_in_the_largest_unit_that_fits_twice(length: timedelta, told: str) -> None:
    assert span(length) == told


@settings(deadline=None)
@given(st.text())
def test_foreign_text_stays_on_its_line_and_steers_nothing(text: str) -> None:
    told = shown(text)
    assert len(told) == len(text)
    assert all(c.isprintable() or c == "\u202f" for c in told)


def test_a_scope_reads_from_whose_to_when_whatever_its_order_in_the_database() -> None:
    stored = {"to": "2026-11-22", "from": "2026-11-01", "merchant": "shop", "apply": "yes"}
    assert scope_words(stored) == "merchant shop, from 2026-11-01, to 2026-11-22, apply"
    assert scope_words({"since": "2026-11-21T02:00:00+00:00"}) == "since 2026-11-21 02:00 UTC"
