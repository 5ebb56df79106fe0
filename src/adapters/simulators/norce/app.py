"""The simulator as an aiohttp application, and as a server of its own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp import web

from adapters.simulators.faults import fault_middleware
from adapters.simulators.norce.config import NorceSimConfig
from adapters.simulators.norce.configuration_api import ConfigurationApi
from adapters.simulators.norce.control import Control
from adapters.simulators.norce.control_orders import OrderControl
from adapters.simulators.norce.gateway import Gateway
from adapters.simulators.norce.notification_api import NotificationApi
from adapters.simulators.norce.order_api import OrderApi
from adapters.simulators.norce.payment_api import PaymentApi
from adapters.simulators.norce.platform import Platform, assemble
from adapters.simulators.norce.platform_api import PlatformApi
from adapters.simulators.norce.recorder import recorder
from adapters.simulators.norce.shop import Shop
from adapters.simulators.norce.state import NorceState

STATE: Final = web.AppKey("norce_state", NorceState)
PLATFORM: Final = web.AppKey("norce_platform", Platform)


def build_app(config: NorceSimConfig | None = None) -> web.Application:
    """The whole simulator; `app[STATE]` is the in-process handle."""
    state = NorceState(config or NorceSimConfig())
    platform = assemble(state)
    app = web.Application(
        middlewares=[recorder(state), fault_middleware(state.faults, exempt=("/__sim", "/shop", "/static"))],
        client_max_size=16 * 2**20,
    )
    app[STATE] = state
    app[PLATFORM] = platform
    gateway = Gateway(state)
    for version in ("v0", "v1"):
        app.add_routes(OrderApi(platform, version).routes("/checkout/order"))
        app.add_routes(PaymentApi(platform, version).routes("/checkout/order"))
    app.add_routes(ConfigurationApi(state).routes("/checkout/configuration"))
    app.add_routes(PlatformApi(platform).routes("/checkout/norce-adapter"))
    app.add_routes(NotificationApi(platform).routes("/checkout/notification"))
    app.add_routes(gateway.routes("/checkout/qliro-adapter"))
    app.add_routes(Control(state).routes())
    app.add_routes(OrderControl(platform).routes())
    app.add_routes(Shop(platform, gateway).routes())
    app.cleanup_ctx.append(_session)
    return app


async def _session(app: web.Application) -> AsyncIterator[None]:
    state = app[STATE]
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=True) as session:
        state.session = session
        yield
        for task in (*state.tasks, *state.delayed):
            task.cancel()
        state.session = None


@dataclass
class RunningSimulator:
    """A started simulator."""

    url: str
    app: web.Application
    runner: web.AppRunner

    @property
    def state(self) -> NorceState:
        """The in-process handle."""
        return self.app[STATE]

    async def stop(self) -> None:
        """Stop serving; pending faults let go, background deliveries are dropped."""
        self.state.faults.closing.set()
        await self.runner.cleanup()


async def start(config: NorceSimConfig | None = None, host: str = "127.0.0.1", port: int = 0) -> RunningSimulator:
    """Serve on `host` and `port` (0 = any free one)."""
    app = build_app(config)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    await site.start()
    bound = runner.addresses[0][1]
    url = f"http://{host}:{bound}"
    state = app[STATE]
    state.public_url = state.public_url or url
    return RunningSimulator(url, app, runner)
