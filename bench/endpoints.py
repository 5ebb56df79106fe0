"""The endpoints that are measured, in the order in which an order's life reaches them, with what is asked of them."""

from dataclasses import dataclass
from typing import Final

HOT: Final = 1.3
REST: Final = 1.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One endpoint and its targets.

    `path`: upstream calls that wait for each other; `transactions`: on the way to the answer; `ratio`: processor time
    by that of a bare handler.
    """

    name: str
    path: int
    transactions: int = 1
    ratio: float = REST
    about: str = ""


ENDPOINTS: Final = (
    Endpoint(name="create", path=4),
    Endpoint(name="get", path=1, ratio=HOT, about="before the purchase"),
    Endpoint(name="state-changed", path=1, about="to processing"),
    Endpoint(name="cart-changed", path=1, ratio=HOT, about="another quantity"),
    Endpoint(name="remove", path=3),
    Endpoint(name="customer-update", path=2, about="a new address"),
    Endpoint(name="shipping-option-update", path=2, about="a delivery is chosen"),
    Endpoint(name="validate", path=2, ratio=HOT, about="approved"),
    Endpoint(name="push", path=0, ratio=HOT, about="acknowledgement"),
    Endpoint(name="refresh", path=2, about="nothing new"),
    Endpoint(name="cancel", path=3, transactions=2),
    Endpoint(name="capture", path=3, transactions=2),
    Endpoint(name="refund", path=3, transactions=2),
)
BY_NAME: Final = {endpoint.name: endpoint for endpoint in ENDPOINTS}
