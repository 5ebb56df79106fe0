"""The whole table of the payment's lifecycle, written by hand: status × event × amounts → status, or refused."""

from pathlib import Path
from typing import cast

import pytest
from statemachine.event import Event

from domain.errors import IllegalTransition
from domain.ledger import LedgerTotals
from domain.lifecycle import PaymentLifecycle, PaymentStatus, move, status_told_by

NOTHING = LedgerTotals()
RESERVED = LedgerTotals(10)
PART_TAKEN = LedgerTotals(10, 4)
ALL_TAKEN = LedgerTotals(10, 10)
PART_GIVEN_BACK = LedgerTotals(10, 10, 0, 3)
TAKEN_GIVEN_BACK_REST_HELD = LedgerTotals(10, 4, 0, 4)
ALL_GIVEN_BACK = LedgerTotals(10, 10, 0, 10)
RELEASED = LedgerTotals(10, 0, 10)
AMOUNTS = (
    NOTHING,
    RESERVED,
    PART_TAKEN,
    ALL_TAKEN,
    PART_GIVEN_BACK,
    TAKEN_GIVEN_BACK_REST_HELD,
    ALL_GIVEN_BACK,
    RELEASED,
)
EVENTS = ("hold", "authorize", "decline", "remove", "adjust", "capture", "release", "refund")

INTENT, PENDING, AUTHORIZED = PaymentStatus.INTENT, PaymentStatus.PENDING, PaymentStatus.AUTHORIZED
PARTIALLY_CAPTURED, CAPTURED = PaymentStatus.PARTIALLY_CAPTURED, PaymentStatus.CAPTURED
PARTIALLY_REFUNDED, REFUNDED = PaymentStatus.PARTIALLY_REFUNDED, PaymentStatus.REFUNDED
CANCELLED, DECLINED, REMOVED = PaymentStatus.CANCELLED, PaymentStatus.DECLINED, PaymentStatus.REMOVED

# Columns: nothing · reserved · part taken · all taken · part given back · taken given back, rest held · all given
# back · released. None = refused. Events that a status doesn't know at all are not listed.
i, p, a, r, d = INTENT, PENDING, AUTHORIZED, REMOVED, DECLINED
pc, c, pr, f, x = PARTIALLY_CAPTURED, CAPTURED, PARTIALLY_REFUNDED, REFUNDED, CANCELLED
TABLE: dict[tuple[PaymentStatus, str], tuple[PaymentStatus | None, ...]] = {
    (i, "hold"): (p, p, p, p, p, p, p, p),
    (i, "authorize"): (a, a, a, a, a, a, a, a),
    (i, "decline"): (d, d, d, d, d, d, d, d),
    (i, "remove"): (r, r, r, r, r, r, r, r),
    (p, "authorize"): (a, a, a, a, a, a, a, a),
    (p, "decline"): (d, d, d, d, d, d, d, d),
    (a, "adjust"): (x, a, a, x, x, a, x, x),
    (a, "capture"): (c, pc, pc, c, c, pc, c, c),
    (a, "release"): (x, a, a, x, x, a, x, x),
    (pc, "adjust"): (c, pc, pc, c, c, pc, c, c),
    (pc, "capture"): (c, pc, pc, c, c, pc, c, c),
    (pc, "release"): (c, pc, pc, c, c, pc, c, c),
    (pc, "refund"): (pr, pr, pr, pr, pr, pr, pr, pr),
    (c, "adjust"): (c, pc, pc, c, c, pc, c, c),
    (c, "refund"): (f, pr, pr, pr, pr, pr, f, f),
    (pr, "adjust"): (f, pr, pr, pr, pr, pr, f, f),
    (pr, "capture"): (pr, pr, pr, pr, pr, pr, pr, pr),
    (pr, "release"): (f, pr, pr, pr, pr, pr, f, f),
    (pr, "refund"): (f, pr, pr, pr, pr, pr, f, f),
}

CASES = [
    pytest.param(
        status, event, amounts, TABLE.get((status, event), (None,) * len(AMOUNTS))[n], id=f"{status}-{event}-{n}"
    )
    for status in PaymentStatus
    for event in EVENTS
    for n, amounts in enumerate(AMOUNTS)
]


@pytest.mark.parametrize(("status", "event", "amounts", "after"), CASES)
def test_every_move_is_the_one_in_the_table(
    status: PaymentStatus, event: str, amounts: LedgerTotals, after: PaymentStatus | None
) -> None:
    if after is None:
        with pytest.raises(IllegalTransition, match=f"{status} cannot {event}"):
            move(status, event, amounts)
    else:
        assert move(status, event, amounts) is after


def test_the_table_knows_every_event_of_the_machine() -> None:
    assert {event.id for event in cast("list[Event]", PaymentLifecycle.events)} == set(EVENTS)


def test_nothing_leaves_a_terminal_status() -> None:
    assert {status for status, _ in TABLE} == {status for status in PaymentStatus if not status.terminal}


@pytest.mark.parametrize(
    ("amounts", "status"),
    [
        (RESERVED, AUTHORIZED),
        (PART_TAKEN, PARTIALLY_CAPTURED),
        (ALL_TAKEN, CAPTURED),
        (PART_GIVEN_BACK, PARTIALLY_REFUNDED),
        (TAKEN_GIVEN_BACK_REST_HELD, PARTIALLY_REFUNDED),
        (ALL_GIVEN_BACK, REFUNDED),
        (RELEASED, CANCELLED),
        (LedgerTotals(10, 4, 6), CAPTURED),
        (LedgerTotals(10, 4, 6, 1), PARTIALLY_REFUNDED),
        (LedgerTotals(10, 4, 6, 4), REFUNDED),
        (LedgerTotals(10, 0, 6), AUTHORIZED),
    ],
)
def test_amounts_tell_the_status(amounts: LedgerTotals, status: PaymentStatus) -> None:
    assert status_told_by(amounts) is status


def test_the_documented_diagram_is_the_machine() -> None:
    page = (Path(__file__).parents[3] / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    drawn = page.split("```mermaid\n")[1].split("```")[0]
    assert drawn.strip() == f"{PaymentLifecycle:mermaid}".strip()
