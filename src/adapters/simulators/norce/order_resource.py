"""What all resources of the Order API share: finding the order, changing it, answering in the right version."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import web

from adapters.simulators.faults import active_fault
from adapters.simulators.norce import render, writes
from adapters.simulators.norce.caller import Caller, caller_of
from adapters.simulators.norce.platform import Platform
from adapters.simulators.norce.problems import refusing
from adapters.simulators.norce.state import OrderRecord
from adapters.simulators.norce.wire import json_response, read_json

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Operation = tuple[str, str, Handler]
Result = TypeVar("Result")


class OrderResource(ABC):
    """A part of one version of the Order API."""

    def __init__(self, platform: Platform, version: str) -> None:
        self._platform = platform
        self._state = platform.state
        self._version = version
        self._base = f"/api/{version}/checkout/orders"

    @abstractmethod
    def operations(self) -> list[Operation]:
        """Method, path below the collection of orders, handler."""

    def routes(self, prefix: str) -> list[web.RouteDef]:
        """All operations below `prefix`."""
        return [
            web.route(method, prefix + self._base + path, refusing(self._version, handler))
            for method, path, handler in self.operations()
        ]

    def _order(self, request: web.Request) -> tuple[Caller, OrderRecord]:
        caller = caller_of(request, self._state)
        return caller, self._state.order_of(caller.merchant, caller.channel, request.match_info["order"])

    def _seen(self, request: web.Request) -> Json:
        """The order as this read sees it: a fault may make it stale."""
        _, record = self._order(request)
        fault = active_fault(request)
        return record.as_of_before() if fault is not None and fault.kind == "stale_read" else record.doc

    async def _change(self, request: web.Request, change: Callable[[Json], Result]) -> Result:
        caller, record = self._order(request)
        return await self._platform.changes.apply(record, change, caller)

    def _write(self, change: Callable[[Json, Any], object]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            self._order(request)
            body = await read_json(request)
            await self._change(request, lambda doc: change(doc, body))
            return web.Response()

        return handle

    def _create(self, kind: str, change: Callable[[Json, Any], str]) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            _, record = self._order(request)
            body = await read_json(request)
            ident = await self._change(request, lambda doc: change(doc, body))
            location = f"{self._base}/{record.id}/{kind}/{ident}"
            return json_response({"id": ident}, status=201, headers={"Location": location})

        return handle

    def _all(self, kind: str) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            return json_response([self._entry(each) for each in self._seen(request)[kind]])

        return handle

    def _one(self, kind: str) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            what = kind.removesuffix("s")
            found = writes.find(self._seen(request)[kind], request.match_info[what], what)
            return json_response(self._entry(found))

        return handle

    def _entry(self, entry: Json) -> Any:
        """A payment or shipping as it is answered."""
        return render.entry(entry, self._version, self._state.modes_of(entry["merchant"]))
