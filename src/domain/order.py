"""Norce's order as this service needs it: neutral, exact, read-only.

`document` members carry the platform's own representation through, untouched, so that a full replacement
(`PUT`) can send back what this service does not know. Nothing here looks inside them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from domain.identifiers import OrderKey
from domain.upsell import UpsellShown

ADAPTER_ID = "qliro_checkout_adapter"


class OrderStatus(StrEnum):
    CHECKOUT = "checkout"
    PROCESSING = "processing"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    DECLINED = "declined"
    REMOVED = "removed"
    UNKNOWN = "unknown"


class PaymentState(StrEnum):
    """Norce's name for a payment's state."""

    INTENT = "intent"
    REMOVED = "removed"
    PROCESSING = "processing"
    FAILED = "failed"
    CONFIRMED = "confirmed"
    PENDING = "pending"
    DECLINED = "declined"
    RESERVED = "reserved"
    CREDITED = "credited"
    CAPTURED = "captured"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    UNKNOWN = "unknown"


class Generation(StrEnum):
    """Which generation of Norce's platform an order lives on, named after the adapter API it was built with."""

    OLDER = "2024-03"
    NEWER = "2026-01"


INACTIVE_PAYMENT_STATES = frozenset(
    {PaymentState.REMOVED, PaymentState.FAILED, PaymentState.DECLINED, PaymentState.CANCELLED}
)


class Price(NamedTuple):
    """Minor units, with and without VAT."""

    including_vat: int
    excluding_vat: int


@dataclass(frozen=True, slots=True)
class Discount:
    kind: str
    name: str
    code: str
    value: Price


@dataclass(frozen=True, slots=True)
class Logistics:
    """How one piece of a row is sent: grams and millimetres as the platform states them, None where it does not.

    `shipping_date` is the earliest moment it leaves, as ISO 8601.
    """

    weight: int | None = None
    height: int | None = None
    width: int | None = None
    length: int | None = None
    tags: tuple[str, ...] = ()
    shipping_date: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A cart row. `vat_rate` in basis points (2550 = 25.5 %); `total` is after the row's own discounts."""

    id: str
    reference: str
    sku: str
    name: str
    quantity: int
    total: Price
    original_total: Price
    vat_rate: int
    discount_codes: tuple[str, ...] = ()
    logistics: Logistics | None = None
    out_of_stock: bool | None = None
    upsell: bool = False


@dataclass(frozen=True, slots=True)
class OrderShipping:
    """A delivery on the order. One that failed still costs what it costs: only a removed one is gone."""

    id: str
    adapter_id: str
    state: str
    reference: str
    name: str
    total: Price
    vat_rate: int
    tms_reference: str = ""
    carrier: str | None = None
    carrier_product_id: str | None = None
    pickup_reference: str | None = None
    pickup_name: str | None = None
    attributes: Mapping[str, object] = field(default_factory=dict)
    document: bytes = b""

    @property
    def active(self) -> bool:
        return self.state != "removed"

    @property
    def ours(self) -> bool:
        return self.adapter_id == ADAPTER_ID


@dataclass(frozen=True, slots=True)
class PaymentAction:
    type: str
    url: str


@dataclass(frozen=True, slots=True)
class Recurring:
    """What a payment keeps for later payments that the merchant makes without the customer."""

    token: str = field(repr=False)
    description: str = field(default="", repr=False)
    attributes: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class OrderPayment:
    """A payment on the order, ours or another's. `amount` in minor units; `type` default, prepaid or voucher."""

    id: str
    adapter_id: str
    name: str
    type: str
    amount: int
    currency: str
    state: PaymentState
    reference: str
    attributes: Mapping[str, object] = field(default_factory=dict)
    actions: tuple[PaymentAction, ...] = ()
    document: bytes = field(default=b"", repr=False)
    recurring: Recurring | None = None
    upsell: UpsellShown | None = None

    @property
    def ours(self) -> bool:
        return self.adapter_id == ADAPTER_ID

    @property
    def active(self) -> bool:
        return self.state not in INACTIVE_PAYMENT_STATES


@dataclass(frozen=True, slots=True)
class Hook:
    id: str
    adapter_id: str
    subscribe_to: str
    target: str
    invoke: str


@dataclass(frozen=True, slots=True)
class Address:
    """A person's or company's address; None means not known, never empty."""

    type: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    care_of: str | None = None
    organization_name: str | None = None
    street_address: str | None = None
    street_address2: str | None = None
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    phone: str | None = None
    email: str | None = None
    national_identification_number: str | None = None
    organization_identification_number: str | None = None
    vat_id: str | None = None

    def known(self) -> bool:
        """Whether it says anything at all beyond its type."""
        return any(getattr(self, name) for name in self.__slots__ if name != "type")


class CustomerType(StrEnum):
    """Norce's names for what a customer is."""

    PERSON = "person"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True)
class Consent:
    """Something that the customer may agree to."""

    id: str
    checked: bool


@dataclass(frozen=True, slots=True)
class OrderCustomer:
    type: str | None = None
    billing: Address | None = None
    shipping: Address | None = None
    billing_document: bytes = b""
    shipping_document: bytes = b""

    def kind(self) -> CustomerType | None:
        """What the customer is, as far as the order knows."""
        told = self.type or (self.billing.type if self.billing else None)
        return next((kind for kind in CustomerType if kind == told), None)


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """The order in one consistent reading. Amounts in minor units of `currency` (upper case)."""

    key: OrderKey
    status: OrderStatus
    culture: str
    currency: str
    country: str
    cart_reference: str
    items: tuple[Item, ...]
    discounts: tuple[Discount, ...]
    cart_total: Price
    shippings: tuple[OrderShipping, ...]
    payments: tuple[OrderPayment, ...]
    hooks: tuple[Hook, ...]
    total: Price
    customer: OrderCustomer = OrderCustomer()
    notifications: tuple[str, ...] = ()
    """The addresses that are told of changes after they were made."""
    last_modified: datetime | None = None
    status_since: datetime | None = None
    generation: Generation = Generation.OLDER
    cart_attributes: Mapping[str, object] = field(default_factory=dict)
    consents: tuple[Consent, ...] = ()
    attributes: Mapping[str, object] = field(default_factory=dict)

    def payment(self, payment_id: str) -> OrderPayment | None:
        return next((p for p in self.payments if p.id == payment_id), None)

    def own_payment(self) -> OrderPayment | None:
        """Our active payment on this order: of several, one that names its Qliro order, else the newest."""
        own = [p for p in reversed(self.payments) if p.ours and p.active]
        return next((p for p in own if p.reference), own[0] if own else None)

    def own_shipping(self) -> OrderShipping | None:
        """The delivery that we keep on this order for what is chosen in the checkout."""
        return next((s for s in self.shippings if s.ours and s.active), None)

    def twins(self) -> tuple[OrderPayment, ...]:
        """Own payments that were made beside the one in use, by a request that was taken for lost and was only late."""
        used = self.own_payment()
        return tuple(
            p for p in self.payments if p.ours and p is not used and not p.reference and p.state is PaymentState.INTENT
        )

    def amount_to_cover(self, payment_id: str | None = None) -> int:
        """What is left of the total for our payment after every other live payment, in minor units."""
        others = sum(p.amount for p in self.payments if p.id != payment_id and not p.ours and p.active)
        return self.total.including_vat - others
