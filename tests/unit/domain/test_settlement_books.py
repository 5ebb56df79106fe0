"""What moved money is told by operations, and by the sums where nothing of ours explains them."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from domain.checkout import LineType
from domain.operation import Operation, OperationKind, OperationState
from domain.planned_call import PlannedCall
from domain.rows import ItemGroup, OrderItem
from domain.settlement_books import Movement, MovementKind, Sums, movements
from tests.unit.domain.settlements import NOON

LATER = NOON + timedelta(days=1)
CAP = OrderItem("CAP", LineType.PRODUCT, 1, 12_500, 10_000)


def operation(kind: OperationKind, amount: int, *transactions: int, state: str = "succeeded") -> Operation:
    return Operation(
        id=uuid4(), kind=kind, state=OperationState(state), amount=amount, request_id=uuid4(), requested_at=NOON,
        transactions=transactions, settled_at=LATER,
    )  # fmt: skip


def told(found: tuple[Movement, ...]) -> list[tuple[str, int, tuple[int, ...]]]:
    return [(m.kind.value, m.amount, m.transactions) for m in found]


def test_operations_that_succeeded_are_movements() -> None:
    done = [
        operation(OperationKind.CAPTURE, 500, 1),
        operation(OperationKind.CAPTURE, 400, state="failed"),
        operation(OperationKind.CANCEL, 300, 3),
        operation(OperationKind.REFUND, 200, 4, 5),
        operation(OperationKind.REFUND, 0, 6),
    ]
    found = movements(done, [Sums(500, 0, LATER), Sums(500, 200, LATER)])
    assert told(found) == [("capture", 500, (1,)), ("refund", 200, (4, 5))]
    assert {m.at for m in found} == {LATER}


def test_what_was_done_elsewhere_has_no_id() -> None:
    at_purchase = movements([], [Sums(0, 0, NOON), Sums(900, 0, NOON), Sums(900, 100, LATER)])
    assert told(at_purchase) == [("capture", 900, ()), ("refund", 100, ())]
    assert [m.at for m in at_purchase] == [NOON, LATER]
    beside = movements([operation(OperationKind.CAPTURE, 500, 1)], [Sums(300, 0, NOON), Sums(800, 0, LATER)])
    assert told(beside) == [("capture", 300, ()), ("capture", 500, (1,))]


def test_when_they_do_not_add_up_the_sums_count() -> None:
    both_at_once = movements([operation(OperationKind.CAPTURE, 500, 1)], [Sums(800, 0, NOON)])
    assert told(both_at_once) == [("capture", 300, ()), ("capture", 500, (1,))]
    assert told(movements([operation(OperationKind.CAPTURE, 500, 1)], [])) == [("capture", 500, (1,))]


def test_a_planned_refund_is_one_movement_per_call() -> None:
    plan = (
        PlannedCall((ItemGroup(1, (CAP,)),), fee=500),
        PlannedCall(credit=300),
    )
    planned = replace(operation(OperationKind.REFUND, 12_300, 8, 9), plan=plan)
    found = movements([planned], [Sums(20_000, 0, NOON), Sums(20_000, 12_300, LATER)])
    refunds = [m for m in found if m.kind is MovementKind.REFUND]
    assert told(tuple(refunds)) == [("refund", 12_000, (8,)), ("refund", 300, (9,))]
    assert refunds[0].items == (CAP,)
