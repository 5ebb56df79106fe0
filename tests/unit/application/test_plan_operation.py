"""Which transaction a call has made whose answer was lost."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from application.plan_operation import unnamed
from domain.ledger import ItemGroup, ProviderLedger, Transaction, TransactionKind, TransactionStatus
from domain.operation import Operation, OperationKind, OperationState
from domain.planned_call import PlannedCall

BASELINE = 100
CREDIT = PlannedCall((ItemGroup(BASELINE, ()),), credit=4_950, credit_ex=3_960)


def a_refund(*plan: PlannedCall) -> Operation:
    return Operation(
        id=UUID(int=1),
        kind=OperationKind.REFUND,
        state=OperationState.UNKNOWN,
        amount=4_950,
        request_id=UUID(int=2),
        requested_at=datetime(2026, 11, 27, tzinfo=UTC),
        plan=plan,
        baseline=BASELINE,
    )


def books(kind: TransactionKind, amount: int = 4_950, *, number: int = BASELINE + 1) -> ProviderLedger:
    capture = Transaction(BASELINE, None, TransactionKind.CAPTURE, TransactionStatus.SUCCESS, 10_000)
    newer = Transaction(number, BASELINE, kind, TransactionStatus.IN_PROCESS, amount)
    return ProviderLedger(4_000_001, "o1", "SEK", (capture, newer), ())


@pytest.mark.parametrize("kind", [TransactionKind.REFUND, TransactionKind.CREDIT, TransactionKind.UPDATE_INVOICE])
def test_a_credit_is_known_again_whatever_qliro_calls_it(kind: TransactionKind) -> None:
    assert unnamed(a_refund(CREDIT), books(kind)) == (BASELINE + 1,)


def test_another_change_to_the_invoice_is_not_taken_for_it() -> None:
    assert unnamed(a_refund(CREDIT), books(TransactionKind.UPDATE_INVOICE, 0)) == ()
    assert unnamed(a_refund(CREDIT), books(TransactionKind.UPDATE_INVOICE, number=BASELINE - 1)) == ()


def test_a_change_to_the_invoice_is_not_taken_for_a_return_of_rows() -> None:
    rows = PlannedCall((ItemGroup(BASELINE, ()),), fee=-4_950)
    assert unnamed(a_refund(rows), books(TransactionKind.REFUND)) == (BASELINE + 1,)
    assert unnamed(a_refund(rows), books(TransactionKind.UPDATE_INVOICE)) == ()
