"""The payment's states and the only moves between them."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from statemachine import State, StateChart
from statemachine.exceptions import TransitionNotAllowed

from domain.errors import IllegalTransition
from domain.ledger import LedgerTotals


class PaymentStatus(StrEnum):
    INTENT = "intent"
    PENDING = "pending"
    AUTHORIZED = "authorized"
    PARTIALLY_CAPTURED = "partially_captured"
    CAPTURED = "captured"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    CANCELLED = "cancelled"
    DECLINED = "declined"
    REMOVED = "removed"

    @property
    def terminal(self) -> bool:
        return self in TERMINAL

    @property
    def undecided(self) -> bool:
        """The customer, a bank or time still has to speak."""
        return self in {PaymentStatus.INTENT, PaymentStatus.PENDING}


TERMINAL = frozenset({PaymentStatus.REFUNDED, PaymentStatus.CANCELLED, PaymentStatus.DECLINED, PaymentStatus.REMOVED})


@dataclass(slots=True)
class Cursor:
    """Where a payment stands, with the settled amounts as they will be after the move."""

    status: PaymentStatus
    totals: LedgerTotals


class PaymentLifecycle(StateChart[Cursor]):
    """Every legal move of a payment. An event that no transition answers raises; so does an error in a guard."""

    allow_event_without_transition = False
    catch_errors_as_events = False
    atomic_configuration_update = True
    enable_self_transition_entries = False

    intent = State(value=PaymentStatus.INTENT, initial=True)
    pending = State(value=PaymentStatus.PENDING)
    authorized = State(value=PaymentStatus.AUTHORIZED)
    partially_captured = State(value=PaymentStatus.PARTIALLY_CAPTURED)
    captured = State(value=PaymentStatus.CAPTURED)
    partially_refunded = State(value=PaymentStatus.PARTIALLY_REFUNDED)
    refunded = State(value=PaymentStatus.REFUNDED, final=True)
    cancelled = State(value=PaymentStatus.CANCELLED, final=True)
    declined = State(value=PaymentStatus.DECLINED, final=True)
    removed = State(value=PaymentStatus.REMOVED, final=True)

    hold = intent.to(pending)
    authorize = intent.to(authorized) | pending.to(authorized)
    decline = intent.to(declined) | pending.to(declined)
    remove = intent.to(removed)
    adjust = (
        authorized.to(cancelled, cond="nothing_left")
        | authorized.to(authorized)
        | partially_captured.to(captured, cond="nothing_left")
        | partially_captured.to(partially_captured)
        | captured.to(partially_captured, cond="something_left")
        | captured.to(captured)
        | partially_refunded.to(refunded, cond="all_given_back")
        | partially_refunded.to(partially_refunded)
    )
    capture = (
        authorized.to(captured, cond="nothing_left")
        | authorized.to(partially_captured)
        | partially_captured.to(captured, cond="nothing_left")
        | partially_captured.to(partially_captured)
        | partially_refunded.to(partially_refunded)
    )
    release = (
        authorized.to(cancelled, cond="nothing_left")
        | authorized.to(authorized)
        | partially_captured.to(captured, cond="nothing_left")
        | partially_captured.to(partially_captured)
        | partially_refunded.to(refunded, cond="all_given_back")
        | partially_refunded.to(partially_refunded)
    )
    refund = (
        captured.to(refunded, cond="all_given_back")
        | captured.to(partially_refunded)
        | partially_captured.to(partially_refunded)
        | partially_refunded.to(refunded, cond="all_given_back")
        | partially_refunded.to(partially_refunded)
    )

    def nothing_left(self) -> bool:
        return self.model.totals.remaining == 0

    def something_left(self) -> bool:
        return self.model.totals.remaining > 0

    def all_given_back(self) -> bool:
        return self.nothing_left() and self.model.totals.refundable == 0


def move(status: PaymentStatus, event: str, totals: LedgerTotals) -> PaymentStatus:
    """The status after `event`, given the settled amounts after it. Raises IllegalTransition."""
    return _moved(status, event, _judged_alike(totals))


def _judged_alike(totals: LedgerTotals) -> LedgerTotals:
    """The smallest amounts of which every guard says the same."""
    remaining = (totals.remaining > 0) - (totals.remaining < 0)
    refundable = int(totals.refundable != 0)
    return LedgerTotals(remaining + refundable, refundable)


@cache
def _moved(status: PaymentStatus, event: str, totals: LedgerTotals) -> PaymentStatus:
    """What the machine says, remembered: building one costs a third of a millisecond."""
    cursor = Cursor(status, totals)
    machine = PaymentLifecycle(cursor, state_field="status")
    try:
        getattr(machine, event)()
    except TransitionNotAllowed as refused:
        raise IllegalTransition(f"A payment that is {status} cannot {event}.") from refused
    return PaymentStatus(cursor.status)


def status_told_by(totals: LedgerTotals) -> PaymentStatus:
    """The status that settled amounts stand for, once anything has been authorized."""
    if totals.refunded:
        done = totals.remaining == 0 and totals.refundable == 0
        return PaymentStatus.REFUNDED if done else PaymentStatus.PARTIALLY_REFUNDED
    if totals.captured:
        return PaymentStatus.PARTIALLY_CAPTURED if totals.remaining else PaymentStatus.CAPTURED
    return PaymentStatus.AUTHORIZED if totals.remaining else PaymentStatus.CANCELLED
