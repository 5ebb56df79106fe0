"""What it means when Norce shows a payment in another state than it is in."""

from domain.discrepancy import DiscrepancyKind as Kind
from domain.ledger import LedgerTotals
from domain.order import PaymentState

_REFUNDS = frozenset({PaymentState.CREDITED, PaymentState.REFUNDED})


def state_kind(shown: PaymentState, wanted: PaymentState | None, truth: LedgerTotals) -> Kind | None:
    """The kind for a payment that Norce shows as `shown` and that should be `wanted`; None when there is none of it."""
    if shown in _REFUNDS:
        return _shown_refunded(shown, wanted, truth)
    if truth.refunded:
        return Kind.REFUNDED_NOT_IN_NORCE
    if shown is PaymentState.CAPTURED:
        return None if truth.captured else Kind.CAPTURED_NOT_AT_QLIRO
    if shown is PaymentState.CANCELLED:
        return Kind.CANCELLED_NOT_AT_QLIRO if truth.remaining or truth.captured else None
    if truth.captured:
        return Kind.CAPTURED_NOT_IN_NORCE
    if truth.cancelled and not truth.remaining:
        return Kind.CANCELLED_NOT_IN_NORCE
    return None


def _shown_refunded(shown: PaymentState, wanted: PaymentState | None, truth: LedgerTotals) -> Kind:
    """More shown than given back, or less."""
    if truth.refunded and shown is PaymentState.CREDITED and wanted is PaymentState.REFUNDED:
        return Kind.REFUNDED_NOT_IN_NORCE
    return Kind.REFUNDED_NOT_AT_QLIRO
