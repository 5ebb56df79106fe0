"""Which transaction a call has made whose answer was lost, and what the transactions of a call say of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from application.plan_operation import (
    believable,
    disagreement,
    failed_unnamed,
    in_flight,
    next_call,
    outcome_told_by,
    refunded_unseen,
    unnamed,
)
from domain.checkout import LineType
from domain.identifiers import OrderKey
from domain.ledger import (
    ActionKind,
    ItemAction,
    ItemGroup,
    OrderItem,
    ProviderLedger,
    Transaction,
    TransactionKind,
    TransactionStatus,
)
from domain.money import Money
from domain.operation import Operation, OperationKind, OperationState
from domain.outcomes import Accepted, Declined, Pending
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


ROW = OrderItem("HAT", LineType.PRODUCT, 1, 10_000, 8_000)
PLANNED = PlannedCall((ItemGroup(BASELINE, (ROW,)),))


def everything(kind: OperationKind, *transactions: int, amount: int = 30_000) -> Operation:
    return replace(a_refund(), kind=kind, amount=amount, baseline=0, transactions=transactions)


def written(*transactions: Transaction, rows: tuple[ItemAction, ...] = ()) -> ProviderLedger:
    return ProviderLedger(4_000_001, "o1", "SEK", transactions, rows)


def reserved(amount: int = 30_000, status: TransactionStatus = TransactionStatus.SUCCESS) -> Transaction:
    return Transaction(1, None, TransactionKind.PREAUTHORIZATION, status, amount)


def moved(
    number: int, amount: int, kind: TransactionKind = TransactionKind.CAPTURE, *, done: bool = True, parent: int = 1
) -> Transaction:
    status = TransactionStatus.SUCCESS if done else TransactionStatus.IN_PROCESS
    return Transaction(number, parent, kind, status, amount)


def test_a_refund_that_gave_more_back_than_it_was_told_of_has_done_the_call_in_hand() -> None:
    captures = (reserved(), moved(2, 10_000), moved(3, 20_000))
    first = (moved(4, 10_000, TransactionKind.REFUND, parent=2),)
    second = (*first, moved(5, 20_000, TransactionKind.REFUND, parent=3))
    refund = OperationKind.REFUND
    assert not refunded_unseen(everything(refund), written(*captures))
    assert refunded_unseen(everything(refund), written(*captures, *first))
    assert not refunded_unseen(everything(refund, 4), written(*captures, *first))
    assert refunded_unseen(everything(refund, 4), written(*captures, *second))
    assert refunded_unseen(everything(refund, 4, 99), written(*captures, *second))
    failed = replace(moved(6, 20_000, TransactionKind.REFUND, parent=3), status=TransactionStatus.ERROR)
    assert refunded_unseen(everything(refund, 4, 6), written(*captures, *second, failed))
    for other in (everything(OperationKind.CAPTURE), replace(everything(refund), plan=(PLANNED,))):
        assert not refunded_unseen(other, written(*captures, *first))


def test_a_planned_operation_makes_its_calls_one_after_the_other_and_no_more() -> None:
    planned = replace(a_refund(), plan=(PLANNED, CREDIT))
    assert next_call(planned, written()) == PLANNED
    assert next_call(replace(planned, step=1), written()) == CREDIT
    assert next_call(replace(planned, step=2), written()) is None


@pytest.mark.parametrize(
    ("transactions", "needed"),
    [
        ((), False),
        ((reserved(),), True),
        ((reserved(1),), True),
        ((reserved(), moved(2, 30_000)), False),
        ((reserved(status=TransactionStatus.ON_HOLD),), True),
        ((moved(2, 30_000, done=False),), False),
    ],
    ids=["nothing", "reserved", "a cent", "captured", "on hold", "being captured"],
)
def test_a_cancel_is_asked_for_while_anything_is_reserved_or_may_be(
    transactions: tuple[Transaction, ...], needed: bool
) -> None:
    call = next_call(everything(OperationKind.CANCEL), written(*transactions))
    assert call == (PlannedCall() if needed else None)


def test_without_a_plan_nothing_is_left_of_a_reduction_or_an_upsell() -> None:
    for kind in (OperationKind.REDUCE, OperationKind.UPSELL):
        assert next_call(everything(kind), written(reserved())) is None


def test_rows_that_are_not_worth_what_is_reserved_are_not_captured() -> None:
    capture = everything(OperationKind.CAPTURE)
    assert disagreement(capture, PLANNED, written(reserved(10_000))) == ""
    told = disagreement(capture, PLANNED, written(reserved(10_001)))
    assert told == "Qliro's rows are worth 10000, but 10001 is reserved (minor units)."
    assert disagreement(replace(capture, plan=(PLANNED,)), PLANNED, written(reserved(10_001))) == ""
    assert disagreement(everything(OperationKind.REFUND), PLANNED, written(reserved(10_001))) == ""


def test_a_sum_of_money_taken_at_once_is_not_credited() -> None:
    captured = written(reserved(), moved(BASELINE, 30_000))
    assert disagreement(a_refund(), CREDIT, captured) == ""
    told = disagreement(a_refund(), CREDIT, written(Transaction(BASELINE, None, TransactionKind.DEBIT, SEEN, 30_000)))
    assert told == f"4950 is left of transaction {BASELINE} (minor units), but no row to give it back by."


def test_an_operation_without_a_plan_is_done_when_the_books_have_nothing_left_for_it() -> None:
    capture, cancel = everything(OperationKind.CAPTURE), everything(OperationKind.CANCEL)
    assert outcome_told_by(cancel, written(reserved())) is None
    assert outcome_told_by(cancel, written(reserved(), moved(2, 30_000))) == Accepted(())
    reversal = moved(3, 30_000, TransactionKind.REVERSAL, done=False)
    assert outcome_told_by(capture, written(moved(2, 30_000, done=False))) is None
    assert outcome_told_by(capture, written(reversal)) is None
    assert outcome_told_by(
        replace(capture, transactions=(2,)), written(reserved(40_000), moved(2, 30_000))
    ) == Accepted((2,))


def test_a_refund_of_everything_goes_on_after_each_call() -> None:
    shipped = ItemAction(ActionKind.SHIP, 3, "HAT", "", LineType.PRODUCT, 1, 20_000, 16_000)
    books = written(
        reserved(),
        moved(2, 10_000),
        moved(3, 20_000),
        moved(4, 10_000, TransactionKind.REFUND, parent=2),
        rows=(shipped,),
    )
    assert outcome_told_by(everything(OperationKind.REFUND, 4), books) is None
    back = (*books.transactions, moved(5, 20_000, TransactionKind.REFUND, parent=3))
    assert outcome_told_by(everything(OperationKind.REFUND, 4, 5), written(*back)) == Accepted((4, 5))


def test_a_plan_is_done_when_its_last_call_is() -> None:
    planned = replace(everything(OperationKind.REFUND, 2), plan=(PLANNED, PLANNED))
    books = written(moved(2, 10_000, TransactionKind.REFUND))
    assert outcome_told_by(planned, books) is None
    assert outcome_told_by(replace(planned, step=1), books) == Accepted((2,))
    assert outcome_told_by(replace(planned, step=1, transactions=()), books) is None


def test_what_the_books_do_not_have_yet_or_have_not_decided_is_pending() -> None:
    capture = everything(OperationKind.CAPTURE, 2, 3)
    assert outcome_told_by(capture, written(moved(2, 10_000))) == Pending((2, 3))
    assert outcome_told_by(capture, written(moved(2, 10_000), moved(3, 10_000, done=False))) == Pending((2, 3))
    failed = replace(moved(3, 10_000), status=TransactionStatus.CANCELLED)
    told = outcome_told_by(replace(capture, transactions=(3,)), written(failed))
    assert told == Declined("Cancelled", "Qliro ended transaction 3 with Cancelled.")


def test_a_call_whose_answer_was_lost_is_found_by_its_kind_and_sum_while_it_is_in_hand() -> None:
    planned = replace(a_refund(), plan=(PLANNED, CREDIT))
    books = written(moved(101, 10_000, TransactionKind.REFUND), moved(102, 4_950, TransactionKind.CREDIT))
    assert unnamed(planned, books) == (101,)
    assert unnamed(replace(planned, step=1), books) == (102,)
    assert unnamed(replace(planned, step=2), books) == ()
    assert unnamed(everything(OperationKind.REFUND), books) == ()


@pytest.mark.parametrize("kind", TransactionKind)
def test_every_kind_of_money_that_is_on_its_way_is_waited_for(kind: TransactionKind) -> None:
    waited_for = kind in {"Capture", "Reversal", "Refund", "Credit", "UpdateInvoice"}
    under_way = moved(2, 10_000, kind, done=False)
    assert in_flight(written(under_way)) == ((under_way,) if waited_for else ())
    assert in_flight(written(moved(2, 10_000, kind))) == ()
