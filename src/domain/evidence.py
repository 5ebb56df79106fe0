"""What a reading of the provider's books means for a payment: the steps that lead from what is known to it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from domain.checkout import CheckoutStatus
from domain.errors import IllegalTransition, LedgerDisagrees
from domain.ledger import LedgerTotals
from domain.lifecycle import PaymentStatus, move, status_told_by

DEAD = frozenset({PaymentStatus.REMOVED, PaymentStatus.DECLINED})
_FINISHED = frozenset({CheckoutStatus.ON_HOLD, CheckoutStatus.COMPLETED})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the provider says, in one reading.

    `mark` counts the decided transactions in its books: a reading with fewer than already seen is stale.
    """

    status: CheckoutStatus
    totals: LedgerTotals
    mark: int
    currency: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a payment, with the status and the settled amounts after it."""

    event: str
    status: PaymentStatus
    totals: LedgerTotals


def told_steps(evidence: Evidence, *, status: PaymentStatus, known: LedgerTotals, currency: str) -> tuple[Step, ...]:
    """The moves that a reading proves of a payment that stands like this; none when it tells nothing new.

    Raises LedgerDisagrees when it contradicts what is already settled.
    """
    if evidence.totals.authorized == 0:
        return _unpaid_steps(evidence, status, known)
    told = evidence.totals
    if evidence.currency != currency:
        raise LedgerDisagrees(f"Qliro holds {evidence.currency}, the payment is in {currency}.")
    if not told.consistent or told.captured < known.captured or told.refunded < known.refunded:
        raise LedgerDisagrees("Qliro's settled amounts contradict those already known.")
    return () if told == known else steps(status, known, told)


def _unpaid_steps(evidence: Evidence, status: PaymentStatus, known: LedgerTotals) -> tuple[Step, ...]:
    if known.authorized:
        raise LedgerDisagrees("Qliro no longer shows the reservation of this payment.")
    if status.undecided and (evidence.refused or evidence.status is CheckoutStatus.REFUSED):
        return (Step("decline", move(status, "decline", known), known),)
    if status is PaymentStatus.INTENT and evidence.status in _FINISHED:
        return (Step("hold", move(status, "hold", known), known),)
    return ()


def steps(status: PaymentStatus, known: LedgerTotals, told: LedgerTotals) -> tuple[Step, ...]:
    """The moves from `known` to `told`, each legal and in itself consistent, in the order money can have moved.

    Several things may have happened since the last reading; status and amounts agree after each. Money that appears
    for a withdrawn or refused payment doesn't revive it: that is an orphan. Raises LedgerDisagrees when no moves lead
    from one to the other.
    """
    if status in DEAD:
        return (Step("orphan", status, told),)
    if status.terminal and status_told_by(told) is status:
        return (Step("restate", status, told),)
    taken = []
    for event, totals in _events(status, known, told):
        try:
            after = move(status, event, totals)
        except IllegalTransition as impossible:
            raise LedgerDisagrees(f"Qliro's books say {event} of a payment that is {status}.") from impossible
        taken.append(Step(event, after, totals))
        status = after
    return tuple(taken)


def _events(status: PaymentStatus, known: LedgerTotals, told: LedgerTotals) -> Iterator[tuple[str, LedgerTotals]]:
    """Reservations change first, so that what is captured, released and given back afterwards is covered."""
    now = replace(known, authorized=told.authorized, cancelled=min(known.cancelled, told.cancelled))
    if now != known:
        yield ("authorize" if status.undecided else "adjust"), now
    if told.captured > now.captured:
        now = replace(now, captured=told.captured)
        yield "capture", now
    if told.cancelled > now.cancelled:
        now = replace(now, cancelled=told.cancelled)
        yield "release", now
    if told.refunded > now.refunded:
        yield "refund", replace(now, refunded=told.refunded)
