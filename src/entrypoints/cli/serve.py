"""Run the adapter until it is told to stop."""

import asyncio
import signal

import structlog

from adapters.observability.logging import configure_logging
from entrypoints.collector import spare_what_is_loaded
from entrypoints.running import running
from entrypoints.settings import Settings, load

_FAREWELL_SECONDS = 2.0


def serve_adapter(*, http: bool = True, work: bool = True) -> int:
    """Serve until SIGTERM or SIGINT, then finish what is in flight."""
    settings = load(serving=True)
    configure_logging(settings.log_level, settings.log_format)
    asyncio.run(_serve(settings, http=http, work=work))
    return 0


async def _serve(settings: Settings, *, http: bool, work: bool) -> None:
    log = structlog.get_logger("adapter")
    stop = stop_signal()
    async with running(settings, http=http, work=work, farewell=_FAREWELL_SECONDS) as adapter:
        spare_what_is_loaded()
        log.info("ready", url=adapter.url, workers=work)
        await stop.wait()
        log.info("stopping")


def stop_signal() -> asyncio.Event:
    """Set by SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop
