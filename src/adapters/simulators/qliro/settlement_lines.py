"""Lines and batches of settlement reports, and how they look on the wire (sections 3 and 9.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any

from adapters.simulators.qliro.clock import stamp
from adapters.simulators.qliro.config import PayOutExchange
from adapters.simulators.qliro.money import CENT, to_major


class Action(StrEnum):
    """Which way the money goes: a debit adds to the pay-out, a credit takes from it."""

    DEBIT = "Debit"
    CREDIT = "Credit"


class Kind(StrEnum):
    TRANSACTION = "Transaction"
    FEE = "Fee"
    CHARGEBACK = "Chargeback"


class Status(StrEnum):
    ACCEPTED = "Accepted"
    REJECTED = "Rejected"
    PENDING = "Pending"


_NEVER = date.min


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line; `amount` in minor units, positive; order and transaction None where it is about none."""

    kind: Kind
    action: Action
    amount: int
    currency: str
    method: str
    subtype: str
    acquirer: str
    country: str
    order_id: int | None = None
    transaction_id: int | None = None
    reference: str | None = None
    completed: datetime | None = None
    vat: Decimal | None = None
    imported: date = _NEVER
    paid: date = _NEVER
    batch_id: str = ""
    status: Status = Status.ACCEPTED

    @property
    def effect(self) -> int:
        """What it does to the pay-out."""
        return self.amount if self.action is Action.DEBIT else -self.amount


@dataclass(frozen=True, slots=True)
class Batch:
    """One pay-out: `total` is what arrives at the bank, `fees` what was kept of it."""

    id: int
    name: str
    acquirer: str
    day: date
    currency: str
    total: int
    fees: int
    lines: tuple[Line, ...]

    @classmethod
    def of(cls, number: int, name: str, lines: Sequence[Line]) -> "Batch":
        """The batch that these lines make."""
        first = lines[0]
        fees = -sum(line.effect for line in lines if line.kind is Kind.FEE)
        total = sum(line.effect for line in lines)
        return cls(number, name, first.acquirer, first.paid, first.currency, total, fees, tuple(lines))


Exchanges = Mapping[str, PayOutExchange]


def wire_line(line: Line, exchanges: Exchanges, *, numbers: bool = False) -> dict[str, Any]:
    """A line as all reports tell it; rejected and pending ones tell less. With `numbers` enumerations are numbers."""
    rate = line.vat
    net = None if rate is None else (to_major(line.amount) * 100 / (100 + rate)).quantize(CENT, ROUND_HALF_UP)
    wire: dict[str, Any] = {
        "PaymentTransactionId": line.transaction_id,
        "BatchId": line.batch_id or None,
        "Action": list(Action).index(line.action) if numbers else line.action.value,
        "Type": list(Kind).index(line.kind) if numbers else line.kind.value,
        "CurrencyCode": line.currency,
        "Amount": to_major(line.amount),
        "PaymentMethodType": line.method,
        "PaymentMethodSubType": line.subtype,
        "PspSettlementDate": _midnight(line.paid),
        "ImportSettlementDate": _midnight(line.imported),
        "TransactionCompletedDate": None if line.completed is None else stamp(line.completed),
        "VatRate": rate,
        "AmountExcludingVat": net,
        **_exchanged("FxTotal", line.effect, exchanges.get(line.currency)),
    }
    if line.status is not Status.REJECTED:
        wire["MerchantOrderReference"] = line.reference
    if line.status is Status.ACCEPTED:
        wire |= {"OrderId": line.order_id or 0, "CountryCode": line.country, "AcquirerName": line.acquirer}
    return wire


def wire_batch(batch: Batch, exchanges: Exchanges) -> dict[str, Any]:
    return {
        "Id": batch.id,
        "BatchId": batch.name,
        "AcquirerName": batch.acquirer,
        "BatchDate": _midnight(batch.day),
        "CurrencyCode": batch.currency,
        "TotalAmount": to_major(batch.total),
        "TotalFeeAmount": to_major(batch.fees),
        **_exchanged("FxTotalAmount", batch.total, exchanges.get(batch.currency)),
    }


def _exchanged(total: str, amount: int, exchange: PayOutExchange | None) -> dict[str, Any]:
    if exchange is None:
        return {"FxRate": None, "FxCurrencyCode": None, total: None}
    paid = (to_major(amount) * exchange.rate).quantize(CENT, ROUND_HALF_UP)
    return {"FxRate": exchange.rate, "FxCurrencyCode": exchange.currency, total: paid}


def wire_summary(lines: Sequence[Line]) -> dict[str, Any]:
    """Sums and counts of these lines; fees are not among debits and credits."""

    def of(action: Action) -> list[Line]:
        return [line for line in lines if line.action is action and line.kind is not Kind.FEE]

    groups = {"Debit": of(Action.DEBIT), "Credit": of(Action.CREDIT), "Fee": [x for x in lines if x.kind is Kind.FEE]}
    wire: dict[str, Any] = {}
    for name, group in groups.items():
        wire[f"{name}TransactionsTotalSum"] = to_major(sum(line.amount for line in group))
        wire[f"{name}TransactionsCount"] = len(group)
    return wire


def _midnight(day: date) -> str:
    return stamp(datetime.combine(day, time(), UTC))
