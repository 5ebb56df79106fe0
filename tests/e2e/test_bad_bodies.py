"""Bodies that pass the first look and break the second: always a 400 that says why, never a server error."""

import gzip
import json
from typing import Any

import pytest

from entrypoints.http import qliro_callbacks
from tests.e2e.shop import Answer, Order, Shop


async def called_back(order: Order, name: str, body: bytes, **headers: str) -> Answer:
    """A callback of Qliro's with these very bytes, at the address that Qliro was given."""
    request: Any = order.at_qliro.request
    address = {
        "validate": request["MerchantOrderValidationUrl"],
        "push": request["MerchantCheckoutStatusPushUrl"],
        "status": request["MerchantOrderManagementStatusPushUrl"],
    }[name]
    path = address.removeprefix(order.shop.sandbox.adapter.url)
    return await order.shop.adapter("POST", path, data=body, headers={"Content-Type": "application/json", **headers})


@pytest.mark.parametrize("name", ["validate", "push", "status"])
async def test_a_callback_nested_to_any_depth_is_refused_not_crashed_on(shop: Shop, name: str) -> None:
    order = shop.order()
    await order.create()
    for depth in (100, 600, 900, 2_000):
        for opened, closed in ((b"[", b"]"), (b'{"a":', b"}")):
            body = b'{"OrderId":1,"x":' + opened * depth + b"1" + closed * depth + b"}"
            answer = await called_back(order, name, body)
            assert answer.status == 400, (depth, answer)
            assert answer.json["message"] == "The body is nested too deeply."


@pytest.mark.parametrize("member", ["totalShippingPrice", "totalShippingPriceExVat", "price"])
@pytest.mark.parametrize("price", ['"NaN"', '"sNaN"', '"Infinity"', '"-Infinity"', "1e400", "-1"])
async def test_a_delivery_whose_price_is_no_amount_is_refused(shop: Shop, member: str, price: str) -> None:
    order = shop.order()
    await order.create()
    path = f"{order.callback}/shipping-option-update?merchant=sandbox&channel=se"
    answer = await shop.adapter("POST", path, data=f'{{"method":"collect","{member}":{price}}}'.encode())
    assert answer.status == 400, answer
    assert answer.json["code"] == "order-validation"


async def test_a_compressed_body_is_read_and_one_that_only_says_so_is_refused(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    assert (await called_back(order, "push", gzip.compress(b"{}"), **{"Content-Encoding": "gzip"})).status == 200
    answer = await called_back(order, "push", b"no gzip at all", **{"Content-Encoding": "gzip"})
    assert answer.status == 400, answer
    assert answer.json["code"] == "order-bad-request"


@pytest.mark.parametrize("kept", [12, -8])
async def test_a_part_that_arrives_cut_short_is_not_taken_for_everything(shop: Shop, kept: int) -> None:
    order = shop.order()
    await order.create()
    await order.bought()
    part = gzip.compress(b'{"amount": 1.00}')
    answer = await shop.adapter(
        "POST",
        f"/api/order/v1/orders/{order.id}/payments/{order.payment_id}/capture",
        data=part[:kept],
        headers=shop.headers | {"Content-Encoding": "gzip", "Content-Type": "application/json"},
    )
    assert (answer.status, answer.json["code"]) == (400, "order-bad-request"), answer
    assert order.money.captured == 0


async def test_callbacks_whose_numbers_come_as_text_are_taken(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    shop.drop_pushes()
    request: Any = order.at_qliro.request
    rows = [dict(row, Metadata=None, Quantity=str(row["Quantity"])) for row in request["OrderItems"]]
    told: Any = {"OrderId": str(order.qliro_id), "OrderItems": rows, "Currency": "SEK", "TotalPrice": None}
    answer = await called_back(order, "validate", json.dumps(told, default=str).encode())
    assert answer.status == 200, answer
    await order.buy()
    told = {
        "orderID": str(order.qliro_id),
        "Status": "Teleported",
        "PaymentTransactionId": "3293033",
        "Timestamp": None,
    }
    assert (await called_back(order, "status", json.dumps(told).encode())).status == 200
    await order.until(lambda: order.status == "completed")


async def test_a_purchase_whose_numbers_are_none_is_declined_never_crashed_on(shop: Shop) -> None:
    order = shop.order()
    await order.create()
    request: Any = order.at_qliro.request
    rows = [dict(row) for row in request["OrderItems"]]
    whole: Any = {"OrderId": order.qliro_id, "OrderItems": rows, "Currency": "SEK", "TotalPrice": 1}
    for member in ("Quantity", "PricePerItemIncVat", "PricePerItemExVat", "TotalPrice"):
        for number in ('"NaN"', '"sNaN"', '"-sNaN7"', '"Infinity"', "1e400", "-1e400", "1e999999999", '"x"', "{}"):
            target = whole if member == "TotalPrice" else rows[0]
            kept, target[member] = target[member], "@"
            raw = json.dumps(whole, default=float).replace('"@"', number).encode()
            target[member] = kept
            answer = await called_back(order, "validate", raw)
            assert answer.status == 400, (member, number, answer)
            assert answer.json["DeclineReason"] == "Other", (member, number, answer)


async def test_a_defect_within_validate_stops_the_purchase(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Qliro takes a server error for approval."""

    def surprised(_: object) -> None:
        raise KeyError("surprise")

    order = shop.order()
    await order.create()
    request: Any = order.at_qliro.request
    told: Any = {"OrderId": order.qliro_id, "OrderItems": request["OrderItems"], "Currency": "SEK"}
    monkeypatch.setattr(qliro_callbacks, "_posted", surprised)
    answer = await called_back(order, "validate", json.dumps(told, default=float).encode())
    assert (answer.status, answer.json["DeclineReason"]) == (400, "Other"), answer
    assert "KeyError" not in str(answer)


async def test_a_culture_without_end_is_refused_in_few_words(shop: Shop) -> None:
    order = shop.order("b2c")
    await order.create()
    body = json.dumps(order.doc | {"culture": "x" * 10_000}, default=float).encode()
    answer = await shop.adapter("POST", f"{order.callback}/cart-changed", data=body)
    assert (answer.status, answer.json["code"]) == (400, "translation-not-found"), answer
    assert len(answer.json["message"]) < 100
