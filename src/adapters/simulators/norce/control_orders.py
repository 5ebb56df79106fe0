"""The control plane's orders: make them, edit them as the platform or silently, see what became of them."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from aiohttp import web

from adapters.simulators.norce import render, writes
from adapters.simulators.norce.caller import Caller
from adapters.simulators.norce.cart_building import voucher
from adapters.simulators.norce.examples import EXAMPLES
from adapters.simulators.norce.platform import Platform
from adapters.simulators.norce.platform_api import edit_cart
from adapters.simulators.norce.problems import refusing
from adapters.simulators.norce.shapes import filled
from adapters.simulators.norce.state import OrderRecord
from adapters.simulators.norce.wire import bad_request, json_response, read_object, timestamp

Json = dict[str, Any]


class OrderControl:
    """Edits go through hooks like the platform's own; with `hooks=false` in the query they set the scene silently."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._state = platform.state

    def routes(self) -> list[web.RouteDef]:
        """All operations."""
        one = "/orders/{order}"
        table = [
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
        ]
        return [web.route(method, "/__sim" + path, refusing("v0", handler)) for method, path, handler in table]

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
        body = await read_object(request)
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
        body = await read_object(request)
        return json_response(self._shown(self._state.edit(self._record(request).id, **body)))

    async def force_state(self, request: web.Request) -> web.Response:
        """Move the order; with `force=true` in the query without hooks and rules."""
        body, record = await read_object(request), self._record(request)
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
        body = await read_object(request)
        return await self._edited(request, lambda doc: writes.add_item(doc, body))

    async def set_quantity(self, request: web.Request) -> web.Response:
        """`{quantity}`, as the storefront's plus and minus do."""
        body, record, ident = await read_object(request), self._record(request), request.match_info["item"]
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
        body = await read_object(request)
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
        body = await read_object(request)
        return await self._edited(request, lambda doc: writes.create_shipping(doc, body), platform=False)

    async def put_shipping(self, request: web.Request) -> web.Response:
        """Replace a shipping."""
        body, ident = await read_object(request), request.match_info["shipping"]
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
        body, ident = await read_object(request), request.match_info["consent"]
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

    def _record(self, request: web.Request) -> OrderRecord:
        return self._state.order(request.match_info["order"])

    def _shown(self, doc: Json) -> Json:
        return render.order(doc, "v0", self._state.modes_of(doc["merchant"]))

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
