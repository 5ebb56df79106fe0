"""CSV and SIE hold every öre, balanced, whatever Qliro or a merchant puts into a text."""

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.reports.links import Links
from adapters.reports.settlements.as_csv import COLUMNS, write_csv
from adapters.reports.settlements.as_sie import OtherCurrency, SieAccounts, SieReport
from adapters.reports.settlements.as_table import write_table
from adapters.reports.settlements.documents import write_json
from adapters.reports.settlements.sie import (
    ENCODING,
    Transaction,
    Unbalanced,
    Verification,
    is_account,
    quoted,
    verification,
)
from adapters.settlement_spool import SqliteSpool
from application.explain_settlements import Question, SettlementReport
from application.ports.settlement_spool import ExplainedLine
from domain.settlement import EntryKind, Exchange, PayOut, Period, SettlementEntry
from domain.settlement_shares import shares_of
from domain.settlement_totals import BatchKey
from domain.settlement_verdict import judge
from tests.unit.adapters.reports.sie_reader import NotSie, SieFile, read_sie
from tests.unit.domain.settlements import ACCOUNT, MONDAY, books, capture, chargeback, entry, fee, refund

MADE = date(2026, 3, 9)
KNOWN = books(capture(100_000, 1), refund(20_000, 2))
WEEK = (
    entry(100_000, 1, vat_rate=2_500),
    entry(-20_000, 2, vat_rate=2_500),
    fee(-1_950, 1, vat_rate=2_500),
    chargeback(-5_000, 1),
    entry(777, 9),
)


@pytest.fixture
def spool() -> Iterator[SqliteSpool]:
    made = SqliteSpool(":memory:")
    yield made
    made.close()


def explained(
    spool: SqliteSpool, entries: Any, *, announced: PayOut | None = None, currency: str = ""
) -> SettlementReport:
    report = SettlementReport(Question(period=Period(MONDAY, MONDAY), term_days=14, currency=currency))
    if announced is not None:
        key = BatchKey(announced.day, "demo", announced.batch, announced.currency)
        report.totals.announce(key, announced)
    verdict = judge(KNOWN, entries, account=ACCOUNT)
    for x, shares in zip(verdict.explanations, shares_of(verdict.explanations), strict=True):
        line = ExplainedLine(BatchKey(MONDAY, "demo", x.entry.batch, x.entry.currency), x, shares)
        report.totals.add(line.batch, x, line.shares)
        spool.explain([line])
    spool.report(verdict.discrepancies)
    for discrepancy in verdict.discrepancies:
        report.counts.count(discrepancy)
    return report


def sie_of(report: SettlementReport, **changed: Any) -> SieFile:
    options: dict[str, Any] = {"accounts": SieAccounts(), "company": "Bolaget", "made_on": MADE, "version": "1"}
    parts: list[str] = []
    SieReport(**(options | changed))(report, parts.append)
    return read_sie("".join(parts).encode(ENCODING))


def csv_of(report: SettlementReport, spool: SqliteSpool) -> list[dict[str, str]]:
    parts: list[str] = []
    write_csv(report, spool, parts.append)
    return list(csv.DictReader(io.StringIO("".join(parts), newline="")))


def test_a_week_as_verifications(spool: SqliteSpool) -> None:
    sie = sie_of(explained(spool, WEEK), series="Q", organisation="556677-8899")
    (ver,) = sie.verifications
    assert (ver.series, ver.number, ver.day) == ("Q", "", MONDAY)
    told = {account: ver.on(account) for account in ("1930", "1580", "6570", "2641", "1515", "2999")}
    assert told == {
        "1930": Decimal("738.27"), "1580": Decimal("-800.00"), "6570": Decimal("15.60"), "2641": Decimal("3.90"),
        "1515": Decimal("50.00"), "2999": Decimal("-7.77"),
    }  # fmt: skip
    assert ("1580", Decimal("-1000.00"), "Försäljning CREDITCARDS 25 %") in ver.rows
    assert sie.head["#GEN"] == ["20260309"]
    assert sie.head["#ORGNR"] == ["556677-8899"]


def test_what_is_announced_beyond_the_entries_is_booked_as_unexplained(spool: SqliteSpool) -> None:
    pay_out = PayOut(number=1, batch="B", day=MONDAY, currency="SEK", total=100_001, fees=0)
    report = explained(spool, WEEK[:1], announced=pay_out)
    sie = sie_of(report)
    assert (sie.on("1930"), sie.on("2999")) == (Decimal("1000.01"), Decimal("-0.01"))
    rows = csv_of(report, spool)
    assert [row["amount"] for row in rows if row["category"] == "unexplained"] == ["0.01"]


def test_accounts_may_be_others(spool: SqliteSpool) -> None:
    accounts = SieAccounts.of({"bank": "1940", "claims": "168601"})
    sie = sie_of(explained(spool, WEEK[:1]), accounts=accounts)
    assert [sie.on("1940"), sie.on("168601")] == [Decimal(1_000), Decimal(-1_000)]


@pytest.mark.parametrize("told", [{"bank": "19"}, {"bank": "0930"}, {"banks": "1930"}, {"fees": "65a0"}, {"fees": ""}])
def test_what_is_no_account_is_refused(told: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"bank|fees"):
        SieAccounts.of(told)
    assert not is_account("1930 ")


def test_an_exchanged_batch_is_booked_at_its_own_rate_and_rounding_apart(spool: SqliteSpool) -> None:
    euros = [replace(e, currency="EUR") for e in (entry(3_333, 9), entry(3_334, 8), fee(-100, 9))]
    pay_out = PayOut(
        number=1, batch="B", day=MONDAY, currency="EUR", total=6_567, fees=100, exchange=Exchange("SEK", 73_779, None)
    )
    sie = sie_of(explained(spool, euros, announced=pay_out))
    assert sie.on("1930") == Decimal("737.79")
    assert abs(sie.on("3740")) <= Decimal("0.02")
    with pytest.raises(OtherCurrency, match="EUR"):
        sie_of(explained(spool, euros))
    again = SqliteSpool(":memory:")
    assert sie_of(explained(again, euros, currency="EUR")).head["#VALUTA"] == ["EUR"]
    again.close()


def test_a_verification_that_does_not_balance_is_never_written() -> None:
    with pytest.raises(Unbalanced):
        verification(Verification(MONDAY, "x", (Transaction("1930", 1, ""), Transaction("1580", -2, ""))), series="")


@given(st.text())
def test_any_text_is_a_field(text: str) -> None:
    raw = quoted(text)
    assert raw == raw.encode(ENCODING).decode(ENCODING)
    head = f"#FLAGGA 0\r\n#PROGRAM {raw} 1\r\n#FORMAT PC8\r\n#GEN 20260101\r\n#SIETYP 4\r\n#FNAMN x\r\n"
    assert read_sie(head.encode(ENCODING)).head["#PROGRAM"][1] == "1"


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw.replace(b"738.27", b"738.28"),
        lambda raw: raw.replace(b"#FLAGGA 0\r\n", b""),
        lambda raw: raw.replace(b"\r\n", b"\n"),
        lambda raw: raw.replace(b"#SIETYP 4", b"#SIETYP 1"),
        lambda raw: raw.replace(b"#FORMAT PC8", b"#FORMAT UTF8"),
        lambda raw: raw.replace(b' 20260302 "Utb', b' 20260303 "Utb'),
        lambda raw: raw.replace(b"#KONTO 1580", b"#KONTO 1581"),
        lambda raw: raw.replace(b"}\r\n", b""),
    ],
)
def test_the_reader_of_these_tests_is_strict(spool: SqliteSpool, damage: Any) -> None:
    parts: list[str] = []
    report = explained(spool, WEEK)
    SieReport(accounts=SieAccounts(), company="B", made_on=MADE, version="1")(report, parts.append)
    raw = "".join(parts).encode(ENCODING)
    read_sie(raw)
    assert damage(raw) != raw
    with pytest.raises(NotSie):
        read_sie(damage(raw))


entries = st.builds(
    lambda effect, transaction, kind, rate, method: entry(effect, transaction, kind=kind, vat_rate=rate, method=method),
    st.integers(-(10**9), 10**9),
    st.none() | st.integers(1, 4),
    st.sampled_from(EntryKind),
    st.sampled_from([None, 0, 600, 2_500]),
    st.sampled_from(["CREDITCARDS", "SWISH", '=HYPERLINK("x")']),
)


@given(st.lists(entries, max_size=8), st.none() | st.integers(-(10**9), 10**9))
def test_every_form_holds_exactly_what_was_paid(found: list[SettlementEntry], total: int | None) -> None:
    spool = SqliteSpool(":memory:")
    pay_out = None if total is None else PayOut(number=1, batch="B", day=MONDAY, currency="SEK", total=total, fees=0)
    report = explained(spool, found, announced=pay_out)
    paid = Decimal(sum(batch.paid for batch in report.totals.batches.values())) / 100
    rows = csv_of(report, spool)
    assert sum(Decimal(row["amount"]) for row in rows) == paid
    for row in rows:
        if row["vat_rate"]:
            assert Decimal(row["net"]) + Decimal(row["vat"]) == Decimal(row["amount"])
    assert sie_of(report).on("1930") == paid
    spool.close()


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "x;=1+1;", "a,b", 'quo"ted', "line\nbreak", "Öl & bröd"]
)
def test_no_text_becomes_a_formula_or_breaks_a_row(spool: SqliteSpool, text: str) -> None:
    report = explained(spool, [entry(-500, 3, reference=text, batch=text, method=text)])
    (row,) = csv_of(report, spool)
    assert list(row) == list(COLUMNS)
    for name in ("merchant_reference", "batch", "method"):
        pieces = row[name].split(";")
        assert ";".join(piece.removeprefix("'") for piece in pieces) == text
        assert not [piece for piece in pieces if piece.startswith(("=", "+", "-", "@", "\t"))]
    assert row["amount"] == "-5.00"


def test_a_table_and_json_tell_the_same(spool: SqliteSpool) -> None:
    report = explained(spool, [*WEEK, entry(1, 8, batch="\x1b[31mred", completed_at=datetime(2026, 3, 1, tzinfo=UTC))])
    parts: list[str] = []
    write_table(report, spool, parts.append, width=250)
    shown = "".join(parts)
    assert "other days" not in shown
    report.other_days["NOK"] = -77
    for words in ("738.27", "25 %", "settlement-without-capture", "chargeback", "3 discrepancies."):
        assert words in shown
    assert "\x1b" not in shown
    parts.clear()
    write_json(report, spool, parts.append, Links())
    assert '"paid":"738.27"' in "".join(parts)
    assert '"other_days":{"NOK":"-0.77"}' in "".join(parts)
    parts.clear()
    write_table(explained(spool, WEEK[:1]), spool, parts.append, width=80)
    assert "Every krona is explained." in "".join(parts)
    parts.clear()
    write_table(explained(spool, []), spool, parts.append, width=80)
    assert "nobody was asked" in "".join(parts)
