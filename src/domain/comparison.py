"""Three readings in, what does not agree out. Nothing here reads, writes or mends; it says which act may."""

from collections.abc import Iterator

from domain.agreement import Three, disagreements
from domain.discrepancy import DiscrepancyKind as Kind
from domain.finding import Finding, Repair
from domain.lifecycle import PaymentStatus
from domain.order import OrderPayment, PaymentState, PurchaseOrder
from domain.readings import Held, Readings
from domain.shown_state import state_kind

_KEPT = frozenset({PaymentState.RESERVED, PaymentState.CAPTURED, PaymentState.CREDITED})


def compare(readings: Readings) -> tuple[Finding, ...]:
    """Everything that does not agree, the weightiest first; nothing twice."""
    found = dict.fromkeys(_compare(readings))
    return tuple(found)


def _compare(r: Readings) -> Iterator[Finding]:
    if r.stored is not None and (operation := r.stored.open_operation) and r.late(operation.requested_at):
        text = f"{operation.kind} is {operation.state}"
        yield Finding(Kind.OPERATION_UNDECIDED, Repair.RESUME, operation.amount, text, str(operation.id))
    if r.held is None:
        yield from _missing_at_qliro(r)
    elif r.order is None or r.told is None:
        yield from _missing_in_norce(r)
    elif differs := tuple(_currency(r, r.order, r.told, r.held)):
        yield from differs
    else:
        yield from _all_three(r, r.order, r.told, r.held)
    yield from _messages(r)


def _missing_at_qliro(r: Readings) -> Iterator[Finding]:
    told, stored = r.told, r.stored
    ours = stored.totals.remaining + stored.totals.refundable if stored else 0
    if ours or (told is not None and told.state in _KEPT):
        at_risk = ours or (told.amount if told else 0)
        yield Finding(Kind.MISSING_AT_QLIRO, at_risk=at_risk, detail="money is shown that Qliro knows nothing of")
    elif stored is not None and stored.status.undecided:
        if r.order is None:
            yield Finding(Kind.MISSING_IN_NORCE, Repair.FORGET, detail="unpaid, and both have dropped it")
        elif told is not None and told.active and stored.provider_order_id is not None:
            yield Finding(Kind.MISSING_AT_QLIRO, detail="unpaid; the checkout cannot be paid any more")


def _missing_in_norce(r: Readings) -> Iterator[Finding]:
    truth, payment = r.truth, r.settled or r.stored
    where = "Norce has no such order" if r.order is None else "the order has no such payment"
    if truth.remaining:
        free = not truth.captured and r.order is None
        yield Finding(
            Kind.AUTHORIZED_ORDER_REMOVED if r.order is None else Kind.MISSING_IN_NORCE,
            Repair.CANCEL_ORPHAN if free else Repair.NONE,
            truth.remaining + truth.refundable,
            where,
        )
    elif truth.refundable:
        yield Finding(Kind.MISSING_IN_NORCE, at_risk=truth.refundable, detail=where)
    elif payment is not None and payment.status is PaymentStatus.INTENT:
        yield Finding(Kind.MISSING_IN_NORCE, Repair.FORGET, detail=f"unpaid, and {where}")
    elif payment is not None and payment.status is PaymentStatus.PENDING:
        yield Finding(Kind.MISSING_IN_NORCE, at_risk=payment.amount, detail=f"on hold at Qliro, and {where}")


def _currency(r: Readings, order: PurchaseOrder, told: OrderPayment, held: Held) -> Iterator[Finding]:
    said = {
        "Norce's order": order.currency,
        "Norce's payment": told.currency or order.currency,
        "Qliro": held.currency,
        "ours": r.stored.currency if r.stored else held.currency,
    }
    if len({currency.upper() for currency in said.values() if currency}) > 1:
        text = ", ".join(f"{who} {currency}" for who, currency in said.items())
        yield Finding(Kind.CURRENCY_DIFFERS, at_risk=r.truth.authorized, detail=text)


def _all_three(r: Readings, order: PurchaseOrder, told: OrderPayment, held: Held) -> Iterator[Finding]:
    """All have it, in one currency."""
    if r.stored is None and not _never_begun(r, told):
        money = r.truth.remaining + r.truth.refundable
        yield Finding(Kind.MISSING_WITH_US, Repair.REFRESH, money, r.disagreement or "never heard of here")
    if r.settled is None:
        yield from _contradicted(r, told)
    else:
        yield from disagreements(Three(r, order, told, held, r.settled))


def _never_begun(r: Readings, told: OrderPayment) -> bool:
    """A create that was interrupted: nobody has seen its checkout and can pay it, and the next create finishes it."""
    unseen = told.state is PaymentState.INTENT and not told.reference
    return r.settled is None and unseen and not r.truth.authorized


def _contradicted(r: Readings, told: OrderPayment) -> Iterator[Finding]:
    """The books say what cannot have followed from what is known: nobody but a person can tell who is right."""
    kind = state_kind(told.state, None, r.truth) if r.stored is None else None
    if kind is not None or r.stored is not None:
        yield Finding(kind or Kind.OUR_BOOKS_DIFFER, at_risk=told.amount, detail=r.disagreement)


def _messages(r: Readings) -> Iterator[Finding]:
    """Nobody can be told of an order that Norce no longer has, and nothing depends on it when no money is left."""
    if r.order is None and not (r.truth.remaining or r.truth.refundable):
        return
    for message in r.undelivered:
        if message.parked or r.late(message.since):
            words = f"{message.kind}: {message.last_error or 'not tried'}"
            yield Finding(Kind.MESSAGE_UNDELIVERED, Repair.REDELIVER, detail=words, subject=message.id)
