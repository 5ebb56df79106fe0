"""Qliro's documents as they are on the wire (qliro.md 5, 9, appendix A, appendix B).

Requests leave out what is not set. Answers are read tolerantly: absent and null are the same, unknown members
are skipped, enumerations may come as names in any case or as numbers, amounts are exact decimals.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

Enumerated = str | int | None
"""An enumeration's value as it may come: its name, its number, or nothing."""


class Wire(Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """Base of everything below: PascalCase members, immutable, unset members left out."""


class SubscriptionRequest(Wire, frozen=True, omit_defaults=False):
    enabled: bool = True


class Dimensions(Wire, frozen=True):
    """Millimetres."""

    height: int | None = None
    length: int | None = None
    width: int | None = None


class ShippingDates(Wire, frozen=True):
    start: str | None = None
    end: str | None = None


class IngridItem(Wire, frozen=True):
    """A row's goods for Ingrid: weight in grams per piece, discount of the whole row with VAT."""

    weight: int | None = None
    sku: str | None = None
    shipping_date: ShippingDates | None = None
    attributes: tuple[str, ...] | None = None
    dimensions: Dimensions | None = None
    out_of_stock: bool | None = None
    discount: Decimal | None = None


class ItemMetadata(Wire, frozen=True):
    subscription: SubscriptionRequest | None = None
    ingrid: IngridItem | None = None


class Unifaun(Wire, frozen=True):
    checkout_id: str
    tags: dict[str, str] | None = None


class ShippingConfiguration(Wire, frozen=True):
    unifaun: Unifaun


class MetadataPair(Wire, frozen=True):
    """Always whole: an empty value says something."""

    key: str
    value: str


class ItemRequest(Wire, frozen=True):
    merchant_reference: str
    description: str
    type: str
    quantity: int
    price_per_item_inc_vat: Decimal
    price_per_item_ex_vat: Decimal
    vat_rate: Decimal
    metadata: ItemMetadata | None = None


class AddressRequest(Wire, frozen=True):
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    street: str | None = None
    street2: str | None = None
    postal_code: str | None = None
    city: str | None = None
    care_of: str | None = None
    area: str | None = None


class CustomerRequest(Wire, frozen=True):
    personal_number: str | None = None
    vat_number: str | None = None
    email: str | None = None
    juridical_type: str | None = None
    mobile_number: str | None = None
    address: AddressRequest | None = None
    shipping_address: AddressRequest | None = None


class CreateOrder(Wire, frozen=True):
    merchant_api_key: str
    merchant_reference: str
    currency: str
    country: str
    language: str
    merchant_confirmation_url: str
    merchant_terms_url: str
    merchant_order_validation_url: str
    merchant_checkout_status_push_url: str
    merchant_order_management_status_push_url: str
    order_items: tuple[ItemRequest, ...]
    merchant_integrity_policy_url: str | None = None
    merchant_saved_credit_card_push_url: str | None = None
    primary_color: str | None = None
    background_color: str | None = None
    call_to_action_color: str | None = None
    call_to_action_hover_color: str | None = None
    corner_radius: int | None = None
    button_corner_radius: int | None = None
    minimum_customer_age: int | None = None
    require_identity_verification: bool | None = None
    merchant_constraint_name: str | None = None
    enforced_juridical_type: str | None = None
    ask_for_newsletter_signup: bool | None = None
    ask_for_newsletter_signup_checked: bool | None = None
    ask_for_newsletter_signup_text: str | None = None
    loyalty_configuration: Mapping[str, object] | None = None
    customer_information: CustomerRequest | None = None
    merchant_notification_url: str | None = None
    shipping_configuration: ShippingConfiguration | None = None
    merchant_provided_metadata: tuple[MetadataPair, ...] | None = None


class UpdateOrder(Wire, frozen=True):
    merchant_api_key: str
    order_items: tuple[ItemRequest, ...]
    merchant_update_version: str
    shipping_configuration: ShippingConfiguration | None = None
    merchant_provided_metadata: tuple[MetadataPair, ...] | None = None


class AdminItem(Wire, frozen=True):
    """A row of a capture or a refund: found again by reference, price and type."""

    merchant_reference: str
    type: str
    quantity: int
    price_per_item_inc_vat: Decimal


class Shipment(Wire, frozen=True):
    payment_transaction_id: int
    order_items: tuple[AdminItem, ...]


class ReturnFee(Wire, frozen=True):
    """What the merchant keeps of a return: positive prices, no quantity."""

    merchant_reference: str
    description: str
    price_per_item_inc_vat: Decimal
    price_per_item_ex_vat: Decimal


class Return(Wire, frozen=True, omit_defaults=True):
    payment_transaction_id: int
    order_items: tuple[AdminItem, ...]
    fees: tuple[ReturnFee, ...] | None = None


class AddedItem(Wire, frozen=True):
    """A row that an invoice gets afterwards."""

    merchant_reference: str
    description: str
    type: str
    quantity: int
    price_per_item_inc_vat: Decimal
    price_per_item_ex_vat: Decimal


class Addition(Wire, frozen=True):
    payment_transaction_id: int
    order_items: tuple[AddedItem, ...]


class MarkItemsAsShipped(Wire, frozen=True):
    request_id: UUID
    merchant_api_key: str
    order_id: int
    currency: str
    shipments: tuple[Shipment, ...]


class CancelOrder(Wire, frozen=True):
    request_id: UUID
    merchant_api_key: str
    order_id: int


class ReturnItems(Wire, frozen=True):
    request_id: UUID
    merchant_api_key: str
    order_id: int
    currency: str
    returns: tuple[Return, ...]


class UpdateItems(Wire, frozen=True):
    request_id: UUID
    merchant_api_key: str
    order_id: int
    currency: str
    updates: tuple[Addition, ...]


class Upsell(Wire, frozen=True):
    request_id: UUID
    merchant_api_key: str
    order_id: int
    currency: str
    upsell_id: str
    order_items: tuple[AddedItem, ...]


class AddItemsToInvoice(Wire, frozen=True):
    request_id: UUID
    merchant_api_key: str
    order_id: int
    currency: str
    additions: tuple[Addition, ...]


class MerchantAddress(Wire, frozen=True):
    first_name: str
    last_name: str
    street: str
    postal_code: str
    city: str
    company_name: str | None = None
    street2: str | None = None
    care_of: str | None = None
    area: str | None = None


class MerchantCustomer(Wire, frozen=True):
    personal_number: str | None = None
    vat_number: str | None = None
    email: str | None = None
    juridical_type: str | None = None
    mobile_number: str | None = None


class MerchantMethod(Wire, frozen=True):
    name: str
    subtype: str | None = None
    merchant_saved_credit_card_id: str | None = None


class MerchantPayment(Wire, frozen=True):
    """A payment without the customer."""

    request_id: UUID
    merchant_api_key: str
    merchant_reference: str
    currency: str
    country: str
    language: str
    merchant_order_management_status_push_url: str
    order_items: tuple[AddedItem, ...]
    billing_address: MerchantAddress
    payment_method: MerchantMethod
    customer: MerchantCustomer | None = None
    shipping_address: MerchantAddress | None = None


class RemoveSavedCard(Wire, frozen=True):
    merchant_api_key: str
    merchant_saved_credit_card_id: str


class CreatedOrder(Wire, frozen=True):
    order_id: int


class WireAgent(Wire, frozen=True):
    id: str | int | None = None
    name: str | None = None
    address1: str | None = None
    zip_code: str | None = None
    city: str | None = None


class WireShippingProperties(Wire, frozen=True):
    shipping_provider: Enumerated = None
    service_id: str | int | None = None
    agent: WireAgent | None = None


class WireMetadata(Wire, frozen=True):
    shipping_method_merchant_reference: str | None = None
    shipping_method_secondary_option_merchant_reference: str | None = None
    shipping_method_access_code: str | None = None
    additional_shipping_properties: WireShippingProperties | None = None


class WireItem(Wire, frozen=True):
    merchant_reference: str | None = None
    description: str | None = None
    type: Enumerated = None
    quantity: Raw = Raw()
    price_per_item_inc_vat: Raw = Raw()
    price_per_item_ex_vat: Raw = Raw()
    payment_transaction_id: int | None = None
    upsell_id: str | None = None
    metadata: WireMetadata | None = None


class WireCustomer(Wire, frozen=True):
    personal_number: str | None = None
    vat_number: str | None = None
    email: str | None = None
    mobile_number: str | None = None
    juridical_type: Enumerated = None


class WireAddress(Wire, frozen=True):
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    care_of: str | None = None
    street: str | None = None
    street2: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country_code: str | None = None
    area: str | None = None


class WirePaymentMethod(Wire, frozen=True):
    payment_method_name: str | None = None
    payment_type_code: str | None = None


class WireSavedCard(Wire, frozen=True):
    """However it tells when the card runs out: no purchase waits for that."""

    id: str | None = None
    brand_name: Enumerated = None
    expiry_year: Any = None
    expiry_month: Any = None
    bin: str | None = None
    last4_digits: str | None = None
    masked_number: str | None = None


class WireUpsell(Wire, frozen=True):
    """Whatever it says: a purchase that can't be sold more with is a purchase."""

    eligible_for_upsell: Any = None
    eligible_for_upsell_until: Any = None


class WireCheckout(Wire, frozen=True):
    order_id: int
    merchant_reference: str | None = None
    total_price: Raw = Raw()
    currency: str | None = None
    country: str | None = None
    language: str | None = None
    customer_checkout_status: Enumerated = None
    customer: WireCustomer | None = None
    billing_address: WireAddress | None = None
    shipping_address: WireAddress | None = None
    order_items: tuple[WireItem, ...] | None = None
    payment_method: WirePaymentMethod | None = None
    signup_for_newsletter: bool | None = None
    order_html_snippet: str | None = None
    merchant_saved_credit_card: WireSavedCard | None = None
    upsell: WireUpsell | None = None
    merchant_provided_metadata: Any = None


class WireAction(Wire, frozen=True):
    merchant_reference: str | None = None
    description: str | None = None
    quantity: Raw = Raw()
    price_per_item_inc_vat: Raw = Raw()
    price_per_item_ex_vat: Raw = Raw()
    action_type: Enumerated = None
    payment_transaction_id: int | None = None
    type: Enumerated = None


class WireTransaction(Wire, frozen=True):
    payment_transaction_id: int
    order_id: int | None = None
    original_payment_transaction_id: int | None = None
    type: Enumerated = None
    amount: Raw = Raw()
    currency: str | None = None
    status: Enumerated = None
    timestamp: str | None = None
    error_code: str | None = None
    error_code_description: str | None = None


class WireAdminOrder(Wire, frozen=True):
    order_id: int
    merchant_reference: str | None = None
    currency: str | None = None
    order_item_actions: tuple[WireAction, ...] | None = None
    payment_transactions: tuple[WireTransaction, ...] | None = None


class ReceivedTransaction(Wire, frozen=True):
    payment_transaction_id: int | None = None
    status: Enumerated = None


class Received(Wire, frozen=True):
    """The answer to a money operation: a list today, single members in older answers."""

    payment_transactions: tuple[ReceivedTransaction, ...] | None = None
    payment_transaction_id: int | None = None
    status: Enumerated = None
    reversal_payment_transaction_id: int | None = None
    reversal_payment_transaction_status: Enumerated = None


class ReceivedUpsell(Received, frozen=True):
    """With a link nothing has begun: the customer pays there."""

    upsell_link: str | None = None


class PlacedOrder(Wire, frozen=True):
    """The answer to a payment without the customer."""

    order_id: int
    payment_transactions: tuple[ReceivedTransaction, ...] | None = None


class Fault(Wire, frozen=True):
    """An error body; the text's name differs between the schema and live answers."""

    error_code: str | None = None
    error_message: str | None = None
    detailed_error_message: str | None = None
    error_reference: str | None = None


encode = msgspec.json.Encoder(decimal_format="number").encode
CREATED = msgspec.json.Decoder(CreatedOrder)
PLACED = msgspec.json.Decoder(PlacedOrder)
CHECKOUT = msgspec.json.Decoder(WireCheckout)
NUMBER = msgspec.json.Decoder(Decimal | None)
ADMIN_ORDER = msgspec.json.Decoder(WireAdminOrder)
RECEIVED = msgspec.json.Decoder(Received)
RECEIVED_UPSELL = msgspec.json.Decoder(ReceivedUpsell)
FAULT = msgspec.json.Decoder(Fault)

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidOperation)
"""Everything a decoder raises on bytes that are not what it expects (the last on exponents beyond all bounds)."""

Member = TypeVar("Member", bound=StrEnum)


class Names(Generic[Member]):
    """An enumeration as it may come: `members` by name in any case or by position; all else is `otherwise`."""

    def __init__(self, members: Iterable[Member], *, otherwise: Member) -> None:
        self._members = tuple(members)
        self._by_name = {member.value.casefold(): member for member in self._members}
        self._otherwise = otherwise

    def member(self, value: Enumerated) -> Member:
        """The member that a wire value stands for."""
        if isinstance(value, int):
            return self._members[value] if 0 <= value < len(self._members) else self._otherwise
        return self._by_name.get((value or "").casefold(), self._otherwise)
