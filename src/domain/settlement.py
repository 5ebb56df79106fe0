"""What the provider tells of its pay-outs: batches, and the entries they are made of. Amounts in minor units."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum


class EntryStatus(StrEnum):
    """Accepted is paid; pending will be, rejected won't."""

    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    PENDING = "Pending"


class EntryKind(StrEnum):
    TRANSACTION = "Transaction"
    FEE = "Fee"
    CHARGEBACK = "Chargeback"
    UNKNOWN = "Unknown"


class EntryAction(StrEnum):
    """From the customer's side, as the provider's transactions are: a debit adds to the pay-out, a credit takes."""

    DEBIT = "Debit"
    CREDIT = "Credit"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A pay-out in another currency: `total` in minor units of `currency`, at `rate`."""

    currency: str
    total: int
    rate: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementEntry:
    """One line of a report. `effect` is what it does to the pay-out: negative when it takes from it.

    Members are None (or empty) where the provider says nothing. `vat_rate` in basis points; `net` is the effect
    without VAT. `settled_on` is the day of the pay-out, `imported_on` the one on which the provider learnt of it.
    """

    status: EntryStatus
    kind: EntryKind
    effect: int
    currency: str
    settled_on: date
    imported_on: date
    transaction_id: int | None = None
    order_id: int | None = None
    reference: str = ""
    batch: str = ""
    method: str = ""
    subtype: str = ""
    acquirer: str = ""
    country: str = ""
    completed_at: datetime | None = None
    vat_rate: int | None = None
    net: int | None = None
    exchange: Exchange | None = None

    @property
    def subject(self) -> str:
        """What tells entries of one kind on one payment apart."""
        if self.transaction_id:
            return f"transaction {self.transaction_id}"
        return f"{self.kind.lower()} of {self.effect} in {self.batch or self.settled_on}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayOut:
    """A batch as the provider announces it: `total` is what it says it has paid, `fees` what it has kept."""

    number: int
    batch: str
    day: date
    currency: str
    total: int
    fees: int
    acquirer: str = ""
    exchange: Exchange | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `first` to `last`, both included. Raises ValueError when there is none between them."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"{self.last} is before {self.first}")

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def windows(self, longest: int) -> Iterator["Period"]:
        """The same days in stretches of at most so many, in order, without gap or overlap."""
        first = self.first
        while first <= self.last:
            last = min(self.last, first + timedelta(days=longest - 1))
            yield Period(first, last)
            first = last + timedelta(days=1)


class Told(StrEnum):
    """How a batch's announced total relates to its entries."""

    NET = "net"
    BEFORE_FEES = "before-fees"
    FEES_TURNED = "fees-turned"
    OTHERWISE = "otherwise"


def how_told(total: int, money: int, fees: int) -> Told:
    """`money` are the entries that are no fees, `fees` the effect of those that are.

    The documentation does not say whether the total is before or after fees, nor which way a fee's action points; the
    total itself does. `FEES_TURNED`: the fees' effect is the other way round.
    """
    if total == money + fees:
        return Told.NET
    if total == money:
        return Told.BEFORE_FEES
    return Told.FEES_TURNED if total == money - fees else Told.OTHERWISE
