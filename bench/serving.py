"""The adapter and the stub as processes of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from bench.processes import Server, console_command, free_port, module, server
from entrypoints.cli.sandbox import sandbox_settings


@asynccontextmanager
async def stub_process(plan: Path) -> AsyncIterator[Server]:
    """Norce and Qliro as this plan recorded them."""
    port = free_port()
    async with server(module("stub", str(plan), str(port)), port=port, ready="/ready", measured=False) as running:
        yield running


@asynccontextmanager
async def adapter_process(upstream: str, database_url: str, place: Path, **changed: object) -> AsyncIterator[Server]:
    """`qliro-adapter serve` without workers, ready: only what requests cost is measured. `changed` are settings."""
    port = free_port()
    async with server(
        [*console_command(), "serve", "--no-workers"],
        port=port,
        ready="/health/ready",
        environment=adapter_environment(upstream, database_url, port, **changed),
        cwd=place,
    ) as running:
        yield running


def adapter_environment(upstream: str, database_url: str, port: int, **changed: object) -> dict[str, str]:
    """What tells an adapter process of the stub and the database; it logs warnings, and caches configurations."""
    values: dict[str, object] = {"configuration_ttl_seconds": 86_400, "log_level": "warning", **changed}
    settings = sandbox_settings(upstream, upstream, port, Path(), database_url=database_url, **values)
    return {f"ADAPTER_{name.upper()}": str(value) for name, value in msgspec.structs.asdict(settings).items()}
