"""The VAT rate behind two prices that were rounded on their way."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.vat import net, percent, snapped_rate

SWEDISH = (600, 1200, 2500)


def test_free_and_tax_free_deliveries_have_no_rate() -> None:
    assert snapped_rate(0, 0, known=SWEDISH, country="SE") == 0
    assert snapped_rate(4_900, 4_900, known=SWEDISH, country="SE") == 0
    assert snapped_rate(0, 100, country="SE") == 0
    assert snapped_rate(4_900, 0, country="SE") == 0


@pytest.mark.parametrize(
    ("inc", "ex", "rate"),
    [
        (4_900, 3_920, 2500),
        (4_900, 3_917, 2500),  # 25.10 %
        (4_900, 3_923, 2500),  # 24.90 %
        (11_900, 9_524, 2500),  # 24.95 %
        (5_900, 5_566, 600),
        (5, 4, 2500),
        (1, 1, 0),
    ],
)
def test_a_rate_a_little_off_becomes_the_real_one(inc: int, ex: int, rate: int) -> None:
    assert snapped_rate(inc, ex, country="SE") == rate


def test_of_two_rates_that_fit_the_nearer_is_taken_and_the_lower_of_two_as_near() -> None:
    assert snapped_rate(125, 100, known=(2_600, 2_400)) == 2_400
    assert snapped_rate(126, 100, known=(2_500, 2_600)) == 2_600
    assert snapped_rate(126, 100, country="SE") == 2_500
    assert snapped_rate(2, 1, country="SE") == 2_500
    assert snapped_rate(12_545, 10_000, known=SWEDISH, country="XX") == 2_550


@given(st.integers(-(10**9), 10**9), st.integers(0, 10_000))
def test_the_price_without_vat_is_rounded_half_away_from_zero(inc: int, rate: int) -> None:
    exact = Decimal(inc) * 10_000 / (10_000 + rate)
    assert net(inc, rate) == exact.quantize(Decimal(1), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("inc", "rate", "ex"), [(0, 2500, 0), (2, 2500, 2), (3, 2500, 2), (-2, 2500, -2), (1, 10_000, 1), (-3, 10_000, -2)]
)
def test_a_price_without_vat_is_the_nearest_cent(inc: int, rate: int, ex: int) -> None:
    assert net(inc, rate) == ex


@pytest.mark.parametrize(
    ("rate", "text"), [(0, "0"), (5, "0.05"), (605, "6.05"), (2500, "25"), (2550, "25.5"), (2555, "25.55")]
)
def test_a_rate_is_written_as_people_write_it(rate: int, text: str) -> None:
    assert percent(rate) == text


def test_a_rate_that_no_real_one_explains_is_told_as_it_is() -> None:
    assert snapped_rate(11_700, 10_000, country="SE") == 1_700
    assert snapped_rate(10_000, 7_900, country="SE") == 2_658
    assert snapped_rate(30_000, 10_000) == 10_000


def test_what_the_merchant_configured_goes_before_the_country_and_that_before_its_neighbours() -> None:
    assert snapped_rate(1_000, 801, known=(2_480,), country="SE") == 2_480
    assert snapped_rate(99, 79, country="SE") == 2_500
    assert snapped_rate(99, 79, country="FI") == 2_550
    assert snapped_rate(10_900, 10_000, known=SWEDISH, country="NL") == 900
    assert snapped_rate(12_550, 10_000, known=SWEDISH, country="XX") == 2_550


@given(st.integers(1, 2_000_000), st.sampled_from([600, 1200, 2500]))
def test_the_net_price_of_a_rate_leads_back_to_it(inc: int, rate: int) -> None:
    ex = net(inc, rate)
    found = snapped_rate(inc, ex, known=(rate,), country="SE")
    assert found == (rate if inc > ex else 0)


@given(st.integers(2_000, 2_000_000), st.sampled_from(SWEDISH), st.integers(-10, 10))
def test_a_tenth_of_a_percentage_point_is_forgiven(inc: int, rate: int, off: int) -> None:
    ex = int((Decimal(inc) * 10_000 / (10_000 + rate + off)).quantize(Decimal(1), ROUND_HALF_UP))
    assert snapped_rate(inc, ex, known=SWEDISH, country="SE") == rate


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.lists(st.integers(0, 10_000), max_size=4))
def test_there_is_always_a_rate_and_it_is_possible(inc: int, ex: int, known: list[int]) -> None:
    assert 0 <= snapped_rate(inc, ex, known=known, country="SE") <= 10_000
