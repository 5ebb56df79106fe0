"""The control plane under `/__sim`: faults, modes, settings, configuration, the ledger."""

from typing import Any

import msgspec
from aiohttp import web

from adapters.simulators.norce.control_document import control_openapi
from adapters.simulators.norce.examples import EXAMPLES
from adapters.simulators.norce.problems import refusing
from adapters.simulators.norce.shapes import filled
from adapters.simulators.norce.state import NorceState
from adapters.simulators.norce.wire import bad_request, json_response, not_found, read_json, read_object

Json = dict[str, Any]
_LISTS = ("requests", "calls", "transactions", "states")


class Control:
    """Needs no key."""

    def __init__(self, state: NorceState) -> None:
        self._state = state

    def routes(self) -> list[web.RouteDef]:
        """All operations but those on orders."""
        table = [
            ("GET", "/openapi.json", self.document),
            ("POST", "/reset", self.reset),
            ("GET", "/examples", self.examples),
            ("GET", "/ledger", self.ledger),
            ("GET", "/ledger/{kind}", self.ledger_part),
            ("DELETE", "/ledger", self.clear_ledger),
            ("GET", "/events", self.events),
            ("GET", "/faults", self.faults),
            ("POST", "/faults", self.add_fault),
            ("DELETE", "/faults", self.clear_faults),
            ("DELETE", "/faults/{fault}", self.remove_fault),
            ("GET", "/modes", self.modes),
            ("PATCH", "/modes", self.set_modes),
            ("GET", "/settings", self.settings),
            ("PATCH", "/settings", self.set_settings),
            ("GET", "/configurations/{merchant}/{channel}/{name}", self.get_configuration),
            ("PUT", "/configurations/{merchant}/{channel}/{name}", self.put_configuration),
            ("DELETE", "/configurations/{merchant}/{channel}/{name}", self.delete_configuration),
        ]
        return [web.route(method, "/__sim" + path, refusing("v0", handler)) for method, path, handler in table]

    async def document(self, request: web.Request) -> web.Response:
        """This control plane, described."""
        return json_response(control_openapi(self._state))

    async def reset(self, request: web.Request) -> web.Response:
        """Forget everything."""
        self._state.reset()
        return web.Response(status=204)

    async def examples(self, request: web.Request) -> web.Response:
        """The example carts."""
        return json_response(
            [
                {"name": each.name, "title": each.title, "about": each.about, "channel": each.channel}
                for each in EXAMPLES.values()
            ]
        )

    async def ledger(self, request: web.Request) -> web.Response:
        """Everything that happened."""
        return json_response({name: self._entries(name, request) for name in _LISTS})

    async def ledger_part(self, request: web.Request) -> web.Response:
        """One list of it: requests, calls, hooks, transactions or states; `order` and `since` (seq) narrow it."""
        return json_response(self._entries(request.match_info["kind"], request))

    async def clear_ledger(self, request: web.Request) -> web.Response:
        """Start a new page."""
        self._state.ledger.clear()
        return web.Response(status=204)

    async def events(self, request: web.Request) -> web.Response:
        """Notification events with their delivery attempts."""
        return json_response(self._state.events)

    async def faults(self, request: web.Request) -> web.Response:
        """The rules in force and spent."""
        return json_response(msgspec.to_builtins(self._state.faults.list()))

    async def add_fault(self, request: web.Request) -> web.Response:
        """Append a rule, or an array of rules."""
        body = await read_json(request)
        try:
            made = [self._state.faults.add(each) for each in (body if isinstance(body, list) else [body])]
        except ValueError as wrong:
            raise bad_request(str(wrong)) from None
        return json_response(msgspec.to_builtins(made), status=201)

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Take all rules away."""
        self._state.faults.clear()
        return web.Response(status=204)

    async def remove_fault(self, request: web.Request) -> web.Response:
        """Take one rule away."""
        ident = request.match_info["fault"]
        if not ident.isdigit() or not self._state.faults.remove(int(ident)):
            raise not_found("fault", ident)
        return web.Response(status=204)

    async def modes(self, request: web.Request) -> web.Response:
        """The switches."""
        return json_response(msgspec.to_builtins(self._state.modes))

    async def set_modes(self, request: web.Request) -> web.Response:
        """Turn some switches."""
        body = await read_object(request)
        try:
            self._state.set_modes(**body)
        except (ValueError, TypeError) as wrong:
            raise bad_request(str(wrong)) from None
        return await self.modes(request)

    async def settings(self, request: web.Request) -> web.Response:
        """Where the adapter is, and the keys of merchants."""
        state = self._state
        return json_response(
            {
                "adapterBaseUrl": state.adapter_base_url,
                "publicUrl": state.public_url,
                "merchantTokens": state.merchant_tokens,
                "generations": state.generations,
            }
        )

    async def set_settings(self, request: web.Request) -> web.Response:
        """Point the gateway elsewhere, or give merchants keys (`{merchant: [key, …]}`) or generations of their own."""
        body, state = await read_object(request), self._state
        if "adapterBaseUrl" in body:
            state.adapter_base_url = filled(body["adapterBaseUrl"], "adapterBaseUrl").rstrip("/")
        if "merchantTokens" in body:
            state.merchant_tokens = {name: tuple(keys) for name, keys in body["merchantTokens"].items()}
        for merchant, generation in (body.get("generations") or {}).items():
            self._move(merchant, generation)
        return await self.settings(request)

    def _move(self, merchant: str, generation: object) -> None:
        try:
            self._state.set_generation(merchant, filled(generation, f"generations.{merchant}"))
        except ValueError as wrong:
            raise bad_request(str(wrong)) from None

    async def get_configuration(self, request: web.Request) -> web.Response:
        """One document."""
        tenant, name = self._configured(request)
        return json_response(self._state.configurations[tenant][name])

    async def put_configuration(self, request: web.Request) -> web.Response:
        """Store a document, checked by nothing: broken ones are worth trying."""
        match = request.match_info
        body = await read_object(request) | {"id": match["name"]}
        self._state.set_configuration(match["merchant"], match["channel"], body)
        return json_response(body)

    async def delete_configuration(self, request: web.Request) -> web.Response:
        """Remove a document."""
        tenant, name = self._configured(request)
        del self._state.configurations[tenant][name]
        return web.Response(status=204)

    def _configured(self, request: web.Request) -> tuple[tuple[str, str], str]:
        match = request.match_info
        tenant, name = (match["merchant"], match["channel"]), match["name"]
        if name not in self._state.configurations.get(tenant, {}):
            raise not_found("configuration", name)
        return tenant, name

    def _entries(self, name: str, request: web.Request) -> list[Json]:
        if name not in _LISTS and name != "hooks":
            raise not_found("ledger", name)
        entries = self._state.hook_calls if name == "hooks" else getattr(self._state.ledger, name)
        order, since = request.query.get("order"), int(request.query.get("since") or 0)
        return [
            each
            for each in entries
            if each["seq"] > since and (order is None or each.get("orderId") == order or order in each.get("path", ""))
        ]
