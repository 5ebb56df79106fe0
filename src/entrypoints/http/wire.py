"""What this API takes and gives, as published (2024-03): the source of validation and of the OpenAPI document."""

from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

ErrorCode = Literal[
    "internal-server-error",
    "unauthorized",
    "configuration-error",
    "configuration-not-found",
    "order-not-found",
    "order-error",
    "order-bad-request",
    "order-conflict",
    "order-validation",
    "order-unknown-validation-error",
    "shipping-not-found",
    "shipping-error",
    "payment-not-found",
    "payment-error",
    "payment-conflict",
    "qliro-error",
    "qliro-bad-request",
    "qliro-order-expired",
    "qliro-validation",
    "qliro-order-not-found",
    "translation-not-found",
]


class QliroError(Struct, frozen=True, kw_only=True, rename="camel"):
    """Error as Qliro told it, in both published shapes at once."""

    error_code: Annotated[str, Meta(description="Qliro's error code")] = ""
    error_messages: Annotated[tuple[str, ...], Meta(description="Qliro's messages, one by one")] = ()
    correlation_id: Annotated[str, Meta(description="Qliro's trace id")] = ""
    error_message: Annotated[str, Meta(description="Qliro's messages as one text")] = ""
    error_reference: Annotated[str, Meta(description="Qliro's trace id")] = ""


class Error(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=False):
    """What went wrong."""

    code: Annotated[ErrorCode, Meta(description="Stable error code")]
    message: Annotated[str, Meta(description="Detailed error information")]
    qliro_error: Annotated[QliroError, Meta(description="Error if originating from Qliro")] | UnsetType = UNSET


class CheckoutOrder(Struct, frozen=True, kw_only=True, rename="camel"):
    """A payment and its checkout."""

    payment_id: Annotated[str, Meta(description="Norce payment id")]
    html_snippet: Annotated[str, Meta(description="Qliro's HTML snippet, unchanged; empty for order management")]


class PatchOperation(Struct, frozen=True, kw_only=True):
    """An RFC 6902 operation on our own payment."""

    op: Literal["replace"]
    path: Annotated[str, Meta(description="JSON Pointer into the order that was sent")]
    value: Decimal | str


class CallbackResponse(Struct, frozen=True, kw_only=True):
    """Qliro looks for `CallbackResponse`; Norce publishes `callbackResponse`. Both are sent."""

    callback_response: str = msgspec.field(default="received", name="callbackResponse")
    qliro_spelling: str = msgspec.field(default="received", name="CallbackResponse")


class Declined(Struct, frozen=True, kw_only=True):
    """A purchase stopped by validation, or a validate callback that could not be read."""

    decline_reason_message: Annotated[str, Meta(max_length=150)] = msgspec.field(name="declineReasonMessage")
    decline_reason: str = msgspec.field(default="Other", name="DeclineReason")
    qliro_spelling: str = msgspec.field(default="", name="DeclineReasonMessage")
    code: ErrorCode | UnsetType = UNSET
    message: str | UnsetType = UNSET


Price = Annotated[
    Decimal,
    Meta(description="Major units, with VAT unless the name says otherwise", extra_json_schema={"type": "number"}),
]


_Reference = Annotated[str, Meta(max_length=450)]
_Texts = Annotated[tuple[Annotated[str, Meta(max_length=450)], ...], Meta(max_length=100)]


OrderId = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]


class PickupPoint(Struct, frozen=True, kw_only=True, rename="camel"):
    """Where the parcel waits, in words."""

    name: _Reference | None = None
    description: _Texts | None = None


class ShippingOption(Struct, frozen=True, kw_only=True, rename="camel"):
    """The delivery that the customer chose, as Qliro's browser API reports it; only the method is needed."""

    method: Annotated[str, Meta(min_length=1, max_length=450)]
    secondary_option: _Reference | None = None
    additional_shipping_services: _Texts | None = None
    price: Price | None = None
    price_ex_vat: Price | None = None
    total_shipping_price: Price | None = None
    total_shipping_price_ex_vat: Price | None = None
    method_name: _Reference | None = None
    shipping_services_names: _Texts | None = None
    pickup_location: PickupPoint | None = None


class ProviderNotification(Struct, frozen=True, kw_only=True, rename="pascal"):
    """What a platform integrated at Qliro tells. Member names are read in any case; unknown kinds are only kept."""

    order_id: OrderId | None = None
    merchant_reference: str | None = None
    event_type: str | int | None = None
    provider: str | int | None = None
    is_success: bool | int | str | None = None
    error_message: str | None = None
    timestamp: str | None = None
    payload: Any = None


class PartItem(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """So many pieces of a row."""

    reference: Annotated[str, Meta(min_length=1, max_length=200, description="Qliro's reference, or Norce's SKU")]
    quantity: Annotated[Decimal, Meta(extra_json_schema={"type": "integer", "minimum": 1})]


class Part(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What to capture or refund when it is not everything that is left."""

    items: Annotated[tuple[PartItem, ...], Meta(min_length=1, max_length=200)] | UnsetType = UNSET
    amount: Price | UnsetType = UNSET
    reason: Annotated[str, Meta(max_length=200)] = ""


class QliroItem(Struct, frozen=True, kw_only=True, rename="pascal"):
    """A row of the order as Qliro reports it."""

    merchant_reference: str = ""
    description: str | None = None
    type: str | int | None = None
    quantity: Annotated[Decimal, Meta(extra_json_schema={"type": "integer"})] = Decimal(1)
    price_per_item_inc_vat: Price = Decimal(0)
    price_per_item_ex_vat: Price | None = None
    payment_transaction_id: int | None = None
    upsell_id: str | None = None


class ValidateOrder(Struct, frozen=True, kw_only=True, rename="pascal"):
    """The order that the customer is about to buy. Member names are read in any case, numbers as text too, null as
    absent; unknown members are ignored.
    """

    order_id: OrderId
    order_items: Annotated[tuple[QliroItem, ...], Meta(max_length=1000)]
    merchant_reference: str | None = None
    total_price: Price | None = None
    currency: Annotated[str, Meta(min_length=3, max_length=3)]
    country: str | None = None
    language: str | None = None
    customer_checkout_status: str | int | None = None
    selected_shipping_method: str | None = None
    selected_shipping_secondary_option: str | None = None


class Push(Struct, frozen=True, kw_only=True, rename="pascal"):
    """A status push. Member names are read in any case, numbers as text too, null as absent; unknown members and
    statuses are ignored; the truth is read from Qliro.
    """

    order_id: OrderId | None = None
    status: str | int | None = None
    timestamp: str | None = None
    time_stamp: str | None = None
    notification_type: str | int | None = None
    payment_transaction_id: int | None = None
    payment_type: str | int | None = None
    upsell_id: str | None = None
    original_payment_transaction_id: int | None = None
    replaces_original_payment_transaction: bool | None = None


class SavedCreditCard(Struct, frozen=True, kw_only=True, rename="camel"):
    """A card that Qliro keeps for the merchant. Member names are read in any case, and with or without `Card` before
    them; unknown ones are ignored. Only the token, the brand and the expiry are kept.
    """

    id: Annotated[str, Meta(max_length=100, description="The token; never shown again")] | None = None
    order_id: OrderId | None = None
    brand_name: str | int | None = None
    bin: str | int | None = None
    last4_digits: str | int | None = None
    masked_number: str | None = None
    expiry_month: int | str | None = None
    expiry_year: int | str | None = None
    card_brand_name: str | int | None = None
    card_expiry_month: int | str | None = None
    card_expiry_year: int | str | None = None


class RecurringToken(Struct, frozen=True, kw_only=True, rename="camel"):
    """What to pay a renewal with."""

    token: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=100,
            description="The `recurring.token` of an earlier payment, or `QLIRO_INVOICE` for an invoice",
        ),
    ]


class RecurringOrder(Struct, frozen=True, kw_only=True, rename="camel"):
    """The payment of a renewal."""

    payment_id: Annotated[str, Meta(description="Norce payment id")]
