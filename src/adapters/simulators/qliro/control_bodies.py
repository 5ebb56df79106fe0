"""JSON bodies of the control plane (camelCase, unknown members refused)."""

from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from adapters.simulators.qliro.deliveries import Treatment
from adapters.simulators.qliro.model import ItemType

Count = Annotated[int, Meta(ge=1)]


class _Body(msgspec.Struct, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A request body."""


class Shipping(_Body):
    """A shipping method with its pickup point, extras and door code."""

    method: str
    option: str | None = None
    services: list[str] = []
    access_code: str | None = None


class Address(_Body):
    """A typed address instead of the test identity's own."""

    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    care_of: str | None = None
    street: str | None = None
    street2: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None


class Buy(_Body):
    """`person`: approved, on_hold, denied (company: before it for a company), or a number."""

    person: str = "approved"
    method: str = "CREDITCARDS"
    shipping: Shipping | None = None
    address: Address | None = None
    masked: bool | None = None
    email: str | None = None
    three_d_secure: Literal["approve", "fail", "wait"] = msgspec.field(default="approve", name="threeDSecure")
    identity_verified: bool = True
    newsletter: bool | None = None
    """The customer's answer where the checkout asks; otherwise the box stays as it was."""


class Told(_Body):
    """What a platform tells; left out, provider and payload are those of the order's own platform."""

    success: bool = True
    error: str | None = None
    provider: str | None = None
    event: str = "SHIPPING_PROVIDER_UPDATE"
    payload: Any = None
    at: str | None = None
    times: Count = 1


class Answer(_Body):
    """Yes or no."""

    approve: bool = True


class Pieces(_Body):
    """Pieces per merchant reference; left out means everything."""

    items: dict[str, Count] | None = None


class Keep(_Body):
    """Pieces per merchant reference that stay reserved."""

    items: dict[str, Count]


class ReservedItem(_Body):
    """A line of a further reservation, prices in major units."""

    reference: str
    price: int | Decimal
    price_ex_vat: int | Decimal | None = None
    quantity: Count = 1
    type: ItemType = ItemType.PRODUCT
    description: str | None = None


class Reservation(_Body):
    """A further reservation on a completed order."""

    items: Annotated[list[ReservedItem], Meta(min_length=1)]


class OutcomeBody(_Body):
    """`code` null approves, `hold` leaves OnHold until settled; `type` and `orderId` narrow it down."""

    code: str | None = "DECLINED"
    text: str = "Declined by provider"
    type: str | None = None
    order_id: int | None = None
    times: Count = 1
    skip: int = 0
    hold: bool = False


class CardBody(_Body):
    """A card of a merchant's, the first one's unless told otherwise."""

    merchant_api_key: str | None = None
    brand: str = "VISA"
    bin: str = "411111"
    last4: str = "1111"
    year: int = 2030
    month: Annotated[int, Meta(ge=1, le=12)] = 12


class Settle(_Body):
    """The decision on one transaction."""

    approve: bool = True
    code: str = "DECLINED"
    text: str = "Declined by provider"


class Advance(_Body):
    """Simulated seconds."""

    seconds: Annotated[float, Meta(ge=0)]


class Replay(_Body):
    """How often, and whether all at once."""

    times: Count = 1
    parallel: bool = True


class Release(_Body):
    """Newest first, or all at once; else oldest first, one after the other."""

    reverse: bool = False
    parallel: bool = False


class RuleBody(_Body):
    """Treat the next `times` messages (null = all) of a kind, order or status specially."""

    treatment: Treatment
    kind: str | None = None
    order_id: int | None = None
    status: str | None = None
    times: int | None = 1
    seconds: float = 0.0
    copies: Count = 1
