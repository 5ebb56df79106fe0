"""Another Qliro adapter, as the merchant ran it before: it knows the published API and nothing of ours."""

from decimal import Decimal
from typing import Any

import msgspec

from adapters.qliro.signing import authorization
from application.ports.configurations import Secret
from tests.e2e.shop import Order

ORDERS = "/checkout/order/api/v0/checkout/orders"
_ENCODER = msgspec.json.Encoder(decimal_format="number")


async def begun_by_it(
    order: Order,
    *,
    at: str = "",
    cart_call: str = "cart-changed",
    status_call: str = "push",
    attributes: dict[str, Any] | None = None,
) -> None:
    """A payment of the other adapter on this order, and its Qliro order.

    `at` is where that adapter lived, by default where ours lives now. Its addresses carry merchant and channel and
    nothing else; the build of 2024 knew no address for order management but that of pushes.
    """
    shop = order.shop
    home = at or shop.sandbox.adapter.url
    made = await shop.gateway("POST", f"{ORDERS}/{order.id}/payments", json=_payment(order, attributes or {}))
    order.payment_id = made.json["id"]
    callbacks = f"{home}/api/checkout/v1/callback/orders/{order.id}/payments/{order.payment_id}"
    query = f"?merchant={shop.merchant}&channel={shop.channel}"
    qliro_id = await _qliro_order(
        order,
        MerchantOrderValidationUrl=f"{callbacks}/validate{query}",
        MerchantCheckoutStatusPushUrl=f"{callbacks}/push{query}",
        MerchantOrderManagementStatusPushUrl=f"{callbacks}/{status_call}{query}",
    )
    named = _payment(order, attributes or {}) | {"reference": str(qliro_id)}
    await shop.gateway("PUT", f"{ORDERS}/{order.id}/payments/{order.payment_id}", json=named)
    for part, call in (("/cart", cart_call), ("/shippings", cart_call), ("/state", "state-changed")):
        invoke = f"{callbacks}/{call}"
        hook = {"adapterId": "qliro_checkout_adapter", "subscribeTo": part, "target": "/payments", "invoke": invoke}
        assert (await shop.gateway("POST", f"{ORDERS}/{order.id}/hooks", json=hook)).status == 200


def _payment(order: Order, attributes: dict[str, Any]) -> dict[str, Any]:
    return {
        "adapterId": "qliro_checkout_adapter",
        "name": "Qliro",
        "type": "default",
        "amount": float(order.total),
        "currency": order.doc["currency"],
        "state": "intent",
        "attributes": attributes,
    }


async def _qliro_order(order: Order, **urls: str) -> int:
    """It has references of its own for the rows."""
    shop, doc = order.shop, order.doc
    body = {
        "MerchantApiKey": "sandbox-key",
        "MerchantReference": f"OLD-{order.id}"[:25],
        "Currency": doc["currency"],
        "Country": doc["country"],
        "Language": "sv-se",
        "MerchantTermsUrl": "https://shop.example.com/terms",
        "MerchantConfirmationUrl": "https://shop.example.com/done",
        "OrderItems": [_row(item) for item in doc["cart"]["items"]] + [_delivery(s) for s in doc["shippings"]],
        **urls,
    }
    raw = _ENCODER.encode(body)
    headers = {"Content-Type": "application/json", "Authorization": authorization(raw, Secret("sandbox-secret"))}
    url = f"{shop.qliro.url}/checkout/merchantapi/Orders"
    async with shop.http.post(url, data=raw, headers=headers) as reply:
        assert reply.status == 201, await reply.text()
        return int((await reply.json())["OrderId"])


def _row(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "MerchantReference": f"ROW-{item['id']}",
        "Description": item["name"],
        "Type": "Product",
        "Quantity": item["quantity"],
        "PricePerItemIncVat": Decimal(item["price"]["includingVat"]),
        "PricePerItemExVat": Decimal(item["price"]["excludingVat"]),
    }


def _delivery(shipping: dict[str, Any]) -> dict[str, Any]:
    return {
        "MerchantReference": shipping["reference"],
        "Description": shipping["name"],
        "Type": "Shipping",
        "Quantity": 1,
        "PricePerItemIncVat": Decimal(shipping["total"]["includingVat"]),
        "PricePerItemExVat": Decimal(shipping["total"]["excludingVat"]),
    }
