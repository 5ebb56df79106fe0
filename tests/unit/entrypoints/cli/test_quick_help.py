"""Help is instant: what a command needs is imported when it runs."""

import subprocess
import sys

import pytest

from entrypoints.cli.__main__ import app

HEAVY = {"sqlalchemy", "asyncpg", "aiohttp", "alembic", "rich.live", "dependency_injector", "structlog"}


@pytest.mark.parametrize("words", [["--help"], ["reconcile", "--help"], ["reconcile", "show", "--help"]])
def test_help_of_the_batch_job_loads_neither_database_nor_http(words: list[str]) -> None:
    program = (
        "import sys\n"
        "from entrypoints.cli.__main__ import main\n"
        f"sys.argv = ['qliro-adapter', *{words!r}]\n"
        "try:\n    main()\nexcept SystemExit as ended:\n    assert ended.code == 0, ended.code\n"
        f"print('loaded', sorted({HEAVY!r} & set(sys.modules)))\n"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines()[-1] == "loaded []"


def test_help_tells_the_exit_statuses_and_only_defaults_that_say_something(
    capsys: pytest.CaptureFixture[str],
) -> None:
    app(["reconcile", "--help"])
    told = capsys.readouterr().out
    assert "Exit status: 0 all agrees, 1 something is left, 2 wrong usage." in told
    assert "[default: 7d]" in told
    assert 'default: ""' not in told
    assert "default: False" not in told
