"""Moments and spans as people type them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.lifecycle import PaymentStatus
from entrypoints.cli.__main__ import main
from entrypoints.cli.moments import moment_of, span_of
from entrypoints.cli.reconcile import How, Which, conduct, scope
from entrypoints.cli.usage import WrongUsage

NOW = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("20261120", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026/11/2", datetime(2026, 11, 2, tzinfo=UTC)),
        ("2026-11-20T18:15", datetime(2026, 11, 20, 18, 15, tzinfo=UTC)),
        ("2026-11-20 18:15:30", datetime(2026, 11, 20, 18, 15, 30, tzinfo=UTC)),
        ("2026-11-20T18:15z", datetime(2026, 11, 20, 18, 15, tzinfo=UTC)),
        ("2026-11-20T18:15+02:00", datetime(2026, 11, 20, 16, 15, tzinfo=UTC)),
        ("now", NOW),
        ("today", datetime(2026, 11, 23, tzinfo=UTC)),
        (" Yesterday ", datetime(2026, 11, 22, tzinfo=UTC)),
        ("-2d", NOW - timedelta(days=2)),
        ("2d", NOW - timedelta(days=2)),
        ("48h", NOW - timedelta(hours=48)),
        ("90 min", NOW - timedelta(minutes=90)),
        ("1.5h", NOW - timedelta(minutes=90)),
        ("2 weeks ago", NOW - timedelta(weeks=2)),
    ],
)
def test_a_moment_is_understood(text: str, expected: datetime) -> None:
    assert moment_of(text, now=NOW, option="--since") == expected


@pytest.mark.parametrize(
    "text",
    [
        "soon",
        "2026-13-01",
        "-2x",
        "99999999999d",
        "--",
        "12",
        "2026-11-20T25:00",
        "d",
        "0001-01-01",
        "0001-01-01T00:00+02:00",
        "9999-12-31",
        "9999-12-31T23:59-02:00",
        "1969-12-31",
        "-739000d",
        "1e3d",
        "9" * 400 + "d",
    ],
)
def test_what_is_no_moment_is_refused_with_the_option_and_the_words(text: str) -> None:
    with pytest.raises(WrongUsage, match="--since") as refused:
        moment_of(text, now=NOW, option="--since")
    assert text in str(refused.value)


def test_spans_have_no_sign() -> None:
    assert span_of("7d", option="--orphan-age") == timedelta(days=7)
    assert span_of("0s", option="--orphan-age") == timedelta(0)
    for text in ("-7d", "7", "yesterday", "", "999999999d", "36501d"):
        with pytest.raises(WrongUsage):
            span_of(text, option="--orphan-age")


def test_without_options_everything_undecided_and_two_days_are_meant() -> None:
    meant = scope(Which(), How(), now=NOW)
    assert (meant.since, meant.until, meant.undecided) == (NOW - timedelta(hours=48), None, True)
    assert meant.lists_norce
    assert not meant.rules.apply


def test_a_stretch_of_time_means_what_changed_in_it_and_nothing_else() -> None:
    meant = scope(Which(since="-7d", until="yesterday"), How(), now=NOW)
    assert (meant.since, meant.undecided) == (NOW - timedelta(days=7), False)
    open_ended = scope(Which(until="yesterday"), How(), now=NOW)
    assert (open_ended.since, open_ended.lists_norce) == (None, False)


def test_states_are_ours_or_norces() -> None:
    assert scope(Which(state="authorized, Captured"), How(), now=NOW).statuses == {
        PaymentStatus.AUTHORIZED,
        PaymentStatus.CAPTURED,
    }
    assert scope(Which(state="reserved,credited"), How(), now=NOW).statuses == {
        PaymentStatus.AUTHORIZED,
        PaymentStatus.PARTIALLY_REFUNDED,
    }


@pytest.mark.parametrize(
    ("which", "how"),
    [
        (Which(since="2027-01-01"), How()),
        (Which(since="1h", until="2h"), How()),
        (Which(state="gone"), How()),
        (Which(), How(cancel_orphans=True)),
        (Which(), How(orphan_age="soon")),
    ],
)
def test_what_makes_no_sense_is_refused(which: Which, how: How) -> None:
    with pytest.raises(WrongUsage):
        scope(which, how, now=NOW)


def test_equal_options_share_a_run_and_others_do_not() -> None:
    one, same = (scope(Which(since="-1d"), How(), now=NOW + timedelta(minutes=m)) for m in (0, 5))
    assert one.sharing == same.sharing
    assert one.sharing != scope(Which(since="-1d"), How(apply=True), now=NOW).sharing
    assert one.sharing != scope(Which(), How(), now=NOW).sharing
    assert one.sharing == scope(Which(since="-1d"), How(concurrency=3), now=NOW).sharing


@pytest.mark.parametrize(
    ("how", "option"),
    [
        (How(concurrency=0), "--concurrency"),
        (How(parts=65), "--parts"),
        *((How(rate=rate), "--rate") for rate in (-1.0, 1e-9, float("nan"), float("inf"))),
        (How(late_after="soon"), "--late-after"),
    ],
)
def test_a_tempo_that_makes_no_sense_is_refused_by_the_options_name(how: How, option: str) -> None:
    with pytest.raises(WrongUsage, match=option):
        conduct(how)


@pytest.mark.parametrize(
    ("which", "option"),
    [
        (Which(since="2026-11-24"), "--since"),
        (Which(since="2026-11-23T14:31"), "--since"),
        (Which(since="-1d", until="-2d"), "--until"),
        (Which(since="-1d", until="-1d"), "--until"),
        (Which(until="9999-12-31"), "--until"),
        (Which(since="0001-01-01"), "--since"),
    ],
)
def test_a_stretch_of_time_that_cannot_be_is_refused_by_its_option(which: Which, option: str) -> None:
    with pytest.raises(WrongUsage, match=option):
        scope(which, How(), now=NOW)


@pytest.mark.parametrize(
    "words",
    [
        ("runs", "--limit", "0"),
        ("runs", "--limit", "-1"),
        ("runs", "--limit", "10001"),
        ("runs", "--limit", str(10**30)),
        ("--limit", "0"),
        ("--limit", "-1"),
        ("show", "latest", "--limit", "0"),
        ("--limit", str(10**30)),
        ("--late-after", "9999999d"),
        ("--rate", "nan"),
    ],
)
def test_numbers_without_a_meaning_are_wrong_usage(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ADAPTER_NORCE_ORDER_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("ADAPTER_NORCE_CONFIGURATION_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("ADAPTER_NORCE_TOKEN", "t")
    monkeypatch.setenv("ADAPTER_DATABASE_URL", "postgresql://adapter:hunter2@127.0.0.1:1/payments")
    monkeypatch.setattr("sys.argv", ["qliro-adapter", "reconcile", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert next(word for word in words if word.startswith("--")) in capsys.readouterr().err
