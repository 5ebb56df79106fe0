"""The next order of a subscription: the same cart for the same customer, not paid yet."""

from copy import deepcopy
from typing import Any

Json = dict[str, Any]
_KEPT = ("culture", "currency", "country", "customer", "attributes")


def same_again(doc: Json, *, number: int) -> Json:
    """The body of a new order. What was agreed to once holds; what was booked or paid does not come along."""
    reference = str(doc["cart"]["reference"] or doc["id"]).partition("~")[0]
    shippings = [each for each in doc["shippings"] if each["state"] != "removed"]
    body = {name: doc[name] for name in _KEPT} | {
        "cart": doc["cart"] | {"reference": f"{reference}~{number}"},
        "shippings": [each | {"state": "intent", "tmsReference": None} for each in shippings],
        "consents": doc["consents"],
    }
    return deepcopy(body)
