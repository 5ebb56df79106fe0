"""What a request takes counts from the moment at which it should have been sent."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from bench import open_loop
from bench.load import Load
from bench.world import Request

REQUEST = Request(method="GET", target="/", headers={})
Wait = Callable[[int], Awaitable[None]]


@asynccontextmanager
async def server(wait: Wait) -> AsyncIterator[str]:
    """Answers the n-th request after `wait(n)`."""
    served = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                number, served = served, served + 1
                await wait(number)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + f"{number:02}".encode())
        except asyncio.IncompleteReadError:
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


async def first_is_slow(number: int) -> None:
    await asyncio.sleep(0.3 if number == 0 else 0)


async def paced(wait: Wait, *, connections: int) -> open_loop.Paced:
    async with server(wait) as url, Load(url, connections=connections) as load:
        requests = [load.prepared(REQUEST, f"{number}") for number in range(10)]
        return await open_loop.run(load, requests, per_second=100)


async def test_requests_behind_a_slow_one_have_waited_since_they_were_due() -> None:
    outcome = await paced(first_is_slow, connections=1)
    assert outcome.statuses == [200] * 10
    due = [number / 100 for number in range(10)]
    assert all(seconds > 0.29 - moment for seconds, moment in zip(outcome.seconds, due, strict=True))


async def test_a_slow_one_holds_up_nobody_who_finds_a_free_connection() -> None:
    outcome = await paced(first_is_slow, connections=10)
    assert outcome.bodies[-1] == b"00"
    assert max(outcome.seconds) == outcome.seconds[-1] > 0.29


async def test_all_are_sent_and_none_before_it_is_due() -> None:
    outcome = await paced(first_is_slow, connections=10)
    assert sorted(outcome.bodies) == [f"{number:02}".encode() for number in range(10)]
    assert len(outcome.late) == 10
    assert min(outcome.late) >= 0
