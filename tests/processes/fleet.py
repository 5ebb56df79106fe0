"""The parent's side: start, kill and watch adapter processes, and one address in front of them."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import msgspec

from tests.processes.adapter_process import Start
from tests.processes.points import Disturbance

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 45.0


@dataclass
class AdapterProcess:
    """One adapter process."""

    id: int
    log: Path
    url: str = ""
    pid: int = 0
    exit_code: int | None = None
    points: list[str] = field(default_factory=list)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    @property
    def alive(self) -> bool:
        return bool(self.url) and not self.ended.is_set()

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal; a process already gone is fine."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    async def gone(self, seconds: float = 10.0) -> int:
        """Wait for its end; its exit code (negative: the signal)."""
        await asyncio.wait_for(self.ended.wait(), seconds)
        assert self.exit_code is not None
        return self.exit_code

    def complaints(self) -> list[str]:
        """Log lines about defects."""
        text = self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""
        return [line for line in text.splitlines() if _is_complaint(line)]


def _is_complaint(line: str) -> bool:
    """A defect. That the database was away is what some of these tests are about."""
    return line.startswith("Traceback") or ('"unexpected"' in line and "StoreUnavailable" not in line)


class Nursery:
    """The process that forks the others: started once per test run, since importing takes most of a second."""

    def __init__(self) -> None:
        path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ADAPTER_")}
        self._process = Popen(
            [sys.executable, "-m", "tests.processes.adapter_process"],
            stdin=PIPE, stdout=PIPE, cwd=ROOT, env=environment | {"PYTHONPATH": path},
        )  # fmt: skip
        assert self._process.stdout is not None
        self.facts = self._process.stdout.fileno()
        os.set_blocking(self.facts, False)
        self.ids = count(1)

    def fork(self, start: Start) -> None:
        """Ask for one more process."""
        assert self._process.stdin is not None
        os.write(self._process.stdin.fileno(), msgspec.json.encode(start) + b"\n")

    def close(self) -> None:
        """End it, and whatever still lives of its children."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


class Fleet:
    """Adapter processes behind one address; new connections go to the living ones in turn."""

    def __init__(self, nursery: Nursery, folder: Path) -> None:
        self._nursery = nursery
        self._folder = folder
        self._turns = count()
        self._unread = b""
        self._pipes: set[asyncio.Task[None]] = set()
        self.processes: dict[int, AdapterProcess] = {}
        self.url = ""

    @property
    def living(self) -> list[AdapterProcess]:
        return [process for process in self.processes.values() if process.alive]

    async def start(
        self, env: dict[str, str], disturbance: Disturbance | None = None, *, idle: float = 0.1, lease: float = 1.0
    ) -> AdapterProcess:
        """One more process, serving when this returns."""
        ident = next(self._nursery.ids)
        process = AdapterProcess(ident, self._folder / f"process-{ident}.log")
        self.processes[ident] = process
        self._nursery.fork(
            Start(
                id=ident,
                env=env,
                log=str(process.log),
                idle=idle,
                lease=lease,
                disturbance=disturbance or Disturbance(),
            )
        )
        await asyncio.wait_for(process.ready.wait(), READY_SECONDS)
        assert process.url, process.log.read_text(encoding="utf-8", errors="replace")[-3000:]
        return process

    def listen(self) -> None:
        """Take what the processes have told."""
        with suppress(BlockingIOError):
            *lines, self._unread = (self._unread + os.read(self._nursery.facts, 1_000_000)).split(b"\n")
            for line in lines:
                self._told(msgspec.json.decode(line))

    def _told(self, fact: dict[str, Any]) -> None:
        process = self.processes.get(fact["id"])
        if process is None:
            return
        match fact:
            case {"point": point}:
                process.points.append(point)
            case {"pid": pid}:
                process.pid = pid
            case {"url": url}:
                process.url = url
                process.ready.set()
            case {"exit": code}:
                process.exit_code = code
                process.ready.set()
                process.ended.set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection from outside goes to a process that lives."""
        for _ in range(len(self.living)):
            living = self.living
            with suppress(OSError, ZeroDivisionError):
                chosen = living[next(self._turns) % len(living)]
                there, back = await asyncio.open_connection("127.0.0.1", chosen.port)
                for source, target in ((reader, back), (there, writer)):
                    task = asyncio.create_task(_pipe(source, target))
                    self._pipes.add(task)
                    task.add_done_callback(self._pipes.discard)
                return
        writer.close()

    async def close(self) -> None:
        """Kill everything and wait until it is gone."""
        for process in self.processes.values():
            if not process.ended.is_set():
                process.kill()
        for process in self.processes.values():
            await process.gone()
        for task in tuple(self._pipes):
            task.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)


async def _pipe(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        try:
            while received := await source.read(65_536):
                target.write(received)
                await target.drain()
        finally:
            target.close()


@asynccontextmanager
async def fleet(nursery: Nursery, folder: Path) -> AsyncIterator[Fleet]:
    """An empty fleet; whatever it started is gone afterwards."""
    made = Fleet(nursery, folder)
    loop = asyncio.get_running_loop()
    loop.add_reader(nursery.facts, made.listen)
    front = await asyncio.start_server(made.accept, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{front.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        front.close()
        await made.close()
        loop.remove_reader(nursery.facts)
