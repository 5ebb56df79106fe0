"""What Qliro remembers about an order. Amounts are minor units; times are aware, in UTC."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from adapters.simulators.qliro.config import DeliveryRows
from adapters.simulators.qliro.persons import Verdict


class ItemType(StrEnum):
    PRODUCT = "Product"
    DISCOUNT = "Discount"
    FEE = "Fee"
    SHIPPING = "Shipping"


class TxType(StrEnum):
    PREAUTHORIZATION = "Preauthorization"
    DEBIT = "Debit"
    CREDIT = "Credit"
    CAPTURE = "Capture"
    REVERSAL = "Reversal"
    REFUND = "Refund"
    UPDATE_INVOICE = "UpdateInvoice"
    REGISTRATION = "Registration"


class TxStatus(StrEnum):
    CREATED = "Created"
    IN_PROCESS = "InProcess"
    USER_INTERACTION_REQUIRED = "UserInteractionRequired"
    ON_HOLD = "OnHold"
    SUCCESS = "Success"
    ERROR = "Error"
    CANCELLED = "Cancelled"


class ActionType(StrEnum):
    CREATE = "Create"
    RESERVE = "Reserve"
    SHIP = "Ship"
    RETURN = "Return"
    RELEASE = "Release"


class CheckoutStatus(StrEnum):
    IN_PROCESS = "InProcess"
    ON_HOLD = "OnHold"
    COMPLETED = "Completed"
    REFUSED = "Refused"


RESERVING = (TxType.PREAUTHORIZATION, TxType.DEBIT)
UNFINISHED = (TxStatus.CREATED, TxStatus.IN_PROCESS, TxStatus.USER_INTERACTION_REQUIRED)
FINAL = (TxStatus.SUCCESS, TxStatus.ERROR, TxStatus.CANCELLED)
Identity = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Item:
    """An order line; reference and price with VAT identify it for its whole life."""

    reference: str
    kind: ItemType
    quantity: int
    inc: int
    ex: int
    description: str | None = None
    metadata: Mapping[str, Any] | None = None
    upsell_id: str | None = None
    """The upsell that sold it; None for what was in the purchase."""
    owner: int | None = None
    """The reservation it belongs to, where that can't be told from reference and price."""

    @property
    def identity(self) -> Identity:
        return self.reference, self.inc

    @property
    def total(self) -> int:
        return self.inc * self.quantity


def total_of(items: list[Item]) -> int:
    """Sum of the lines with VAT."""
    return sum(item.total for item in items)


@dataclass(frozen=True, slots=True)
class Action:
    """What a transaction does with an item; counts only when the transaction is Success."""

    id: int
    kind: ActionType
    item: Item
    transaction_id: int


@dataclass(slots=True)
class Transaction:
    """One movement (or attempt) at the payment provider."""

    id: int
    order_id: int
    kind: TxType
    amount: int
    status: TxStatus
    moment: datetime
    method: str
    subtype: str
    original_id: int | None = None
    request_id: str | None = None
    error_code: str | None = None
    error_text: str | None = None
    replaces: bool = False


@dataclass(slots=True)
class Address:
    first_name: str | None = None
    last_name: str | None = None
    company_name: str | None = None
    care_of: str | None = None
    street: str | None = None
    street2: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None


@dataclass(slots=True)
class Customer:
    """Who is at the checkout; `masked` hides the data from everyone until the purchase."""

    email: str | None = None
    mobile: str | None = None
    number: str | None = None
    company: bool = False
    verdict: Verdict = Verdict.APPROVED
    masked: bool = False
    identified: bool = False
    billing: Address | None = None
    shipping: Address | None = None


@dataclass(frozen=True, slots=True)
class ShippingChoice:
    """What the customer picked among AvailableShippingMethods."""

    method: str
    option: str | None = None
    services: tuple[str, ...] = ()
    access_code: str | None = None


@dataclass(frozen=True, slots=True)
class SavedCard:
    """A card token for recurring payments (section 7.7)."""

    id: str
    bin: str = "411111"
    last4: str = "1111"
    brand: str = "VISA"
    year: int = 2030
    month: int = 12


@dataclass(frozen=True, slots=True)
class KeptCard:
    """Whose a saved card is."""

    merchant_key: str
    card: SavedCard
    saved: datetime


@dataclass(slots=True)
class Attempt:
    """A purchase under way: items are frozen at the press of the button."""

    items: list[Item]
    method: str
    started: datetime
    awaiting_challenge: bool = False


class UpsellResult(StrEnum):
    OPEN = "open"
    SUCCESS = "success"
    ERROR = "error"


@dataclass(slots=True)
class Upsell:
    """More that was, or is to be, sold with an order. With a link the customer pays there."""

    id: str
    items: list[Item]
    original_id: int
    created: datetime
    transaction_id: int = 0
    link_token: str = ""
    replaces: bool = False
    result: UpsellResult = UpsellResult.OPEN

    @property
    def amount(self) -> int:
        return total_of(self.items)

    @property
    def open(self) -> bool:
        return self.result is UpsellResult.OPEN


@dataclass(slots=True)
class Order:
    """A Qliro order with everything that happened to it."""

    id: int
    merchant_key: str
    reference: str
    currency: str
    country: str
    language: str
    created: datetime
    items: list[Item]
    request: dict[str, Any]
    status: CheckoutStatus = CheckoutStatus.IN_PROCESS
    customer: Customer = field(default_factory=Customer)
    method: str | None = None
    choice: ShippingChoice | None = None
    update_version: str | None = None
    attempt: Attempt | None = None
    final_items: list[Item] | None = None
    completed_at: datetime | None = None
    transactions: list[Transaction] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    saved_card: SavedCard | None = None
    offered_delivery: bool = False
    delivery_rows: DeliveryRows = DeliveryRows.ONE
    merchant_made: bool = False
    """Made without the customer: the Merchant API shows no checkout of it."""
    expired: bool = False
    purged: bool = False
    identity_verified: bool = False
    newsletter: bool | None = None
    upsold: bool = False
    upsells: list[Upsell] = field(default_factory=list)
    reads_to_miss: int = 0
    stale_admin: tuple[datetime, dict[str, Any]] | None = None

    @property
    def paid(self) -> bool:
        """The customer finished, whatever the bank says later."""
        return self.status is not CheckoutStatus.IN_PROCESS

    def url(self, name: str) -> str | None:
        """A callback URL of the merchant, or None."""
        value = self.request.get(name)
        return value if isinstance(value, str) and value else None

    def transaction(self, transaction_id: int) -> Transaction | None:
        return next((t for t in self.transactions if t.id == transaction_id), None)
