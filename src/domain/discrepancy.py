"""Where Norce, Qliro and this service do not say the same, and what became of it.

The kinds' names are stable: reports, metrics, alert rules and docs/reconciliation.md (an anchor each) rely on them.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.discretion import discreet
from domain.identifiers import OrderKey
from domain.money import Money


class DiscrepancyKind(StrEnum):
    """What is wrong. A payment may show several at once."""

    PAID_ORDER_OPEN = "paid-but-order-open"
    COMPLETED_NOT_RESERVED = "completed-but-not-reserved"
    CAPTURED_NOT_IN_NORCE = "captured-not-in-norce"
    CAPTURED_NOT_AT_QLIRO = "captured-not-at-qliro"
    REFUNDED_NOT_IN_NORCE = "refunded-not-in-norce"
    REFUNDED_NOT_AT_QLIRO = "refunded-not-at-qliro"
    CANCELLED_NOT_IN_NORCE = "cancelled-not-in-norce"
    CANCELLED_NOT_AT_QLIRO = "cancelled-not-at-qliro"
    STATE_DIFFERS = "state-differs"
    AMOUNT_DIFFERS = "amount-differs"
    CURRENCY_DIFFERS = "currency-differs"
    REFERENCE_DIFFERS = "reference-differs"
    MISSING_AT_QLIRO = "missing-at-qliro"
    MISSING_IN_NORCE = "missing-in-norce"
    MISSING_WITH_US = "missing-with-us"
    TWO_QLIRO_ORDERS = "two-qliro-orders"
    OUR_BOOKS_DIFFER = "our-books-differ"
    OPERATION_UNDECIDED = "operation-undecided"
    MESSAGE_UNDELIVERED = "message-undelivered"
    ACTIONS_OUTDATED = "actions-outdated"
    ORDER_STUCK_PROCESSING = "order-stuck-processing"
    AUTHORIZED_ORDER_REMOVED = "authorized-but-order-removed"
    MONEY_FOR_WITHDRAWN_PAYMENT = "money-for-withdrawn-payment"
    NOT_COMPARED = "not-compared"
    SETTLEMENT_WITHOUT_CAPTURE = "settlement-without-capture"
    CAPTURE_WITHOUT_SETTLEMENT = "capture-without-settlement"
    SETTLED_AMOUNT_DIFFERS = "settled-amount-differs"
    SETTLED_FEE_DIFFERS = "settled-fee-differs"
    SETTLED_CURRENCY_DIFFERS = "settled-currency-differs"
    CHARGEBACK = "chargeback"


SETTLEMENT_KINDS = frozenset(
    {
        DiscrepancyKind.SETTLEMENT_WITHOUT_CAPTURE,
        DiscrepancyKind.CAPTURE_WITHOUT_SETTLEMENT,
        DiscrepancyKind.SETTLED_AMOUNT_DIFFERS,
        DiscrepancyKind.SETTLED_FEE_DIFFERS,
        DiscrepancyKind.SETTLED_CURRENCY_DIFFERS,
        DiscrepancyKind.CHARGEBACK,
    }
)
"""Found by matching pay-outs; all others by comparing payments."""
PAYMENT_KINDS = frozenset(DiscrepancyKind) - SETTLEMENT_KINDS


class Verdict(StrEnum):
    """What became of a discrepancy: mended now, left for a person, or to be mended when asked (dry run)."""

    MENDED = "mended"
    LEFT = "left"
    WOULD_MEND = "would-mend"

    @property
    def open(self) -> bool:
        return self is not Verdict.MENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one of the three says. Amounts in minor units of `currency`; None = it says nothing about that.

    `amount` is what the payment covers, holds or keeps, as that side shows it; the others are settled sums.
    `reference` is what that side calls the payment (Norce: payment reference, Qliro: order id and merchant
    reference, ours: Qliro order id).
    """

    state: str
    amount: int | None = None
    currency: str = ""
    reference: str = ""
    captured: int | None = None
    refunded: int | None = None
    cancelled: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """One thing that does not agree. `order.order_id` and `payment_id` are empty where nobody can tell them.

    `subject` tells several of one kind on one payment apart (a transaction, a message, a batch); empty when there can
    be only one. `at_risk` is the money that somebody may lose while nothing is done, None when there is none.
    `remedy` says in words what was done, would be done, or what a person has to do.
    """

    kind: DiscrepancyKind
    order: OrderKey
    payment_id: str = ""
    subject: str = ""
    norce: Side | None = None
    provider: Side | None = None
    ours: Side | None = None
    at_risk: Money | None = None
    since: datetime | None = None
    verdict: Verdict = Verdict.LEFT
    remedy: str = ""
    detail: str = ""

    def __post_init__(self) -> None:
        """Findings are stored, exported and sent around, and some of them quote an upstream."""
        object.__setattr__(self, "detail", discreet(self.detail))

    @property
    def identity(self) -> tuple[OrderKey, str, DiscrepancyKind, str]:
        """The same discrepancy, found in another run, has the same identity."""
        return self.order, self.payment_id, self.kind, self.subject
