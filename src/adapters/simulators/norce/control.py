"""The control plane under `/__sim`: set scenes, play the platform, read the ledger."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import msgspec
from aiohttp import web

from adapters.simulators.norce import render, writes
from adapters.simulators.norce.caller import Caller
from adapters.simulators.norce.control_document import control_openapi
from adapters.simulators.norce.examples import EXAMPLES, voucher
from adapters.simulators.norce.platform import Platform
from adapters.simulators.norce.platform_api import edit_cart
from adapters.simulators.norce.problems import refusing
from adapters.simulators.norce.shapes import filled
from adapters.simulators.norce.state import NorceState, OrderRecord
from adapters.simulators.norce.wire import bad_request, json_response, not_found, read_json, timestamp

Json = dict[str, Any]


class Control:
    """Needs no key. Edits with `hooks=false` in the query set the scene silently."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._state: NorceState = platform.state

    def routes(self) -> list[web.RouteDef]:
        """All operations."""
        one = "/orders/{order}"
        table = [
            ("GET", "/openapi.json", self.document),
            ("POST", "/reset", self.reset),
            ("GET", "/examples", self.examples),
            ("GET", "/orders", self.orders),
            ("POST", "/orders", self.create_order),
            ("GET", one, self.get_order),
            ("PATCH", one, self.edit_order),
            ("PUT", one + "/state", self.force_state),
            ("POST", one + "/items", self.add_item),
            ("PATCH", one + "/items/{item}", self.set_quantity),
            ("DELETE", one + "/items/{item}", self.remove_item),
            ("POST", one + "/vouchers", self.add_voucher),
            ("DELETE", one + "/vouchers/{payment}", self.remove_voucher),
            ("POST", one + "/shippings", self.add_shipping),
            ("PUT", one + "/shippings/{shipping}", self.put_shipping),
            ("DELETE", one + "/shippings/{shipping}", self.remove_shipping),
            ("PUT", one + "/consents/{consent}", self.set_consent),
            ("GET", one + "/history", self.history),
            ("GET", one + "/payments/{payment}/transactions", self.transactions),
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

    async def orders(self, request: web.Request) -> web.Response:
        """All orders of all tenants, newest first; `merchant` and `channel` in the query narrow it."""
        wanted = {name: request.query[name] for name in ("merchant", "channel") if request.query.get(name)}
        found = [
            self._shown(each.doc)
            for each in self._state.orders.values()
            if all(each.doc[name] == value for name, value in wanted.items())
        ]
        return json_response(found[::-1])

    async def create_order(self, request: web.Request) -> web.Response:
        """`{example | order, merchant?, channel?, cartTotal?}` → 201 with the order."""
        body = await _object(request)
        example = body.get("example")
        source = body.get("order") if example is None else filled(example, "example")
        if source is None:
            raise bad_request("example or order is required.")
        known = EXAMPLES.get(example) if isinstance(example, str) else None
        record = self._state.create_order(
            source,
            merchant=body.get("merchant") or "sandbox",
            channel=body.get("channel") or (known.channel if known else "se"),
            cart_total=body.get("cartTotal"),
        )
        return json_response(self._shown(record.doc), status=201)

    async def get_order(self, request: web.Request) -> web.Response:
        """One order."""
        return json_response(self._shown(self._record(request).doc))

    async def edit_order(self, request: web.Request) -> web.Response:
        """Overwrite top-level members as they are, without hooks."""
        body = await _object(request)
        return json_response(self._shown(self._state.edit(self._record(request).id, **body)))

    async def force_state(self, request: web.Request) -> web.Response:
        """Move the order; with `force=true` in the query without hooks and rules."""
        body, record = await _object(request), self._record(request)
        if request.query.get("force") != "true":
            return await self._edited(
                request, lambda doc: writes.set_state(doc, body, modes=self._state.modes), platform=False
            )
        doc = deepcopy(record.doc)
        status = filled(body.get("currentStatus"), "currentStatus")
        doc["state"]["currentStatus"] = status
        doc["state"]["transitions"].append({"status": status, "timeStamp": timestamp()})
        record.commit(doc)
        return json_response(self._shown(doc))

    async def add_item(self, request: web.Request) -> web.Response:
        """Put an item in the cart."""
        body = await _object(request)
        return await self._edited(request, lambda doc: writes.add_item(doc, body))

    async def set_quantity(self, request: web.Request) -> web.Response:
        """`{quantity}`, as the storefront's plus and minus do."""
        body, record, ident = await _object(request), self._record(request), request.match_info["item"]
        return await self._edited(
            request,
            lambda doc: writes.set_quantity(doc, item_id=ident, quantity=body.get("quantity"), basis=record.basis),
        )

    async def remove_item(self, request: web.Request) -> web.Response:
        """Take an item out of the cart."""
        ident = request.match_info["item"]
        return await self._edited(request, lambda doc: writes.remove_item(doc, item_id=ident))

    async def add_voucher(self, request: web.Request) -> web.Response:
        """`{amount, reference?}`: a voucher payment."""
        body = await _object(request)
        sent = voucher("0", str(body.get("reference") or "GIFT-1")) | {"amount": body.get("amount")}
        return await self._edited(request, lambda doc: writes.create_payment(doc, sent), platform=False)

    async def remove_voucher(self, request: web.Request) -> web.Response:
        """Set any payment `removed`, as its own adapter would."""
        ident = request.match_info["payment"]
        return await self._edited(
            request,
            lambda doc: writes.find(doc["payments"], ident, "payment").update(state="removed"),
            platform=False,
        )

    async def add_shipping(self, request: web.Request) -> web.Response:
        """Add a shipping."""
        body = await _object(request)
        return await self._edited(request, lambda doc: writes.create_shipping(doc, body), platform=False)

    async def put_shipping(self, request: web.Request) -> web.Response:
        """Replace a shipping."""
        body, ident = await _object(request), request.match_info["shipping"]
        return await self._edited(
            request, lambda doc: writes.put_shipping(doc, body, shipping_id=ident), platform=False
        )

    async def remove_shipping(self, request: web.Request) -> web.Response:
        """Set a shipping `removed`."""
        ident = request.match_info["shipping"]
        return await self._edited(
            request,
            lambda doc: writes.find(doc["shippings"], ident, "shipping").update(state="removed"),
            platform=False,
        )

    async def set_consent(self, request: web.Request) -> web.Response:
        """`{checked}`."""
        body, ident = await _object(request), request.match_info["consent"]
        return await self._edited(
            request, lambda doc: writes.check_consent(doc, body, consent_id=ident), platform=False
        )

    async def history(self, request: web.Request) -> web.Response:
        """State changes of the order and of its payments."""
        ident = self._record(request).id
        return json_response([each for each in self._state.ledger.states if each["orderId"] == ident])

    async def transactions(self, request: web.Request) -> web.Response:
        """A payment's log."""
        record = self._record(request)
        return json_response(record.transactions.get(request.match_info["payment"], []))

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
        body = await _object(request)
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
            }
        )

    async def set_settings(self, request: web.Request) -> web.Response:
        """Point the gateway elsewhere, or give merchants keys of their own (`{merchant: [key, …]}`)."""
        body, state = await _object(request), self._state
        if "adapterBaseUrl" in body:
            state.adapter_base_url = filled(body["adapterBaseUrl"], "adapterBaseUrl").rstrip("/")
        if "merchantTokens" in body:
            state.merchant_tokens = {name: tuple(keys) for name, keys in body["merchantTokens"].items()}
        return await self.settings(request)

    async def get_configuration(self, request: web.Request) -> web.Response:
        """One document."""
        tenant, name = self._configured(request)
        return json_response(self._state.configurations[tenant][name])

    async def put_configuration(self, request: web.Request) -> web.Response:
        """Store a document, checked by nothing: broken ones are worth trying."""
        match = request.match_info
        body = await _object(request) | {"id": match["name"]}
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

    def _record(self, request: web.Request) -> OrderRecord:
        return self._state.order(request.match_info["order"])

    def _shown(self, doc: Json) -> Json:
        return render.order(doc, "v0", self._state.modes)

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

    async def _edited(
        self, request: web.Request, change: Callable[[Json], object], *, platform: bool = True
    ) -> web.Response:
        record = self._record(request)
        merchant, channel = record.tenant
        caller = Caller(merchant=merchant, channel=channel, correlation_id=request.headers.get("x-correlation-id"))
        if request.query.get("hooks") == "false":
            doc = deepcopy(record.doc)
            change(doc)
            self._state.edit(record.id, **doc)
        elif platform:
            await edit_cart(self._platform, record, change, caller)
        else:
            await self._platform.changes.apply(record, change, caller)
        return json_response(self._shown(record.doc))


_LISTS = ("requests", "calls", "transactions", "states")


async def _object(request: web.Request) -> Json:
    body = await read_json(request)
    if not isinstance(body, dict):
        raise bad_request("An object is expected.")
    return body
