"""The order that Norce sends to the hooks, for the OpenAPI document only: reading is done by `adapters.norce.mapping`.

Members that this service needs are required. Null counts as absent, unknown members are ignored, statuses are read
in any case. Amounts are documented as numbers; they are read as exact decimals.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, field

Id = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._~:@+-]+$")]
Amount = Annotated[float, Meta(description="Major units of the order's currency", ge=-(10**11), le=10**11)]
VatRate = Annotated[float, Meta(description="As a fraction: 0.25 is 25 %", ge=0, le=1)]
Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Attributes = Annotated[dict[str, Any], Meta(description="Free members")]
OrderStatus = Literal["checkout", "processing", "accepted", "completed", "declined", "removed"]
ShippingState = Literal["intent", "removed", "processing", "failed", "confirmed"]
PaymentState = Literal[
    "intent",
    "removed",
    "processing",
    "failed",
    "confirmed",
    "pending",
    "declined",
    "reserved",
    "credited",
    "captured",
    "cancelled",
    "refunded",
]


class Documented(Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of the structures that only the document needs."""


class Price(Documented, frozen=True, kw_only=True):
    """An amount with and without VAT."""

    including_vat: Amount
    excluding_vat: Amount | UnsetType = UNSET


class Transition(Documented, frozen=True, kw_only=True):
    """When the order came into a state."""

    status: OrderStatus | UnsetType = UNSET
    time_stamp: Moment | UnsetType = UNSET


class State(Documented, frozen=True, kw_only=True):
    """Where the order is; in a hook, where it is about to be."""

    current_status: OrderStatus | UnsetType = UNSET
    transitions: tuple[Transition, ...] | UnsetType = UNSET


class Discount(Documented, frozen=True, kw_only=True):
    """A discount, as a positive amount."""

    type: Literal["item", "shipping"] | UnsetType = UNSET
    name: str | UnsetType = UNSET
    code: str | UnsetType = UNSET
    value: Price | UnsetType = UNSET
    attributes: Attributes | UnsetType = UNSET


class Logistics(Documented, frozen=True, kw_only=True):
    """What a carrier must know of a piece."""

    weight: int | UnsetType = UNSET
    height: int | UnsetType = UNSET
    width: int | UnsetType = UNSET
    length: int | UnsetType = UNSET
    tags: tuple[str, ...] | UnsetType = UNSET
    shipping_date: Moment | UnsetType = UNSET


class Item(Documented, frozen=True, kw_only=True):
    """A row of the cart."""

    id: str | UnsetType = UNSET
    reference: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    sku: str | UnsetType = UNSET
    url: str | UnsetType = UNSET
    image_url: str | UnsetType = UNSET
    quantity: Annotated[int, Meta(ge=0, le=1_000_000)]
    unit: str | UnsetType = UNSET
    price: Annotated[Price, Meta(description="One piece before discounts")] | UnsetType = UNSET
    total: Annotated[Price, Meta(description="The row after its discounts")]
    original_total: Annotated[Price, Meta(description="The row before its discounts")] | UnsetType = UNSET
    vat_rate: VatRate
    discounts: tuple[Discount, ...] | UnsetType = UNSET
    logistics: Logistics | UnsetType = UNSET
    attributes: Attributes | UnsetType = UNSET
    upsell: Annotated[bool, Meta(description="To be sold beyond the purchase")] | UnsetType = UNSET


class Cart(Documented, frozen=True, kw_only=True):
    """What is bought, without delivery."""

    reference: str | UnsetType = UNSET
    items: Annotated[tuple[Item, ...], Meta(max_length=2_000)] | UnsetType = UNSET
    discounts: Annotated[tuple[Discount, ...], Meta(max_length=2_000)] | UnsetType = UNSET
    total: Price
    attributes: Attributes | UnsetType = UNSET


class Product(Documented, frozen=True, kw_only=True):
    """The carrier's product."""

    reference: str | UnsetType = UNSET
    name: str | UnsetType = UNSET


class PickupLocationAddress(Documented, frozen=True, kw_only=True):
    """Where the parcel waits."""

    street_address: str | UnsetType = UNSET
    city: str | UnsetType = UNSET
    postal_code: str | UnsetType = UNSET
    country: str | UnsetType = UNSET


class PickupLocation(Documented, frozen=True, kw_only=True):
    """The agent that hands the parcel out."""

    reference: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    address: PickupLocationAddress | UnsetType = UNSET


class DeliveryDetails(Documented, frozen=True, kw_only=True):
    """How the parcel travels."""

    carrier: str | UnsetType = UNSET
    class_: str | UnsetType = field(default=UNSET, name="class")
    product: Product | UnsetType = UNSET
    pickup_location: PickupLocation | UnsetType = UNSET


class Addon(Documented, frozen=True, kw_only=True):
    """A service beside the delivery."""

    reference: str | UnsetType = UNSET
    price: Amount | UnsetType = UNSET


class Shipping(Documented, frozen=True, kw_only=True):
    """A delivery of the order."""

    id: Id
    merchant: str | UnsetType = UNSET
    channel: str | UnsetType = UNSET
    state: ShippingState | UnsetType = UNSET
    reference: str | UnsetType = UNSET
    tms_reference: str | UnsetType = UNSET
    order_id: str | UnsetType = UNSET
    adapter_id: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    total: Price | UnsetType = UNSET
    vat_rate: VatRate
    delivery_details: DeliveryDetails | UnsetType = UNSET
    addons: tuple[Addon, ...] | UnsetType = UNSET
    attributes: Attributes | UnsetType = UNSET


class PaymentAction(Documented, frozen=True, kw_only=True):
    """Something that can be done with a payment, and the address that does it."""

    id: str | UnsetType = UNSET
    adapter_id: str | UnsetType = UNSET
    type: str | UnsetType = UNSET
    url: str | UnsetType = UNSET


class Recurring(Documented, frozen=True, kw_only=True):
    """What lets the merchant charge again."""

    token: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    attributes: Attributes | UnsetType = UNSET


class UpsellTransaction(Documented, frozen=True, kw_only=True):
    """An attempt to sell more. `attributes.upsellLink` is where the customer pays, when `actionRequired`."""

    id: str | UnsetType = UNSET
    state: Literal["created", "actionRequired", "completed", "failed"] | UnsetType = UNSET
    item_ids: tuple[str, ...] | UnsetType = UNSET
    attributes: Attributes | UnsetType = UNSET


class Upsell(Documented, frozen=True, kw_only=True):
    """Whether more may be sold with the payment, and until when."""

    eligible: bool | UnsetType = UNSET
    expiration: Moment | UnsetType = UNSET
    transactions: tuple[UpsellTransaction, ...] | UnsetType = UNSET
    attributes: Attributes | UnsetType = UNSET


class Payment(Documented, frozen=True, kw_only=True):
    """A payment of the order, ours or another adapter's."""

    id: Id
    adapter_id: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    merchant: str | UnsetType = UNSET
    channel: str | UnsetType = UNSET
    currency: Annotated[str, Meta(pattern="^[A-Za-z]{3}$")] | UnsetType = UNSET
    type: Literal["default", "prepaid", "voucher"] | UnsetType = UNSET
    order_id: str | UnsetType = UNSET
    amount: Annotated[float, Meta(ge=0, le=10**11)] | UnsetType = UNSET
    upper_limit_amount: Amount | UnsetType = UNSET
    state: PaymentState | UnsetType = UNSET
    reference: str | UnsetType = UNSET
    attributes: Attributes | UnsetType = UNSET
    actions: tuple[PaymentAction, ...] | UnsetType = UNSET
    recurring: Recurring | UnsetType = UNSET
    upsell: Upsell | UnsetType = UNSET


class Address(Documented, frozen=True, kw_only=True):
    """Whom the order is for, or where it goes."""

    type: Literal["person", "organization"] | UnsetType = UNSET
    given_name: str | UnsetType = UNSET
    family_name: str | UnsetType = UNSET
    care_of: str | UnsetType = UNSET
    reference: str | UnsetType = UNSET
    organization_name: str | UnsetType = UNSET
    street_address: str | UnsetType = UNSET
    street_address2: str | UnsetType = UNSET
    postal_code: str | UnsetType = UNSET
    city: str | UnsetType = UNSET
    region: str | UnsetType = UNSET
    country: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    national_identification_number: str | UnsetType = UNSET
    organization_identification_number: str | UnsetType = UNSET
    attributes: Attributes | UnsetType = UNSET


class Customer(Documented, frozen=True, kw_only=True):
    """Who buys."""

    billing: Address | UnsetType = UNSET
    shipping: Address | UnsetType = UNSET
    type: Literal["person", "organization"] | UnsetType = UNSET
    attributes: Attributes | UnsetType = UNSET


class Consent(Documented, frozen=True, kw_only=True):
    """Something the customer is asked to agree to."""

    id: str | UnsetType = UNSET
    checked: bool | UnsetType = UNSET
    text: str | UnsetType = UNSET
    required: bool | UnsetType = UNSET


class Hook(Documented, frozen=True, kw_only=True):
    """Whom Norce asks before it commits a change of a part of the order."""

    id: str | UnsetType = UNSET
    adapter_id: str | UnsetType = UNSET
    subscribe_to: str | UnsetType = UNSET
    target: str | UnsetType = UNSET
    invoke: str | UnsetType = UNSET


class Notification(Documented, frozen=True, kw_only=True):
    """Whom Norce tells after it has committed a change of a part of the order."""

    id: str | UnsetType = UNSET
    adapter_id: str | UnsetType = UNSET
    reference: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    scope: str | UnsetType = UNSET
    schema: Annotated[dict[str, Any], Meta(description="JSON Schema of the values to tell of")] | UnsetType = UNSET
    invoke: str | UnsetType = UNSET
    delay: int | UnsetType = UNSET


class NorceOrder(Documented, frozen=True, kw_only=True):
    """The order as it will be when the change is committed."""

    id: Annotated[Id, Meta(description="The order in the path")]
    merchant: Annotated[str, Meta(description="When given: the merchant in the header")] | UnsetType = UNSET
    channel: Annotated[str, Meta(description="When given: the channel in the header")] | UnsetType = UNSET
    reference: str | UnsetType = UNSET
    created: Moment | UnsetType = UNSET
    last_modified: Moment | UnsetType = UNSET
    state: State | UnsetType = UNSET
    culture: Annotated[str, Meta(description="Such as sv-SE")] | UnsetType = UNSET
    currency: Annotated[str, Meta(pattern="^[A-Za-z]{3}$")]
    country: Annotated[str, Meta(pattern="^[A-Za-z]{2}$")] | UnsetType = UNSET
    cart: Cart | UnsetType = UNSET
    shippings: Annotated[tuple[Shipping, ...], Meta(max_length=2_000)] | UnsetType = UNSET
    payments: Annotated[tuple[Payment, ...], Meta(max_length=2_000)] | UnsetType = UNSET
    customer: Customer | UnsetType = UNSET
    consents: tuple[Consent, ...] | UnsetType = UNSET
    hooks: Annotated[tuple[Hook, ...], Meta(max_length=2_000)] | UnsetType = UNSET
    notifications: (
        Annotated[tuple[Notification, ...], Meta(description="Tells an order of the newer platform from an older one")]
        | UnsetType
    ) = UNSET
    total: Annotated[Price, Meta(description="Everything, delivery included")]
    attributes: Attributes | UnsetType = UNSET
