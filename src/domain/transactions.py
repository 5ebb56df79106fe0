"""Movements of money at the provider."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
    error_text: str = ""

    @property
    def reason(self) -> str:
        """Why it did not succeed, in the provider's words if it gave any."""
        return self.error_text or f"Qliro ended transaction {self.id} with {self.status}."
