"""Norce and Qliro in one process that answers every call as it was answered when the run was recorded.

It shares a core with whoever asks the adapter, and must not be what is measured: no HTTP library, answers made once.
"""

import asyncio
import re
import sys
from collections import defaultdict
from http import HTTPStatus
from pathlib import Path

from bench.plan import CONFIGURATION, Plan, load, plain

_DROPPED = {"content-length", "date", "server", "connection", "transfer-encoding"}
_HEAD_ENDS = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CORRELATION = re.compile(rb"\r\nx-correlation-id: *([^\r]*)", re.IGNORECASE)


class Stub:
    """Answers by request, method and target; several calls to one target get their answers in turn."""

    def __init__(self, plan: Plan, url: str) -> None:
        self._answers: dict[tuple[str, str, str], list[bytes]] = defaultdict(list)
        self._turns: dict[tuple[str, str, str], int] = {}
        theirs = plan.qliro_url.encode()
        self._configurations = {
            path: _answer(200, {"Content-Type": "application/json"}, document.replace(theirs, url.encode()))
            for path, document in plan.configurations.items()
        }
        for planned in (each for requests in plan.requests.values() for each in requests):
            for call in planned.calls:
                answer = _answer(call.status, call.reply_headers, call.reply)
                self._answers[planned.name, call.method, call.target].append(answer)

    def answer(self, method: str, target: str, correlation: str) -> bytes:
        """500 for what was not recorded."""
        answers = self._answers.get((plain(correlation), method, target))
        if answers is None:
            return self._other(target)
        turn = 0
        if len(answers) > 1:
            place = (correlation, method, target)
            turn = self._turns.get(place, 0)
            self._turns[place] = turn + 1
        return answers[min(turn, len(answers) - 1)]

    def _other(self, target: str) -> bytes:
        if target == "/ready":
            return _answer(200, {}, b"")
        if target.startswith(CONFIGURATION) and target in self._configurations:
            return self._configurations[target]
        sys.stderr.write(f"not recorded: {target}\n")
        return _answer(500, {}, b"")


def _answer(status: int, headers: dict[str, str], body: bytes) -> bytes:
    told = {name: value for name, value in headers.items() if name.lower() not in _DROPPED}
    lines = "".join(f"{name}: {value}\r\n" for name, value in {**told, "Content-Length": str(len(body))}.items())
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n{lines}\r\n".encode() + body


class Connection(asyncio.Protocol):
    """One connection: a request, an answer, the next request."""

    def __init__(self, stub: Stub) -> None:
        self._stub = stub
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (head := self._received.find(_HEAD_ENDS)) >= 0:
            length = _LENGTH.search(self._received, 0, head)
            end = head + len(_HEAD_ENDS) + (int(length[1]) if length else 0)
            if len(self._received) < end:
                return
            self._answer(self._received[:head])
            self._received = self._received[end:]

    def _answer(self, head: bytes) -> None:
        method, target, _ = head.split(b" ", 2)
        correlation = _CORRELATION.search(head)
        told = correlation[1].decode() if correlation else ""
        self._transport.write(self._stub.answer(method.decode(), target.decode(), told))


async def _serve(plan: Plan, port: int) -> None:
    stub = Stub(plan, f"http://127.0.0.1:{port}")
    server = await asyncio.get_running_loop().create_server(lambda: Connection(stub), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(load(Path(sys.argv[1])), int(sys.argv[2])))
