"""The provider's checkout as seen by this service: what is sent to it and what it tells."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from domain.order import Address
from domain.parcel import Parcel
from domain.saved_card import SavedCard
from domain.upsell import UpsellEligibility


class LineType(StrEnum):
    PRODUCT = "Product"
    DISCOUNT = "Discount"
    FEE = "Fee"
    SHIPPING = "Shipping"


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One row for the provider: `quantity` × the prices (minor units); `vat_rate` in basis points.

    `reference` and `price_inc` identify the row for its whole life.
    """

    reference: str
    description: str
    type: LineType
    quantity: int
    price_inc: int
    price_ex: int
    vat_rate: int
    parcel: Parcel | None = None

    @property
    def total_inc(self) -> int:
        return self.quantity * self.price_inc


@dataclass(frozen=True, slots=True)
class DeliverySetup:
    """What the provider needs to offer delivery itself: nShift's checkout with its tags, or Ingrid's view of the cart.

    `metadata` are key and value in order; keys may repeat.
    """

    checkout_id: str = ""
    tags: tuple[tuple[str, str], ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Basket:
    """Rows that add up to `total` (minor units) exactly.

    With `subscription` the customer is asked to let the merchant charge the card again later. With `delivery` the
    provider adds the freight itself.
    """

    lines: tuple[OrderLine, ...]
    total: int
    currency: str
    subscription: bool = False
    delivery: DeliverySetup | None = None


class CheckoutStatus(StrEnum):
    IN_PROCESS = "InProcess"
    ON_HOLD = "OnHold"
    COMPLETED = "Completed"
    REFUSED = "Refused"
    UNKNOWN = "Unknown"


class PickupAgent(NamedTuple):
    """Where a parcel waits for its receiver, as the delivery platform tells; None is not known."""

    id: str | None = None
    name: str | None = None
    street: str | None = None
    postal_code: str | None = None
    city: str | None = None


class CheckoutLine(NamedTuple):
    """A row as the provider reports it, including shipping and fees it added itself."""

    reference: str
    description: str
    type: LineType
    quantity: int
    price_inc: int
    price_ex: int
    transaction_id: int | None = None
    shipping_method: str | None = None
    secondary_option: str | None = None
    access_code: str | None = None
    shipping_provider: str | None = None
    service_id: str | None = None
    agent: PickupAgent | None = None
    upsell_id: str | None = None


@dataclass(frozen=True, slots=True)
class ProviderCheckout:
    """One reading of the provider's checkout order. `total` in minor units of `currency`; `payment_id` is Norce's, that
    it was made for, as far as it says so.
    """

    provider_order_id: int
    merchant_reference: str
    status: CheckoutStatus
    currency: str
    country: str
    language: str
    total: int
    lines: tuple[CheckoutLine, ...]
    snippet: str
    billing: Address | None = None
    shipping: Address | None = None
    payment_method: str | None = None
    payment_type: str | None = None
    newsletter: bool | None = None
    saved_card: SavedCard | None = None
    upsell: UpsellEligibility = field(default_factory=UpsellEligibility)
    payment_id: str = ""

    @property
    def paid(self) -> bool:
        """The customer has finished; the money is reserved, taken, or being decided."""
        return self.status in {CheckoutStatus.COMPLETED, CheckoutStatus.ON_HOLD}
