"""The provider's books of one order: transactions and what they did to each row."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.checkout import LineType


class TransactionKind(StrEnum):
    PREAUTHORIZATION = "Preauthorization"
    DEBIT = "Debit"
    CREDIT = "Credit"
    CAPTURE = "Capture"
    REVERSAL = "Reversal"
    REFUND = "Refund"
    UPDATE_INVOICE = "UpdateInvoice"
    REGISTRATION = "Registration"
    UNKNOWN = "Unknown"


class TransactionStatus(StrEnum):
    CREATED = "Created"
    IN_PROCESS = "InProcess"
    USER_INTERACTION_REQUIRED = "UserInteractionRequired"
    ON_HOLD = "OnHold"
    SUCCESS = "Success"
    ERROR = "Error"
    CANCELLED = "Cancelled"
    UNKNOWN = "Unknown"

    @property
    def final(self) -> bool:
        return self in {TransactionStatus.SUCCESS, TransactionStatus.ERROR, TransactionStatus.CANCELLED}


class ActionKind(StrEnum):
    CREATE = "Create"
    RESERVE = "Reserve"
    SHIP = "Ship"
    RETURN = "Return"
    RELEASE = "Release"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Transaction:
    """A movement at the provider; `amount` in minor units, never negative; `parent` what it acts on."""

    id: int
    parent: int | None
    kind: TransactionKind
    status: TransactionStatus
    amount: int
    at: datetime | None = None
    error_code: str = ""


@dataclass(frozen=True, slots=True)
class ItemAction:
    """What a transaction did to a row: prices in minor units, exactly as the provider reports them."""

    kind: ActionKind
    transaction_id: int
    reference: str
    description: str
    type: LineType
    quantity: int
    price_inc: int
    price_ex: int


@dataclass(frozen=True, slots=True)
class LedgerTotals:
    """Settled amounts in minor units: captured + cancelled ≤ authorized, refunded ≤ captured."""

    authorized: int = 0
    captured: int = 0
    cancelled: int = 0
    refunded: int = 0

    @property
    def remaining(self) -> int:
        """Reserved and neither captured nor released."""
        return self.authorized - self.captured - self.cancelled

    @property
    def refundable(self) -> int:
        return self.captured - self.refunded

    @property
    def consistent(self) -> bool:
        return min(self.remaining, self.refundable, self.cancelled, self.refunded) >= 0


@dataclass(frozen=True, slots=True)
class OrderItem:
    """A row of a capture or refund request: reference and price copied from the provider's own books."""

    reference: str
    type: LineType
    quantity: int
    price_inc: int
    price_ex: int
    description: str = ""

    @property
    def total_inc(self) -> int:
        return self.quantity * self.price_inc


@dataclass(frozen=True, slots=True)
class ItemGroup:
    """Rows that belong to one transaction: left to ship of a reservation, or left to return of a capture."""

    transaction_id: int
    items: tuple[OrderItem, ...]

    @property
    def total_inc(self) -> int:
        return sum(item.total_inc for item in self.items)


@dataclass(frozen=True, slots=True)
class ProviderLedger:
    """One reading of the provider's admin order."""

    provider_order_id: int
    merchant_reference: str
    currency: str
    transactions: tuple[Transaction, ...]
    actions: tuple[ItemAction, ...]

    def transaction(self, transaction_id: int) -> Transaction | None:
        return next((t for t in self.transactions if t.id == transaction_id), None)

    def totals(self) -> LedgerTotals:
        """Settled amounts over all live reservations and their captures (qliro.md 10)."""
        raise NotImplementedError

    def shippable(self) -> tuple[ItemGroup, ...]:
        """What is left to capture, per live reservation."""
        raise NotImplementedError

    def returnable(self) -> tuple[ItemGroup, ...]:
        """What is left to give back, per capture (or Debit), oldest first."""
        raise NotImplementedError

    @property
    def mark(self) -> int:
        """How many transactions are decided: never falls, so a smaller number is an older reading."""
        return sum(1 for t in self.transactions if t.status.final)

    def undecided(self) -> tuple[Transaction, ...]:
        """Transactions that are neither settled nor dead."""
        return tuple(t for t in self.transactions if not t.status.final)
