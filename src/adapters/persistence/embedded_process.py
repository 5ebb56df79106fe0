"""The processes of the embedded server: made, started, asked, stopped. Whoever calls holds the start lock."""

import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from pathlib import Path

from adapters.persistence.embedded_place import EmbeddedServerError, Place

PATIENCE_SECONDS = 20.0
SILENCE_SECONDS = 1.0
"""After that long without a process the start has failed."""


def ensure_cluster(place: Place) -> None:
    """Have a cluster: complete or not there, whenever this is interrupted."""
    if (place.cluster / "PG_VERSION").exists():
        return
    draft = place.home / "postgres.new"
    shutil.rmtree(draft, ignore_errors=True)
    options = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--username=postgres", "--no-sync")
    _run(place, "initdb", "-D", str(draft), *options)
    shutil.rmtree(place.cluster, ignore_errors=True)
    draft.rename(place.cluster)


def launch(place: Place, settings: Mapping[str, str]) -> None:
    """Start it, unless it is starting already, and wait until it takes connections. Raises EmbeddedServerError."""
    if _running_pid(place) is None:
        _clear_the_way(place)
        _start(place, settings)
    asked = time.monotonic()

    def up_or_dead() -> bool:
        return accepts(place) or (time.monotonic() - asked > SILENCE_SECONDS and _running_pid(place) is None)

    _wait(up_or_dead, place, "did not start")
    if not accepts(place):
        raise EmbeddedServerError(f"The embedded database did not start:\n{_tail(place.log)}")


def _start(place: Place, settings: Mapping[str, str]) -> None:
    wanted = {
        "listen_addresses": "",
        "unix_socket_directories": str(place.sockets),
        "unix_socket_permissions": "0700",
        "log_error_verbosity": "terse",  # its log would quote whole rows
    }
    options = shlex.join(part for name, value in {**wanted, **settings}.items() for part in ("-c", f"{name}={value}"))
    _run(place, "pg_ctl", "start", "-W", "-s", "-D", str(place.cluster), "-l", str(place.log), "-o", options)


def accepts(place: Place) -> bool:
    """Whether the server takes connections: its socket is open, and its pid file says it is past its start."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(place.socket))
        except OSError:
            return False
    return _pid_file(place)[7:8] == ["ready"]


def shut_down(place: Place) -> None:
    """Stop the server, if there is one, the fast way: running transactions are rolled back."""
    pid = _running_pid(place)
    if pid is None:
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    _wait(lambda: not (place.cluster / "postmaster.pid").exists(), place, "did not stop")


def _pid_file(place: Place) -> list[str]:
    try:
        return [line.strip() for line in (place.cluster / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return []


def _running_pid(place: Place) -> int | None:
    """The server's process, when the pid file names one that really is it: after a crash ids are given anew."""
    lines = _pid_file(place)
    if not lines or not lines[0].isdigit():
        return None
    pid = int(lines[0])
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return pid
    return pid if os.fsencode(place.cluster) in command else None


def _clear_the_way(place: Place) -> None:
    """End servers whose files were deleted under them, and forget one that is no more.

    Such a server notices after up to a minute, and takes the socket with it that by then belongs to its successor.
    """
    for pid in _servers(place):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGQUIT)
    _wait(lambda: not _servers(place), place, "did not stop")
    for left in (place.cluster / "postmaster.pid", place.socket, place.socket.with_name(f"{place.socket.name}.lock")):
        left.unlink(missing_ok=True)


def _servers(place: Place) -> list[int]:
    """Processes that were started on this cluster's path (where the system tells)."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.fsencode(place.cluster) in (entry / "cmdline").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


def _wait(reached: Callable[[], bool], place: Place, failure: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not reached():
        if time.monotonic() > deadline:
            raise EmbeddedServerError(f"The embedded database {failure}:\n{_tail(place.log)}")
        time.sleep(0.01)


def _run(place: Place, program: str, *arguments: str) -> None:
    done = subprocess.run(
        [str(place.binaries / program), *arguments],
        user=place.user,
        group=_group(place),
        extra_groups=[] if place.user else None,
        cwd=place.home,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise EmbeddedServerError(f"{program} failed: {done.stderr.strip()}")


def _group(place: Place) -> int | None:
    return None if place.user is None else pwd.getpwnam(place.user).pw_gid


def _environment() -> dict[str, str]:
    """Nothing of ours leaks into the server: no secrets, no PG… variables."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else ""
