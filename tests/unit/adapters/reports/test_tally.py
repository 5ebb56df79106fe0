"""Sums over findings, however many."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.reports.tally import Tally, age
from domain.discrepancy import Discrepancy, DiscrepancyKind, Verdict
from domain.money import Money
from tests.unit.adapters.reports.samples import BEGUN, each, mixed
from tests.unit.adapters.reports.strategies import DISCREPANCIES

PAID = mixed()[0]


@settings(deadline=None)
@given(st.lists(DISCREPANCIES, max_size=30), st.integers(0, 3))
async def test_sums_are_those_of_all_and_few_are_kept(findings: list[Discrepancy], keep: int) -> None:
    tally = await Tally(BEGUN, keep=keep).take(each(findings))
    assert tally.total == len(findings)
    for kind in DiscrepancyKind:
        mine = [found for found in findings if found.kind is kind]
        assert tally.of_kind(kind) == len(mine)
        assert len(tally.kept(kind)) == min(keep, len(mine))
    for currency, kinds in tally.risk_by_currency().items():
        at_risk = [f.at_risk.minor for f in findings if f.at_risk and f.at_risk.currency == currency and f.verdict.open]
        assert sum(kinds.values()) == sum(at_risk)


async def test_open_ones_go_before_mended_ones_and_more_money_before_less_and_older_before_newer() -> None:
    mended = replace(PAID, verdict=Verdict.MENDED, at_risk=Money(900, "SEK"), payment_id="mended")
    less = replace(PAID, verdict=Verdict.LEFT, at_risk=Money(5, "SEK"), payment_id="less")
    more = replace(less, at_risk=Money(6, "SEK"), payment_id="more")
    older = replace(less, since=BEGUN - timedelta(days=400), payment_id="older")
    none = replace(less, at_risk=None, payment_id="none")
    tally = await Tally(BEGUN, keep=4).take(each([mended, none, less, more, older]))
    assert [found.payment_id for found in tally.kept(PAID.kind)] == ["more", "older", "less", "none"]


@pytest.mark.parametrize(
    ("old", "name"),
    [
        (timedelta(), "under 1 h"),
        (timedelta(minutes=-5), "under 1 h"),
        (timedelta(hours=1), "1–24 h"),
        (timedelta(days=1), "1–3 d"),
        (timedelta(days=3), "3–7 d"),
        (timedelta(days=29, hours=23), "7–30 d"),
        (timedelta(days=30), "over 30 d"),
    ],
)
def test_ages_are_put_where_they_belong(old: timedelta, name: str) -> None:
    assert age(replace(PAID, since=BEGUN - old), BEGUN) == name


def test_an_unknown_age_is_told_as_such() -> None:
    assert age(replace(PAID, since=None), BEGUN) == "unknown"
