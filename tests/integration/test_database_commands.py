"""`qliro-adapter migrate`, and what the doctor says of the database before and after."""

import asyncio
from pathlib import Path

import pytest

from entrypoints.cli.doctor import _database
from entrypoints.cli.findings import State
from entrypoints.cli.migrate import migrate_database
from entrypoints.settings import Settings


async def test_the_doctor_sends_an_empty_database_to_migrate_and_is_content_after(
    empty_database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(database_url=empty_database_url)
    before = await _database(settings)
    assert [(finding.check, finding.state) for finding in before] == [
        ("database", State.OK),
        ("schema", State.WRONG),
    ]
    assert "qliro-adapter migrate" in before[1].remedy
    assert await asyncio.to_thread(migrate_database, settings) == 0
    assert await asyncio.to_thread(migrate_database, settings) == 0
    assert capsys.readouterr().out.count("newest schema") == 2
    assert {finding.state for finding in await _database(settings)} == {State.OK}


def test_a_database_that_is_not_there_is_told_without_a_trace(capsys: pytest.CaptureFixture[str]) -> None:
    assert migrate_database(Settings(database_url="postgresql://x:hunter2@127.0.0.1:1/payments")) == 1
    told = capsys.readouterr().err
    assert told.startswith("The database could not be migrated: ")
    assert "hunter2" not in told
    assert len(told.splitlines()) == 1


async def test_a_folder_that_cannot_hold_a_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (finding,) = await _database(Settings(data_dir=str(tmp_path / "file" / "data")))
    assert finding.state is State.WRONG
    assert "ADAPTER_DATA_DIR" in finding.remedy
