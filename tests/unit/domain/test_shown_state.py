"""What it is called when Norce shows money that Qliro does not have, or the other way round: the table by hand."""

import pytest

from domain.discrepancy import DiscrepancyKind as Kind
from domain.ledger import LedgerTotals
from domain.order import PaymentState
from domain.shown_state import state_kind

NOTHING = LedgerTotals()
RESERVED = LedgerTotals(100)
PARTLY = LedgerTotals(100, 40)
CAPTURED = LedgerTotals(100, 100)
RELEASED = LedgerTotals(100, 0, 100)
PARTLY_RELEASED = LedgerTotals(100, 0, 40)
PARTLY_BACK = LedgerTotals(100, 100, 0, 40)
BACK = LedgerTotals(100, 100, 0, 100)
S = PaymentState


@pytest.mark.parametrize(
    ("shown", "wanted", "truth", "kind"),
    [
        (S.CREDITED, S.CAPTURED, CAPTURED, Kind.REFUNDED_NOT_AT_QLIRO),
        (S.CREDITED, S.REFUNDED, BACK, Kind.REFUNDED_NOT_IN_NORCE),
        (S.CREDITED, S.REFUNDED, NOTHING, Kind.REFUNDED_NOT_AT_QLIRO),
        (S.CREDITED, S.CREDITED, PARTLY_BACK, Kind.REFUNDED_NOT_AT_QLIRO),
        (S.REFUNDED, S.CREDITED, PARTLY_BACK, Kind.REFUNDED_NOT_AT_QLIRO),
        (S.REFUNDED, S.REFUNDED, BACK, Kind.REFUNDED_NOT_AT_QLIRO),
        (S.CAPTURED, S.CREDITED, PARTLY_BACK, Kind.REFUNDED_NOT_IN_NORCE),
        (S.CANCELLED, S.REFUNDED, BACK, Kind.REFUNDED_NOT_IN_NORCE),
        (S.CAPTURED, S.RESERVED, RESERVED, Kind.CAPTURED_NOT_AT_QLIRO),
        (S.CAPTURED, S.CAPTURED, PARTLY, None),
        (S.CANCELLED, S.RESERVED, RESERVED, Kind.CANCELLED_NOT_AT_QLIRO),
        (S.CANCELLED, S.CAPTURED, CAPTURED, Kind.CANCELLED_NOT_AT_QLIRO),
        (S.CANCELLED, S.CANCELLED, RELEASED, None),
        (S.RESERVED, S.CAPTURED, PARTLY, Kind.CAPTURED_NOT_IN_NORCE),
        (S.RESERVED, S.CANCELLED, RELEASED, Kind.CANCELLED_NOT_IN_NORCE),
        (S.RESERVED, S.RESERVED, PARTLY_RELEASED, None),
        (S.INTENT, S.RESERVED, RESERVED, None),
        (S.RESERVED, None, NOTHING, None),
    ],
)  # fmt: skip
def test_a_wrong_state_is_called_after_the_money_it_is_about(
    shown: PaymentState, wanted: PaymentState | None, truth: LedgerTotals, kind: Kind | None
) -> None:
    assert state_kind(shown, wanted, truth) is kind
