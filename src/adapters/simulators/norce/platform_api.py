"""The platform adapter that storefronts use to make orders and to edit carts (`norce-adapter`)."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from aiohttp import web

from adapters.simulators.faults import active_fault
from adapters.simulators.norce import writes
from adapters.simulators.norce.caller import Caller, caller_of
from adapters.simulators.norce.cart_building import percent_off
from adapters.simulators.norce.cart_building import voucher as voucher_payment
from adapters.simulators.norce.examples import EXAMPLES
from adapters.simulators.norce.platform import Platform
from adapters.simulators.norce.problems import refusing
from adapters.simulators.norce.shapes import filled, money, text
from adapters.simulators.norce.state import OrderRecord
from adapters.simulators.norce.wire import ApiError, bad_request, json_response, not_found, read_json

Json = dict[str, Any]


class PlatformApi:
    """Cart operations, applied the way the platform does: hooks are asked, an order in `processing` reopens."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._state = platform.state

    def routes(self, prefix: str) -> list[web.RouteDef]:
        """All operations below `prefix`."""
        one = "/api/v1/orders/{order}"
        table = [
            ("POST", "/api/v1/orders", self.create_order),
            ("PATCH", one + "/cart/items/{item}", self.patch_item),
            ("DELETE", one + "/cart/items/{item}", self.delete_item),
            ("POST", one + "/cart/items", self.add_item),
            ("POST", one + "/cart/discounts", self.add_discount),
            ("DELETE", one + "/cart/discounts", self.remove_discount),
            ("POST", one + "/vouchers", self.add_voucher),
            ("DELETE", one + "/vouchers/{payment}", self.remove_voucher),
        ]
        return [web.route(method, prefix + path, refusing("v0", handler)) for method, path, handler in table]

    async def create_order(self, request: web.Request) -> web.Response:
        """An order for a cart reference: a number (any: the simple cart) or an example's name. One per cart."""
        caller = caller_of(request, self._state)
        body = await read_json(request)
        reference = body.get("cartReference") if isinstance(body, dict) else None
        if isinstance(reference, bool) or not isinstance(reference, int | str) or reference == "":
            raise bad_request("cartReference: is required.")
        text(body.get("culture"), "culture")
        for record in self._state.orders.values():
            same = record.tenant == (caller.merchant, caller.channel)
            if same and record.doc["cart"]["reference"] == str(reference):
                return json_response({"id": record.id})
        record = self._make(caller, reference, body)
        return json_response({"id": record.id}, status=201)

    def _make(self, caller: Caller, reference: int | str, body: Json) -> OrderRecord:
        name = reference if isinstance(reference, str) and reference in EXAMPLES else "b2c_simple"
        order = EXAMPLES[name].order()
        if name != reference:
            order["cart"]["reference"] = str(reference)
        order |= {each: body[each] for each in ("culture", "currency", "country") if body.get(each)}
        return self._state.create_order(order, merchant=caller.merchant, channel=caller.channel)

    async def patch_item(self, request: web.Request) -> web.Response:
        """Change a quantity; 202 when a fault has this request superseded."""
        record = self._order(request)
        body, ident = await read_json(request), request.match_info["item"]
        quantity = body.get("quantity") if isinstance(body, dict) else None
        fault = active_fault(request)
        if fault is not None and fault.kind == "superseded":
            return web.Response(status=202)
        return await self._edit(
            request, lambda doc: writes.set_quantity(doc, item_id=ident, quantity=quantity, basis=record.basis)
        )

    async def delete_item(self, request: web.Request) -> web.Response:
        """Take an item out."""
        ident = request.match_info["item"]
        return await self._edit(request, lambda doc: writes.remove_item(doc, item_id=ident))

    async def add_item(self, request: web.Request) -> web.Response:
        """Put an item in."""
        self._order(request)
        body = await read_json(request)
        more = isinstance(body, dict) and body.get("upsell") is True
        return await self._edit(request, lambda doc: writes.add_item(doc, body), after_purchase=more)

    async def add_discount(self, request: web.Request) -> web.Response:
        """A discount code: ten percent off, whatever the code says."""
        self._order(request)
        body = await read_json(request)
        code = filled(body.get("code") if isinstance(body, dict) else None, "code")

        def change(doc: Json) -> None:
            if any(each["code"] == code for each in doc["cart"]["discounts"]):
                raise ApiError(409, "discount-conflict", f"Discount {code} is already there.")
            doc["cart"]["discounts"].append(percent_off(f"Rabattkod {code}", code, 10))

        return await self._edit(request, change)

    async def remove_discount(self, request: web.Request) -> web.Response:
        """Take a discount code away, named in the body or in the query."""
        self._order(request)
        body = await read_json(request, optional=True)
        code = (body or {}).get("code") or request.query.get("code")

        def change(doc: Json) -> None:
            left = [each for each in doc["cart"]["discounts"] if each["code"] != code]
            if len(left) == len(doc["cart"]["discounts"]):
                raise ApiError(404, "discount-not-found", f"Discount {code} not found.")
            doc["cart"]["discounts"] = left

        return await self._edit(request, change)

    async def add_voucher(self, request: web.Request) -> web.Response:
        """Pay a part with a voucher, as its adapter does."""
        self._order(request)
        body = await read_json(request)
        amount = money(body.get("amount") if isinstance(body, dict) else None, "amount")
        if amount is None or amount <= Decimal(0):
            raise bad_request("amount: must be above zero.")
        reference = body.get("reference") or f"GIFT-{self._state.ledger.seq}"
        sent = voucher_payment(str(amount), filled(reference, "reference"))
        created: list[str] = []
        response = await self._edit(request, lambda doc: created.append(writes.create_payment(doc, sent)))
        return json_response({"id": created[0]}, status=201) if response.status == 200 else response

    async def remove_voucher(self, request: web.Request) -> web.Response:
        """Withdraw a voucher payment."""
        ident = request.match_info["payment"]

        def change(doc: Json) -> None:
            payment = writes.find(doc["payments"], ident, "payment")
            if payment["type"] == "default":
                raise not_found("payment", ident)
            payment["state"] = "removed"

        return await self._edit(request, change)

    def _order(self, request: web.Request) -> OrderRecord:
        caller = caller_of(request, self._state)
        return self._state.order_of(caller.merchant, caller.channel, request.match_info["order"])

    async def _edit(
        self, request: web.Request, change: Callable[[Json], object], *, after_purchase: bool = False
    ) -> web.Response:
        caller, record = caller_of(request, self._state), self._order(request)
        await edit_cart(self._platform, record, change, caller, after_purchase=after_purchase)
        return web.Response()


async def edit_cart(
    platform: Platform,
    record: OrderRecord,
    change: Callable[[Json], object],
    caller: Caller,
    *,
    after_purchase: bool = False,
) -> None:
    """A change by the platform: an order in `processing` goes back to `checkout` in the same commit.

    Rows that are sold beyond the purchase come `after_purchase`, while the order is `accepted`.
    """
    modes = platform.state.modes
    states = ("checkout", "accepted") if after_purchase else ("checkout",)

    def reopened(doc: Json) -> None:
        if doc["state"]["currentStatus"] == "processing":
            writes.set_state(doc, {"currentStatus": "checkout"}, modes=modes)
        writes.check_editable(doc, modes=modes, states=states)
        change(doc)

    await platform.changes.apply(record, reopened, caller)
