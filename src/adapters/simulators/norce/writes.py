"""The changes that the Order API offers, as functions on a copy of the order. They raise ApiError 400 or 404."""

from copy import deepcopy
from typing import Any

from adapters.simulators.norce import model, totals
from adapters.simulators.norce.config import Modes
from adapters.simulators.norce.new_order import new_consent, new_payment, new_shipping, with_action_ids, with_item_ids
from adapters.simulators.norce.shapes import filled, free, text
from adapters.simulators.norce.wire import ApiError, bad_request, decode, not_found, timestamp

Json = dict[str, Any]
_ONWARD = {
    "checkout": {"processing", "accepted", "completed", "removed"},
    "processing": {"checkout", "accepted", "declined", "removed"},
    "accepted": {"completed", "declined", "removed"},
}


def find(entries: list[Json], ident: str, what: str) -> Json:
    """The entry with this id. Raises ApiError 404."""
    for entry in entries:
        if entry["id"] == ident:
            return entry
    raise not_found(what, ident)


def set_state(order: Json, body: Any, *, modes: Modes) -> None:
    """Move the order; the same state again changes nothing. 400 when consents or strict rules forbid it."""
    status = model.state(body, "state")["currentStatus"]
    state = order["state"]
    if status == state["currentStatus"]:
        return
    if modes.strict_states and status not in _ONWARD.get(state["currentStatus"], set()):
        raise ApiError(400, "order-validation", f"Order can't go from {state['currentStatus']} to {status}.")
    missing = [each["id"] for each in order["consents"] if each["required"] and not each["checked"]]
    if status == "processing" and missing:
        raise ApiError(400, "order-validation", f"Required consents are not checked: {', '.join(missing)}.")
    state["currentStatus"] = status
    state["transitions"].append({"status": status, "timeStamp": timestamp()})


def check_editable(order: Json, *, modes: Modes, states: tuple[str, ...] = ("checkout",)) -> None:
    """With strict states, a cart is only edited in `checkout`."""
    current = order["state"]["currentStatus"]
    if modes.strict_states and current not in states:
        raise ApiError(400, "order-validation", f"Order is {current} and can't be edited.")


def patch_attributes(order: Json, body: Any) -> None:
    """Set the given attributes, leave the others."""
    if not isinstance(body, dict):
        raise bad_request("attributes: an object is expected.")
    order["attributes"] = order["attributes"] | free(body, "attributes")


def put_cart(order: Json, body: Any) -> None:
    """Replace the cart; ids of items that are there already are kept."""
    known = {each["id"] for each in order["cart"]["items"]}
    order["cart"] = with_item_ids(model.cart(body, "cart"), known=known.__contains__)


def put_address(order: Json, body: Any, *, which: str) -> None:
    """Replace the billing or shipping address; the customer's type follows billing."""
    order["customer"][which] = model.address(body, which)
    if which == "billing":
        order["customer"]["type"] = order["customer"][which]["type"]


def put_reference(order: Json, body: Any) -> None:
    """Set the order's reference, a bare JSON string."""
    order["reference"] = filled(body, "reference") if body != "" else text(body, "reference")


def create_payment(order: Json, body: Any) -> str:
    """Add a payment; returns its id."""
    made = new_payment(order, model.payment(body, "payment"))
    order["payments"].append(made)
    return str(made["id"])


def put_payment(order: Json, body: Any, *, payment_id: str) -> None:
    """Replace a payment; what is left out is cleared."""
    old = find(order["payments"], payment_id, "payment")
    order["payments"][order["payments"].index(old)] = new_payment(
        order, model.payment(body, "payment"), ident=payment_id
    )


def put_actions(order: Json, body: Any, *, payment_id: str, append: bool) -> None:
    """Replace the payment's actions, or add to them when the platform appends."""
    payment = find(order["payments"], payment_id, "payment")
    if not isinstance(body, list):
        raise bad_request("actions: an array is expected.")
    sent = with_action_ids([model.action(each, f"actions[{index}]") for index, each in enumerate(body)])
    payment["actions"] = [*payment["actions"], *sent] if append else sent


def create_shipping(order: Json, body: Any) -> str:
    """Add a shipping; returns its id."""
    made = new_shipping(order, model.shipping(body, "shipping"))
    order["shippings"].append(made)
    return str(made["id"])


def put_shipping(order: Json, body: Any, *, shipping_id: str) -> None:
    """Replace a shipping; what is left out is cleared."""
    old = find(order["shippings"], shipping_id, "shipping")
    order["shippings"][order["shippings"].index(old)] = new_shipping(
        order, model.shipping(body, "shipping"), ident=shipping_id
    )


def add_consents(order: Json, body: Any) -> None:
    """Add one consent or several; an id that is there already is replaced."""
    for sent in body if isinstance(body, list) else [body]:
        made = new_consent(model.consent(sent, "consent"))
        order["consents"] = [each for each in order["consents"] if each["id"] != made["id"]] + [made]


def patch_consents(order: Json, body: Any) -> None:
    """Set `checked` of the consents named by id."""
    if not isinstance(body, list):
        raise bad_request("consents: an array is expected.")
    for sent in body:
        check_consent(order, sent, consent_id=filled(sent.get("id") if isinstance(sent, dict) else None, "consent.id"))


def check_consent(order: Json, body: Any, *, consent_id: str) -> None:
    """Set `checked` of one consent; nothing else of it changes."""
    find(order["consents"], consent_id, "consent")["checked"] = model.consent(body, "consent")["checked"]


def remove_consent(order: Json, *, consent_id: str) -> None:
    """Take a consent away."""
    order["consents"].remove(find(order["consents"], consent_id, "consent"))


def set_quantity(order: Json, *, item_id: str, quantity: Any, basis: dict[str, Json]) -> None:
    """Change an item's quantity; its totals follow in proportion to how the item first was."""
    item = find(order["cart"]["items"], item_id, "item")
    if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
        raise bad_request("quantity: must be an integer greater than or equal to 1.")
    totals.change_quantity(item, quantity, basis.setdefault(item_id, deepcopy(item)))


def remove_item(order: Json, *, item_id: str) -> None:
    """Take an item out of the cart."""
    order["cart"]["items"].remove(find(order["cart"]["items"], item_id, "item"))


def add_item(order: Json, body: Any) -> str:
    """Put an item into the cart; returns its id."""
    cart = with_item_ids({"items": [model.item(body, "item")]})
    order["cart"]["items"].append(cart["items"][0])
    return str(cart["items"][0]["id"])


def new_transaction(body: Any) -> Json:
    """A log entry as sent. Raises ApiError 400, also when its JSON strings hold no JSON."""
    sent: Json = model.transaction(body, "transaction")
    for name in ("requestJson", "responseJson"):
        if sent[name]:
            decode(sent[name])
    return sent
