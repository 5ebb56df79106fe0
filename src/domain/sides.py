"""The three sides of a discrepancy, as reports show them next to each other."""

from datetime import datetime

from domain.discrepancy import Discrepancy, DiscrepancyKind, Side, Verdict
from domain.finding import Finding
from domain.lifecycle import status_told_by
from domain.money import Money
from domain.readings import Held, Readings

_MISSING = Side(state="missing")


def discrepancy_of(readings: Readings, finding: Finding, verdict: Verdict, remedy: str) -> Discrepancy:
    """The finding with everything that a person needs to judge it."""
    currency = _currency(readings)
    return Discrepancy(
        kind=finding.kind,
        order=readings.key.order,
        payment_id=readings.key.payment_id,
        subject=finding.subject,
        norce=norce_side(readings),
        provider=provider_side(readings),
        ours=our_side(readings),
        at_risk=Money(finding.at_risk, currency) if finding.at_risk else None,
        since=_since(readings, finding),
        verdict=verdict,
        remedy=remedy,
        detail=finding.detail,
    )


def norce_side(readings: Readings) -> Side:
    order, told = readings.order, readings.told
    if order is None:
        return _MISSING
    if told is None:
        return Side(state=f"order {order.status}, no such payment", currency=order.currency)
    return Side(
        state=f"{told.state}, order {order.status}",
        amount=told.amount,
        currency=told.currency or order.currency,
        reference=told.reference,
    )


def provider_side(readings: Readings) -> Side:
    return _MISSING if readings.held is None else held_side(readings.held)


def held_side(held: Held) -> Side:
    """What Qliro has."""
    totals = held.totals
    return Side(
        state=str(status_told_by(totals)) if totals.authorized else str(held.status),
        amount=totals.authorized,
        currency=held.currency,
        reference=str(held.provider_order_id),
        captured=totals.captured,
        refunded=totals.refunded,
        cancelled=totals.cancelled,
    )


def our_side(readings: Readings) -> Side:
    stored = readings.stored
    if stored is None:
        return _MISSING
    totals = stored.totals
    operation = stored.open_operation
    return Side(
        state=f"{stored.status}, {operation.kind} {operation.state}" if operation else str(stored.status),
        amount=totals.authorized or stored.amount,
        currency=stored.currency,
        reference=str(stored.provider_order_id or ""),
        captured=totals.captured,
        refunded=totals.refunded,
        cancelled=totals.cancelled,
    )


def _currency(readings: Readings) -> str:
    for side in (readings.held, readings.stored, readings.order):
        if side is not None:
            return side.currency.upper()
    return ""


def _since(readings: Readings, finding: Finding) -> datetime | None:
    """Since when, as well as anybody can tell."""
    stored, held, order = readings.stored, readings.held, readings.order
    if finding.kind is DiscrepancyKind.OPERATION_UNDECIDED and stored and stored.open_operation:
        return stored.open_operation.requested_at
    if finding.kind is DiscrepancyKind.ORDER_STUCK_PROCESSING and order:
        return order.status_since
    if finding.kind is DiscrepancyKind.MESSAGE_UNDELIVERED:
        return next((m.since for m in readings.undelivered if m.id == finding.subject), None)
    if held and held.last_change:
        return held.last_change
    return stored.updated_at if stored else order.last_modified if order else None
