"""A payment that Norce, Qliro and our books all have: do they say the same of it?"""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.discrepancy import DiscrepancyKind as Kind
from domain.evidence import DEAD
from domain.finding import Finding, Repair
from domain.identifiers import PaymentKey
from domain.ledger import LedgerTotals
from domain.lifecycle import PaymentStatus
from domain.order import INACTIVE_PAYMENT_STATES, OrderPayment, OrderStatus, PaymentState, PurchaseOrder
from domain.payment import Payment
from domain.readings import Held, Readings, Shown
from domain.shown_state import state_kind

_MONEY = frozenset(
    {PaymentState.RESERVED, PaymentState.CAPTURED, PaymentState.CREDITED, PaymentState.REFUNDED, PaymentState.CANCELLED}
)
_BEFORE_PAID = frozenset(
    {PaymentState.INTENT, PaymentState.PROCESSING, PaymentState.CONFIRMED, PaymentState.PENDING, PaymentState.UNKNOWN}
)
_OVER = frozenset({OrderStatus.REMOVED, OrderStatus.DECLINED})
_OPEN = frozenset({OrderStatus.CHECKOUT, OrderStatus.PROCESSING})
_SETTLING = frozenset({Repair.REFRESH, Repair.RETELL})


@dataclass(frozen=True, slots=True)
class Three:
    """Readings of which none is missing; only our own books may be (`stored`)."""

    readings: Readings
    order: PurchaseOrder
    told: OrderPayment
    held: Held
    settled: Payment

    @property
    def key(self) -> PaymentKey:
        return self.readings.key

    @property
    def stored(self) -> Payment | None:
        return self.readings.stored

    @property
    def truth(self) -> LedgerTotals:
        return self.held.totals

    @property
    def wanted(self) -> Shown:
        return self.readings.wanted


def disagreements(t: Three) -> Iterator[Finding]:
    """The weightiest first."""
    if t.settled.status in DEAD and (t.truth.remaining or t.truth.refundable):
        yield _withdrawn(t)
        return
    if over := _order_over(t):
        yield over
        return
    told = tuple(_as_shown(t))
    yield from told
    yield from _order(t, told)
    yield from _purchase(t)
    if not any(one.repair in _SETTLING for one in told):
        yield from _our_books(t)


def _withdrawn(t: Three) -> Finding:
    held = t.truth.remaining + t.truth.refundable
    if t.order.status in _OVER and t.truth.remaining and not t.truth.captured:
        text = f"Norce's order is {t.order.status}"
        return Finding(Kind.AUTHORIZED_ORDER_REMOVED, Repair.CANCEL_ORPHAN, held, text)
    return Finding(Kind.MONEY_FOR_WITHDRAWN_PAYMENT, at_risk=held, detail=f"the payment is {t.settled.status}")


def _order_over(t: Three) -> Finding | None:
    if not t.truth.remaining:
        return None
    if t.order.status in _OVER:
        repair = Repair.NONE if t.truth.captured else Repair.CANCEL_ORPHAN
        text = f"Norce's order is {t.order.status}"
        return Finding(Kind.AUTHORIZED_ORDER_REMOVED, repair, t.truth.remaining, text)
    if t.told.state in INACTIVE_PAYMENT_STATES - {PaymentState.CANCELLED}:
        text = f"Norce's payment is {t.told.state}"
        return Finding(Kind.MONEY_FOR_WITHDRAWN_PAYMENT, at_risk=t.truth.remaining, detail=text)
    return None


def _as_shown(t: Three) -> Iterator[Finding]:
    """What Norce shows of the payment, against what it should show."""
    told, wanted = t.told, t.wanted
    if t.settled.status is PaymentStatus.INTENT and not told.active:
        return  # withdrawn in Norce, and nobody has paid: it stays withdrawn
    if t.settled.status in DEAD and not told.active:
        return  # over, and Norce says how in its own words
    if wanted.state is not None and told.state is not wanted.state:
        yield _state(t)
    elif wanted.amount is not None and told.amount != wanted.amount:
        text = f"Norce shows {told.amount}, it should be {wanted.amount} (minor units)"
        yield Finding(Kind.AMOUNT_DIFFERS, Repair.REFRESH, abs(told.amount - wanted.amount), text)
    elif t.readings.shown_actions != wanted.actions:
        kinds = [sorted(name for name, _ in some) for some in (wanted.actions, t.readings.shown_actions)]
        yield Finding(Kind.ACTIONS_OUTDATED, Repair.REFRESH, detail=f"should be {kinds[0]}, Norce has {kinds[1]}")
    yield from _references(t)


def _state(t: Three) -> Finding:
    shown, wanted, truth = t.told.state, t.wanted.state, t.truth
    text = f"Norce shows {shown}, it should be {wanted}"
    if truth.authorized and shown in _BEFORE_PAID and wanted is PaymentState.RESERVED:
        kind = _STANDING.get(t.order.status, Kind.STATE_DIFFERS)
        return Finding(kind, Repair.RETELL, truth.remaining, text)
    kind = state_kind(shown, wanted, truth) or Kind.STATE_DIFFERS
    backwards = shown in _MONEY and not truth.authorized
    repair = Repair.NONE if backwards or kind is Kind.CANCELLED_NOT_AT_QLIRO else Repair.REFRESH
    if kind is Kind.STATE_DIFFERS and shown in _MONEY and t.order.status is OrderStatus.COMPLETED:
        kind = Kind.COMPLETED_NOT_RESERVED
    return Finding(kind, repair, _risked(kind, t), text)


_STANDING = {
    OrderStatus.CHECKOUT: Kind.PAID_ORDER_OPEN,
    OrderStatus.PROCESSING: Kind.PAID_ORDER_OPEN,
    OrderStatus.COMPLETED: Kind.COMPLETED_NOT_RESERVED,
}


def _risked(kind: Kind, t: Three) -> int:
    """The money about which Norce is wrong."""
    sums = {
        Kind.CAPTURED_NOT_IN_NORCE: t.truth.captured,
        Kind.REFUNDED_NOT_IN_NORCE: t.truth.refunded,
        Kind.CANCELLED_NOT_AT_QLIRO: t.truth.remaining + t.truth.refundable,
        Kind.REFUNDED_NOT_AT_QLIRO: t.truth.refundable,
    }
    return sums.get(kind, t.told.amount)


def _references(t: Three) -> Iterator[Finding]:
    told, wanted, rival = t.told, t.wanted, t.readings.rival
    if rival is not None:
        at_risk = rival.totals.remaining + rival.totals.refundable
        text = f"Norce names {rival.provider_order_id}, which holds money, ours is {t.held.provider_order_id}"
        yield Finding(Kind.TWO_QLIRO_ORDERS, at_risk=at_risk, detail=text, subject=str(rival.provider_order_id))
    elif wanted.reference is not None and told.reference != wanted.reference:
        text = f"Norce names {told.reference or 'nothing'}, it should be {wanted.reference}"
        yield Finding(Kind.REFERENCE_DIFFERS, Repair.REFRESH, detail=text, subject="reference")
    named = told.attributes.get("qliroMerchantReference")
    known = t.held.merchant_reference
    if wanted.merchant_reference and wanted.merchant_reference != known:
        text = f"Qliro calls it {known}, we call it {wanted.merchant_reference}"
        yield Finding(Kind.REFERENCE_DIFFERS, detail=text, subject="merchant-reference")
    elif wanted.merchant_reference and named != wanted.merchant_reference:
        text = f"Norce calls it {named or 'nothing'}, Qliro {known}"
        yield Finding(Kind.REFERENCE_DIFFERS, Repair.REFRESH, detail=text, subject="merchant-reference")


def _order(t: Three, told: tuple[Finding, ...]) -> Iterator[Finding]:
    """What Norce's order says, against what has become of the money."""
    status, kinds = t.order.status, {finding.kind for finding in told}
    kept = t.truth.remaining + t.truth.refundable
    if status in _OPEN and kept and Kind.PAID_ORDER_OPEN not in kinds:
        yield Finding(Kind.PAID_ORDER_OPEN, Repair.RETELL, kept, f"Norce's order is {status}")
    unpaid = t.settled.status.undecided and t.told.state in _BEFORE_PAID
    if status is OrderStatus.COMPLETED and unpaid and t.told.amount:
        text = f"the payment is {t.settled.status}"
        yield Finding(Kind.COMPLETED_NOT_RESERVED, at_risk=t.told.amount, detail=text)
    frozen = status is OrderStatus.PROCESSING and t.settled.status is PaymentStatus.INTENT
    if frozen and t.order.status_since and t.readings.late(t.order.status_since):
        text = f"frozen since {t.order.status_since:%Y-%m-%d %H:%M}"
        yield Finding(Kind.ORDER_STUCK_PROCESSING, Repair.REOPEN, detail=text)


def _purchase(t: Three) -> Iterator[Finding]:
    """What was bought is what the order costs."""
    bought = t.held.bought
    if bought is None:
        return
    cost = t.order.amount_to_cover(t.key.payment_id)
    if bought != cost:
        text = f"bought for {bought} without fees, Norce's order costs {cost} (minor units)"
        yield Finding(Kind.AMOUNT_DIFFERS, at_risk=abs(bought - cost), detail=text, subject="purchase")


def _our_books(t: Three) -> Iterator[Finding]:
    if t.stored is None:
        return
    if t.stored.totals != t.settled.totals or t.stored.status is not t.settled.status:
        text = f"ours say {t.stored.status}, Qliro's {t.settled.status}"
        yield Finding(Kind.OUR_BOOKS_DIFFER, Repair.REFRESH, detail=text)
