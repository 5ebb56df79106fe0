"""The Order API, orders and what hangs on them directly (section b.3).

Version 0 and version 1 are the same resources, spelled a little differently (section b.1).
"""

from functools import partial
from typing import Any

from aiohttp import web

from adapters.simulators.faults import active_fault
from adapters.simulators.norce import callbacks, listing, model, render, validations, writes
from adapters.simulators.norce.caller import caller_of
from adapters.simulators.norce.order_resource import Handler, Json, Operation, OrderResource
from adapters.simulators.norce.wire import ApiError, json_response, read_json, read_object


class OrderApi(OrderResource):
    """Orders, their cart, customer, state, consents and callbacks."""

    def operations(self) -> list[Operation]:
        """Rows 1 to 17 of section b.3."""
        one = "/{order}"
        return [
            ("POST", "", self.create_order),
            ("GET", "", self.list_orders),
            ("GET", one, self.get_order),
            ("DELETE", one, self.delete_order),
            ("PATCH", one + "/attributes", self._write(writes.patch_attributes)),
            ("PUT", one + "/cart", self.put_cart),
            ("PUT", one + "/customer/billing", self._address("billing")),
            ("PUT", one + "/customer/shipping", self._address("shipping")),
            ("PUT", one + "/reference", self._write(writes.put_reference)),
            ("PUT", one + "/state", self.put_state),
            ("POST", one + "/validate", self.validate),
            ("POST", one + "/consents", self._write(writes.add_consents)),
            ("PATCH", one + "/consents", self._write(writes.patch_consents)),
            ("PATCH", one + "/consents/{consent}", self.check_consent),
            ("DELETE", one + "/consents/{consent}", self.remove_consent),
            *self._callbacks(one),
        ]

    def _callbacks(self, one: str) -> list[Operation]:
        made: list[Operation] = [
            ("POST", one + "/hooks", self.add_hook),
            ("POST", one + "/notifications", self._write(callbacks.add_notification)),
            ("POST", one + "/validations", self.add_validation),
        ]
        made += [
            ("DELETE", f"{one}/{kind}/{{callback}}", self._unregister(kind))
            for kind in ("hooks", "notifications", "validations")
        ]
        if self._version == "v1":
            made.append(("PUT", one + "/validations/{callback}", self.put_validation))
        return made

    def _address(self, which: str) -> Handler:
        return self._write(partial(writes.put_address, which=which))

    def _unregister(self, kind: str) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            ident = request.match_info["callback"]
            await self._change(request, lambda doc: callbacks.remove(doc, kind=kind, ident=ident))
            return web.Response()

        return handle

    async def create_order(self, request: web.Request) -> web.Response:
        """201 with the new order's id. Payments and shippings are read-only here, callbacks may come along."""
        caller = caller_of(request, self._state)
        body = await read_object(request)
        sent = {name: value for name, value in body.items() if name not in ("payments", "shippings")}
        record = self._state.create_order(sent, merchant=caller.merchant, channel=caller.channel)
        try:
            self._add_callbacks(record.doc, body)
        except ApiError:
            del self._state.orders[record.id]
            raise
        created: Any = {"id": record.id} if self._version == "v0" else record.id
        return json_response(created, status=201, headers={"Location": f"{self._base}/{record.id}"})

    def _add_callbacks(self, doc: Json, body: Json) -> None:
        for hook in body.get("hooks") or []:
            callbacks.add_hook(doc, hook, version=self._version)
        for notification in body.get("notifications") or []:
            callbacks.add_notification(doc, notification)
        for validation in body.get("validations") or []:
            callbacks.add_validation(doc, validation, version=self._version)

    async def list_orders(self, request: web.Request) -> web.Response:
        """A page of the tenant's orders."""
        caller = caller_of(request, self._state)
        own = [each.doc for each in self._state.orders.values() if each.tenant == (caller.merchant, caller.channel)]
        shown, pagination = listing.page(own, request.query)
        modes = self._state.modes_of(caller.merchant)
        data = [render.order(each, self._version, modes) for each in shown]
        return json_response({"data": data, "pagination": pagination})

    async def get_order(self, request: web.Request) -> web.Response:
        """The order."""
        seen = self._seen(request)
        return json_response(render.order(seen, self._version, self._state.modes_of(seen["merchant"])))

    async def delete_order(self, request: web.Request) -> web.Response:
        """The order is gone for good."""
        _, record = self._order(request)
        async with self._platform.changes.locked(record):
            del self._state.orders[record.id]
        return web.Response(status=204)

    async def put_cart(self, request: web.Request) -> web.Response:
        """Replace the cart."""
        self._order(request)
        body = await read_json(request)

        def change(doc: Json) -> None:
            writes.check_editable(doc, modes=self._state.modes)
            writes.put_cart(doc, body)

        await self._change(request, change)
        return web.Response()

    async def put_state(self, request: web.Request) -> web.Response:
        """Move the order; 202 when a fault has this request superseded."""
        self._order(request)
        body = await read_json(request)
        model.state(body, "state")
        fault = active_fault(request)
        if fault is not None and fault.kind == "superseded":
            return web.Response(status=202)
        await self._change(request, lambda doc: writes.set_state(doc, body, modes=self._state.modes))
        return web.Response()

    async def validate(self, request: web.Request) -> web.Response:
        """200 with an empty array, or 400 with all reasons against."""
        caller, record = self._order(request)
        errors = await validations.validate(record.doc, caller, state=self._state, outbound=self._platform.outbound)
        wrapped = self._state.modes.validate_errors_object
        return json_response({"errors": errors} if wrapped else errors, status=400 if errors else 200)

    async def check_consent(self, request: web.Request) -> web.Response:
        """Check or uncheck one consent."""
        self._order(request)
        body, ident = await read_json(request), request.match_info["consent"]
        await self._change(request, lambda doc: writes.check_consent(doc, body, consent_id=ident))
        return web.Response()

    async def remove_consent(self, request: web.Request) -> web.Response:
        """Take one consent away."""
        ident = request.match_info["consent"]
        await self._change(request, lambda doc: writes.remove_consent(doc, consent_id=ident))
        return web.Response()

    async def add_hook(self, request: web.Request) -> web.Response:
        """Register a hook; its id is learnt by reading the order."""
        self._order(request)
        body = await read_json(request)
        hook = await self._change(request, lambda doc: callbacks.add_hook(doc, body, version=self._version))
        if self._state.modes.hook_body_on_create:
            return json_response(render.hook(hook, self._version))
        return web.Response()

    async def add_validation(self, request: web.Request) -> web.Response:
        """Register a validation."""
        self._order(request)
        body = await read_json(request)
        await self._change(request, lambda doc: callbacks.add_validation(doc, body, version=self._version))
        return web.Response()

    async def put_validation(self, request: web.Request) -> web.Response:
        """Replace a validation."""
        self._order(request)
        body, ident = await read_json(request), request.match_info["callback"]
        await self._change(request, lambda doc: callbacks.put_validation(doc, body, validation_id=ident))
        return web.Response()
