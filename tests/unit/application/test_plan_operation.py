"""Which transaction a call has made whose answer was lost, and what the transactions of a call say of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from application.plan_operation import believable, failed_unnamed, outcome_told_by, unnamed
from domain.identifiers import OrderKey
from domain.ledger import ItemGroup, ProviderLedger, Transaction, TransactionKind, TransactionStatus
from domain.money import Money
from domain.operation import Operation, OperationKind, OperationState
from domain.outcomes import Declined
from domain.payment import Payment
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


ASKED = a_refund().requested_at
SEEN = TransactionStatus.ERROR


def asked(kind: OperationKind = OperationKind.REFUND, *, named: tuple[int, ...] = ()) -> tuple[Payment, Operation]:
    """A payment that has said nothing since its operation was asked for."""
    key = OrderKey("thingsandstuff", "se-qliro", "o1").payment("p1")
    payment = Payment.intend(key, Money(10_000, "SEK"), provider_order_id=1, merchant_reference="o1", at=ASKED)
    operation = replace(a_refund(), kind=kind, transactions=named)
    payment.operations = (operation,)
    return payment, operation


def in_books(
    kind: TransactionKind = TransactionKind.REFUND,
    status: TransactionStatus = SEEN,
    *,
    minutes: int | None = 0,
    code: str = "",
    text: str = "",
) -> ProviderLedger:
    at = None if minutes is None else ASKED + timedelta(minutes=minutes)
    failed = Transaction(BASELINE + 1, None, kind, status, 4_950, at, code, text)
    return ProviderLedger(4_000_001, "o1", "SEK", (failed,), ())


@pytest.mark.parametrize(
    ("kind", "made"),
    [
        (OperationKind.CAPTURE, TransactionKind.CAPTURE),
        (OperationKind.CANCEL, TransactionKind.REVERSAL),
        (OperationKind.REFUND, TransactionKind.REFUND),
        (OperationKind.REFUND, TransactionKind.CREDIT),
        (OperationKind.REDUCE, TransactionKind.PREAUTHORIZATION),
        (OperationKind.UPSELL, TransactionKind.DEBIT),
        (OperationKind.UPSELL, TransactionKind.PREAUTHORIZATION),
    ],
)
def test_a_failure_that_nobody_was_told_of_is_found_in_the_books(kind: OperationKind, made: TransactionKind) -> None:
    books = in_books(made, minutes=-5, code="LIMIT", text="Too much")
    assert failed_unnamed(*asked(kind), books, now=ASKED) == Declined("LIMIT", "Too much")
    assert failed_unnamed(*asked(kind), in_books(TransactionKind.REGISTRATION), now=ASKED) is None


def test_a_failure_without_a_code_is_called_after_its_status() -> None:
    told = failed_unnamed(*asked(), in_books(), now=ASKED)
    assert told == Declined("Error", "Qliro ended transaction 101 with Error.")


@pytest.mark.parametrize(
    "books",
    [
        in_books(minutes=-6),
        in_books(minutes=None),
        in_books(TransactionKind.CAPTURE),
        in_books(status=TransactionStatus.IN_PROCESS),
        in_books(status=TransactionStatus.SUCCESS),
    ],
    ids=["older", "undated", "another kind", "undecided", "successful"],
)
def test_what_is_not_the_failure_of_the_request_decides_nothing_for_an_hour(books: ProviderLedger) -> None:
    payment, operation = asked()
    assert failed_unnamed(payment, operation, books, now=ASKED + timedelta(hours=1)) is None
    told = failed_unnamed(payment, operation, books, now=ASKED + timedelta(hours=1, seconds=1))
    assert isinstance(told, Declined)
    assert told.code == "NO_TRANSACTION"


def test_a_failure_that_an_answer_has_named_is_not_taken_for_another() -> None:
    assert failed_unnamed(*asked(named=(BASELINE + 1,)), in_books(), now=ASKED) is None


def test_a_refusal_after_a_lost_answer_is_believed_after_five_minutes_of_silence() -> None:
    payment, _ = asked()
    assert not believable(payment, now=ASKED + timedelta(minutes=5))
    assert believable(payment, now=ASKED + timedelta(minutes=5, seconds=1))
