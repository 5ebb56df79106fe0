"""Requests that never reach a handler: our shape, our words, no trace in the log and nothing of theirs in either."""

import asyncio
import gzip
import logging
import re
import zlib
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec
import pytest
from aiohttp import web

from entrypoints.http import body
from entrypoints.http.body import MOST_BODY_BYTES, body_of
from entrypoints.http.edge import edge
from entrypoints.http.listening import ApiRunner

SECRET = "t0ken-That-nobody-may-5ee"
BIG = b"a" * 9_000
MUCH = 20_000_000


@dataclass
class Heard:
    """What the observer was told."""

    served: list[tuple[str, int]] = field(default_factory=list)
    defects: list[BaseException] = field(default_factory=list)
    merchants: set[str] = field(default_factory=set, compare=False)

    def request_served(self, *, method: str, route: str, status: int, seconds: float, code: str, merchant: str) -> None:
        self.served.append((route, status))
        self.merchants.add(merchant)

    def unexpected(self, where: str, failure: BaseException) -> None:
        self.defects.append(failure)


@dataclass
class Answer:
    status: int
    type: str
    text: str

    @property
    def message(self) -> str:
        told = msgspec.json.decode(self.text)
        assert set(told) == {"code", "message"}
        assert told["code"] in {"order-bad-request", "order-not-found", "order-validation"}
        return str(told["message"])


class Server:
    """A small application behind the real runner, spoken to in bytes."""

    def __init__(self, heard: Heard) -> None:
        self.heard = heard
        self.taken: list[bytes] = []
        app = web.Application(middlewares=[edge(heard)], client_max_size=MOST_BODY_BYTES)
        app.router.add_post("/take", self._take)
        app.router.add_post("/take/later", self._take_later)
        app.router.add_post("/give", self._give)
        self.runner = ApiRunner(app, heard, shutdown_timeout=1.0)

    async def _take(self, request: web.Request) -> web.Response:
        self.taken.append(await body_of(request))
        return web.json_response({})

    async def _give(self, _: web.Request) -> web.Response:
        return web.Response(body=bytes(MUCH))

    async def _take_later(self, request: web.Request) -> web.Response:
        await asyncio.sleep(0.2)
        return await self._take(request)

    async def answer(self, *pieces: bytes, hang_up: bool = False) -> Answer:
        reader, writer = await asyncio.open_connection(*self.runner.addresses[0][:2])
        try:
            for number, piece in enumerate(pieces):
                if number:
                    await asyncio.sleep(0.05)
                writer.write(piece)
                await writer.drain()
            if hang_up:
                writer.transport.abort()
                await asyncio.sleep(0.1)
                return Answer(0, "", "")
            async with asyncio.timeout(5):
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                length = int(re.findall(r"(?i)content-length: (\d+)", head)[0])
                text = (await reader.readexactly(length)).decode()
        finally:
            writer.close()
        return Answer(int(head.split()[1]), re.findall(r"(?i)content-type: ([^\r]*)", head)[0], text)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server(Heard())
    await made.runner.setup()
    await web.TCPSite(made.runner, "127.0.0.1", 0).start()
    yield made
    await made.runner.cleanup()


def posted(content: bytes, *headers: bytes) -> bytes:
    lines = (b"POST /take HTTP/1.1", b"Host: x", b"Content-Length: %d" % len(content), *headers)
    return b"\r\n".join(lines) + b"\r\n\r\n" + content


def taking(*headers: bytes) -> bytes:
    return b"\r\n".join((b"POST /take?token=" + SECRET.encode() + b" HTTP/1.1", b"Host: x", *headers)) + b"\r\n\r\n"


CHUNKED = taking(b"Transfer-Encoding: chunked")
UNREADABLE: dict[str, tuple[int, bytes]] = {
    "long address": (414, b"GET /?token=" + SECRET.encode() + BIG + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
    "very long address": (414, b"GET /" + BIG * 20 + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
    "long header": (431, taking(b"x-merchant: " + BIG)),
    "long header that looks like an address": (431, taking(b"Referer: /" + BIG)),
    "long name of a header": (431, taking(BIG + b": a")),
    "many headers": (431, taking(*(b"x-%d: a" % number for number in range(200)))),
    "no HTTP": (400, b"\x00\x01 garbage\r\n\r\n"),
    "TLS": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "HTTP/2": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "HTTP/3.7": (400, b"GET / HTTP/3.7\r\nHost: x\r\n\r\n"),
    "no host": (400, b"GET / HTTP/1.1\r\n\r\n"),
    "two hosts": (400, taking(b"Host: y")),
    "space in a header's name": (400, taking(b"x merchant: " + SECRET.encode())),
    "no colon": (400, taking(b"nocolon")),
    "folded header": (400, taking(b"x-a: a\r\n b")),
    "NUL in a header": (400, taking(b"x-a: a\x00b")),
    "raw bytes in the address": (400, b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n"),
    "NUL in the address": (400, b"GET /a\x00b HTTP/1.1\r\nHost: x\r\n\r\n"),
    "space in the address": (400, b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n"),
    "impossible authority": (400, b"GET http://[::1/ HTTP/1.1\r\nHost: x\r\n\r\n"),
    "chunk without a size": (400, CHUNKED + b"ZZ\r\n{}\r\n0\r\n\r\n"),
    "chunk of another size": (400, CHUNKED + b"1\r\n{}{}\r\n0\r\n\r\n"),
    "chunk of a huge size": (400, CHUNKED + b"F" * 20 + b"\r\n{}\r\n"),
    "length and chunks": (400, taking(b"Content-Length: 2", b"Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n"),
    "transfer coding that is not the last": (400, taking(b"Transfer-Encoding: gzip") + b"{}"),
    "length that is no number": (400, taking(b"Content-Length: abc") + b"{}"),
    "negative length": (400, taking(b"Content-Length: -1") + b"{}"),
    "length beyond 64 bits": (400, taking(b"Content-Length: 99999999999999999999") + b"{}"),
    "two lengths": (400, taking(b"Content-Length: 2", b"Content-Length: 3") + b"{}"),
    "unknown method": (405, b"BREW /take HTTP/1.1\r\nHost: x\r\n\r\n"),
    "method in small letters": (405, b"post /take HTTP/1.1\r\nHost: x\r\n\r\n"),
    "odd expectation": (417, posted(b"{}", b"Expect: 200-ok")),
    "odd expectation of nothing": (417, b"GET /nothing HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\n\r\n"),
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_what_no_handler_can_answer_is_refused_in_the_published_shape(
    server: Server, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    status, sent = UNREADABLE[name]
    with caplog.at_level(logging.DEBUG):
        answer = await server.answer(sent)
    assert (answer.status, answer.type) == (status, "application/json"), answer
    assert 10 < len(answer.message) < 120
    assert SECRET not in answer.text + caplog.text
    assert not [record for record in caplog.records if record.name.startswith("aiohttp") or record.exc_info]
    assert server.heard == Heard(served=[("unreadable", status)])
    assert server.taken == []


@pytest.mark.parametrize("first", [b"", b"2\r\n{}\r\n", b"6\r\n{}"])
async def test_a_chunk_that_breaks_while_the_body_is_read_is_refused_at_once(
    server: Server, first: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    broken = b"}}}}}}" if first.startswith(b"6") else b""
    answer = await server.answer(CHUNKED + first, broken + b"ZZ\r\n\r\n")
    assert (answer.status, answer.type) == (400, "application/json"), answer
    assert answer.message
    assert server.taken == []
    assert server.heard.defects == []
    assert not caplog.records


async def test_what_comes_behind_a_whole_request_does_not_spoil_it(server: Server) -> None:
    answer = await server.answer(posted(b"{}").replace(b"/take", b"/take/later"), b"\x00garbage\r\n\r\n")
    assert answer.status == 200
    assert server.taken == [b"{}"]


async def test_whoever_hangs_up_within_the_body_is_no_defect(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    await server.answer(taking(b"Content-Length: 20"), b"{}", hang_up=True)
    assert server.heard == Heard(served=[("/take", 400)])
    assert server.taken == []
    assert not caplog.records


async def test_a_body_that_never_ends_is_answered_all_the_same(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "PATIENCE_SECONDS", 0.1)
    answer = await server.answer(CHUNKED, b"2\r\n{}\r\n")
    assert (answer.status, answer.message) == (408, "The body did not arrive in time.")


async def test_what_is_in_flight_is_answered_before_the_server_goes(server: Server) -> None:
    async def going() -> None:
        await asyncio.sleep(0.02)
        await server.runner.cleanup()

    stopping = asyncio.create_task(going())
    assert (await server.answer(taking(b"Content-Length: 2"), b"{}")).status == 200
    await stopping
    assert server.taken == [b"{}"]


async def test_a_body_that_announces_too_much_is_not_waited_for(server: Server) -> None:
    answer = await server.answer(taking(b"Content-Length: 10000000"))
    assert (answer.status, answer.type) == (413, "application/json")
    assert answer.message


HEAD = b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"


async def _kept_open(server: Server, *pieces: bytes, every: float = 0.05) -> tuple[float, bytes]:
    """How long a client that goes on like this keeps its connection, and what it was answered."""
    began = asyncio.get_running_loop().time()
    reader, writer = await asyncio.open_connection(*server.runner.addresses[0][:2])
    answered = asyncio.create_task(reader.read())
    try:
        async with asyncio.timeout(3):
            for piece in pieces:
                writer.write(piece)
                await asyncio.wait({answered}, timeout=every)
            answer = await answered
    finally:
        writer.close()
        answered.cancel()
    return asyncio.get_running_loop().time() - began, answer


class TestPatience:
    @pytest.fixture(autouse=True)
    def little(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("entrypoints.http.listening.HEAD_SECONDS", 0.3)
        monkeypatch.setattr("entrypoints.http.listening.SILENT_SECONDS", 0.6)

    async def test_a_head_that_drips_is_given_up(self, server: Server) -> None:
        lasted, answer = await _kept_open(server, HEAD, *[b"x-a: 1\r\n"] * 40)
        assert 0.2 < lasted < 1.5
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert msgspec.json.decode(answer.partition(b"\r\n\r\n")[2])["code"] == "order-bad-request"
        assert server.heard.served == [("unreadable", 408)]

    async def test_so_is_the_next_one_on_a_connection_that_was_used(self, server: Server) -> None:
        lasted, answer = await _kept_open(server, HEAD + b"\r\n", b"POST /ta", every=0.1)
        assert 0.3 < lasted < 1.5
        assert re.findall(rb"HTTP/1.1 (\d+)", answer) == [b"200", b"408"]

    async def test_a_client_that_says_nothing_is_let_go_without_a_word(self, server: Server) -> None:
        lasted, answer = await _kept_open(server)
        assert 0.5 < lasted < 2
        assert answer == b""
        assert server.heard.served == []

    async def test_an_empty_line_behind_a_body_begins_no_request(self, server: Server) -> None:
        """Some clients end their bodies with one, and keep the connection for the next request."""
        reader, writer = await asyncio.open_connection(*server.runner.addresses[0][:2])
        for _ in range(2):
            writer.write(HEAD + b"\r\n")
            assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(2) == b"{}"
            writer.write(b"\r\n")
            await asyncio.sleep(0.5)
        writer.close()
        assert server.heard.served == [("/take", 200)] * 2

    async def test_empty_lines_are_no_request_either(self, server: Server) -> None:
        lasted, answer = await _kept_open(server, *[b"\r\n"] * 20)
        assert 0.5 < lasted < 2
        assert answer == b""

    @pytest.mark.parametrize(("pause", "takes_all"), [(0.1, True), (1.5, False)])
    async def test_an_answer_that_nobody_takes_is_not_kept(
        self, server: Server, monkeypatch: pytest.MonkeyPatch, pause: float, takes_all: bool
    ) -> None:
        monkeypatch.setattr("entrypoints.http.listening.TAKING_SECONDS", 0.5)
        reader, writer = await asyncio.open_connection(*server.runner.addresses[0][:2])
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b"POST /give HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
        await asyncio.sleep(pause)
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        with suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            assert (len(await reader.read()) == MUCH) is takes_all
        writer.close()
        assert server.heard.defects == []

    async def test_one_that_was_served_may_come_back_later(self, server: Server) -> None:
        reader, writer = await asyncio.open_connection(*server.runner.addresses[0][:2])
        for pause in (1.0, 0.0):
            writer.write(HEAD[:20])
            await asyncio.sleep(0.1)
            writer.write(HEAD[20:] + b"\r\n")
            assert b"200" in await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(2) == b"{}"
            await asyncio.sleep(pause)
        writer.close()
        assert server.heard.served == [("/take", 200)] * 2


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("sandbox", "sandbox"),
        ("x" * 5_000, "x" * 128),
        ("a%0d%0alevel=error", r"'a\r\nlevel=error'"),
        ("%00", r"'\x00'"),
    ],
)
async def test_whatever_a_caller_says_about_itself_fits_on_a_line_of_the_log(
    server: Server, said: str, told: str
) -> None:
    await server.answer(b"POST /take?merchant=%s HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n" % said.encode())
    assert server.heard.merchants == {told}


BARE = zlib.compressobj(wbits=-15)
PACKED = {
    "gzip": (b"gzip", gzip.compress(b'{"a":1}')),
    "gzip by its old name": (b"x-gzip", gzip.compress(b'{"a":1}')),
    "deflate": (b"deflate", zlib.compress(b'{"a":1}')),
    "deflate without a header": (b"Deflate", BARE.compress(b'{"a":1}') + BARE.flush()),
    "nothing at all": (b"identity", b'{"a":1}'),
    "a character set": (b"utf-8", b'{"a":1}'),
}


@pytest.mark.parametrize("name", PACKED)
async def test_a_packed_body_is_unpacked(server: Server, name: str) -> None:
    coding, content = PACKED[name]
    assert (await server.answer(posted(content, b"Content-Encoding: " + coding))).status == 200
    assert server.taken == [b'{"a":1}']


WHOLE = gzip.compress(b'{"items":[{"reference":"A1","quantity":1}]}')
BROKEN = {
    "no gzip": (b"gzip", b"{}", 400),
    "no deflate": (b"deflate", b"{}", 400),
    "cut before its sum": (b"gzip", WHOLE[:-8], 400),
    "cut at its start": (b"gzip", WHOLE[:12], 400),
    "something behind it": (b"gzip", WHOLE + b"xxxx", 400),
    "a coding nobody offered": (b"br", b"{}", 400),
    "two codings": (b"gzip, gzip", WHOLE, 400),
    "a bomb": (b"gzip", gzip.compress(b" " * 20_000_000), 413),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_a_body_that_cannot_be_unpacked_is_refused_and_never_taken_for_an_empty_one(
    server: Server, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    coding, content, status = BROKEN[name]
    answer = await server.answer(posted(content, b"Content-Encoding: " + coding))
    assert (answer.status, answer.type) == (status, "application/json"), answer
    assert answer.message
    assert server.taken == []
    assert server.heard.defects == []
    assert not caplog.records


async def test_who_keeps_a_connection_hears_that_it_ends_before_it_does() -> None:
    """Closed at once, it would take a request with it that was sent just then."""
    app = web.Application()
    app.router.add_get("/", _well)
    runner = ApiRunner(app, Heard(), shutdown_timeout=1.0, farewell=0.6)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    kept = [await asyncio.open_connection(*runner.addresses[0][:2]) for _ in range(2)]
    (reader, writer), (idle, _) = kept
    heads = []
    for leaving in (False, True):
        if leaving:
            stopping = asyncio.create_task(runner.cleanup())
            await asyncio.sleep(0.1)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
        await reader.readexactly(2)
    assert ["connection: close" in head for head in heads] == [False, True]
    assert await reader.read() == b""
    assert not stopping.done(), "others are still listened to"
    assert await idle.read() == b""
    await stopping
    for _, each in kept:
        each.close()


async def test_the_farewell_is_part_of_the_time_that_requests_have() -> None:
    async def endless(_: web.Request) -> web.Response:
        await asyncio.sleep(30)
        raise AssertionError("nobody waits for so long")

    app = web.Application()
    app.router.add_get("/", endless)
    runner = ApiRunner(app, Heard(), shutdown_timeout=1.0, farewell=0.8)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    _, writer = await asyncio.open_connection(*runner.addresses[0][:2])
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    await asyncio.sleep(0.1)
    began = asyncio.get_running_loop().time()
    await runner.cleanup()
    assert 0.9 < asyncio.get_running_loop().time() - began < 1.6
    writer.close()


async def _well(_: web.Request) -> web.Response:
    return web.Response(text="ok")
