"""Runs that are on record: listed, and shown again in any form."""

import asyncio
import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.persistence.store import Store
from domain.reconciliation import ReconciliationRun, RunCounts
from entrypoints.cli.reconcile_runs import list_runs, show_run
from entrypoints.cli.report_options import Form, ReportOptions
from entrypoints.settings import Settings
from tests.contracts.reconciliations import a_finding, a_run
from tests.fakes.clock import SOME_TIME


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(
        database_url=database_url,
        norce_admin_order_url="https://admin.example/{order}",
        qliro_portal_order_url="https://portal.example/{order}",
    )


@pytest.fixture
async def run(store: Store) -> ReconciliationRun:
    """One on record, with two findings."""
    findings = [a_finding("o1"), a_finding("o2")]
    begun = await store.reconciliations.begin(a_run())
    await store.reconciliations.record(begun.id, findings)
    counts = RunCounts(done=9, compared=4)
    for found in findings:
        counts.count(found)
    ended = replace(begun, counts=counts, ended_at=SOME_TIME)
    await store.reconciliations.save(ended)
    return ended


async def shown(settings: Settings, name: str, form: Form, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert await asyncio.to_thread(show_run, settings, name, ReportOptions(format=form)) == 0
    return capsys.readouterr().out


async def test_runs_are_listed(run: ReconciliationRun, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert await asyncio.to_thread(list_runs, settings, limit=5, as_json=False) == 0
    head, line = capsys.readouterr().out.splitlines()
    assert head.startswith("run ")
    for cell in (str(run.id), "night", "apply", "merchant m", " 9 ", " 2 "):
        assert cell in line
    assert await asyncio.to_thread(list_runs, settings, limit=5, as_json=True) == 0
    (document,) = json.loads(capsys.readouterr().out)
    assert document["id"] == str(run.id)
    assert document["counts"]["at_risk"] == [{"amount": "2.00", "currency": "SEK"}]


async def test_before_the_first_run_nothing_is_listed(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert await asyncio.to_thread(list_runs, settings, limit=5, as_json=False) == 0
    assert capsys.readouterr().out == "There has been no reconciliation yet.\n"


async def test_a_run_is_shown_again_in_every_form(
    run: ReconciliationRun, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(await shown(settings, str(run.id), "json", capsys))
    assert [found["order_id"] for found in document["discrepancies"]] == ["o1", "o2"]
    assert document["discrepancies"][0]["links"]["norce"] == "https://admin.example/o1"
    assert document["discrepancies"][0]["links"]["qliro"] == "https://portal.example/17"
    rows = list(csv.DictReader(io.StringIO(await shown(settings, str(run.id)[:8], "csv", capsys), newline="")))
    assert [row["norce_amount"] for row in rows] == ["1.00", "1.00"]
    assert "2 left for a person." in await shown(settings, "latest", "table", capsys)
    assert "https://portal.example/17" in await shown(settings, "latest", "html", capsys)


async def test_the_form_follows_the_file(run: ReconciliationRun, settings: Settings, tmp_path: Path) -> None:
    target = tmp_path / "night.html"
    assert await asyncio.to_thread(show_run, settings, "latest", ReportOptions(output=target)) == 0
    assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert str(run.id) in target.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["latest", "0192", "0192f000-0000-7000-8000-000000000001"])
async def test_an_unknown_run_is_said_to_be_unknown(
    name: str, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await asyncio.to_thread(show_run, settings, name, ReportOptions()) == 1
    assert name in capsys.readouterr().err


async def test_without_a_database_it_fails_and_says_whom_to_ask(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(database_url="postgresql://adapter:hunter2@127.0.0.1:1/payments")
    assert await asyncio.to_thread(list_runs, settings, limit=5, as_json=False) == 1
    told = capsys.readouterr().err
    assert "doctor" in told
    assert "hunter2" not in told
