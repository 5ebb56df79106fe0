"""The Order API: version 0 and version 1 are the same resources, spelled a little differently (section b.1)."""

from collections.abc import Awaitable, Callable
from copy import deepcopy
from functools import partial
from typing import Any, TypeVar

from aiohttp import web

from adapters.simulators.faults import active_fault
from adapters.simulators.norce import actions, callbacks, listing, model, render, validations, writes
from adapters.simulators.norce.caller import Caller, caller_of
from adapters.simulators.norce.platform import Platform
from adapters.simulators.norce.problems import refusing
from adapters.simulators.norce.state import OrderRecord
from adapters.simulators.norce.wire import json_response, read_json, timestamp

Json = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Result = TypeVar("Result")


class OrderApi:
    """One version of the API."""

    def __init__(self, platform: Platform, version: str) -> None:
        self._platform = platform
        self._state = platform.state
        self._version = version
        self._base = f"/api/{version}/checkout/orders"

    def routes(self, prefix: str) -> list[web.RouteDef]:
        """All operations below `prefix`."""
        one, payment = "/{order}", "/{order}/payments/{payment}"
        table: list[tuple[str, str, Handler]] = [
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
            ("POST", one + "/hooks", self.add_hook),
            ("DELETE", one + "/hooks/{callback}", self._unregister("hooks")),
            ("POST", one + "/notifications", self._write(callbacks.add_notification)),
            ("DELETE", one + "/notifications/{callback}", self._unregister("notifications")),
            ("POST", one + "/validations", self.add_validation),
            ("DELETE", one + "/validations/{callback}", self._unregister("validations")),
            ("GET", one + "/payments", self._all("payments")),
            ("POST", one + "/payments", self._create("payments", writes.create_payment)),
            ("GET", payment, self._one("payments")),
            ("PUT", payment, self.put_payment),
            ("GET", payment + "/transactions", self.get_transactions),
            ("POST", payment + "/transactions", self.add_transaction),
            ("POST", payment + "/actions", self.put_actions),
            ("POST", payment + "/actions/{action}/execute", self.execute_action),
            ("GET", one + "/shippings", self._all("shippings")),
            ("POST", one + "/shippings", self._create("shippings", writes.create_shipping)),
            ("GET", one + "/shippings/{shipping}", self._one("shippings")),
            ("PUT", one + "/shippings/{shipping}", self.put_shipping),
        ]
        if self._version == "v1":
            table.append(("PUT", one + "/validations/{callback}", self.put_validation))
        return [
            web.route(method, prefix + self._base + path, refusing(self._version, handler))
            for method, path, handler in table
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

    def _address(self, which: str) -> Handler:
        return self._write(partial(writes.put_address, which=which))

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
            entries = self._seen(request)[kind]
            return json_response([render.payment(each, self._version, self._state.modes) for each in entries])

        return handle

    def _one(self, kind: str) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            what = kind.removesuffix("s")
            found = writes.find(self._seen(request)[kind], request.match_info[what], what)
            return json_response(render.payment(found, self._version, self._state.modes))

        return handle

    def _unregister(self, kind: str) -> Handler:
        async def handle(request: web.Request) -> web.Response:
            ident = request.match_info["callback"]
            await self._change(request, lambda doc: callbacks.remove(doc, kind=kind, ident=ident))
            return web.Response()

        return handle

    async def create_order(self, request: web.Request) -> web.Response:
        """201 with the new order's id."""
        caller = caller_of(request, self._state)
        body = await read_json(request)
        record = self._state.create_order(body, merchant=caller.merchant, channel=caller.channel)
        created: Any = {"id": record.id} if self._version == "v0" else record.id
        return json_response(created, status=201, headers={"Location": f"{self._base}/{record.id}"})

    async def list_orders(self, request: web.Request) -> web.Response:
        """A page of the tenant's orders."""
        caller = caller_of(request, self._state)
        own = [each.doc for each in self._state.orders.values() if each.tenant == (caller.merchant, caller.channel)]
        shown, pagination = listing.page(own, request.query)
        data = [render.order(each, self._version, self._state.modes) for each in shown]
        return json_response({"data": data, "pagination": pagination})

    async def get_order(self, request: web.Request) -> web.Response:
        """The order."""
        return json_response(render.order(self._seen(request), self._version, self._state.modes))

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

    async def put_payment(self, request: web.Request) -> web.Response:
        """Replace a payment; answers it as it then is."""
        _, record = self._order(request)
        body, ident = await read_json(request), request.match_info["payment"]
        await self._change(request, lambda doc: writes.put_payment(doc, body, payment_id=ident))
        stored = writes.find(record.doc["payments"], ident, "payment")
        return json_response(render.payment(stored, self._version, self._state.modes))

    async def put_shipping(self, request: web.Request) -> web.Response:
        """Replace a shipping; answers it as it then is."""
        _, record = self._order(request)
        body, ident = await read_json(request), request.match_info["shipping"]
        await self._change(request, lambda doc: writes.put_shipping(doc, body, shipping_id=ident))
        stored = writes.find(record.doc["shippings"], ident, "shipping")
        return json_response(render.payment(stored, self._version, self._state.modes))

    async def get_transactions(self, request: web.Request) -> web.Response:
        """The payment's log."""
        _, record = self._order(request)
        payment_id = request.match_info["payment"]
        writes.find(record.doc["payments"], payment_id, "payment")
        return json_response(render.emit(record.transactions.get(payment_id, []), self._state.modes))

    async def add_transaction(self, request: web.Request) -> web.Response:
        """Append to the payment's log."""
        _, record = self._order(request)
        body, payment_id = await read_json(request), request.match_info["payment"]
        writes.find(record.doc["payments"], payment_id, "payment")
        made = writes.new_transaction(body) | {"created": timestamp()}
        async with self._platform.changes.locked(record):
            record.transactions.setdefault(payment_id, []).append(made)
        ledger = self._state.ledger
        ledger.note(ledger.transactions, orderId=record.id, paymentId=payment_id, transaction=deepcopy(made))
        return json_response(render.emit(made, self._state.modes))

    async def put_actions(self, request: web.Request) -> web.Response:
        """Say what may be done with the payment."""
        self._order(request)
        body, ident = await read_json(request), request.match_info["payment"]
        append = self._state.modes.actions_append
        await self._change(request, lambda doc: writes.put_actions(doc, body, payment_id=ident, append=append))
        return web.Response()

    async def execute_action(self, request: web.Request) -> web.Response:
        """Do one of the payment's actions through the adapter that offers it."""
        caller, record = self._order(request)
        await actions.execute(
            record.doc,
            caller,
            payment_id=request.match_info["payment"],
            action_id=request.match_info["action"],
            state=self._state,
            outbound=self._platform.outbound,
        )
        return web.Response()
