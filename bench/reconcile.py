"""`python -m bench.reconcile`: how fast the batch job goes through very many payments, and what that costs.

Real answers of the simulators, with other ids, come from a stub that costs little; the job runs as the command does, in
a process on a core of its own. PostgreSQL and the stub share the other cores.
"""

import argparse
import asyncio
import os
import pickle
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import aiohttp
import asyncpg
import msgspec
from rich.console import Console
from rich.table import Table

from adapters.observability.logging import configure_logging
from adapters.qliro.signing import authorization
from application.ports.configurations import ProviderAccount, Secret
from bench import report
from bench.database import database
from bench.processes import Server, free_port, leave_a_core, module, server
from bench.purchases import Purchase, new_purchase
from bench.reconcile_stub import FIRST_QLIRO_ORDER, Sample, Samples
from bench.world import World, world
from domain.identifiers import Tenant
from entrypoints.cli.sandbox import NORCE_TOKEN

_ACTS: dict[str, tuple[str, ...]] = {"authorized": (), "captured": ("capture",), "refunded": ("capture", "refund")}
_KINDS = tuple(_ACTS)
_BATCH = 50_000
_INSERT = """
    WITH orders AS (
        INSERT INTO checkout_order (merchant, channel, order_id, merchant_reference, attempt)
        SELECT 'sandbox', 'se', 'o' || lpad(n::text, 10, '0'), 'o' || lpad(n::text, 10, '0'), 1
        FROM generate_series($1::bigint, $2::bigint - 1) n
    )
    INSERT INTO payment (merchant, channel, order_id, payment_id, version, status, currency, amount, provider_order_id,
        merchant_reference, authorized, captured, cancelled, refunded, ledger_mark, created_at, updated_at)
    SELECT 'sandbox', 'se', 'o' || lpad(n::text, 10, '0'), 'p' || lpad(n::text, 10, '0'), s.version, s.status,
        s.currency, s.amount, $3 + n, 'o' || lpad(n::text, 10, '0'), s.authorized, s.captured, s.cancelled, s.refunded,
        s.ledger_mark, now(), now()
    FROM generate_series($1::bigint, $2::bigint - 1) n JOIN sample s ON s.number = n % $4
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run over so many payments. `requests` per payment and upstream; lists of orders are in `lists`."""

    payments: int
    run: str
    seconds: float
    processor_seconds: float
    megabytes: float
    norce: float
    qliro: float
    lists: float
    status: int

    @property
    def per_second(self) -> float:
        return self.payments / self.seconds


def main() -> None:
    """Measure every size twice: a first run, and another right after it."""
    parser = argparse.ArgumentParser(prog="bench.reconcile", description=__doc__)
    parser.add_argument("--sizes", default="10000,100000", help="how many payments, comma-separated")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that every upstream answer takes")
    parser.add_argument("--options", default="", help="further options of the command")
    parser.add_argument("--json", type=Path, help="write everything measured to this file")
    given = parser.parse_args()
    configure_logging("error", "console")
    leave_a_core()
    sizes = [int(size) for size in given.sizes.split(",")]
    measured = asyncio.run(_bench(sizes, given.latency, given.options.split()))
    if given.json:
        given.json.write_bytes(msgspec.json.encode([asdict(one) for one in measured]))


async def _bench(sizes: list[int], latency: float, options: list[str]) -> list[Measured]:
    console = Console(width=140)
    measured: list[Measured] = []
    async with database() as (url, place):
        connection = await asyncpg.connect(url)
        try:
            facts = report.machine(await connection.fetchval("SHOW server_version"), os.cpu_count() or 1)
            report.print_machine(console, facts)
            async with world(url) as everything:
                samples = await _samples(everything, connection)
            for size in sizes:
                await _filled(connection, size, len(_KINDS))
                saved = place / "samples"
                saved.write_bytes(pickle.dumps(Samples(*samples, size)))
                measured += await _runs(saved, url, size, latency, options)
                _show(console, measured[-2:])
        finally:
            await connection.close()
    return measured


async def _samples(
    everything: World, connection: "asyncpg.Connection[asyncpg.Record]"
) -> tuple[list[Sample], bytes, str]:
    """A payment of each kind, and their rows as a table to copy from."""
    purchases = [await _purchase(everything, kind) for kind in _KINDS]
    await everything.quiet()
    await connection.execute("CREATE TABLE sample AS SELECT 0 AS number, * FROM payment WITH NO DATA")
    samples = []
    for number, purchase in enumerate(purchases):
        await connection.execute(
            "INSERT INTO sample SELECT $1, * FROM payment WHERE order_id = $2", number, purchase.order_id
        )
        samples.append(await _sample(everything, purchase))
    base = f"{everything.norce.url}/checkout/configuration/api/v1/configuration/merchants/sandbox/channels/se"
    configuration = await _body(f"{base}/configurations/qliro_checkout_adapter")
    return samples, configuration, everything.qliro.url


async def _purchase(everything: World, kind: str) -> Purchase:
    """Bought, and carried on to where its kind is."""
    purchase = new_purchase(everything, example="b2c", channel="se")
    created = await everything.ask(purchase.request("create"), "samples")
    purchase.payment_id = str(msgspec.json.decode(created.body)["paymentId"])
    await purchase.bought()
    await everything.quiet()
    for act in _ACTS[kind]:
        done = await everything.ask(purchase.request(act), "samples")
        assert done.status == 200, done.body
        await everything.quiet()
    return purchase


async def _sample(everything: World, purchase: Purchase) -> Sample:
    account = ProviderAccount(Tenant("sandbox", "se"), everything.qliro.url, "sandbox-key", Secret("sandbox-secret"))
    qliro_id = purchase.at_qliro.id
    signed = {"Authorization": authorization(b"", account.api_secret), "Accept": "application/json"}
    return Sample(
        order_id=purchase.order_id,
        payment_id=purchase.payment_id,
        qliro_id=qliro_id,
        norce=await _body(f"{everything.norce.url}/checkout/order/api/v0/checkout/orders/{purchase.order_id}"),
        qliro=await _body(f"{everything.qliro.url}/checkout/adminapi/v2/orders/{qliro_id}", signed),
    )


async def _body(url: str, headers: dict[str, str] | None = None) -> bytes:
    known = {"Authorization": f"Bearer {NORCE_TOKEN}", "x-merchant": "sandbox", "x-channel": "se"}
    async with aiohttp.ClientSession() as http, http.get(url, headers=headers or known) as reply:
        assert reply.status == 200, await reply.text()
        return await reply.read()


async def _filled(connection: "asyncpg.Connection[asyncpg.Record]", size: int, kinds: int) -> None:
    """Exactly so many payments, none of them ever looked at."""
    for table in ("outbox", "inbox", "payment_operation", "reconciliation_run", "reconciliation_finding"):
        await connection.execute(f"TRUNCATE {table} CASCADE")
    await connection.execute("TRUNCATE checkout_order CASCADE")
    for first in range(0, size, _BATCH):
        await connection.execute(_INSERT, first, min(first + _BATCH, size), FIRST_QLIRO_ORDER, kinds)
    await connection.execute("VACUUM ANALYZE payment")


async def _runs(saved: Path, url: str, size: int, latency: float, options: list[str]) -> list[Measured]:
    port = free_port()
    command = module("reconcile_stub", str(saved), str(port), str(latency))
    async with server(command, port=port, ready="/counts", measured=False) as stub:
        first = await _run(stub, url, size, "first", options)
        return [first, await _run(stub, url, size, "right after it", options)]


async def _run(stub: Server, url: str, size: int, name: str, options: list[str]) -> Measured:
    before = await _counts(stub)
    started = time.perf_counter()
    status, usage = await asyncio.to_thread(_reconcile, _settings(stub, url), options)
    seconds = time.perf_counter() - started
    after = await _counts(stub)
    asked = {kind: (after[kind] - before[kind]) / size for kind in after}
    return Measured(
        payments=size,
        run=name,
        seconds=seconds,
        processor_seconds=usage.ru_utime + usage.ru_stime,
        megabytes=usage.ru_maxrss / 1024,
        norce=asked["norce"],
        qliro=asked["qliro"],
        lists=asked["norce-lists"],
        status=status,
    )


def _reconcile(environment: dict[str, str], options: list[str]) -> tuple[int, resource.struct_rusage]:
    profile = ["-m", "cProfile", "-o", os.environ["PROFILE"]] if "PROFILE" in os.environ else []
    command = [sys.executable, *profile, "-m", "entrypoints.cli", "reconcile", *options]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    os.sched_setaffinity(process.pid, {(os.cpu_count() or 1) - 1})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage


def _settings(stub: Server, url: str) -> dict[str, str]:
    return {
        **os.environ,
        "ADAPTER_DATABASE_URL": url,
        "ADAPTER_NORCE_ORDER_URL": f"{stub.url}/checkout/order",
        "ADAPTER_NORCE_CONFIGURATION_URL": f"{stub.url}/checkout/configuration",
        "ADAPTER_NORCE_TOKEN": NORCE_TOKEN,
        "ADAPTER_QLIRO_HOSTS": stub.url,
        "ADAPTER_CONFIGURATION_TTL_SECONDS": "86400",
    }


async def _counts(stub: Server) -> dict[str, int]:
    async with aiohttp.ClientSession() as http, http.get(f"{stub.url}/counts") as reply:
        return msgspec.json.decode(await reply.read(), type=dict[str, int])


def _show(console: Console, measured: list[Measured]) -> None:
    table = Table(title="Reconciliation")
    for name in ("payments", "run", "seconds", "payments/s", "CPU s", "CPU ms each", "peak MB"):
        table.add_column(name, justify="right")
    for name in ("Norce reads each", "Norce lists each", "Qliro reads each", "exit"):
        table.add_column(name, justify="right")
    for one in measured:
        each = one.processor_seconds / one.payments * 1000
        cells = (f"{one.payments:,}", one.run, f"{one.seconds:.1f}", f"{one.per_second:,.0f}")
        costs = (f"{one.processor_seconds:.1f}", f"{each:.2f}", f"{one.megabytes:.0f}")
        table.add_row(*cells, *costs, f"{one.norce:.3f}", f"{one.lists:.3f}", f"{one.qliro:.3f}", str(one.status))
    console.print(table)


if __name__ == "__main__":
    main()
