"""What was measured, for people and for programs."""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench import fixed_rate, scale_out
from bench.counting import LATENCY, Count
from bench.endpoints import BY_NAME, ENDPOINTS, Endpoint
from bench.fixed_rate import Latency
from bench.processor_time import Measured
from bench.scale_out import Shared
from bench.startup import Startup
from bench.throughput import UVICORN, Throughput

_LIBRARIES: Final = ("aiohttp", "msgspec", "asyncpg", "SQLAlchemy", "fastapi", "pydantic", "httpx")
READY_SECONDS: Final = 3.0
HELP_SECONDS: Final = 0.3
THROUGHPUT: Final = 4.0


def machine(server_version: str, cores: int) -> dict[str, str]:
    """What it was measured on and with."""
    facts = {
        "processor": f"{_processor()}, {cores} cores",
        "system": f"{platform.system()} {platform.release()}",
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "PostgreSQL": server_version,
    }
    return facts | {name: version(name) for name in _LIBRARIES}


def print_machine(console: Console, facts: dict[str, str]) -> None:
    """One line."""
    console.print(" · ".join(f"{name} {value}" for name, value in facts.items()), style="dim")


def print_counts(console: Console, counts: dict[str, Count]) -> None:
    """Calls, critical path, statements; then what waits for what."""
    table = Table(title="One request until its answer", title_justify="left")
    table.add_column("endpoint", no_wrap=True)
    for name in ("calls", "path", "aim", "statements", "aim", "after"):
        table.add_column(name, justify="right")
    for endpoint in ENDPOINTS:
        table.add_row(*_count_row(endpoint, counts[endpoint.name]))
    console.print(table)
    console.print(
        f"Path: calls that wait for each other. Each was made to take {LATENCY * 1000:.0f} ms; in brackets stands the "
        "answer's time in multiples of that. Configuration cached; Qliro decides transactions before it answers, so no "
        "time goes into polling. A statement is a round trip and a transaction. After: calls + statements of the "
        "background.\n",
        style="dim",
    )
    for endpoint in ENDPOINTS:
        steps = " → ".join(escape(" ∥ ".join(group)) for group in counts[endpoint.name].chain)
        about = f" ({endpoint.about})" if endpoint.about else ""
        console.print(f"[bold]{endpoint.name}[/bold]{about}: {steps or 'nothing'}", highlight=False)
    console.print()


def _count_row(endpoint: Endpoint, count: Count) -> list[str]:
    return [
        endpoint.name,
        str(count.calls),
        f"{_judged(str(count.path), count.path <= endpoint.path)} ({count.waited:.1f})",
        str(endpoint.path),
        _judged(str(count.statements), count.statements <= endpoint.transactions),
        str(endpoint.transactions),
        f"{count.calls_afterwards} + {count.statements_afterwards}",
    ]


def print_costs(console: Console, costs: dict[str, Measured]) -> None:
    """Processor time against the bare handlers."""
    title = "Processor time per request, µs (best round, median in brackets)"
    table = _table(title, "adapter", "bare handler", "ratio", "target")
    for endpoint in ENDPOINTS:
        cost = costs[endpoint.name]
        table.add_row(
            endpoint.name,
            _spread(cost.adapter),
            _spread(cost.bare),
            _judged(f"{cost.ratio:.2f}", cost.ratio <= endpoint.ratio),
            f"≤ {endpoint.ratio}",
        )
    console.print(table)
    _print_odd(console, sum(cost.odd for cost in costs.values()))


def print_throughput(console: Console, result: Throughput) -> None:
    """Against the common way."""
    table = Table(title="cart-changed at 16 connections, best round", title_justify="left")
    for name in ("", "requests/s", "p50 ms", "p99 ms", "µs/request"):
        table.add_column(name, justify="left" if not name else "right")
    served = "uvicorn" if UVICORN else "aiohttp's HTTP server: uvicorn is not installed"
    for name, runs in (("adapter", result.adapter), (f"common way ({served})", result.common)):
        table.add_row(
            name,
            f"{max(runs.rates):.0f}",
            f"{min(runs.p50) * 1000:.1f}",
            f"{min(runs.p99) * 1000:.1f}",
            f"{min(runs.costs):.0f}",
        )
    console.print(table)
    cheaper = min(result.common.costs) / min(result.adapter.costs)
    console.print(
        f"{_judged(f'{result.ratio:.1f}', result.ratio >= THROUGHPUT)} times the requests, target ≥ {THROUGHPUT:.0f}; "
        f"{cheaper:.1f} times less processor time each\n"
    )


def print_scale_out(console: Console, results: dict[str, Shared]) -> None:
    """What two processes over one database cost."""
    most = 2 / scale_out.TIMES
    each = _table("One of two processes, a core each: µs per request", "alone", "beside it", "ratio", "target")
    both = _table("Two processes on one core: µs per request", "one", "two", "ratio", "database", "with two", "ratio")
    for name, shared in results.items():
        ratio = _judged(f"{shared.on_two_cores:.2f}", shared.on_two_cores <= most)
        each.add_row(name, _spread(shared.alone.adapter), _spread(shared.beside.adapter), ratio, f"≤ {most:.2f}")
        stored = min(shared.one.database), min(shared.two.database)
        both.add_row(
            name,
            f"{shared.one.best:.0f}",
            f"{shared.two.best:.0f}",
            f"{shared.on_one_core:.2f}",
            *(f"{cost:.0f}" for cost in stored),
            f"{stored[1] / stored[0]:.2f}",
        )
    console.print(each)
    carried = 2 / max(shared.on_two_cores for shared in results.values())
    console.print(
        f"so two carry {_judged(f'{carried:.2f}', carried >= scale_out.TIMES)} times what one does at the least, "
        f"target ≥ {scale_out.TIMES}\n"
    )
    console.print(both)
    console.print(
        "The sum of both, best rounds: on one core they push each other out of its caches. Database: all processes of "
        "PostgreSQL. Meeting: they change the same orders' carts at the same time.\n",
        style="dim",
    )
    _print_odd(console, sum(shared.odd for shared in results.values()))


def print_latency(console: Console, results: dict[str, Latency]) -> None:
    """At a fixed rate."""
    title = f"{fixed_rate.PER_SECOND} requests a second: ms since each was due (best round, median in brackets)"
    table = _table(title, "p50", "target", "p99", "target", "generator late, p99")
    for name, latency in results.items():
        row = [name]
        for seconds, most in ((latency.p50, fixed_rate.MIDDLE_SECONDS), (latency.p99, fixed_rate.SLOWEST_SECONDS)):
            row += [_judged(_milliseconds(seconds), min(seconds) <= most), f"≤ {most * 1000:.0f}"]
        table.add_row(*row, _milliseconds(latency.late))
    console.print(table)
    _print_odd(console, sum(latency.odd for latency in results.values()))


def print_startup(console: Console, startup: Startup, memory: float) -> None:
    """Seconds to answer, megabytes in use."""
    ready, told = min(startup.ready), min(startup.help)
    console.print(
        f"cold start to ready {_judged(f'{ready:.2f} s', ready <= READY_SECONDS)} (target ≤ {READY_SECONDS:.0f} s) · "
        f"--help {_judged(f'{told:.2f} s', told <= HELP_SECONDS)} (target ≤ {HELP_SECONDS} s) · "
        f"memory after the load {memory:.0f} MB"
    )


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column("endpoint")
    for name in columns:
        table.add_column(name, justify="right")
    return table


def _judged(text: str, met: bool) -> str:
    return f"[green]{text}[/green]" if met else f"[bold red]{text}[/bold red]"


def _spread(costs: list[float]) -> str:
    return f"{min(costs):.0f} ({sorted(costs)[len(costs) // 2]:.0f})"


def _milliseconds(seconds: list[float]) -> str:
    return f"{min(seconds) * 1000:.1f} ({sorted(seconds)[len(seconds) // 2] * 1000:.1f})"


def _print_odd(console: Console, odd: int) -> None:
    if odd:
        console.print(f"{odd} answers were not as recorded: the numbers above are not to be trusted.\n", style="red")


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def as_data(
    counts: dict[str, Count],
    costs: dict[str, Measured],
    throughput: Throughput | None,
    scaled: dict[str, Shared],
    latency: dict[str, Latency],
    startup: Startup,
    memory: float,
) -> dict[str, Any]:
    """Everything, with the targets, for `--json`."""
    return {
        "targets": BY_NAME,
        "counts": counts,
        "processorMicroseconds": {
            name: {"adapter": cost.adapter, "bare": cost.bare, "ratio": cost.ratio, "odd": cost.odd}
            for name, cost in costs.items()
        },
        "throughput": throughput and {"adapter": throughput.adapter, "common": throughput.common},
        "scaleOutMicroseconds": scaled,
        "fixedRateSeconds": latency,
        "startup": startup,
        "megabytes": memory,
    }
