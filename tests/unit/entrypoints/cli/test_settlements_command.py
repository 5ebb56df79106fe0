"""`qliro-adapter reconcile settlements`: what it refuses before anything is asked for, and when nobody can be asked."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from entrypoints.cli.__main__ import main
from entrypoints.cli.pay_outs import PayOuts, question
from entrypoints.cli.settlements import Export
from entrypoints.cli.usage import WrongUsage
from entrypoints.settings import Settings

URL = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "NORCE_ORDER_URL": URL, "NORCE_CONFIGURATION_URL": URL, "NORCE_TOKEN": "t",
        "DATABASE_URL": "postgresql://adapter:hunter2@127.0.0.1:1/payments",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"ADAPTER_{name}", value)


def command(monkeypatch: pytest.MonkeyPatch, *words: str) -> int | str | None:
    monkeypatch.setattr("sys.argv", ["qliro-adapter", "reconcile", "settlements", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


@pytest.mark.parametrize(
    "words",
    [
        ("--from", "2026-02-02", "--to", "2026-01-01"),
        ("--from", "someday"),
        ("--to", "2026-13-01"),
        ("--from", "1999-01-01", "--to", "2026-01-01"),
        ("--from", "0001-01-01"),
        ("--to", "0001-01-01"),
        ("--from", "0001-01-01", "--to", "0001-01-31"),
        ("--to", "9999-12-31"),
        ("--from", "9999-12-30", "--to", "9999-12-31"),
        ("--currency", "kronor"),
        ("--currency", "S1K"),
        ("--term", "-1"),
        ("--term", "soon"),
        ("--format", "xml"),
        ("--company", "Bolaget"),
        ("--format", "sie", "--organisation", "12"),
        ("--output", "missing/report.csv"),
        ("--order", "1"),
        ("surplus",),
    ],
)
def test_wrong_usage_is_refused_before_anything_is_asked(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert command(monkeypatch, *words) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ADAPTER_SETTLEMENT_FEES", '{"SWISH": "cheap"}', ()),
        ("ADAPTER_SETTLEMENT_FEES", "1.45%", ()),
        ("ADAPTER_SETTLEMENT_ACCOUNTS", '{"bank": 1930}', ()),
        ("ADAPTER_SETTLEMENT_ACCOUNTS", '{"bank": "19"}', ("--format", "sie")),
        ("ADAPTER_SETTLEMENT_ACCOUNTS", '{"banks": "1930"}', ("--format", "sie")),
        ("ADAPTER_SETTLEMENT_TERM_DAYS", "a fortnight", ()),
        ("ADAPTER_NORCE_CONFIGURATION_URL", "", ()),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    name: str,
    value: str,
    words: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(name, value)
    assert command(monkeypatch, *words) == 2
    assert name in capsys.readouterr().err


def test_without_a_database_it_fails_and_leaves_the_earlier_report(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.csv"
    report.write_text("of last night", encoding="utf-8")
    assert command(monkeypatch, "--output", str(report)) == 1
    assert report.read_text(encoding="utf-8") == "of last night"
    assert list(tmp_path.iterdir()) == [report]
    told = capsys.readouterr().err
    assert "doctor" in told
    assert "hunter2" not in told


def test_days_default_to_sixty_one_up_to_yesterday() -> None:
    today = datetime.now(UTC).date()
    asked = question(PayOuts(), Settings())
    assert asked.period.last in {today - timedelta(days=1), today}
    assert asked.period.days == 61
    assert asked.term_days == 14
    assert question(PayOuts(last="2026-03-31", term=3), Settings()).period.first == date(2026, 1, 30)
    assert question(PayOuts(term=0), Settings()).term_days == 0
    assert question(PayOuts(first="2026/3/1", last="2026-03-01"), Settings()).period.days == 1
    assert question(PayOuts(currency=" nok "), Settings()).currency == "NOK"
    with pytest.raises(WrongUsage):
        question(PayOuts(first="2026-03-02", last="2026-03-01"), Settings())


@pytest.mark.parametrize(
    ("name", "form"), [("a.csv", "csv"), ("a.JSON", "json"), ("a.se", "sie"), ("a.si", "sie"), ("a.txt", "table")]
)
def test_the_form_follows_the_files_name(name: str, form: str) -> None:
    assert Export(output=Path(name)).form == form
    assert Export(output=Path(name), format="csv").form == "csv"
    assert Export().form == "table"
