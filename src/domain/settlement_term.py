"""Captures that should have been paid by now."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from domain.discrepancy import Discrepancy, DiscrepancyKind, Side
from domain.identifiers import OrderKey
from domain.money import Money
from domain.settlement import EntryStatus, Period, SettlementEntry
from domain.settlement_books import MovementKind, OrderBooks
from domain.settlement_explanation import Unpaid
from domain.settlement_remedies import REMEDIES


@dataclass(frozen=True, slots=True)
class Term:
    """How many days after a capture its pay-out may take, judged over a period.

    Only captures made inside the period are judged: older ones may have been paid before it began.
    """

    period: Period
    days: int

    @property
    def judged(self) -> Period | None:
        """The days whose captures must be paid by the period's end; None when there are none yet."""
        last = self.period.last - timedelta(days=self.days)
        return Period(self.period.first, last) if last >= self.period.first else None

    def over(self, unpaid: Unpaid) -> bool:
        """Whether it should have been paid within the period."""
        return self.judged is not None and unpaid.movement.at.date() in self.judged


def overdue(books: OrderBooks, unpaid: Unpaid, term: Term, told: EntryStatus | None = None) -> Discrepancy | None:
    """The discrepancy that an unpaid movement is, if it is one.

    `told` is what the provider's report says of it: what it has rejected is not waited for.
    """
    if not books.wanted or unpaid.movement.kind is not MovementKind.CAPTURE:
        return None
    rejected = told is EntryStatus.REJECTED
    if not (rejected or term.over(unpaid)):
        return None
    ids = ", ".join(str(t) for t in unpaid.movement.transactions)
    state = f"settlement {told.lower()}" if told else "not settled"
    return Discrepancy(
        kind=DiscrepancyKind.CAPTURE_WITHOUT_SETTLEMENT,
        order=books.key.order,
        payment_id=books.key.payment_id,
        subject=f"transaction {ids}" if ids else f"capture of {unpaid.movement.at:%Y-%m-%d}",
        provider=Side(state=state, reference=str(books.provider_order_id)),
        ours=Side(state="captured", amount=unpaid.movement.amount, currency=books.currency, reference=ids),
        at_risk=Money(unpaid.amount, books.currency),
        since=unpaid.movement.at,
        remedy=REMEDIES[DiscrepancyKind.CAPTURE_WITHOUT_SETTLEMENT],
        detail=f"{(term.period.last - unpaid.movement.at.date()).days} days after the capture; {term.days} are allowed",
    )


def rejected_stranger(entry: SettlementEntry, account: OrderKey) -> Discrepancy:
    """A rejected capture that nobody here knows, or whose payment has not changed since the period began."""
    return Discrepancy(
        kind=DiscrepancyKind.CAPTURE_WITHOUT_SETTLEMENT,
        order=account,
        subject=entry.subject,
        provider=Side(
            state="settlement rejected", amount=entry.effect, currency=entry.currency, reference=entry.reference
        ),
        at_risk=Money(entry.effect, entry.currency),
        since=datetime.combine(entry.imported_on, time(), UTC),
        remedy=REMEDIES[DiscrepancyKind.CAPTURE_WITHOUT_SETTLEMENT],
        detail="the report names no order",
    )
