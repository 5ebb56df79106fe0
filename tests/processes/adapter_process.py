"""Adapter processes for tests, forked from one that has imported everything.

`python -m tests.processes.adapter_process` reads one JSON line per process to start: `{"id", "env", "log", "idle",
"lease", "disturbance"}`. The settings come from the environment as in production. On standard output it tells, one JSON
document a line: `{"id", "pid"}` forked, `{"id", "url"}` serving, `{"id", "point"}` passed, `{"id", "exit"}` ended.
Once its own input ends, every process it started ends too.
"""

import asyncio
import os
import random
import select
import signal
import sys
from contextlib import suppress
from datetime import timedelta
from functools import partial
from types import ModuleType
from typing import Any

import msgspec

import application.deliver_messages
import application.handle_notices
import application.journal
import application.look_after_payments
import entrypoints.running
from adapters.observability.logging import configure_logging
from adapters.persistence import store
from entrypoints.cli.serve import stop_signal
from entrypoints.dispatch import Capacity
from entrypoints.running import running
from entrypoints.settings import load
from entrypoints.workers import Workers
from tests.processes.points import Disturbance, Points

SCHEDULE = (0.1, 0.2, 0.4, *(1.0,) * 20)


class Start(msgspec.Struct, kw_only=True):
    """One process to start."""

    id: int
    env: dict[str, str]
    log: str
    idle: float = 0.1
    lease: float = 1.0
    disturbance: Disturbance = Disturbance()


def tell(fact: dict[str, object]) -> None:
    """One line, written whole."""
    os.write(_TOLD, msgspec.json.encode(fact) + b"\n")


def _hurry(start: Start) -> None:
    """What takes minutes in production takes a second: leases of background work and its schedules."""
    lease = timedelta(seconds=start.lease)
    for module in (application.handle_notices, application.look_after_payments):
        _replace(module, "_LEASE", lease)
    for module in (application.deliver_messages, application.journal):
        _replace(module, "RELAY_LEASE", lease)
    _replace(application.deliver_messages, "_SCHEDULE", SCHEDULE)
    _replace(application.deliver_messages, "_HOPELESS", SCHEDULE)
    _replace(application.handle_notices, "_SCHEDULE", SCHEDULE)
    _replace(entrypoints.running, "Workers", partial(Workers, capacity=Capacity(idle_seconds=start.idle)))
    _replace(entrypoints.running, "open_store", partial(store.open_store, application_name=f"process-{start.id}"))


def _replace(module: ModuleType, name: str, value: object) -> None:
    assert hasattr(module, name), f"{module.__name__} has no {name} any more"
    setattr(module, name, value)


async def _serve(start: Start) -> None:
    stop = stop_signal()
    async with running(load(start.env, dotenv=None)) as adapter:
        tell({"id": start.id, "url": adapter.url})
        await stop.wait()


def _be(start: Start) -> None:
    """The forked process: never returns."""
    code = 1
    try:
        log = os.open(start.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        random.seed()
        _hurry(start)
        configure_logging("info", "json")
        Points(start.disturbance, lambda fact: tell({"id": start.id, **fact})).install()
        asyncio.run(_serve(start))
        code = 0
    finally:
        os._exit(code)


def main() -> None:
    """Fork on request until the input ends."""
    children: dict[int, int] = {}
    waiting = b""
    while True:
        if select.select([0], [], [], 0.01)[0]:
            received = os.read(0, 65_536)
            if not received:
                break
            *lines, waiting = (waiting + received).split(b"\n")
            for line in lines:
                _fork(msgspec.json.decode(line, type=Start), children)
        _bury(children)
    for pid in children:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _fork(start: Start, children: dict[int, int]) -> None:
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        _be(start)
    children[pid] = start.id
    tell({"id": start.id, "pid": pid})


def _bury(children: dict[int, int]) -> None:
    for pid in list(children):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            tell({"id": children.pop(pid), "exit": os.waitstatus_to_exitcode(status)})


_TOLD: Any = os.dup(1) if __name__ == "__main__" else 1

if __name__ == "__main__":
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - the pipe is for facts
    main()
