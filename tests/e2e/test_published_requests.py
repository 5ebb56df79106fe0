"""What the published API lets callers send, however oddly it is put, and that all answers are published ones."""

from collections.abc import Callable
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from adapters.simulators.norce.seed import MERCHANTS
from application.ports.callbacks import Purpose
from domain.identifiers import PaymentKey
from tests.e2e.shop import Answer, Order, Shop
from tests.golden.published_api_2026 import HEADERS, NEWEST, QUERY, Newest, expanded, schema_of
from tests.golden.schema_subset import Examples, Schemas

_ENCODER = msgspec.json.Encoder(decimal_format="number")
Json = dict[str, Any]
HOOKS = ("cart-changed", "update-payment", "state-changed")
LATER: Json = {"unheardOf": {"deep": [None, {"er": 1.5}]}, "andNull": None}


def told(order: Order, name: str) -> str:
    """The address that Qliro was given, as a path."""
    request = order.at_qliro.request
    names = {"push": "MerchantCheckoutStatusPushUrl", "validate": "MerchantOrderValidationUrl"}
    url = str(request[names.get(name, "MerchantOrderManagementStatusPushUrl")])
    return url.removeprefix(order.shop.sandbox.adapter.url)


def with_quantity(order: Order, quantity: int) -> Json:
    """The order as it would be with that many of its first row, and everything that came with the newer platform."""
    doc: Json = msgspec.json.decode(_ENCODER.encode(order.doc))
    item = doc["cart"]["items"][0]
    added = (quantity - item["quantity"]) * item["price"]["includingVat"]
    without_vat = (quantity - item["quantity"]) * item["price"]["excludingVat"]
    for price in (item["total"], item["originalTotal"], doc["cart"]["total"], doc["total"]):
        price["includingVat"] = round(price["includingVat"] + added, 2)
        price["excludingVat"] = round(price["excludingVat"] + without_vat, 2)
    item["quantity"] = quantity
    item |= {
        "logistics": {"weight": 300, "tags": ["cold"], "shippingDate": "2026-12-01T00:00:00Z"},
        "upsell": False,
        **LATER,
    }
    doc["notifications"] = [
        {"id": "oc1", "reference": "r", "scope": "/state", "invoke": "https://x.example", "delay": 5}
    ]
    doc["payments"][0] |= {"recurring": None, "upsell": {"eligible": False, "transactions": []}, **LATER}
    for hook in doc["hooks"]:
        hook["subscribeTo"] = hook.pop("scope", "/cart")
    return doc | LATER


def capitalised(node: Any, name: str = "") -> Any:
    """The order with its enums as some services of Norce's write them."""
    if isinstance(node, dict):
        return {key: capitalised(value, key) for key, value in node.items()}
    if isinstance(node, list):
        return [capitalised(each, name) for each in node]
    return node.capitalize() if name in {"currentStatus", "status", "state", "type"} and isinstance(node, str) else node


def lower_country(node: Json) -> Json:
    return node | {"country": node["country"].lower()}


def without_nulls(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: without_nulls(value) for key, value in node.items() if value is not None}
    return [without_nulls(each) for each in node] if isinstance(node, list) else node


@pytest.mark.parametrize("put", [dict, capitalised, lower_country, without_nulls], ids=lambda put: put.__name__)
@pytest.mark.parametrize("hook", HOOKS)
async def test_a_hook_reads_an_order_however_it_is_put(shop: Shop, hook: str, put: Callable[[Json], Json]) -> None:
    order = shop.order()
    await order.create()
    body = put(with_quantity(order, 3))
    answer = await shop.adapter("POST", f"{order.callback}/{hook}", data=_ENCODER.encode(body))
    assert answer.status == 200, answer
    amounts = [patch["value"] for patch in answer.json if patch["path"].endswith("/amount")]
    assert [float(amount) for amount in amounts] == [body["total"]["includingVat"]]
    assert sum(i.total for i in order.at_qliro.items) == round(body["total"]["includingVat"] * 100)


@pytest.mark.parametrize("merchant", MERCHANTS)
async def test_merchant_and_channel_are_read_where_the_other_calls_have_them(shop: Shop, merchant: str) -> None:
    shop.merchant = merchant
    order = shop.order()
    query = {"merchant": merchant, "channel": shop.channel, "orderId": order.id, "later": "x"}
    key = {"Authorization": "Bearer sandbox"}
    answer = await shop.adapter("POST", order.path, headers=key, params=query)
    assert answer.status == 200, answer
    order.payment_id = answer.json["paymentId"]
    assert (await shop.adapter("GET", f"{order.path}/{order.payment_id}", headers=key, params=query)).status == 200
    body = _ENCODER.encode(with_quantity(order, 2))
    assert (
        await shop.adapter("POST", f"{order.callback}/cart-changed", headers=key, params=query, data=body)
    ).status == 200
    shouted = key | {"X-MERCHANT": merchant, "X-Channel": shop.channel}
    assert (await shop.adapter("POST", f"{order.callback}/customer-update", headers=shouted)).status == 200
    assert (await shop.adapter("POST", f"{order.path}/{order.payment_id}/remove", headers=shouted)).status == 200
    assert order.doc["hooks"] == []


async def test_half_a_tenant_is_none(shop: Shop) -> None:
    order = shop.order()
    key = {"Authorization": "Bearer sandbox"}
    for headers, query in (
        ({"x-merchant": "sandbox"}, {"channel": "se"}),
        ({"x-channel": "se"}, {"merchant": "sandbox"}),
        ({}, {}),
    ):
        answer = await shop.adapter("POST", order.path, headers=key | headers, params=query)
        assert (answer.status, answer.json["code"]) == (400, "order-validation")


def spelled(body: Json, how: str) -> Json:
    match how:
        case "Pascal":
            return {name[0].upper() + name[1:]: value for name, value in body.items()}
        case "UPPER":
            return {name.upper(): value for name, value in body.items()}
        case "OrderID":
            return {
                "OrderID" if name == "orderId" else name[0].upper() + name[1:]: value for name, value in body.items()
            }
    return body


@pytest.mark.parametrize("how", ["camel", "Pascal", "UPPER", "OrderID"])
@pytest.mark.parametrize("name", ["push", "status"])
async def test_a_status_is_stored_and_worked_on_in_any_spelling(shop: Shop, name: str, how: str) -> None:
    order = shop.order()
    await order.create()
    shop.drop_pushes()
    await order.buy()
    body = {"orderId": order.qliro_id, "status": "Completed", "timestamp": "2026-11-27T08:15:30Z", "later": {"a": [1]}}
    om = {
        "paymentType": "Preauthorization",
        "paymentTransactionId": 7,
        "timeStamp": "2026-11-27T08:15:30Z",
        "amount": 1.5,
    }
    answer = await shop.adapter(
        "POST", told(order, name), headers={}, json=spelled(body | (om if name == "status" else {}), how)
    )
    assert (answer.status, answer.json["callbackResponse"]) == (200, "received")
    (row,) = await shop.sql("select facts->>'providerOrderId' as id, facts->>'status' as status from inbox")
    assert (row["id"], row["status"]) == (str(order.qliro_id), "Completed")
    await order.until(lambda: order.status == "completed")
    assert order.payment["state"] == "reserved"


async def test_order_management_told_to_the_push_address_counts_by_its_transaction(shop: Shop) -> None:
    """Before there was an address for it; two captures may be told with the same status in the same instant."""
    order = shop.order()
    await order.create()
    await order.bought()
    before = (await shop.sql("select count(*) as n from inbox"))[0]["n"]
    body = {
        "OrderID": order.qliro_id,
        "Status": "Success",
        "PaymentType": "Capture",
        "TimeStamp": "2026-11-27T08:15:30Z",
    }
    for transaction in (71, 72, 72):
        answer = await shop.adapter(
            "POST", told(order, "push"), headers={}, json=body | {"PaymentTransactionId": transaction}
        )
        assert answer.status == 200
    assert (await shop.sql("select count(*) as n from inbox"))[0]["n"] == before + 2


@pytest.mark.parametrize(
    "modes", [{"nulls": True}, {"nulls": False, "capitalised_enums": True}], ids=["nulls", "absent"]
)
async def test_what_norce_puts_on_our_payment_stays_on_it_through_its_life(shop: Shop, modes: Json) -> None:
    shop.norce.set_modes(**modes)
    order = shop.order()
    await order.create()
    added = {
        "recurring": {"token": "t-1", "description": "Card", "attributes": {"renews": "monthly"}},
        "upsell": {
            "eligible": False,
            "expiration": None,
            "attributes": {"n": 1.5},
            "transactions": [{"id": "u", "state": "failed", "itemIds": [], "attributes": {}}],
        },
        "upperLimitAmount": 5_000,
    }
    path = f"/checkout/order/api/v0/checkout/orders/{order.id}/payments/{order.payment_id}"
    shown = msgspec.json.decode((await shop.gateway("GET", path)).body)
    assert (await shop.gateway("PUT", path, json=shown | added)).status == 200
    await order.bought()
    assert (await order.operate("capture")).status == 200
    assert (await order.operate("refund")).status == 200
    await order.quiet()
    assert order.payment["state"] == "refunded"
    for name, value in added.items():
        assert msgspec.json.decode(_ENCODER.encode(order.payment[name])) == value


class Judge:
    """Checks every answer against what the newest build publishes."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, int]] = set()
        self._components = {"schemas": expanded()}

    def __call__(self, path: str, answer: Answer, method: str = "post") -> Answer:
        (told,) = [n for n in NEWEST if n.method == method and n.path == path]
        assert answer.status in {*told.answers, *told.added}, (path, answer)
        wanted = told.answers.get(answer.status, "Error")
        if answer.status == 200 and wanted is None:
            assert answer.body == b""
        elif wanted is not None:
            schema = {**schema_of(wanted), "components": self._components}
            jsonschema_rs.validator_for(schema, validate_formats=True).validate(msgspec.json.decode(answer.body))
        self.seen.add((path, answer.status))
        return answer


@pytest.mark.parametrize("merchant", MERCHANTS)
async def test_every_answer_of_a_purchase_and_of_what_goes_wrong_is_a_published_one(shop: Shop, merchant: str) -> None:
    shop.merchant = merchant
    judge, order = Judge(), shop.order()
    payments = "/api/checkout/v1/orders/{order_id}/payments"
    one, callback = payments + "/{payment_id}", "/api/checkout/v1/callback/orders/{order_id}/payments/{payment_id}"
    managed = "/api/order/v1/orders/{order_id}/payments/{payment_id}"
    unknown = shop.order()
    unknown.payment_id = "pUnknown"
    judge(payments, await order.create())
    judge(one, await order.get(), "get")
    judge(one, await unknown.get(), "get")
    judge(one + "/remove", await unknown.remove())
    judge(callback + "/customer-update", await order.event("customer-update"))
    judge(callback + "/shipping-option-update", await order.event("shipping-option-update", {"method": "x"}))
    judge(callback + "/shipping-option-update", await order.event("shipping-option-update", {"method": 5}))
    for hook in HOOKS:
        for body in (_ENCODER.encode(with_quantity(order, 2)), b"{}", b"no json"):
            judge(f"{callback}/{hook}", await shop.adapter("POST", f"{order.callback}/{hook}", data=body))
    for name in ("validate", "push", "status"):
        for path in (told(order, name), f"{unknown.callback}/{name}?merchant={merchant}&channel=se"):
            for sent in ({}, {"OrderId": "x"}, {"OrderId": 1, "Currency": "SEK", "OrderItems": []}):
                judge(f"{callback}/{name}", await shop.adapter("POST", path, headers={}, json=sent))
    await shop.adapter("POST", f"{order.callback}/cart-changed", data=_ENCODER.encode(with_quantity(order, 1)))
    for kind in ("capture", "refund", "cancel", "refresh"):
        judge(f"{managed}/{kind}", await order.operate(kind))
        judge(f"{managed}/{kind}", await unknown.operate(kind))
    other = shop.order()
    judge(payments, await other.create())
    await other.bought()
    judge(payments, await shop.adapter("POST", other.path))
    judge(one + "/remove", await other.remove())
    for kind in ("capture", "cancel", "refund", "refresh"):
        judge(f"{managed}/{kind}", await other.operate(kind))
    wrong = {"Authorization": "Bearer wrong", "x-merchant": merchant, "x-channel": "se"}
    judge(payments, await shop.adapter("POST", order.path, headers=wrong))
    assert {status for _, status in judge.seen} >= {200, 400, 401, 404, 409}
    assert len({path for path, _ in judge.seen}) == len(NEWEST) - 4


BODIES = 25


@pytest.mark.parametrize("newest", [n for n in NEWEST if n.takes], ids=lambda n: n.path.rpartition("}/")[2])
async def test_whatever_may_be_sent_is_answered_as_published(shop: Shop, newest: Newest) -> None:
    """Generated bodies: nothing, everything, the ends of what numbers hold. None is a reason to fall over."""
    judge, order, schemas = Judge(), shop.order(), Schemas(expanded())
    await order.create()
    name = newest.path.rpartition("/")[2]
    for seed in range(BODIES):
        body = Examples(schemas, seed).of(schema_of(newest.takes))
        if newest.takes == "NorceOrder" and seed % 2:
            body = body | {"id": order.id, "merchant": shop.merchant, "channel": shop.channel}
        path = newest.path.format(order_id=order.id, payment_id=order.payment_id)
        if newest.tenant == QUERY:
            path += "?" + query_of(order, name)
        headers = shop.headers if newest.tenant == HEADERS or name == "shipping-option-update" else {}
        judge(newest.path, await shop.adapter("POST", path, headers=headers, data=_ENCODER.encode(body)))
    assert (await order.get()).status == 200


def query_of(order: Order, purpose: str) -> str:
    """Merchant, channel and, for what Qliro calls, the token of its address."""
    key = PaymentKey(order.shop.merchant, order.shop.channel, order.id, order.payment_id)
    if purpose in set(Purpose):
        return order.shop.sandbox.adapter.container.addresses().callback("", key, Purpose(purpose)).partition("?")[2]
    return f"merchant={key.merchant}&channel={key.channel}"
