"""Help is instant: what a command needs is imported when it runs."""

import subprocess
import sys

import pytest

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
