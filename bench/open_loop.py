"""Requests at a fixed rate, whatever becomes of those before: how long each took since it should have been sent.

A generator that waits for an answer before it sends the next request stops asking while the server is slow, and never
sees how long others would have waited. Here every request has its moment; what it waits for a free connection, and
what the generator itself is late, counts as well.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bench.load import Connection, Load, Outcome, exchange


@dataclass(slots=True)
class Paced(Outcome):
    """Seconds since the moments at which the requests should have been sent; `late`: until they were."""

    late: list[float] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)


async def run(load: Load, requests: Sequence[bytes], *, per_second: float) -> Paced:
    """Send all of them, evenly."""
    outcome = Paced()
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for connection in load.connections:
        free.put_nowait(connection)
    loop, sent = asyncio.get_running_loop(), []

    async def send(number: int, moment: float) -> None:
        connection = await free.get()
        outcome.late.append(time.perf_counter() - moment)
        status, body = await exchange(connection, requests[number])
        outcome.seconds.append(time.perf_counter() - moment)
        outcome.statuses.append(status)
        outcome.bodies.append(body)
        free.put_nowait(connection)

    def due(number: int, moment: float) -> None:
        sent.append(loop.create_task(send(number, moment)))

    await asyncio.to_thread(_tick, len(requests), per_second, lambda *which: loop.call_soon_threadsafe(due, *which))
    await asyncio.sleep(0)
    await asyncio.gather(*sent)
    return outcome


def _tick(count: int, per_second: float, due: Callable[[int, float], object]) -> None:
    """In a thread: the loop's own timers are up to a millisecond late."""
    started = time.perf_counter() + 0.01
    for number in range(count):
        moment = started + number / per_second
        time.sleep(max(0.0, moment - time.perf_counter()))
        due(number, moment)
