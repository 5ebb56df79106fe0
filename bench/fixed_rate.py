"""How long Qliro waits for its two answers that count, at a fixed rate of requests: see `open_loop`."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import msgspec

from bench import open_loop, snapshots
from bench.load import Load
from bench.plan import Plan, Planned
from bench.processes import Server
from bench.snapshots import Connection
from bench.world import Request

ENDPOINTS: Final = ("validate", "push")
PER_SECOND: Final = 100
CONNECTIONS: Final = 32
MIDDLE_SECONDS: Final = 0.004
SLOWEST_SECONDS: Final = 0.015
_WARM_UP_SECONDS: Final = 0.5
_numbers = itertools.count(1)


@dataclass(slots=True)
class Latency:
    """Seconds at p50 and p99, round by round; and how late the generator itself was at p99."""

    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    odd: int = 0
    """Answers other than recorded: there must be none."""


async def measure(
    plan: Plan, adapter: Server, connection: Connection, *, rounds: int, seconds: float
) -> dict[str, Latency]:
    """Each round after half a second that warms up and does not count."""
    results = {endpoint: Latency() for endpoint in ENDPOINTS}
    async with Load(adapter.url, connections=CONNECTIONS) as load:
        for endpoint, result in results.items():
            await snapshots.restore(connection, endpoint)
            for _ in range(rounds):
                await _round(load, plan.requests[endpoint], Latency(), _WARM_UP_SECONDS)
                await _round(load, plan.requests[endpoint], result, seconds)
    return results


async def _round(load: Load, planned: list[Planned], result: Latency, seconds: float) -> None:
    asked = list(itertools.islice(_endlessly(planned), int(seconds * PER_SECOND)))
    requests = [load.prepared(request, f"f{number}.{each.name}") for number, request, each in asked]
    outcome = await open_loop.run(load, requests, per_second=PER_SECOND)
    result.p50.append(outcome.quantile(0.5))
    result.p99.append(outcome.quantile(0.99))
    result.late.append(sorted(outcome.late)[int(0.99 * len(outcome.late))])
    result.odd += sum(status != 200 for status in outcome.statuses)
    result.odd += sum(body not in {each.answer.body for each in planned} for body in outcome.bodies)


def _endlessly(planned: list[Planned]) -> Iterator[tuple[int, Request, Planned]]:
    """The same orders again and again, each time under another number.

    A purchase may be validated again: nothing that is asked or written differs. Told again, the same would not be
    stored, so what is told has another moment each time.
    """
    while True:
        number = next(_numbers)
        for each in planned:
            yield number, told_anew(each.request, number), each


def told_anew(request: Request, number: int) -> Request:
    """The same status of the same order at another moment; any other request as it is."""
    document = msgspec.json.decode(request.body)
    if "NotificationType" not in document:
        return request
    document["Timestamp"] = f"2026-01-01T00:00:00.{number:06}Z"
    return Request(
        method=request.method, target=request.target, headers=request.headers, body=msgspec.json.encode(document)
    )
