"""Standard output, or a file that appears whole or not at all."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from adapters.reports.report import Write
from entrypoints.cli.usage import WrongUsage


@contextmanager
def destination(path: Path | None, *, encoding: str = "utf-8") -> Iterator[Write]:
    """What takes the report, line ends as they are. Raises WrongUsage at once for a file that cannot be made.

    A file is replaced when the block ends well; when it does not, what was there before is still there.
    """
    if path is None or str(path) == "-":
        yield _to_standard_output(encoding)
    elif path.exists() and not path.is_file():
        with _opened(path, encoding) as (_, write):
            yield write
    else:
        target = path.resolve()
        with _opened(target, encoding, beside=True) as (made, write):
            yield write
        os.replace(made, target)


@contextmanager
def _opened(path: Path, encoding: str, *, beside: bool = False) -> Iterator[tuple[Path, Write]]:
    try:
        made = _beside(path) if beside else path
        stream = made.open("w", encoding=encoding, newline="")
    except OSError as failure:
        raise WrongUsage(f"--output: {path} cannot be written: {failure.strerror}.") from failure
    try:
        with stream:
            yield made, stream.write
    except BaseException:
        if beside:
            with suppress(OSError):
                made.unlink()
        raise


def _beside(path: Path) -> Path:
    """A new file in the same folder, with the rights that a new file gets."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    mask = os.umask(0)
    os.umask(mask)
    Path(name).chmod(0o666 & ~mask)
    return Path(name)


def _to_standard_output(encoding: str) -> Write:
    """Past the text layer, which may not know every character; silent once nobody reads any more (`| head`)."""
    gone = False

    def write(text: str) -> None:
        nonlocal gone
        if gone:
            return
        try:
            sys.stdout.flush()
            sys.stdout.buffer.write(text.encode(encoding, "backslashreplace"))
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            gone = True
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    return write
