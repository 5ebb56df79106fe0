"""One order in Norce with its payment, and the requests that storefront, Norce, Qliro and an ERP make about it."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import msgspec

from adapters.simulators.norce import render, totals, writes
from adapters.simulators.norce import wire as norce_wire
from adapters.simulators.norce.examples import EXAMPLES
from adapters.simulators.qliro import money as qliro_wire
from adapters.simulators.qliro.buying import choose_shipping, identify
from adapters.simulators.qliro.clock import stamp
from adapters.simulators.qliro.model import Order as QliroOrder
from adapters.simulators.qliro.model import ShippingChoice
from adapters.simulators.qliro.rendering import base_order
from adapters.simulators.qliro.running import person_of
from bench.shops import SANDBOX, Shop
from bench.world import Request, World

Json = dict[str, Any]
ROWS = 10
"""With its payment and hooks such an order is about ten kilobytes."""


def new_purchase(world: World, *, example: str, channel: str, shop: Shop = SANDBOX) -> "Purchase":
    """A new order in Norce, with the example's rows repeated under other references."""
    body = EXAMPLES[example].order()
    rows = body["cart"]["items"]
    for number in range(len(rows), ROWS):
        row = deepcopy(rows[number % len(rows)])
        rows.append(row | {"reference": f"{row['reference']}-{number}", "sku": f"{row['sku']}-{number}"})
    record = world.norce.state.create_order(body, merchant=shop.name, channel=channel)
    return Purchase(world, record.id, channel, shop)


@dataclass(slots=True)
class Purchase:
    """The order; `payment_id` is known once it has been created."""

    world: World
    order_id: str
    channel: str
    shop: Shop = SANDBOX
    payment_id: str = ""

    @property
    def at_qliro(self) -> QliroOrder:
        payment = self.world.norce.state.payment(self.order_id, self.payment_id)
        return self.world.qliro.order(int(payment["reference"]))

    async def identified(self) -> None:
        """The customer told Qliro who they are."""
        person = person_of(self.at_qliro, "approved")
        await identify(self.world.qliro.state, self.at_qliro, person=person, email=person.email, masked=False)

    async def delivery_chosen(self) -> None:
        """The customer chose a delivery in Qliro's checkout."""
        await self.identified()
        choose_shipping(self.world.qliro.state, self.at_qliro, ShippingChoice("home"))

    async def bought(self) -> None:
        """The customer has paid by card."""
        outcome = await self.world.qliro.buy(self.at_qliro.id, masked=False)
        assert outcome.result == "completed", outcome

    def request(self, endpoint: str) -> Request:
        """What reaches the adapter at this endpoint, as things stand."""
        match endpoint:
            case "create":
                return self._called("POST", self._payments)
            case "get":
                return self._called("GET", f"{self._payments}/{self.payment_id}")
            case "remove":
                return self._called("POST", f"{self._payments}/{self.payment_id}/remove")
            case "state-changed" | "cart-changed":
                return self.hook(endpoint)
            case "customer-update":
                return self._event(endpoint, b"{}")
            case "shipping-option-update":
                return self._event(endpoint, msgspec.json.encode({"method": "home", "totalShippingPrice": 79}))
            case "validate":
                body = {**base_order(self.at_qliro, reveal=True), "SelectedShippingMethod": None}
                return self._callback("MerchantOrderValidationUrl", body)
            case "push":
                return self._callback("MerchantCheckoutStatusPushUrl", self._push())
            case _:
                path = f"/api/order/v1/orders/{self.order_id}/payments/{self.payment_id}/{endpoint}"
                return self._called("POST", path)

    def hook(self, endpoint: str, *, quantity: int = 7) -> Request:
        """Norce's question before it commits: a row's quantity, or the order's freezing."""
        state = self.world.norce.state
        record = state.order(self.order_id)
        proposed = deepcopy(record.doc)
        if endpoint == "cart-changed":
            row = proposed["cart"]["items"][0]["id"]
            writes.set_quantity(proposed, item_id=row, quantity=quantity, basis=dict(record.basis))
            totals.recompute(proposed, reading=record.reading)
        else:
            proposed["state"] |= {"currentStatus": "processing"}
        body = norce_wire.encode(render.order(proposed, "v0", state.modes))
        return self._called("POST", f"{self._callbacks}/{endpoint}", body)

    @property
    def _payments(self) -> str:
        return f"/api/checkout/v1/orders/{self.order_id}/payments"

    @property
    def _callbacks(self) -> str:
        return f"/api/checkout/v1/callback/orders/{self.order_id}/payments/{self.payment_id}"

    def _called(self, method: str, target: str, body: bytes = b"") -> Request:
        headers = {"Authorization": f"Bearer {self.shop.key}", "x-merchant": self.shop.name, "x-channel": self.channel}
        return Request(method=method, target=target, headers=_typed(headers, body), body=body)

    def _event(self, name: str, body: bytes) -> Request:
        query = f"merchant={self.shop.name}&channel={self.channel}&orderId={self.order_id}"
        return self._called("POST", f"{self._callbacks}/{name}?{query}", body)

    def _callback(self, member: str, body: Json) -> Request:
        url = self.at_qliro.url(member)
        assert url is not None, member
        target = url.removeprefix(self.world.serving.url)
        raw = qliro_wire.encode(body)
        return Request(method="POST", target=target, headers=_typed({}, raw), body=raw)

    def _push(self) -> Json:
        order = self.at_qliro
        return {
            "OrderId": order.id,
            "MerchantReference": order.reference,
            "Status": order.status.value,
            "Timestamp": stamp(self.world.qliro.state.clock.now()),
            "NotificationType": "CustomerCheckoutStatus",
            "PaymentTransactionId": order.transactions[0].id if order.transactions else None,
        }


def _typed(headers: dict[str, str], body: bytes) -> dict[str, str]:
    return headers | {"Content-Type": "application/json"} if body else headers
