"""How long the command line takes to answer, and a process to be ready."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from bench.processes import console_command, free_port, server
from bench.serving import adapter_environment


@dataclass(frozen=True, slots=True)
class Startup:
    """Seconds, try by try."""

    help: list[float]
    ready: list[float]


async def measure(upstream: str, database_url: str, place: Path, *, tries: int) -> Startup:
    """`--help` until it has ended; `serve` with its workers, over a migrated database, until it says it is ready."""
    return Startup(
        help=[await _helped(place) for _ in range(tries + 1)][1:],
        ready=[await _ready(upstream, database_url, place) for _ in range(tries)],
    )


async def _helped(place: Path) -> float:
    started = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *console_command(), "--help", cwd=place, stdout=asyncio.subprocess.DEVNULL
    )
    if await process.wait():
        raise RuntimeError("qliro-adapter --help failed")
    return time.perf_counter() - started


async def _ready(upstream: str, database_url: str, place: Path) -> float:
    port = free_port()
    environment = adapter_environment(upstream, database_url, port)
    started = time.perf_counter()
    async with server(
        [*console_command(), "serve"], port=port, ready="/health/ready", environment=environment, cwd=place
    ):
        return time.perf_counter() - started
