"""Members of Qliro's messages that are published but not read, for the OpenAPI document only.

They hold personal data, or nothing that a decision depends on; what is read stands in `entrypoints.http.wire`.
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from entrypoints.http.wire import SavedCreditCard

CheckoutStatus = Literal["inProcess", "completed", "onHold", "refused", "success"]
Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
ItemType = Literal["product", "discount", "fee", "shipping"]


class Unread(Struct, frozen=True, kw_only=True, rename="pascal"):
    """Base of the structures that nobody reads."""


class QliroCustomer(Unread, frozen=True, kw_only=True):
    """Who buys."""

    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType = UNSET
    personal_number: str | UnsetType = UNSET
    vat_number: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    mobile_number: str | UnsetType = UNSET
    juridical_type: Literal["physical", "company"] | UnsetType = UNSET
    date_of_birth: str | UnsetType = UNSET
    gender: int | UnsetType = UNSET


class QliroAddress(Unread, frozen=True, kw_only=True):
    """Where the customer lives or wants the parcel."""

    first_name: str | UnsetType = UNSET
    last_name: str | UnsetType = UNSET
    company_name: str | UnsetType = UNSET
    care_of: str | UnsetType = UNSET
    street: str | UnsetType = UNSET
    street2: str | UnsetType = UNSET
    postal_code: str | UnsetType = UNSET
    city: str | UnsetType = UNSET
    country_code: str | UnsetType = UNSET
    area: str | UnsetType = UNSET
    area_code: str | UnsetType = UNSET


class PaymentMethod(Unread, frozen=True, kw_only=True):
    """How the customer pays."""

    payment_method_name: str | UnsetType = UNSET
    payment_type_code: str | UnsetType = UNSET


class IdentityVerification(Unread, frozen=True, kw_only=True):
    """Whether the customer had to, and did, prove who it is."""

    require_identity_verification: bool | UnsetType = UNSET
    identity_verified: bool | UnsetType = UNSET


class MerchantProvidedMetadata(Unread, frozen=True, kw_only=True):
    """A pair that the merchant gave Qliro along."""

    key: str | UnsetType = UNSET
    value: str | UnsetType = UNSET


class QliroUpsell(Struct, frozen=True, kw_only=True, rename="camel"):
    """What may still be sold beyond the purchase."""

    eligible_for_upsell: bool | UnsetType = UNSET
    eligible_for_upsell_until: Moment | UnsetType = UNSET
    is_upsell_order: bool | UnsetType = UNSET
    upsell_total_price: Annotated[float, Meta(description="Major units, with VAT")] | UnsetType = UNSET


class UnreadOrderMembers(Unread, frozen=True, kw_only=True):
    """The rest of the order that Qliro posts to validate."""

    customer_checkout_status: CheckoutStatus | UnsetType = UNSET
    customer: QliroCustomer | UnsetType = UNSET
    billing_address: QliroAddress | UnsetType = UNSET
    shipping_address: QliroAddress | UnsetType = UNSET
    payment_method: PaymentMethod | UnsetType = UNSET
    signup_for_newsletter: bool | UnsetType = UNSET
    ask_for_newsletter_signup_checked: bool | UnsetType = UNSET
    identity_verification: IdentityVerification | UnsetType = UNSET
    merchant_provided_metadata: tuple[MerchantProvidedMetadata, ...] | UnsetType = UNSET
    order_html_snippet: str | UnsetType = UNSET
    merchant_saved_credit_card: SavedCreditCard | UnsetType = UNSET
    upsell: QliroUpsell | UnsetType = UNSET
    upsell_id: str | UnsetType = UNSET


class UnreadItemMembers(Unread, frozen=True, kw_only=True):
    """A row's kind as published; read in any case, and as the number that stands for it."""

    type: ItemType | UnsetType = UNSET
    upsell_id: str | UnsetType = UNSET


class PatchOperation(Struct, frozen=True, kw_only=True):
    """An RFC 6902 operation on our own payment."""

    op: Literal["replace"]
    path: Annotated[str, Meta(description="JSON Pointer into the order that was sent")]
    value: Annotated[Any, Meta(description="A number for an amount, else a text")]


class UnreadPushMembers(Unread, frozen=True, kw_only=True):
    """The rest of a checkout status push."""

    merchant_reference: str | UnsetType = UNSET
    timestamp: Moment | UnsetType = UNSET
    upsell_id: str | UnsetType = UNSET
    original_payment_transaction_id: int | UnsetType = UNSET
    replaces_original_payment_transaction: bool | UnsetType = UNSET


class UnreadStatusMembers(Unread, frozen=True, kw_only=True):
    """The rest of an order-management status push."""

    merchant_reference: str | UnsetType = UNSET
    amount: Decimal | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    original_payment_transaction_id: int | UnsetType = UNSET
    provider_result_code: str | UnsetType = UNSET
    provider_result_description: str | UnsetType = UNSET
    provider_transaction_id: str | UnsetType = UNSET
    error_code: str | UnsetType = UNSET
    error_code_description: str | UnsetType = UNSET
    payment_reference: int | UnsetType = UNSET
