"""A result appears whole or not at all."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from entrypoints.cli.report_destination import destination
from entrypoints.cli.report_options import ReportOptions
from entrypoints.cli.usage import WrongUsage


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "report.csv"
    with destination(target) as write:
        write("å,b\r\n")
        assert not target.exists()
    assert target.read_bytes() == "å,b\r\n".encode()
    assert [file.name for file in tmp_path.iterdir()] == ["report.csv"]


def test_it_has_the_rights_that_a_new_file_gets(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    with destination(tmp_path / "report") as write:
        write("x")
    assert stat.S_IMODE((tmp_path / "report").stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("yesterday's")

    def break_off() -> None:
        with destination(target) as write:
            write("half of today's")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        break_off()
    assert target.read_text() == "yesterday's"
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_a_place_that_cannot_be_written_is_told_before_anything_is_done(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="--output"), destination(tmp_path / "nowhere" / "report.html"):
        pytest.fail("the run must not begin")
    with pytest.raises(WrongUsage, match="--output"), destination(tmp_path):
        pytest.fail("the run must not begin")


def test_a_device_is_written_to_not_replaced() -> None:
    with destination(Path(os.devnull)) as write:
        write("x")
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize("path", [None, Path("-")])
def test_standard_output_gets_the_very_bytes(path: Path | None, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    with destination(path) as write:
        write("å\r\n")
    assert capfdbinary.readouterr().out == "å\r\n".encode()


def test_a_reader_that_has_seen_enough_is_no_failure() -> None:
    program = (
        "from entrypoints.cli.report_destination import destination\n"
        "with destination(None) as write:\n"
        "    for _ in range(100_000): write('x' * 100 + '\\n')\n"
    )
    run = subprocess.run(
        f'{sys.executable} -c "{program}" | head -1; test ${{PIPESTATUS[0]}} -eq 0',
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "x" * 100 + "\n", "")


@pytest.mark.parametrize(
    ("options", "form"),
    [
        (ReportOptions(), "table"),
        (ReportOptions(output=Path("night.HTML")), "html"),
        (ReportOptions(output=Path("night.txt")), "table"),
        (ReportOptions(output=Path("night.csv"), format="json"), "json"),
    ],
)
def test_the_form_is_told_or_seen_from_the_file_s_name(options: ReportOptions, form: str) -> None:
    assert options.form == form


@pytest.mark.parametrize("options", [ReportOptions(limit=-1), ReportOptions(limit=5, format="csv")])
def test_senseless_options_are_refused(options: ReportOptions) -> None:
    with pytest.raises(WrongUsage, match="--limit"):
        options.check()
