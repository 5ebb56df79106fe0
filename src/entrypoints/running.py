"""One running adapter process: everything opened in order, everything closed in reverse."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from aiohttp import web

from adapters.persistence.embedded import embedded_server
from adapters.persistence.migrate import upgrade
from adapters.persistence.store import Store, open_store
from adapters.system import SystemClock
from application.clear_away_messages import ClearAwayMessages
from application.clear_away_reconciliations import ClearAwayReconciliations
from application.watch_backlog import WatchBacklog
from application.watch_discrepancies import WatchDiscrepancies
from domain.errors import StoreUnavailable
from entrypoints.container import Container
from entrypoints.http.app import build_app, build_watched_app
from entrypoints.http.health import Check
from entrypoints.http.listening import ApiRunner
from entrypoints.settings import Settings
from entrypoints.workers import Workers

_BACKLOG_SECONDS = 15
_DISCREPANCY_SECONDS = 60
_RETENTION_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class Adapter:
    """What runs, and where it listens (empty when it does not)."""

    container: Container
    store: Store
    workers: Workers
    url: str = ""


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[str]:
    """The database's URL: the one configured, or an embedded server for as long as it is used."""
    if settings.database_url:
        yield settings.database_url
        return
    async with embedded_server(Path(settings.data_dir)) as url:
        await asyncio.to_thread(upgrade, url)
        yield url


@asynccontextmanager
async def running(
    settings: Settings, *, http: bool = True, work: bool = True, farewell: float = 0.0
) -> AsyncIterator[Adapter]:
    """Open database, upstreams, workers and HTTP. Raises SettingsError before anything is opened.

    On the way out callers who keep connections have `farewell` seconds to hear that they must open new ones.
    """
    settings.require_serving()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(database(settings))
        store = open_store(url, clock=SystemClock(), pool_size=settings.database_pool)
        stack.push_async_callback(store.close)
        container, workers = _wired(settings, store)
        transports = (container.norce_transport(), container.configuration_transport(), container.qliro_transport())
        for transport in transports:
            await transport.open()
            stack.push_async_callback(transport.close)
        stack.push_async_callback(container.configurations().close)
        shown = not http and settings.work_port
        listening = await _show(stack, settings, container, store) if shown else ""
        _start_working(container, workers, store, work=work)
        stack.push_async_callback(partial(workers.stop, within=settings.drain_seconds))
        listening = await _serve(stack, settings, container, store, farewell=farewell) if http else listening
        stack.callback(workers.retire)
        yield Adapter(container, store, workers, listening)


def _wired(settings: Settings, store: Store) -> tuple[Container, Workers]:
    container = Container(settings=settings, payments=store.payments, inbox=store.inbox, outbox=store.outbox)
    workers = Workers(container.observer())
    container.wake.override(workers.wake)
    return container, workers


def _start_working(container: Container, workers: Workers, store: Store, *, work: bool) -> None:
    """The backlog is watched in every process: those that serve HTTP are the ones that Prometheus asks."""
    if work:
        workers.start(
            {"inbox": container.handle_notices(), "outbox": container.deliver(), "janitor": container.look_after()}
        )
        kept_for = timedelta(days=container.settings().message_retention_days)
        clear = ClearAwayMessages(store.post_office, container.clock(), kept_for=kept_for)
        workers.repeat("retention", clear, every=_RETENTION_SECONDS)
        forget = ClearAwayReconciliations(store.reconciliations, container.clock())
        workers.repeat("old reconciliations", forget, every=_RETENTION_SECONDS)
    watch = WatchBacklog(store.post_office, container.clock(), container.observer())
    workers.repeat("backlog", watch, every=_BACKLOG_SECONDS)
    open_ones = WatchDiscrepancies(store.reconciliations, container.clock(), container.observer())
    workers.repeat("discrepancies", open_ones, every=_DISCREPANCY_SECONDS)


async def _serve(
    stack: AsyncExitStack, settings: Settings, container: Container, store: Store, *, farewell: float
) -> str:
    app = build_app(
        container.acts(),
        container.observer(),
        checks=_checks(store),
        metrics_key=settings.metrics_key,
        public_url=settings.public_url,
    )
    return await _listen(stack, settings, container, app, port=settings.port, farewell=farewell)


async def _show(stack: AsyncExitStack, settings: Settings, container: Container, store: Store) -> str:
    """Nobody else can tell whether a process that only works is well, and what it has counted."""
    app = build_watched_app(container.observer(), checks=_checks(store), metrics_key=settings.metrics_key)
    return await _listen(stack, settings, container, app, port=settings.work_port)


def _checks(store: Store) -> dict[str, Check]:
    async def stored() -> str:
        try:
            await store.ping()
        except StoreUnavailable as failure:
            return failure.message
        return ""

    async def newest() -> str:
        try:
            current = await store.schema_is_current()
        except StoreUnavailable:
            return ""
        return "" if current else "the schema is not the newest: run qliro-adapter migrate"

    return {"database": stored, "schema": newest}


async def _listen(
    stack: AsyncExitStack,
    settings: Settings,
    container: Container,
    app: web.Application,
    *,
    port: int,
    farewell: float = 0.0,
) -> str:
    runner = ApiRunner(app, container.observer(), shutdown_timeout=settings.drain_seconds, farewell=farewell)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    await web.TCPSite(runner, settings.host, port).start()
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{runner.addresses[0][1]}"
