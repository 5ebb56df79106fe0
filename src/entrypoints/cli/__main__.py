"""The console command. Imports what a command needs only when it runs, so that help is instant."""

import errno
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

_NO_PORT = {errno.EADDRINUSE, errno.EADDRNOTAVAIL}


def _worth_telling(default: object) -> str | None:
    """A default for the help, unless it is what anybody expects of an option that is not given."""
    return None if default == "" or default is False else str(default)


app = App(
    name="qliro-adapter",
    help="Norce Checkout adapter for Qliro Checkout.",
    version="0.1.0",
    default_parameter=Parameter(show_default=_worth_telling),
    result_action="return_value",
)

app.command(
    "entrypoints.cli.messages:app",
    name="messages",
    help="Letters to Norce and callbacks from Qliro that wait: list, show, retry.",
)

app.command(
    "entrypoints.cli.reconcile:app",
    name="reconcile",
    help="Compare Norce, Qliro and our books; with --apply mend what may be mended.\n\n"
    "Exit status: 0 all agrees, 1 something is left, 2 wrong usage.",
)

app.command(
    "entrypoints.cli.configuration:app",
    name="configuration",
    help="A merchant's configuration: check it before it is saved.",
)


app.command(
    "entrypoints.cli.saved_cards:app",
    name="saved-cards",
    help="Cards that Qliro keeps for merchants: have one forgotten.",
)


@app.command
def serve(*, workers: Annotated[bool, Parameter(help="Run background workers in this process too.")] = True) -> int:
    """Serve the HTTP API, with background workers unless --no-workers."""
    from entrypoints.cli.serve import serve_adapter

    return serve_adapter(work=workers)


@app.command
def work() -> int:
    """Run background workers only."""
    from entrypoints.cli.serve import serve_adapter

    return serve_adapter(http=False)


@app.command
def migrate() -> int:
    """Bring the database to the newest schema."""
    from entrypoints.cli.migrate import migrate_database
    from entrypoints.settings import load

    return migrate_database(load())


@app.command
def openapi(*, yaml: Annotated[bool, Parameter(help="YAML instead of JSON.")] = False) -> int:
    """Print the OpenAPI document."""
    from entrypoints.cli.openapi import print_openapi

    return print_openapi(yaml=yaml)


@app.command
def doctor() -> int:
    """Check settings, database, upstreams and clock; say what is wrong and how to mend it."""
    from entrypoints.cli.doctor import run_doctor
    from entrypoints.settings import load_to_examine

    return run_doctor(load_to_examine())


@app.command
def sandbox(
    *,
    adapter_port: Annotated[int, Parameter(help="Port of the adapter.")] = 8080,
    norce_port: Annotated[int, Parameter(help="Port of the Norce simulator and its demo shop.")] = 8081,
    qliro_port: Annotated[int, Parameter(help="Port of the Qliro simulator and its portal.")] = 8082,
    data_dir: Annotated[Path, Parameter(help="Data of the embedded database.")] = Path(".data"),
    fresh: Annotated[bool, Parameter(help="Delete the database in --data-dir first.")] = False,
) -> int:
    """Everything on this machine: database, Norce, Qliro, adapter, demo shop. Runs until interrupted."""
    from entrypoints.cli.sandbox import run_sandbox

    return run_sandbox(adapter_port, norce_port, qliro_port, data_dir, fresh=fresh)


def main() -> None:
    """Exit status: 0 done, 1 failed, 2 wrong usage or settings."""
    from entrypoints.cli.usage import WrongUsage
    from entrypoints.settings import SettingsError

    try:
        status = app(sys.argv[1:], exit_on_error=False)
    except (SettingsError, WrongUsage) as wrong:
        print(f"{wrong}", file=sys.stderr)
        status = 2
    except KeyboardInterrupt:
        status = 130
    except Exception as failure:
        status = _told(failure)
        if not status:
            raise
    sys.exit(status if isinstance(status, int) else 0)


def _told(failure: Exception) -> int:
    """The exit status for what the parser or the machine refuses, said in a line; 0 for a defect."""
    from cyclopts import CycloptsError

    from adapters.persistence.embedded_place import EmbeddedServerError

    if isinstance(failure, CycloptsError):
        return 2
    if isinstance(failure, OSError) and failure.errno in _NO_PORT:
        print(f"Not started, {failure.strerror}. Choose another port, or end what listens there.", file=sys.stderr)
        return 1
    if isinstance(failure, EmbeddedServerError):
        print(failure, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    main()
