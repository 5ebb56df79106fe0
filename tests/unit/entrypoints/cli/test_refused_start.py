"""What a command says, and what it leaves alone, when the machine does not let it start."""

import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """One that the database's own user can reach, too."""
    with tempfile.TemporaryDirectory(prefix="qliro-adapter-refused-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


def sandbox(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "entrypoints.cli", "sandbox", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=50, check=False)


def test_a_port_that_is_taken_is_told_in_a_line(folder: Path, taken_port: int) -> None:
    refused = sandbox("--data-dir", str(folder), "--qliro-port", str(taken_port))
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr
    assert str(taken_port) in refused.stderr
    assert "already in use" in refused.stderr


def test_beginning_afresh_deletes_the_database_and_nothing_else_of_the_folder(folder: Path, taken_port: int) -> None:
    letter, database = folder / "letter.txt", folder / "server" / "postgres"
    letter.write_text("kept")
    database.mkdir(parents=True)
    (database / "some-table").write_text("old")
    sandbox("--fresh", "--data-dir", str(folder), "--qliro-port", str(taken_port))
    assert letter.read_text() == "kept"
    assert not database.exists()
