"""Every member of every body, with every value that is none: refused by name or harmless, and never a server error."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from application.ports.callbacks import Purpose
from domain.identifiers import PaymentKey
from tests.e2e.shop import Answer, Order, Shop

Json = Any
Path = tuple[str | int, ...]
VALUES: dict[str, bytes | None] = {
    "absent": None,
    "null": b"null",
    "flag": b"true",
    "whole": b"5",
    "fraction": b"1.23456",
    "negative": b"-1",
    "negative nothing": b"-0.0",
    "large": b"1e308",
    "too large": b"1e400",
    "absurdly large": b"1e99999999",
    "tiny": b"1e-400",
    "beyond 31 bits": b"2147483648",
    "beyond 63 bits": b"9223372036854775808",
    "many digits": b"9" * 5_000,
    "NaN": b'"NaN"',
    "signalling NaN": b'"sNaN"',
    "infinite": b'"-Infinity"',
    "digits": b'"5"',
    "word": b'"Teleported"',
    "empty": b'""',
    "blank": b'"  "',
    "long": b'"' + b"x" * 10_000 + b'"',
    "NUL": b'"a\\u0000b"',
    "half a character": b'"\\ud800"',
    "odd characters": '"\u202e\u0301\U0001f600"'.encode(),
    "list": b"[]",
    "object": b"{}",
    "list of null": b"[null]",
    "list of lists": b"[[]]",
    "deep": b'{"a":' * 40 + b"1" + b"}" * 40,
}


def written(document: Json, place: Path, value: bytes | None, here: Path = ()) -> bytes:
    """The document with these very bytes at one place, or without that place."""
    if here == place and value is not None:
        return value
    if isinstance(document, dict):
        kept = [(name, each) for name, each in document.items() if value is not None or (*here, name) != place]
        members = (json.dumps(name).encode() + b":" + written(each, place, value, (*here, name)) for name, each in kept)
        return b"{" + b",".join(members) + b"}"
    if isinstance(document, list):
        items = [(i, each) for i, each in enumerate(document) if value is not None or (*here, i) != place]
        return b"[" + b",".join(written(each, place, value, (*here, i)) for i, each in items) + b"]"
    return json.dumps(document).encode()


def places(document: Json, here: Path = ()) -> Iterator[Path]:
    """Every member, and every member of each list's first item."""
    inside: list[tuple[str | int, Json]] = []
    if isinstance(document, dict):
        inside = list(document.items())
    elif isinstance(document, list):
        inside = [*enumerate(document[:1])]
    for name, each in inside:
        yield (*here, name)
        yield from places(each, (*here, name))


def bodies(order: Order) -> dict[str, tuple[str, Json]]:
    """Address and a sound body, of everything that reads one."""
    request = {name: str(url) for name, url in dict(order.at_qliro.request).items() if name.endswith("Url")}
    qliro = {name: url.removeprefix(order.shop.sandbox.adapter.url) for name, url in request.items()}
    query = "?merchant=sandbox&channel=se"
    push = {"OrderId": order.qliro_id, "Status": "Success", "Timestamp": "2026-03-03T11:43:05.567"}
    upsell = {"UpsellId": "u", "OriginalPaymentTransactionId": 2, "ReplacesOriginalPaymentTransaction": False}
    money = {"PaymentTransactionId": 1, "OriginalPaymentTransactionId": 2, "PaymentType": "Capture", "Amount": 1.5}
    shipped: Json = {"session": {"delivery_groups": [{"tos_id": "1", "shipping": {"carrier": "c"}}]}}
    card = {"Id": "8b7a1c52-0f3e-4b5d-9a1e-6f1d2c3b4a59", "CardBrandName": "VISA", "CardExpiryYear": 30, "CardBin": "4"}
    purchase = {"OrderItems": order.at_qliro.request["OrderItems"], "Currency": "SEK", "TotalPrice": 1.5}
    key = PaymentKey(order.shop.merchant, order.shop.channel, order.id, order.payment_id)
    addresses = order.shop.sandbox.adapter.container.addresses()
    books = f"/api/order/v1/orders/{order.id}/payments/{order.payment_id}"
    found = {
        "validate": (qliro["MerchantOrderValidationUrl"], {"OrderId": order.qliro_id, **purchase}),
        "push": (qliro["MerchantCheckoutStatusPushUrl"], push | {"NotificationType": "CustomerCheckoutStatus"}),
        "upsell": (qliro["MerchantCheckoutStatusPushUrl"], push | {"NotificationType": "UpsellStatus"} | upsell),
        "status": (qliro["MerchantOrderManagementStatusPushUrl"], push | money),
        "notification": (
            addresses.callback("", key, Purpose.NOTIFICATION),
            {"OrderId": order.qliro_id, "IsSuccess": True, "Provider": "Ingrid", "Payload": shipped},
        ),
        "card": (addresses.callback("", key, Purpose.SAVED_CARD), {"OrderId": order.qliro_id, **card}),
        "delivery": (
            f"{order.callback}/shipping-option-update{query}",
            {"method": "m", "price": 1.5, "totalShippingPrice": 1.5, "pickupLocation": {"name": "n"}},
        ),
        "renewal": (order.path + "/recurring", {"token": "8b7a1c52-0f3e-4b5d-9a1e-6f1d2c3b4a59"}),
        "part": (books + "/capture", {"items": [{"reference": "71001", "quantity": 1}], "reason": "r"}),
        "sum": (books + "/refund", {"amount": 1.5}),
        "cart": (order.callback + "/cart-changed", order.doc),
        "state": (order.callback + "/state-changed", order.doc),
    }
    return {name: (url, msgspec.json.decode(msgspec.json.encode(body))) for name, (url, body) in found.items()}


def fault_of(answer: Answer) -> str:
    """What is wrong with the answer; empty when nothing is."""
    if answer.status < 400:
        return ""
    if answer.status >= 500 or not answer.headers["Content-Type"].startswith("application/json"):
        return f"{answer.status} {answer.body[:100]!r}"
    told = answer.json
    fit = 0 < len(told["message"]) < 400 if "DeclineReason" not in told else told["DeclineReasonMessage"]
    return "" if fit else f"{answer.status} says {answer.body[:100]!r}"


NAMES = [
    "validate",
    "push",
    "upsell",
    "status",
    "notification",
    "card",
    "delivery",
    "renewal",
    "part",
    "sum",
    "cart",
    "state",
]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", NAMES)
async def test_no_value_anywhere_in_a_body_is_answered_by_anything_but_a_refusal(shop: Shop, name: str) -> None:
    order = shop.order("b2c")
    await order.create()
    address, sound = bodies(order)[name]
    faults = []
    for place in places(sound):
        for label, value in VALUES.items():
            answer = await shop.adapter("POST", address, data=written(sound, place, value))
            if wrong := fault_of(answer):
                faults.append((place, label, wrong))
    assert faults == []
    assert order.money.authorized == 0
