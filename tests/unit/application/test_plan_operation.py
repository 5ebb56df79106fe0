"""Which transaction a call has made whose answer was lost, and what the transactions of a call say of it."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from application.plan_operation import outcome_told_by, unnamed
from domain.ledger import ItemGroup, ProviderLedger, Transaction, TransactionKind, TransactionStatus
from domain.operation import Operation, OperationKind, OperationState
from domain.outcomes import Declined
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


def _captured(*statuses: TransactionStatus) -> tuple[Operation, ProviderLedger]:
    """A capture of as many reservations, a shipment each."""
    shipments = tuple(
        Transaction(BASELINE + n, None, TransactionKind.CAPTURE, status, n * 1_000, error_text="Refused by the bank")
        for n, status in enumerate(statuses, start=1)
    )
    ids = tuple(shipment.id for shipment in shipments)
    operation = replace(a_refund(), kind=OperationKind.CAPTURE, state=OperationState.PENDING, transactions=ids)
    return operation, ProviderLedger(4_000_001, "o1", "SEK", shipments, ())


def test_a_failure_tells_how_much_was_moved_all_the_same() -> None:
    told = outcome_told_by(*_captured(TransactionStatus.SUCCESS, TransactionStatus.ERROR, TransactionStatus.SUCCESS))
    assert isinstance(told, Declined)
    assert told.message == "4000 of it was done (minor units), the rest was not: Refused by the bank"


def test_a_failure_of_everything_tells_its_reason_alone() -> None:
    told = outcome_told_by(*_captured(TransactionStatus.ERROR, TransactionStatus.ERROR))
    assert isinstance(told, Declined)
    assert told.message == "Refused by the bank"
