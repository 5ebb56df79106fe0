"""The whole world on one machine: database, Norce, Qliro, the adapter between them, and a shop."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from adapters.observability.logging import configure_logging
from adapters.persistence.embedded import EmbeddedServer
from adapters.simulators.norce import app as norce_app
from adapters.simulators.norce.config import NorceSimConfig
from adapters.simulators.norce.seed import seed_sandbox
from adapters.simulators.qliro import app as qliro_app
from adapters.simulators.qliro.config import QliroSimConfig
from adapters.simulators.qliro.running import RunningSimulator as QliroSimulator
from entrypoints.cli.sandbox_accounts import ACCOUNTS
from entrypoints.cli.serve import stop_signal
from entrypoints.running import Adapter, running
from entrypoints.settings import Settings

KEY = "sandbox"
NORCE_TOKEN = "sandbox-norce"
_HOST = "127.0.0.1"
_FEES = '{"CREDITCARDS": "1.45% + 1.50", "QLIRO_INVOICE": "2.25% + 5", "QLIRO_PARTPAYMENT": "2.25% + 5", "*": "1% + 1"}'


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Everything that runs, for whoever drives it."""

    adapter: Adapter
    norce: norce_app.RunningSimulator
    qliro: QliroSimulator


def run_sandbox(adapter_port: int, norce_port: int, qliro_port: int, data_dir: Path, *, fresh: bool) -> int:
    """Start everything, print where it is, run until interrupted. Of `data_dir` only the database is ever deleted."""
    configure_logging("warning", "console")
    if fresh:
        EmbeddedServer(data_dir).discard()
    asyncio.run(_run(adapter_port, norce_port, qliro_port, data_dir))
    return 0


async def _run(adapter_port: int, norce_port: int, qliro_port: int, data_dir: Path) -> None:
    console = Console()
    stop = stop_signal()
    async with AsyncExitStack() as stack:
        with console.status("Starting database, Norce, Qliro and the adapter …"):
            started = await stack.enter_async_context(sandbox(adapter_port, norce_port, qliro_port, data_dir))
        console.print(_table(started))
        await stop.wait()


@asynccontextmanager
async def sandbox(
    adapter_port: int = 0, norce_port: int = 0, qliro_port: int = 0, data_dir: Path = Path(".data"), **changed: object
) -> AsyncIterator[Sandbox]:
    """The running sandbox; ports of 0 are chosen freely. `changed` are settings of the adapter."""
    config = QliroSimConfig(merchants=ACCOUNTS, orders_before=_ids_of_this_run())
    async with AsyncExitStack() as stack:
        qliro = await qliro_app.start(config, _HOST, qliro_port)
        stack.push_async_callback(qliro.stop)
        norce = await norce_app.start(NorceSimConfig(inbound_key=KEY, primary_token=NORCE_TOKEN), _HOST, norce_port)
        stack.push_async_callback(norce.stop)
        settings = sandbox_settings(norce.url, qliro.url, adapter_port, data_dir, **changed)
        adapter = await stack.enter_async_context(running(settings))
        norce.state.adapter_base_url = adapter.url
        seed_sandbox(norce.state, qliro_url=qliro.url, adapter_public_url=adapter.url)
        yield Sandbox(adapter, norce, qliro)


def _ids_of_this_run() -> int:
    """Away from the ids of earlier runs, which the kept database still knows; within 32 bits."""
    return 4_000_000 + secrets.randbelow(2_000_000_000)


def sandbox_settings(norce_url: str, qliro_url: str, adapter_port: int, data_dir: Path, **changed: object) -> Settings:
    """The adapter's settings in the sandbox."""
    values: dict[str, object] = {
        "host": _HOST,
        "port": adapter_port,
        "data_dir": str(data_dir),
        "norce_order_url": f"{norce_url}/checkout/order",
        "norce_configuration_url": f"{norce_url}/checkout/configuration",
        "norce_token": NORCE_TOKEN,
        "inbound_keys": KEY,
        "callback_secrets": "sandbox-callback-secret",
        "qliro_hosts": qliro_url,
        "metrics_key": KEY,
        "console_key": KEY,
        "settlement_fees": _FEES,
        "norce_admin_order_url": norce_url + "/shop/confirmation?merchant={merchant}&channel={channel}&orderId={order}",
        "qliro_portal_order_url": qliro_url + "/orders/{order}",
    }
    return Settings(**(values | changed))  # type: ignore[arg-type]


def _table(sandbox: Sandbox) -> Table:
    table = Table(title="The sandbox is running — press Ctrl+C to stop it", title_justify="left")
    table.add_column("what")
    table.add_column("where", style="bold", overflow="fold")
    table.add_row("Demo shop: buy something", sandbox.norce.url + "/")
    table.add_row("Qliro's merchant portal", sandbox.qliro.url + "/")
    table.add_row("Adapter: API reference", sandbox.adapter.url + "/docs/v1/index.html")
    table.add_row("Norce gateway", sandbox.norce.url + "/checkout/{order|configuration|norce-adapter|qliro-adapter}")
    table.add_row("Control planes", f"{sandbox.norce.url}/__sim/openapi.json\n{sandbox.qliro.url}/__sim/openapi.json")
    table.add_row("Key for every caller", KEY)
    table.add_row("Merchants", "sandbox; sandbox-2024 on Norce's platform of 2024")
    channels = "se, no, dk, fi, se-b2b, se-shipping, se-nshift, se-ingrid, se-recurring, se-branded, se-upsell"
    table.add_row("Channels", channels)
    return table
