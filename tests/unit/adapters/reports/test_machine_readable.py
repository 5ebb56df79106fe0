"""JSON and CSV: exact, complete, in pieces, and harmless where they are opened."""

import csv
import io
import re
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.reports.as_csv import COLUMNS, CsvReport, harmless
from adapters.reports.as_json import JsonReport
from adapters.reports.documents import discrepancy_document
from adapters.reports.report import Report
from domain.discrepancy import Discrepancy
from domain.money import Money
from tests.unit.adapters.reports import golden
from tests.unit.adapters.reports.samples import LINKS, mixed, run, settlement_run, written
from tests.unit.adapters.reports.strategies import DISCREPANCIES, FOREIGN, MINOR

LISTS = st.lists(DISCREPANCIES, max_size=4)
FORMULA = tuple("=+-@\t\r\n＝＋－＠")


def plain(cell: str) -> str:
    """What a reader of the CSV does to have the original."""
    return ";".join(piece.removeprefix("'") for piece in cell.split(";"))


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


async def test_json_is_as_documented() -> None:
    golden.check("mixed.json", await written(JsonReport(LINKS), settlement_run(*mixed()), mixed()))


async def test_csv_is_as_documented() -> None:
    golden.check("mixed.csv", await written(CsvReport(LINKS), run(*mixed()), mixed()))


async def test_a_run_without_findings_is_whole_too() -> None:
    document = msgspec.json.decode(await written(JsonReport(), run(), []))
    assert document["discrepancies"] == []
    assert document["version"] == 1
    assert await written(CsvReport(), run(), []) == ",".join(COLUMNS) + "\r\n"


@settings(deadline=None)
@given(LISTS)
async def test_everything_comes_back_from_json(findings: list[Discrepancy]) -> None:
    text = await written(JsonReport(LINKS), run(*findings), findings)
    document = msgspec.json.decode(text)
    expected = [msgspec.to_builtins(discrepancy_document(found, LINKS)) for found in findings]
    assert document["discrepancies"] == expected
    assert len(text.splitlines()) >= len(findings) + 4


@settings(deadline=None)
@given(LISTS)
async def test_everything_comes_back_from_csv(findings: list[Discrepancy]) -> None:
    text = await written(CsvReport(LINKS), run(*findings), findings)
    rows = rows_of(text)
    assert len(rows) == len(findings)
    for row, found in zip(rows, findings, strict=True):
        assert plain(row["order_id"]) == found.order.order_id
        assert plain(row["remedy"]) == found.remedy
        assert plain(row["norce_state"]) == (found.norce.state if found.norce else "")
        assert row["at_risk_amount"] == (
            "" if found.at_risk is None else str(Decimal(found.at_risk.minor) / 100 + Decimal("0.00"))
        )
        for name in ("amount", "captured", "refunded", "cancelled"):
            minor = getattr(found.provider, name) if found.provider else None
            assert row[f"qliro_{name}"] == "" if minor is None else Decimal(row[f"qliro_{name}"]) * 100 == minor


@settings(deadline=None)
@given(LISTS)
async def test_no_cell_of_the_csv_is_a_formula(findings: list[Discrepancy]) -> None:
    for row in rows_of(await written(CsvReport(LINKS), run(*findings), findings)):
        for name, cell in row.items():
            for piece in cell.split(";"):  # a Swedish spreadsheet parts cells there
                assert not piece.startswith(FORMULA) or re.fullmatch(r"-\d+\.\d\d", cell), name


@settings(deadline=None)
@given(FOREIGN)
def test_taking_the_apostrophe_away_gives_the_original(text: str) -> None:
    assert plain(harmless(text)) == text


@settings(deadline=None)
@given(MINOR)
async def test_amounts_are_exact_strings_with_two_decimals(minor: int) -> None:
    document: dict[str, Any] = msgspec.json.decode(
        await written(JsonReport(), run(), [_with_risk(minor)]), type=dict[str, Any]
    )
    amount = document["discrepancies"][0]["at_risk"]["amount"]
    assert isinstance(amount, str)
    assert re.fullmatch(r"-?\d+\.\d\d", amount)
    assert Decimal(amount) * 100 == minor


@pytest.mark.parametrize("report", [JsonReport(LINKS), CsvReport(LINKS)])
async def test_many_findings_take_no_more_memory_than_a_few(report: Report) -> None:
    size = 0

    async def many() -> AsyncIterator[Discrepancy]:
        (sample, *_) = mixed()
        for _ in range(20_000):
            yield sample

    def count(text: str) -> None:
        nonlocal size
        size += len(text)

    tracemalloc.start()
    try:
        await report(run(), many(), count)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size > 5_000_000
    assert peak < 500_000


def _with_risk(minor: int) -> Discrepancy:
    return replace(mixed()[0], at_risk=Money(minor, "SEK"))
