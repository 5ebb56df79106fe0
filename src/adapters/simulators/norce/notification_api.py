"""The Notification service: what was told to whom, and telling it again (section b.4)."""

from typing import Any

from aiohttp import web

from adapters.simulators.norce import render
from adapters.simulators.norce.caller import authenticated
from adapters.simulators.norce.platform import Platform
from adapters.simulators.norce.problems import refusing
from adapters.simulators.norce.wire import ApiError, bad_request, json_response

Json = dict[str, Any]
BASE = "/api/v1/events"


class NotificationApi:
    """Events of the merchant named in `x-merchant`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._state = platform.state

    def routes(self, prefix: str) -> list[web.RouteDef]:
        """All operations below `prefix`."""
        one = BASE + "/{event}"
        table = [("GET", BASE, self.events), ("GET", one, self.event), ("POST", one + "/retry", self.retry)]
        return [web.route(method, prefix + path, refusing("v1", handler)) for method, path, handler in table]

    async def events(self, request: web.Request) -> web.Response:
        """A page of events; order_id, adapter_id, reference and channel narrow it."""
        wanted = {name: request.query[name] for name in _FILTERS if request.query.get(name)}
        found = [
            event
            for event in self._own(request)
            if all(_FILTERS[name](event) == value for name, value in wanted.items())
        ]
        offset, limit = int(request.query.get("offset", 0)), int(request.query.get("limit", 25))
        shown = [self._shown(event) for event in found[offset : offset + limit]]
        pagination = {"offset": offset, "limit": limit, "size": len(shown), "totalSize": len(found)}
        return json_response({"data": shown, "pagination": pagination})

    async def event(self, request: web.Request) -> web.Response:
        """One event with its delivery attempts."""
        return json_response(self._shown(self._named(request)))

    async def retry(self, request: web.Request) -> web.Response:
        """Deliver it again."""
        self._platform.notifier.deliver(self._named(request))
        return web.Response(status=202)

    def _own(self, request: web.Request) -> list[Json]:
        authenticated(request, self._state)
        merchant = request.headers.get("x-merchant")
        if not merchant:
            raise bad_request("Header x-merchant is required.")
        return [event for event in self._state.events if event["merchant"] == merchant]

    def _named(self, request: web.Request) -> Json:
        ident = request.match_info["event"]
        for event in self._own(request):
            if event["id"] == ident:
                return event
        raise ApiError(404, "event-not-found", f"Event with id:{ident} not found.")

    def _shown(self, event: Json) -> Json:
        version = event["notification"].get("version") or "v0"
        return event | {
            "order": render.order(event["order"], version, self._state.modes_of(event["order"]["merchant"]))
        }


_FILTERS = {
    "order_id": lambda event: event["order"]["id"],
    "adapter_id": lambda event: event["notification"].get("adapterId"),
    "reference": lambda event: event["notification"].get("reference"),
    "channel": lambda event: event["channel"],
}
