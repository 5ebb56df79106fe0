import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from adapters.http_call import MOST_BYTES, ONCE, Call, MaybeSent, NotSent, Retry, TooLarge
from adapters.http_guards import GuardSettings
from adapters.http_observer import Exchange
from adapters.http_transport import HttpTransport
from application import correlation
from application.deadline import deadline
from tests.unit.adapters.upstream import (
    Upstream,
    answer,
    drip,
    garbage,
    listening,
    reset,
    silence,
    truncated,
    unused_url,
)

THRICE = Retry(attempts=3, base=0.01)


class Notebook:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def __call__(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    async with listening() as made:
        yield made


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
async def transport(notebook: Notebook) -> AsyncIterator[HttpTransport]:
    async with HttpTransport("norce", observer=notebook) as made:
        yield made


def a_call(
    url: str,
    *,
    method: str = "GET",
    merchant: str = "shop",
    body: bytes = b"",
    seconds: float = 2.0,
    retry: Retry = ONCE,
    most_bytes: int = MOST_BYTES,
) -> Call:
    return Call(
        operation="read_order",
        merchant=merchant,
        method=method,
        url=f"{url}/orders/%2Fo?x=%20y",
        path="/orders/{}",
        headers={"Authorization": "Bearer t"},
        body=body,
        seconds=seconds,
        retry=retry,
        facts={"order_id": "o"},
        most_bytes=most_bytes,
    )


async def test_request_and_answer_pass_through_unchanged(upstream: Upstream, transport: HttpTransport) -> None:
    upstream.script.append(answer(418, b"\x00teapot", headers={"X-Thing": "yes"}))
    reply = await transport.send(a_call(upstream.url, method="POST", body=b'{"a": 1.10}'))
    assert (reply.status, reply.body, reply.headers["x-thing"], reply.ok) == (418, b"\x00teapot", "yes", False)
    (received,) = upstream.received
    assert (received.method, received.target, received.body) == ("POST", "/orders/%2Fo?x=%20y", b'{"a": 1.10}')
    assert received.headers["authorization"] == "Bearer t"
    assert received.headers["accept-encoding"] == "identity"


async def test_connections_are_kept(upstream: Upstream, transport: HttpTransport) -> None:
    for _ in range(5):
        await transport.send(a_call(upstream.url))
    assert upstream.connections == 1


async def test_the_correlation_id_goes_along(upstream: Upstream, transport: HttpTransport) -> None:
    with correlation.bind("abc-1"):
        await transport.send(a_call(upstream.url))
    await transport.send(a_call(upstream.url))
    assert [r.headers.get("x-correlation-id") for r in upstream.received] == ["abc-1", None]


async def test_redirects_are_not_followed(upstream: Upstream, transport: HttpTransport) -> None:
    upstream.script.append(answer(307, b"", headers={"Location": "/elsewhere"}))
    assert (await transport.send(a_call(upstream.url, method="POST", body=b"{}"))).status == 307
    assert len(upstream.received) == 1


async def test_cookies_are_not_kept(upstream: Upstream, transport: HttpTransport) -> None:
    upstream.script.append(answer(headers={"Set-Cookie": "tenant=a; Path=/"}))
    await transport.send(a_call(upstream.url))
    await transport.send(a_call(upstream.url))
    assert "cookie" not in upstream.received[1].headers


async def test_a_refused_connection_was_not_sent(transport: HttpTransport) -> None:
    with pytest.raises(NotSent):
        await transport.send(a_call(unused_url(), method="POST"))


async def test_a_name_that_is_unknown_was_not_sent(transport: HttpTransport) -> None:
    with pytest.raises(NotSent):
        await transport.send(a_call("http://nobody.invalid"))


async def test_a_certificate_that_cannot_be_trusted_was_not_sent(upstream: Upstream, transport: HttpTransport) -> None:
    upstream.script.append(garbage)
    with pytest.raises(NotSent):
        await transport.send(a_call(upstream.url.replace("http:", "https:"), seconds=1))


@pytest.mark.parametrize("act", [reset, truncated, garbage])
async def test_a_connection_that_broke_after_the_request_may_have_been_sent(
    upstream: Upstream, transport: HttpTransport, act: object
) -> None:
    upstream.script.append(act)  # type: ignore[arg-type]
    with pytest.raises(MaybeSent):
        await transport.send(a_call(upstream.url, method="POST", body=b"{}"))


@pytest.mark.parametrize("act", [silence, drip])
async def test_an_answer_that_does_not_come_in_time_may_have_been_sent(
    upstream: Upstream, transport: HttpTransport, act: object
) -> None:
    upstream.script.append(act)  # type: ignore[arg-type]
    started = time.monotonic()
    with pytest.raises(MaybeSent):
        await transport.send(a_call(upstream.url, method="POST", body=b"{}", seconds=0.2))
    assert time.monotonic() - started < 1


@pytest.mark.parametrize("length", [True, False])
async def test_an_answer_larger_than_sensible_is_refused(
    upstream: Upstream, transport: HttpTransport, length: bool
) -> None:
    async def endless(writer: asyncio.StreamWriter) -> None:
        size = f"Content-Length: {MOST_BYTES + 1}\r\n" if length else "Connection: close\r\n"
        writer.write(f"HTTP/1.1 200 OK\r\n{size}\r\n".encode())
        for _ in range(40):
            writer.write(b" " * 65_536)
            await writer.drain()
        writer.close()

    upstream.script.append(endless)
    with pytest.raises(TooLarge):
        await transport.send(a_call(upstream.url, retry=THRICE))
    assert len(upstream.received) == 1


async def test_a_call_may_allow_more_or_less(upstream: Upstream, transport: HttpTransport) -> None:
    upstream.script.extend([answer(body=b" " * 3_000_000), answer(body=b" " * 11)])
    reply = await transport.send(a_call(upstream.url, most_bytes=4_000_000))
    assert len(reply.body) == 3_000_000
    with pytest.raises(TooLarge):
        await transport.send(a_call(upstream.url, most_bytes=10))


async def test_a_deadline_is_never_exceeded(upstream: Upstream, transport: HttpTransport) -> None:
    upstream.script.extend([silence, silence, silence])
    started = time.monotonic()
    with deadline(0.3), pytest.raises(MaybeSent):
        await transport.send(a_call(upstream.url, seconds=10, retry=THRICE))
    assert time.monotonic() - started < 0.6
    assert len(upstream.received) == 1


async def test_nothing_is_sent_when_no_time_is_left(upstream: Upstream, transport: HttpTransport) -> None:
    with deadline(0), pytest.raises(NotSent):
        await transport.send(a_call(upstream.url))
    assert upstream.received == []


async def test_what_may_be_repeated_is_repeated_until_it_works(upstream: Upstream, transport: HttpTransport) -> None:
    upstream.script.extend([answer(503), reset, answer(200, b"done")])
    assert (await transport.send(a_call(upstream.url, retry=THRICE))).body == b"done"
    assert len(upstream.received) == 3


async def test_the_last_answer_is_told_when_none_works(upstream: Upstream, transport: HttpTransport) -> None:
    upstream.script.extend([answer(500), answer(502), answer(504)])
    assert (await transport.send(a_call(upstream.url, retry=THRICE))).status == 504


@pytest.mark.parametrize("status", [200, 400, 401, 404, 409])
async def test_other_answers_are_final(upstream: Upstream, transport: HttpTransport, status: int) -> None:
    upstream.script.append(answer(status))
    assert (await transport.send(a_call(upstream.url, retry=THRICE))).status == status
    assert len(upstream.received) == 1


async def test_what_may_not_be_repeated_is_sent_once(upstream: Upstream, transport: HttpTransport) -> None:
    upstream.script.append(answer(503))
    assert (await transport.send(a_call(upstream.url, method="POST"))).status == 503
    assert len(upstream.received) == 1


async def test_a_later_attempt_that_was_not_sent_does_not_make_the_first_unsent(upstream: Upstream) -> None:
    upstream.script.append(silence)
    async with HttpTransport("norce", guards=GuardSettings(failures_to_open=1, open_seconds=60)) as transport:
        with pytest.raises(MaybeSent):
            await transport.send(a_call(upstream.url, seconds=0.1, retry=Retry(attempts=2, base=0.01)))
    assert len(upstream.received) == 1


async def test_the_upstreams_advice_to_wait_is_followed(upstream: Upstream) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async with HttpTransport("qliro", sleep=sleep) as transport:
        upstream.script.append(answer(429, headers={"Retry-After": "7"}))
        assert (await transport.send(a_call(upstream.url, retry=THRICE))).ok
        upstream.script.append(answer(429, headers={"Retry-After": "3600"}))
        assert (await transport.send(a_call(upstream.url, retry=THRICE))).status == 429
    assert waits == [7.0]


async def test_retries_are_paid_for(upstream: Upstream) -> None:
    guards = GuardSettings(retry_reserve=2, retry_share=0, retry_refill_per_second=0, failures_to_open=99)
    async with HttpTransport("qliro", guards=guards) as transport:
        upstream.script.extend([answer(500)] * 9)
        for _ in range(3):
            await transport.send(a_call(upstream.url, retry=THRICE))
    assert len(upstream.received) == 3 + 2


async def test_a_merchant_whose_upstream_is_sick_is_not_called_and_others_are(upstream: Upstream) -> None:
    guards = GuardSettings(failures_to_open=3, open_seconds=0.2)
    async with HttpTransport("norce", guards=guards) as transport:
        upstream.script.extend([answer(500)] * 3)
        for _ in range(3):
            await transport.send(a_call(upstream.url))
        with pytest.raises(NotSent):
            await transport.send(a_call(upstream.url))
        assert (await transport.send(a_call(upstream.url, merchant="other"))).ok
        await asyncio.sleep(0.25)
        assert (await transport.send(a_call(upstream.url))).ok
        assert (await transport.send(a_call(upstream.url))).ok


async def test_an_impatient_caller_does_not_make_the_upstream_look_sick(upstream: Upstream) -> None:
    async with HttpTransport("norce", guards=GuardSettings(failures_to_open=1, open_seconds=60)) as transport:
        upstream.script.append(silence)
        with deadline(0.05), pytest.raises(MaybeSent):
            await transport.send(a_call(upstream.url))
        assert (await transport.send(a_call(upstream.url))).ok


async def test_a_header_that_cannot_be_sent_is_not_sent(upstream: Upstream, transport: HttpTransport) -> None:
    call = a_call(upstream.url)
    broken = Call(
        operation=call.operation,
        merchant=call.merchant,
        method="GET",
        url=call.url,
        path=call.path,
        headers={"x-merchant": "a\r\nx-evil: 1"},
    )
    with pytest.raises(NotSent):
        await transport.send(broken)
    assert upstream.received == []


async def test_every_attempt_is_told_without_secrets(
    upstream: Upstream, transport: HttpTransport, notebook: Notebook
) -> None:
    upstream.script.extend([answer(500), answer(200)])
    await transport.send(a_call(upstream.url, retry=THRICE))
    first, second = notebook.exchanges
    assert (first.status, first.attempt, second.status, second.attempt) == (500, 1, 200, 2)
    assert (first.upstream, first.operation, first.merchant, first.path) == (
        "norce",
        "read_order",
        "shop",
        "/orders/{}",
    )
    assert first.facts == {"order_id": "o"}
    assert "Bearer" not in repr(notebook.exchanges)


async def test_a_call_without_an_answer_is_told_with_its_reason(transport: HttpTransport, notebook: Notebook) -> None:
    with pytest.raises(NotSent):
        await transport.send(a_call(unused_url()))
    (exchange,) = notebook.exchanges
    assert exchange.status == 0
    assert "could not be reached" in exchange.error
    assert "127.0.0.1" not in exchange.error


async def test_a_caller_who_gives_up_leaves_nothing_behind(upstream: Upstream) -> None:
    async with HttpTransport("norce", guards=GuardSettings(concurrency=1)) as transport:
        upstream.script.append(silence)
        task = asyncio.create_task(transport.send(a_call(upstream.url)))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await transport.send(a_call(upstream.url))).ok


async def test_a_closed_transport_sends_nothing(upstream: Upstream, transport: HttpTransport) -> None:
    await transport.close()
    await transport.close()
    with pytest.raises(NotSent):
        await transport.send(a_call(upstream.url))


async def test_what_says_nothing_of_the_upstream_does_not_make_it_look_sick(upstream: Upstream) -> None:
    guards = GuardSettings(failures_to_open=1)
    async with HttpTransport("norce", guards=guards) as transport:
        with deadline(0), pytest.raises(NotSent):
            await transport.send(a_call(upstream.url))
        upstream.script.append(answer(body=b" " * 11))
        with pytest.raises(TooLarge):
            await transport.send(a_call(upstream.url, most_bytes=10))
        for status in (429, 404, 499, 200):
            upstream.script.append(answer(status))
            assert (await transport.send(a_call(upstream.url))).status == status
        upstream.script.append(answer(500))
        assert (await transport.send(a_call(upstream.url))).status == 500
        with pytest.raises(NotSent, match="was not called"):
            await transport.send(a_call(upstream.url))


async def test_an_answer_exactly_as_large_as_allowed_is_taken(upstream: Upstream, transport: HttpTransport) -> None:
    upstream.script.append(answer(body=b" " * 10))
    assert len((await transport.send(a_call(upstream.url, most_bytes=10))).body) == 10
