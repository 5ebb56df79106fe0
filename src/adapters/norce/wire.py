"""Norce's documents as they are on the wire (Order API v0, norce.md b.2), read tolerantly.

Absent and null are the same, unknown members are skipped, statuses are plain text, numbers are exact decimals.
Only what this service needs is declared. Members that must be sent back untouched stay raw, and so do the numbers of
rows: `values` reads each text once.
"""

from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from msgspec import Raw, Struct


class Wire(Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of everything below: camelCase members, immutable."""


class WirePrice(Wire, frozen=True):
    including_vat: Decimal | None = None
    excluding_vat: Decimal | None = None


class WireTransition(Wire, frozen=True):
    status: str | None = None
    time_stamp: str | None = None


class WireState(Wire, frozen=True):
    current_status: str | None = None
    transitions: tuple[WireTransition, ...] | None = None


class WireDiscount(Wire, frozen=True):
    type: str | None = None
    name: str | None = None
    code: str | None = None
    value: Raw = Raw()


class WireItem(Wire, frozen=True):
    id: str | None = None
    reference: str | None = None
    sku: str | None = None
    name: str | None = None
    quantity: Raw = Raw()
    price: Raw = Raw()
    total: Raw = Raw()
    original_total: Raw = Raw()
    vat_rate: Raw = Raw()
    discounts: tuple[WireDiscount, ...] | None = None
    logistics: Any = None
    attributes: Any = None
    upsell: Any = None


class WireCart(Wire, frozen=True):
    reference: str | None = None
    items: tuple[WireItem, ...] | None = None
    discounts: tuple[WireDiscount, ...] | None = None
    total: Raw = Raw()
    attributes: Any = None


class WireShipping(Wire, frozen=True):
    id: str
    adapter_id: str | None = None
    state: str | None = None
    reference: str | None = None
    name: str | None = None
    total: Raw = Raw()
    vat_rate: Raw = Raw()
    tms_reference: Any = None
    delivery_details: Any = None
    attributes: Any = None


class WireAction(Wire, frozen=True):
    id: str | None = None
    adapter_id: str | None = None
    type: str | None = None
    url: str | None = None


class WirePayment(Wire, frozen=True):
    id: str
    adapter_id: str | None = None
    name: str | None = None
    type: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    state: str | None = None
    reference: str | None = None
    attributes: dict[str, Any] | None = None
    actions: tuple[WireAction, ...] | None = None
    recurring: Any = None
    upsell: Raw = Raw()


class WireUpsellTransaction(Wire, frozen=True):
    id: str
    state: str | None = None
    item_ids: tuple[str, ...] | None = None
    attributes: dict[str, Any] | None = None


class WireUpsell(Wire, frozen=True):
    eligible: bool | None = None
    expiration: str | None = None
    transactions: tuple[WireUpsellTransaction, ...] | None = None


class WireHook(Wire, frozen=True):
    id: str | None = None
    adapter_id: str | None = None
    subscribe_to: str | None = None
    target: str | None = None
    invoke: str | None = None


class WireAddress(Wire, frozen=True):
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
    attributes: dict[str, Any] | None = None


class WireCustomer(Wire, frozen=True):
    type: str | None = None
    billing: Raw = Raw()
    shipping: Raw = Raw()


class WireOrder(Wire, frozen=True):
    id: str
    merchant: str | None = None
    channel: str | None = None
    state: WireState | None = None
    culture: str | None = None
    currency: str | None = None
    country: str | None = None
    last_modified: str | None = None
    cart: WireCart | None = None
    shippings: tuple[Raw, ...] | None = None
    payments: tuple[Raw, ...] | None = None
    hooks: tuple[WireHook, ...] | None = None
    notifications: Raw = Raw()
    customer: WireCustomer | None = None
    total: Raw = Raw()
    consents: Any = None
    attributes: Any = None


class WireOutline(Wire, frozen=True):
    """As little of an order as tells how it stands and who pays it."""

    id: str
    merchant: str | None = None
    channel: str | None = None
    state: WireState | None = None
    currency: str | None = None
    last_modified: str | None = None
    payments: tuple[Raw, ...] | None = None
    total: Raw = Raw()


class Created(Wire, frozen=True):
    id: str


class Problem(Wire, frozen=True):
    """An error body: `{code, message}`, or RFC 7807's `title`."""

    code: str | None = None
    message: str | None = None
    title: str | None = None


class Pagination(Wire, frozen=True):
    offset: int = 0
    total_size: int = 0


class ListedPayment(Wire, frozen=True):
    id: str
    adapter_id: str = ""


class ListedOrder(Wire, frozen=True):
    """As little of a listed order as tells whose payments are on it: reading the rest of so many would be a waste."""

    id: str
    payments: tuple[ListedPayment, ...] | None = None


class WireListing(Wire, frozen=True):
    data: tuple[ListedOrder, ...]
    pagination: Pagination


class WireTransaction(Wire, frozen=True):
    event: str
    psp_event: str
    amount: Decimal
    is_success: bool
    error_detail: str
    psp_status: str
    request_json: str
    response_json: str


class LoggedTransaction(Wire, frozen=True):
    request_json: str | None = None


encode = msgspec.json.Encoder(decimal_format="number").encode
ORDER = msgspec.json.Decoder(WireOrder, float_hook=Decimal)
OUTLINE = msgspec.json.Decoder(WireOutline, float_hook=Decimal)
PAYMENT = msgspec.json.Decoder(WirePayment, float_hook=Decimal)
UPSELL = msgspec.json.Decoder(WireUpsell, float_hook=Decimal)
SHIPPING = msgspec.json.Decoder(WireShipping, float_hook=Decimal)
PRICE = msgspec.json.Decoder(WirePrice | None, float_hook=Decimal)
NUMBER = msgspec.json.Decoder(Decimal | None)
ADDRESS = msgspec.json.Decoder(WireAddress, float_hook=Decimal)
CREATED = msgspec.json.Decoder(Created)
LISTING = msgspec.json.Decoder(WireListing)
PROBLEM = msgspec.json.Decoder(Problem)
TRANSACTIONS = msgspec.json.Decoder(tuple[LoggedTransaction, ...])
MEMBERS = msgspec.json.Decoder(dict[str, Raw])
ANYTHING = msgspec.json.Decoder(float_hook=Decimal)

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidOperation)
"""Everything a decoder raises on bytes that are not what it expects (the last on exponents beyond all bounds)."""
