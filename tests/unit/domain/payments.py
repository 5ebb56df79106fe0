"""Payments for the tests of the domain."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain.checkout import CheckoutStatus
from domain.evidence import Evidence
from domain.identifiers import OrderKey
from domain.ledger import LedgerTotals
from domain.money import Money
from domain.operation import OperationKind
from domain.payment import Payment

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
COMPLETED, ON_HOLD, REFUSED = CheckoutStatus.COMPLETED, CheckoutStatus.ON_HOLD, CheckoutStatus.REFUSED
IN_PROCESS = CheckoutStatus.IN_PROCESS
CAPTURE, CANCEL, REFUND = OperationKind.CAPTURE, OperationKind.CANCEL, OperationKind.REFUND


def at(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def number(value: int) -> UUID:
    return UUID(int=value)


def intended(amount: int = 60300) -> Payment:
    key = OrderKey("thingsandstuff", "se-qliro", "onksAnol").payment("pAy")
    return Payment.intend(key, Money(amount, "SEK"), provider_order_id=4009289, merchant_reference="onksAnol", at=NOON)


def told(
    authorized: int = 0,
    captured: int = 0,
    cancelled: int = 0,
    refunded: int = 0,
    *,
    mark: int = 0,
    status: CheckoutStatus = COMPLETED,
    currency: str = "SEK",
) -> Evidence:
    return Evidence(status, LedgerTotals(authorized, captured, cancelled, refunded), mark, currency)


def told_payment(*readings: Evidence) -> Payment:
    """A payment that has observed these, one a second."""
    payment = intended()
    for second, reading in enumerate(readings, start=1):
        payment.observe(reading, at=at(second))
    return payment
