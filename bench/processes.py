"""Processes beside this one: started, pinned to a core, asked what they have cost, and ended."""

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp

ROOT: Final = Path(__file__).parent.parent
_SECONDS_TO_START: Final = 30.0


@dataclass(frozen=True, slots=True)
class Server:
    """A server in a process of its own."""

    url: str
    pid: int

    def processor_seconds(self) -> float:
        """Time on a processor since it was started, all threads together."""
        return processor_seconds(self.pid)

    def resident_megabytes(self) -> float:
        """Memory in use."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def processor_seconds(pid: int) -> float:
    """A process's time on a processor since it was started, all threads together, as the kernel counts it."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def children(pid: int) -> list[int]:
    """The processes that this one has started and that still run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if parent(int(entry.name)) == pid:
                found.append(int(entry.name))
    return found


def parent(pid: int) -> int:
    """The process that has started this one. Raises FileNotFoundError when there is none of this number."""
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])


@asynccontextmanager
async def server(
    command: list[str],
    *,
    port: int,
    ready: str,
    environment: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    measured: bool = True,
) -> AsyncIterator[Server]:
    """Started, and answering at `ready`; terminated at the end. What is `measured` runs on the core left for that."""
    env = {**os.environ, **(environment or {})}
    process = await asyncio.create_subprocess_exec(*command, env=env, cwd=cwd)
    if measured:
        os.sched_setaffinity(process.pid, {measured_core()})
    try:
        made = Server(f"http://127.0.0.1:{port}", process.pid)
        await _answering(made.url + ready, process)
        yield made
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs a module of this package with this interpreter."""
    return [sys.executable, "-m", f"bench.{name}", *arguments]


def console_command() -> list[str]:
    """The installed `qliro-adapter`."""
    return [str(Path(sys.executable).with_name("qliro-adapter"))]


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def measured_core() -> int:
    """The core that is left for what is measured."""
    return (os.cpu_count() or 1) - 1


def leave_a_core() -> None:
    """Keep this process and its children off the core on which servers are measured."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) > 1:
        os.sched_setaffinity(0, cores[:-1])


async def _answering(url: str, process: asyncio.subprocess.Process) -> None:
    end = time.monotonic() + _SECONDS_TO_START
    async with aiohttp.ClientSession() as http:
        while time.monotonic() < end:
            if process.returncode is not None:
                raise RuntimeError(f"a server ended with {process.returncode} before it was ready")
            try:
                async with http.get(url) as reply:
                    if reply.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.02)
    raise TimeoutError(f"{url} did not answer")
