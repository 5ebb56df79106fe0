"""The Order API, payments and shippings of an order (rows 18 to 28 of section b.3)."""

from copy import deepcopy

from aiohttp import web

from adapters.simulators.norce import actions, render, writes
from adapters.simulators.norce.order_resource import Operation, OrderResource
from adapters.simulators.norce.wire import json_response, read_json, timestamp


class PaymentApi(OrderResource):
    """Payments, their transactions and actions; shippings. Neither can be deleted, only set `removed`."""

    def operations(self) -> list[Operation]:
        """Rows 18 to 28."""
        one, payment = "/{order}", "/{order}/payments/{payment}"
        return [
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

    async def put_payment(self, request: web.Request) -> web.Response:
        """Replace a payment; answers it as it then is."""
        _, record = self._order(request)
        body, ident = await read_json(request), request.match_info["payment"]
        await self._change(request, lambda doc: writes.put_payment(doc, body, payment_id=ident))
        stored = writes.find(record.doc["payments"], ident, "payment")
        return json_response(self._entry(stored))

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

    async def put_shipping(self, request: web.Request) -> web.Response:
        """Replace a shipping; answers it as it then is."""
        _, record = self._order(request)
        body, ident = await read_json(request), request.match_info["shipping"]
        await self._change(request, lambda doc: writes.put_shipping(doc, body, shipping_id=ident))
        stored = writes.find(record.doc["shippings"], ident, "shipping")
        return json_response(self._entry(stored))
