"""A new order from what was sent: read-only members are ignored, the rest is filled in."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from adapters.simulators.norce import model
from adapters.simulators.norce.ids import ACTION, CONSENT, ITEM, PAYMENT, SHIPPING, new_id
from adapters.simulators.norce.wire import bad_request, timestamp

Json = dict[str, Any]
_EMPTY_CART: Json = {"reference": None, "items": [], "discounts": [], "attributes": {}}
_NOBODY: Json = {"billing": None, "shipping": None, "type": "person", "attributes": {}}


def build_order(body: Any, *, ident: str, merchant: str, channel: str) -> Json:
    """An order in `checkout`, without totals. Raises ApiError 400 on a malformed body."""
    sent = model.order(deepcopy(body), "order")
    now = timestamp()
    doc: Json = {
        "id": ident,
        "merchant": merchant,
        "channel": channel,
        "reference": sent["reference"],
        "created": now,
        "lastModified": now,
        "state": {"currentStatus": "checkout", "transitions": [{"status": "checkout", "timeStamp": now}]},
        "culture": sent["culture"] or "sv-SE",
        "currency": sent["currency"] or "SEK",
        "country": sent["country"] or "SE",
        "cart": with_item_ids(sent["cart"] or deepcopy(_EMPTY_CART)),
        "shippings": [],
        "payments": [],
        "customer": sent["customer"] or deepcopy(_NOBODY),
        "consents": [new_consent(each) for each in sent["consents"]],
        "hooks": [],
        "notifications": [],
        "validations": [],
        "total": None,
        "attributes": sent["attributes"],
    }
    doc["shippings"] = [new_shipping(doc, each) for each in sent["shippings"]]
    doc["payments"] = [new_payment(doc, each) for each in sent["payments"]]
    return doc


def with_item_ids(cart: Json, *, known: Callable[[str], bool] = lambda _: False) -> Json:
    """The cart with an id on every item; ids that are not `known` are Norce's to give. 400 on bad quantities."""
    for index, item in enumerate(cart["items"]):
        if item["quantity"] < 1:
            raise bad_request(f"cart.items[{index}].quantity: must be greater than or equal to 1.")
        if not item["id"] or not known(item["id"]):
            item["id"] = new_id(ITEM)
    return {"total": None, **cart}


def new_consent(sent: Json) -> Json:
    """A consent with an id."""
    return sent | {"id": sent["id"] or new_id(CONSENT)}


def new_payment(order: Json, sent: Json, *, ident: str | None = None) -> Json:
    """The stored form of a payment. Raises ApiError 400 when its currency is not the order's."""
    currency = sent["currency"] or order["currency"]
    if currency.upper() != order["currency"].upper():
        raise bad_request(f"payment.currency: {currency} is not the order's {order['currency']}.")
    return {
        "id": ident or new_id(PAYMENT),
        "merchant": order["merchant"],
        "channel": order["channel"],
        "orderId": order["id"],
        **sent,
        "currency": currency,
        "actions": with_action_ids(sent["actions"]),
    }


def with_action_ids(actions: list[Json]) -> list[Json]:
    """Actions with an id each."""
    return [{"id": each.get("id") or new_id(ACTION), **each} for each in actions]


def new_shipping(order: Json, sent: Json, *, ident: str | None = None) -> Json:
    """The stored form of a shipping."""
    return {
        "id": ident or new_id(SHIPPING),
        "merchant": order["merchant"],
        "channel": order["channel"],
        "orderId": order["id"],
        **sent,
    }
