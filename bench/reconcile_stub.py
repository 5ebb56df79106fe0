"""Norce and Qliro for very many orders at once: a few real answers, with the ids of whichever order is asked for."""

import asyncio
import pickle
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

FIRST_QLIRO_ORDER = 5_000_000_000
_ORDER = re.compile(r"/orders/(o\d+)$")
_QLIRO = re.compile(r"/orders/(\d+)$")


@dataclass(frozen=True, slots=True)
class Sample:
    """One real payment: its ids, and what Norce and Qliro answer about it."""

    order_id: str
    payment_id: str
    qliro_id: int
    norce: bytes
    qliro: bytes


@dataclass(frozen=True, slots=True)
class Samples:
    """Order number n looks like sample n modulo their number; all are of one tenant."""

    samples: list[Sample]
    configuration: bytes
    qliro_url: str
    orders: int

    def of(self, number: int) -> Sample:
        return self.samples[number % len(self.samples)]


def order_id(number: int) -> str:
    return f"o{number:010d}"


def payment_id(number: int) -> str:
    return f"p{number:010d}"


class Stub:
    """Answers single orders, pages of Norce's list, and the configuration; counts what it was asked."""

    def __init__(self, samples: Samples, url: str, latency: float) -> None:
        self._samples = samples
        self._latency = latency
        self._configuration = samples.configuration.replace(samples.qliro_url.encode(), url.encode())
        self._counts = {"norce": 0, "norce-lists": 0, "qliro": 0}

    async def handle(self, request: web.BaseRequest) -> web.Response:
        path = request.path
        if self._latency:
            await asyncio.sleep(self._latency)
        if "/configuration/" in path:
            return _json(self._configuration)
        if found := _QLIRO.search(path):
            self._counts["qliro"] += 1
            return _json(self._at_qliro(int(found[1]) - FIRST_QLIRO_ORDER))
        if found := _ORDER.search(path):
            self._counts["norce"] += 1
            return _json(self._in_norce(int(found[1][1:])))
        if path.endswith("/checkout/orders"):
            self._counts["norce-lists"] += 1
            return _json(self._listed(int(request.query["offset"]), int(request.query["limit"])))
        return web.json_response(self._counts)

    def _in_norce(self, number: int) -> bytes:
        sample = self._samples.of(number)
        body = sample.norce.replace(sample.order_id.encode(), order_id(number).encode())
        body = body.replace(sample.payment_id.encode(), payment_id(number).encode())
        return body.replace(str(sample.qliro_id).encode(), str(FIRST_QLIRO_ORDER + number).encode())

    def _at_qliro(self, number: int) -> bytes:
        sample = self._samples.of(number)
        body = sample.qliro.replace(sample.order_id.encode(), order_id(number).encode())
        return body.replace(str(sample.qliro_id).encode(), str(FIRST_QLIRO_ORDER + number).encode())

    def _listed(self, offset: int, limit: int) -> bytes:
        many = self._samples.orders
        orders = b",".join(self._in_norce(number) for number in range(offset, min(offset + limit, many)))
        page = f'],"pagination":{{"offset":{offset},"limit":{limit},"size":{limit},"totalSize":{many}}}}}'
        return b'{"data":[' + orders + page.encode()


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


async def _serve(samples: Samples, port: int, latency: float) -> None:
    stub = Stub(samples, f"http://127.0.0.1:{port}", latency)
    runner = web.ServerRunner(web.Server(stub.handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(pickle.loads(Path(sys.argv[1]).read_bytes()), int(sys.argv[2]), float(sys.argv[3])))
