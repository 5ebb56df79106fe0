"""Three readings in, discrepancies out: a table of what is found, and properties that hold for any readings."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.checkout import CheckoutStatus
from domain.comparison import compare
from domain.discrepancy import PAYMENT_KINDS, Verdict
from domain.discrepancy import DiscrepancyKind as Kind
from domain.evidence import Evidence
from domain.finding import Repair
from domain.ledger import LedgerTotals
from domain.lifecycle import PaymentStatus, status_told_by
from domain.norce_state import norce_state
from domain.order import (
    ADAPTER_ID,
    INACTIVE_PAYMENT_STATES,
    OrderPayment,
    OrderStatus,
    PaymentAction,
    PaymentState,
    PurchaseOrder,
)
from domain.payment import Payment
from domain.readings import Held, Readings, Shown, Undelivered, twins
from domain.sides import discrepancy_of
from tests.unit.domain.orders import item, order
from tests.unit.domain.payments import CAPTURE, IN_PROCESS, NOON, ON_HOLD, at, intended, number, told, told_payment

AMOUNT = 60_300
LATER = NOON + timedelta(hours=2)
AUTHORIZED, CAPTURED = told(AMOUNT, mark=1), told(AMOUNT, AMOUNT, mark=2)
REFUNDED, CANCELLED = told(AMOUNT, AMOUNT, 0, AMOUNT, mark=3), told(AMOUNT, 0, AMOUNT, mark=2)
PART_REFUNDED = told(AMOUNT, AMOUNT, 0, 100, mark=3)


@dataclass
class Scene:
    """A payment that agrees three ways, to be spoilt."""

    payment: Payment
    order: PurchaseOrder | None = None
    told: OrderPayment | None = None
    held: Held | None = None
    also: dict[str, Any] = field(default_factory=dict)

    @property
    def readings(self) -> Readings:
        settled = self.payment
        wanted = Shown(
            state=norce_state(settled),
            amount=_amount(settled),
            reference=str(settled.provider_order_id),
            merchant_reference=settled.merchant_reference,
            actions=frozenset((str(kind), f"https://a/{kind}") for kind in settled.available()),
        )
        base = Readings(
            key=settled.key,
            now=LATER,
            order=self.order,
            told=self.told,
            held=self.held,
            stored=settled,
            settled=settled,
            wanted=wanted,
        )
        return replace(base, **self.also)


def _amount(payment: Payment) -> int | None:
    if payment.status is PaymentStatus.INTENT:
        return AMOUNT
    return payment.totals.refundable or (AMOUNT if payment.status is PaymentStatus.AUTHORIZED else None)


def agreeing(payment: Payment, status: OrderStatus | None = None) -> Scene:
    undecided = payment.status.undecided or payment.status in {PaymentStatus.DECLINED, PaymentStatus.REMOVED}
    whole = order((item("sku", AMOUNT),))
    shown = OrderPayment(
        id=payment.key.payment_id,
        adapter_id=ADAPTER_ID,
        name="Qliro",
        type="default",
        amount=_amount(payment) or 0,
        currency="SEK",
        state=norce_state(payment),
        reference=str(payment.provider_order_id),
        attributes={"qliroMerchantReference": payment.merchant_reference},
        actions=tuple(PaymentAction(str(kind), f"https://a/{kind}") for kind in payment.available()),
    )
    held = Held(
        provider_order_id=payment.provider_order_id or 0,
        merchant_reference=payment.merchant_reference,
        currency="SEK",
        totals=payment.totals,
        status=IN_PROCESS if payment.status is PaymentStatus.INTENT else ON_HOLD,
        last_change=NOON,
    )
    expected = OrderStatus.CHECKOUT if undecided else OrderStatus.COMPLETED
    return Scene(payment, replace(whole, status=status or expected, payments=(shown,)), shown, held)


def seen(scene: Scene) -> dict[Kind, Repair]:
    return {finding.kind: finding.repair for finding in compare(scene.readings)}


PAYMENTS = {
    "intent": intended(),
    "authorized": told_payment(AUTHORIZED),
    "captured": told_payment(AUTHORIZED, CAPTURED),
    "partially refunded": told_payment(AUTHORIZED, CAPTURED, PART_REFUNDED),
    "refunded": told_payment(AUTHORIZED, CAPTURED, REFUNDED),
    "cancelled": told_payment(AUTHORIZED, CANCELLED),
}


@pytest.mark.parametrize("payment", PAYMENTS.values(), ids=PAYMENTS)
def test_what_agrees_is_no_discrepancy(payment: Payment) -> None:
    assert compare(agreeing(payment).readings) == ()


STATES = [
    ("authorized", PaymentState.INTENT, OrderStatus.CHECKOUT, Kind.PAID_ORDER_OPEN, Repair.RETELL),
    ("authorized", PaymentState.PROCESSING, OrderStatus.PROCESSING, Kind.PAID_ORDER_OPEN, Repair.RETELL),
    ("authorized", PaymentState.RESERVED, OrderStatus.PROCESSING, Kind.PAID_ORDER_OPEN, Repair.RETELL),
    ("authorized", PaymentState.INTENT, OrderStatus.COMPLETED, Kind.COMPLETED_NOT_RESERVED, Repair.RETELL),
    ("authorized", PaymentState.PENDING, OrderStatus.ACCEPTED, Kind.STATE_DIFFERS, Repair.RETELL),
    ("authorized", PaymentState.CAPTURED, OrderStatus.COMPLETED, Kind.CAPTURED_NOT_AT_QLIRO, Repair.REFRESH),
    ("authorized", PaymentState.REFUNDED, OrderStatus.COMPLETED, Kind.REFUNDED_NOT_AT_QLIRO, Repair.REFRESH),
    ("authorized", PaymentState.CANCELLED, OrderStatus.COMPLETED, Kind.CANCELLED_NOT_AT_QLIRO, Repair.NONE),
    ("authorized", PaymentState.REMOVED, OrderStatus.CHECKOUT, Kind.MONEY_FOR_WITHDRAWN_PAYMENT, Repair.NONE),
    ("authorized", PaymentState.RESERVED, OrderStatus.REMOVED, Kind.AUTHORIZED_ORDER_REMOVED, Repair.CANCEL_ORPHAN),
    ("captured", PaymentState.RESERVED, OrderStatus.COMPLETED, Kind.CAPTURED_NOT_IN_NORCE, Repair.REFRESH),
    ("captured", PaymentState.INTENT, OrderStatus.COMPLETED, Kind.CAPTURED_NOT_IN_NORCE, Repair.REFRESH),
    ("captured", PaymentState.CREDITED, OrderStatus.COMPLETED, Kind.REFUNDED_NOT_AT_QLIRO, Repair.REFRESH),
    ("captured", PaymentState.CANCELLED, OrderStatus.COMPLETED, Kind.CANCELLED_NOT_AT_QLIRO, Repair.NONE),
    ("refunded", PaymentState.CAPTURED, OrderStatus.COMPLETED, Kind.REFUNDED_NOT_IN_NORCE, Repair.REFRESH),
    ("refunded", PaymentState.CREDITED, OrderStatus.COMPLETED, Kind.REFUNDED_NOT_IN_NORCE, Repair.REFRESH),
    ("partially refunded", PaymentState.REFUNDED, OrderStatus.COMPLETED, Kind.REFUNDED_NOT_AT_QLIRO, Repair.REFRESH),
    ("cancelled", PaymentState.RESERVED, OrderStatus.COMPLETED, Kind.CANCELLED_NOT_IN_NORCE, Repair.REFRESH),
    ("cancelled", PaymentState.CAPTURED, OrderStatus.COMPLETED, Kind.CAPTURED_NOT_AT_QLIRO, Repair.REFRESH),
    ("intent", PaymentState.RESERVED, OrderStatus.CHECKOUT, Kind.STATE_DIFFERS, Repair.NONE),
    ("intent", PaymentState.RESERVED, OrderStatus.COMPLETED, Kind.COMPLETED_NOT_RESERVED, Repair.NONE),
    ("intent", PaymentState.CAPTURED, OrderStatus.CHECKOUT, Kind.CAPTURED_NOT_AT_QLIRO, Repair.NONE),
    ("intent", PaymentState.CREDITED, OrderStatus.CHECKOUT, Kind.REFUNDED_NOT_AT_QLIRO, Repair.NONE),
    ("intent", PaymentState.REFUNDED, OrderStatus.CHECKOUT, Kind.REFUNDED_NOT_AT_QLIRO, Repair.NONE),
    ("intent", PaymentState.INTENT, OrderStatus.COMPLETED, Kind.COMPLETED_NOT_RESERVED, Repair.NONE),
]


@pytest.mark.parametrize(("name", "shown", "status", "kind", "repair"), STATES)
def test_what_norce_shows_wrongly_has_a_name(
    name: str, shown: PaymentState, status: OrderStatus, kind: Kind, repair: Repair
) -> None:
    scene = agreeing(PAYMENTS[name], status)
    assert scene.told is not None
    scene.told = replace(scene.told, state=shown)
    assert [(one.kind, one.repair) for one in compare(scene.readings)] == [(kind, repair)]


PARTLY_CAPTURED = told_payment(AUTHORIZED, told(AMOUNT, 200, mark=2))
RISKS = [
    (PAYMENTS["authorized"], PaymentState.INTENT, OrderStatus.CHECKOUT, Kind.PAID_ORDER_OPEN, AMOUNT),
    (PARTLY_CAPTURED, PaymentState.RESERVED, OrderStatus.PROCESSING, Kind.PAID_ORDER_OPEN, AMOUNT),
    (PARTLY_CAPTURED, PaymentState.CANCELLED, OrderStatus.COMPLETED, Kind.CANCELLED_NOT_AT_QLIRO, AMOUNT),
    (PARTLY_CAPTURED, PaymentState.RESERVED, OrderStatus.REMOVED, Kind.AUTHORIZED_ORDER_REMOVED, AMOUNT - 200),
    (PARTLY_CAPTURED, PaymentState.RESERVED, OrderStatus.COMPLETED, Kind.CAPTURED_NOT_IN_NORCE, 200),
    (PARTLY_CAPTURED, PaymentState.REFUNDED, OrderStatus.COMPLETED, Kind.REFUNDED_NOT_AT_QLIRO, 200),
    (PARTLY_CAPTURED, PaymentState.REMOVED, OrderStatus.CHECKOUT, Kind.MONEY_FOR_WITHDRAWN_PAYMENT, AMOUNT - 200),
    (PAYMENTS["captured"], PaymentState.RESERVED, OrderStatus.COMPLETED, Kind.CAPTURED_NOT_IN_NORCE, AMOUNT),
    (PAYMENTS["partially refunded"], PaymentState.CAPTURED, OrderStatus.COMPLETED, Kind.REFUNDED_NOT_IN_NORCE, 100),
    (
        PAYMENTS["partially refunded"],
        PaymentState.REFUNDED,
        OrderStatus.COMPLETED,
        Kind.REFUNDED_NOT_AT_QLIRO,
        AMOUNT - 100,
    ),
]


@pytest.mark.parametrize(("payment", "shown", "status", "kind", "at_risk"), RISKS)
def test_what_is_at_risk_is_the_money_that_one_side_is_wrong_about(
    payment: Payment, shown: PaymentState, status: OrderStatus, kind: Kind, at_risk: int
) -> None:
    scene = agreeing(payment, status)
    assert scene.told is not None
    scene.told = replace(scene.told, state=shown, amount=7)
    risks = {finding.kind: finding.at_risk for finding in compare(scene.readings)}
    assert risks[kind] == at_risk


def withdrawn(*books: Evidence) -> Payment:
    """Removed before anybody paid, and what came in for it afterwards."""
    payment = intended()
    payment.remove(at=at(1))
    for minutes, each in enumerate(books, start=2):
        payment.observe(each, at=at(minutes))
    return payment


@pytest.mark.parametrize("payment", [PAYMENTS["intent"], withdrawn()], ids=["unpaid", "withdrawn"])
@pytest.mark.parametrize("shown", sorted(INACTIVE_PAYMENT_STATES))
def test_how_norce_says_that_an_unpaid_payment_is_over_does_not_matter(payment: Payment, shown: PaymentState) -> None:
    scene = agreeing(payment)
    assert scene.told is not None
    scene.told = replace(scene.told, state=shown)
    assert seen(scene) == {}


@pytest.mark.parametrize("shown", [PaymentState.INTENT, PaymentState.PENDING])
def test_a_withdrawn_payment_that_norce_shows_open_is_told_again(shown: PaymentState) -> None:
    scene = agreeing(withdrawn())
    assert scene.told is not None
    scene.told = replace(scene.told, state=shown)
    assert seen(scene) == {Kind.STATE_DIFFERS: Repair.REFRESH}


def test_amounts_currencies_and_references_are_compared() -> None:
    scene = agreeing(PAYMENTS["authorized"])
    assert scene.told is not None
    assert scene.held is not None
    right, held = scene.told, scene.held
    scene.told = replace(right, amount=1)
    assert seen(scene) == {Kind.AMOUNT_DIFFERS: Repair.REFRESH}
    scene.told = replace(right, reference="17")
    assert seen(scene) == {Kind.REFERENCE_DIFFERS: Repair.REFRESH}
    scene.told = replace(right, attributes={})
    assert seen(scene) == {Kind.REFERENCE_DIFFERS: Repair.REFRESH}
    scene.told = replace(right, actions=())
    assert seen(scene) == {Kind.ACTIONS_OUTDATED: Repair.REFRESH}
    scene.told, scene.held = right, replace(held, currency="EUR")
    assert seen(scene) == {Kind.CURRENCY_DIFFERS: Repair.NONE}
    scene.held = replace(held, merchant_reference="renamed")
    assert seen(scene) == {Kind.REFERENCE_DIFFERS: Repair.NONE}
    scene.held = replace(held, bought=AMOUNT - 100)
    assert seen(scene) == {Kind.AMOUNT_DIFFERS: Repair.NONE}
    scene.held, scene.also = held, {"rival": replace(held, provider_order_id=17)}
    assert seen(scene) == {Kind.TWO_QLIRO_ORDERS: Repair.NONE}


def test_how_far_apart_two_amounts_are_is_at_risk() -> None:
    scene = agreeing(PAYMENTS["authorized"])
    assert scene.told is not None
    assert scene.held is not None
    right, held = scene.told, scene.held
    for shown in (right.amount - 300, right.amount + 300):
        scene.told = replace(right, amount=shown)
        assert [(one.kind, one.at_risk) for one in compare(scene.readings)] == [(Kind.AMOUNT_DIFFERS, 300)]
    scene.told = right
    for bought in (AMOUNT - 300, AMOUNT + 300):
        scene.held = replace(held, bought=bought)
        (found,) = compare(scene.readings)
        assert (found.kind, found.at_risk, found.subject) == (Kind.AMOUNT_DIFFERS, 300, "purchase")
    scene.held = replace(held, bought=AMOUNT)
    assert seen(scene) == {}
    other = replace(held, provider_order_id=17, totals=LedgerTotals(AMOUNT, 200))
    scene.held, scene.also = held, {"rival": other}
    (found,) = compare(scene.readings)
    assert (found.kind, found.at_risk, found.subject) == (Kind.TWO_QLIRO_ORDERS, AMOUNT, "17")


def test_two_references_that_differ_are_two_findings() -> None:
    scene = agreeing(PAYMENTS["authorized"])
    assert scene.told is not None
    scene.told = replace(scene.told, reference="17", attributes={})
    assert [one.subject for one in compare(scene.readings)] == ["reference", "merchant-reference"]


@pytest.mark.parametrize("shown", [PaymentState.INTENT, PaymentState.CAPTURED])
def test_where_nothing_is_wanted_whatever_norce_shows_is_right(shown: PaymentState) -> None:
    scene = agreeing(PAYMENTS["authorized"])
    assert scene.told is not None
    scene.told = replace(scene.told, state=shown, amount=1, reference="17", attributes={})
    scene.also = {"wanted": Shown(actions=scene.readings.wanted.actions)}
    assert seen(scene) == {}


@pytest.mark.parametrize("status", [OrderStatus.REMOVED, OrderStatus.DECLINED])
def test_a_reservation_for_a_withdrawn_payment_of_an_order_that_is_over_is_cancelled(status: OrderStatus) -> None:
    (found,) = compare(agreeing(withdrawn(AUTHORIZED), status).readings)
    assert (found.kind, found.repair, found.at_risk) == (Kind.AUTHORIZED_ORDER_REMOVED, Repair.CANCEL_ORPHAN, AMOUNT)
    for books in ((AUTHORIZED, told(AMOUNT, 200, mark=2)), (AUTHORIZED, CAPTURED)):
        (found,) = compare(agreeing(withdrawn(*books), status).readings)
        assert (found.kind, found.repair) == (Kind.MONEY_FOR_WITHDRAWN_PAYMENT, Repair.NONE)
    (found,) = compare(agreeing(PARTLY_CAPTURED, status).readings)
    assert (found.kind, found.repair) == (Kind.AUTHORIZED_ORDER_REMOVED, Repair.NONE)
    assert seen(agreeing(withdrawn(AUTHORIZED, CANCELLED), status)) == {}


def test_a_withdrawn_payment_on_a_completed_order_is_no_money_that_is_missing() -> None:
    scene = agreeing(withdrawn(), OrderStatus.COMPLETED)
    assert scene.told is not None
    scene.told = replace(scene.told, state=PaymentState.PENDING)
    assert seen(scene) == {Kind.STATE_DIFFERS: Repair.REFRESH}


def test_an_unpaid_payment_of_nothing_is_not_missed_on_a_completed_order() -> None:
    scene = agreeing(PAYMENTS["intent"], OrderStatus.COMPLETED)
    assert scene.told is not None
    scene.told = replace(scene.told, amount=0)
    assert seen(scene) == {Kind.AMOUNT_DIFFERS: Repair.REFRESH}
    scene.told = replace(scene.told, amount=AMOUNT, state=PaymentState.REMOVED)
    assert seen(scene) == {}


def test_only_an_unpaid_order_that_is_frozen_for_long_is_stuck() -> None:
    for name, status, found in (
        ("intent", OrderStatus.CHECKOUT, {}),
        ("authorized", OrderStatus.PROCESSING, {Kind.PAID_ORDER_OPEN: Repair.RETELL}),
        ("authorized", OrderStatus.COMPLETED, {}),
    ):
        scene = agreeing(PAYMENTS[name], status)
        assert scene.order is not None
        scene.order = replace(scene.order, status_since=NOON)
        assert seen(scene) == found


def test_what_one_of_the_three_does_not_have_has_a_name() -> None:
    scene = agreeing(PAYMENTS["authorized"])
    whole, right, held = scene.order, scene.told, scene.held
    scene.held = None
    assert seen(scene) == {Kind.MISSING_AT_QLIRO: Repair.NONE}
    scene.held, scene.told = held, None
    assert seen(scene) == {Kind.MISSING_IN_NORCE: Repair.NONE}
    scene.order = None
    assert seen(scene) == {Kind.AUTHORIZED_ORDER_REMOVED: Repair.CANCEL_ORPHAN}
    scene.order, scene.told, scene.also = whole, right, {"stored": None}
    assert seen(scene) == {Kind.MISSING_WITH_US: Repair.REFRESH}


@pytest.mark.parametrize("shown", PaymentState)
def test_money_that_norce_alone_shows_is_missing_at_qliro(shown: PaymentState) -> None:
    scene = agreeing(PAYMENTS["authorized"])
    assert scene.told is not None
    scene.told, scene.held = replace(scene.told, state=shown, amount=7), None
    scene.also = {"stored": None, "settled": None}
    kept = shown in {PaymentState.RESERVED, PaymentState.CAPTURED, PaymentState.CREDITED}
    assert [(one.kind, one.at_risk) for one in compare(scene.readings)] == [(Kind.MISSING_AT_QLIRO, 7)] * kept
    scene.also = {}
    assert [(one.kind, one.at_risk) for one in compare(scene.readings)] == [(Kind.MISSING_AT_QLIRO, AMOUNT)]


def test_a_create_that_was_interrupted_and_nobody_can_pay_is_nothing_to_tell_of() -> None:
    scene = agreeing(PAYMENTS["intent"])
    assert scene.told is not None
    scene.also = {"stored": None, "settled": None}
    assert seen(scene) == {Kind.MISSING_WITH_US: Repair.REFRESH}
    scene.told = replace(scene.told, reference="")
    assert seen(scene) == {}
    paid = agreeing(PAYMENTS["authorized"]).held
    scene.held = paid
    assert seen(scene) == {Kind.MISSING_WITH_US: Repair.REFRESH}
    unpaid = agreeing(PAYMENTS["intent"])
    unpaid.order = unpaid.told = None
    assert seen(unpaid) == {Kind.MISSING_IN_NORCE: Repair.FORGET}
    unpaid.held = None
    assert seen(unpaid) == {Kind.MISSING_IN_NORCE: Repair.FORGET}
    over = agreeing(PAYMENTS["refunded"])
    over.order = over.told = None
    assert seen(over) == {}


def test_part_of_a_reservation_that_was_captured_is_never_cancelled_by_itself() -> None:
    scene = agreeing(told_payment(AUTHORIZED, told(AMOUNT, 100, mark=2)))
    scene.order = scene.told = None
    assert seen(scene) == {Kind.AUTHORIZED_ORDER_REMOVED: Repair.NONE}


def test_our_own_books_are_compared_when_norce_is_right() -> None:
    scene = agreeing(PAYMENTS["captured"])
    scene.also = {"stored": PAYMENTS["authorized"]}
    assert seen(scene) == {Kind.OUR_BOOKS_DIFFER: Repair.REFRESH}
    other_status, other_totals = PAYMENTS["captured"].copy(), PAYMENTS["captured"].copy()
    other_status.status = PaymentStatus.AUTHORIZED
    other_totals.totals = LedgerTotals(AMOUNT + 1, AMOUNT + 1)
    for stored in (other_status, other_totals):
        scene.also = {"stored": stored}
        assert seen(scene) == {Kind.OUR_BOOKS_DIFFER: Repair.REFRESH}
    right = scene.told
    assert right is not None
    scene.told = replace(right, state=PaymentState.RESERVED)
    assert seen(scene) == {Kind.CAPTURED_NOT_IN_NORCE: Repair.REFRESH}, "which brings our books along"
    scene.told = replace(right, state=PaymentState.CANCELLED)
    assert set(seen(scene)) == {Kind.CANCELLED_NOT_AT_QLIRO, Kind.OUR_BOOKS_DIFFER}
    scene.told = right
    scene.also = {"settled": None, "disagreement": "books went backwards"}
    assert seen(scene) == {Kind.OUR_BOOKS_DIFFER: Repair.NONE}


def test_what_waits_too_long_has_a_name_and_what_is_young_has_none() -> None:
    asked = told_payment(AUTHORIZED)
    asked.request(CAPTURE, operation_id=number(1), request_id=number(2), at=at(5))
    scene = agreeing(asked)
    assert seen(scene) == {Kind.OPERATION_UNDECIDED: Repair.RESUME}
    scene.also = {"now": at(10)}
    assert seen(scene) == {}
    frozen = agreeing(PAYMENTS["intent"], OrderStatus.PROCESSING)
    assert frozen.order is not None
    frozen.order = replace(frozen.order, status_since=NOON)
    assert seen(frozen) == {Kind.ORDER_STUCK_PROCESSING: Repair.REOPEN}
    frozen.also = {"now": at(10)}
    assert seen(frozen) == {}
    letters = agreeing(PAYMENTS["authorized"])
    old = Undelivered(id="7", kind="report-payment", since=NOON, parked=False)
    letters.also = {"undelivered": (old, replace(old, id="8", since=LATER), replace(old, id="9", parked=True))}
    assert [one.subject for one in compare(letters.readings)] == ["7", "9"]


@pytest.mark.parametrize("status", [OrderStatus.CHECKOUT, OrderStatus.COMPLETED])
@pytest.mark.parametrize("books", [(AUTHORIZED,), (AUTHORIZED, told(AMOUNT, 200, mark=2)), (AUTHORIZED, CAPTURED)])
def test_money_for_a_payment_that_was_withdrawn_is_left_to_those_who_give_it_back(
    books: tuple[Evidence, ...], status: OrderStatus
) -> None:
    (found,) = compare(agreeing(withdrawn(*books), status).readings)
    assert (found.kind, found.repair, found.at_risk) == (Kind.MONEY_FOR_WITHDRAWN_PAYMENT, Repair.NONE, AMOUNT)


def test_of_two_payments_that_live_on_one_order_both_are_twins() -> None:
    one, another = told_payment(AUTHORIZED), told_payment(AUTHORIZED)
    another.provider_order_id = 17
    dead = told_payment(AUTHORIZED, CANCELLED)
    dead.provider_order_id = 18
    assert twins([(one, None), (dead, None)]) == ()
    assert twins([(one, None), (another, None), (dead, None)]) == (one, another)


amounts = st.just(0) | st.integers(0, 10_000)
totals = st.builds(
    lambda remaining, kept, cancelled, refunded: LedgerTotals(
        remaining + kept + refunded + cancelled, kept + refunded, cancelled, refunded
    ),
    amounts,
    amounts,
    amounts,
    amounts,
)
states = st.sampled_from(PaymentState)
statuses = st.sampled_from(OrderStatus)


def some_payment(settled: LedgerTotals, status: PaymentStatus | None) -> Payment:
    payment = intended()
    payment.totals = settled
    payment.status = status_told_by(settled) if settled.authorized else status or PaymentStatus.INTENT
    return payment


payments = st.builds(
    some_payment,
    totals | st.just(LedgerTotals()),
    st.sampled_from([PaymentStatus.INTENT, PaymentStatus.PENDING, PaymentStatus.DECLINED]),
)


@st.composite
def readings(draw: st.DrawFn) -> Readings:
    """Anything that the three might say, however little it makes sense together."""
    scene = agreeing(draw(payments), draw(statuses))
    assert scene.told is not None
    assert scene.held is not None
    shown = replace(scene.told, state=draw(states), amount=draw(amounts), reference=draw(st.sampled_from(["", "1"])))
    held = replace(scene.held, totals=draw(totals), currency=draw(st.sampled_from(["SEK", "NOK"])))
    scene.held = draw(st.sampled_from([held, scene.held, None]))
    scene.told = draw(st.sampled_from([shown, scene.told, None]))
    scene.order = draw(st.sampled_from([scene.order, None])) if scene.told is None else scene.order
    scene.also = {
        "stored": draw(st.sampled_from([scene.payment, draw(payments), None])),
        "settled": draw(st.sampled_from([scene.payment, None])),
    }
    return scene.readings


@given(readings())
def test_whatever_is_read_every_finding_is_sound(some: Readings) -> None:
    found = compare(some)
    assert len({(one.kind, one.subject) for one in found}) == len(found)
    for one in found:
        assert one.kind in PAYMENT_KINDS
        assert one.at_risk >= 0
        shown = discrepancy_of(some, one, Verdict.LEFT, "")
        assert shown.identity == (some.key.order, some.key.payment_id, one.kind, one.subject)
        assert all(side is not None for side in (shown.norce, shown.provider, shown.ours))


@settings(max_examples=400)
@given(payments, totals, st.sampled_from([*OrderStatus, None]))
def test_a_reservation_is_cancelled_when_norces_order_is_over_and_nothing_of_it_was_captured_and_only_then(
    payment: Payment, truth: LedgerTotals, status: OrderStatus | None
) -> None:
    """`status` None: Norce has no such order any more."""
    scene = agreeing(payment, status)
    assert scene.held is not None
    scene.held = replace(scene.held, totals=truth)
    if status is None:
        scene.order = scene.told = None
    over = status in {None, OrderStatus.REMOVED, OrderStatus.DECLINED}
    cancelled = Repair.CANCEL_ORPHAN in {one.repair for one in compare(scene.readings)}
    assert cancelled is (over and truth.remaining > 0 and not truth.captured)


@given(payments)
def test_whatever_the_money_did_a_norce_that_shows_it_agrees(payment: Payment) -> None:
    scene = agreeing(payment)
    if payment.status is PaymentStatus.PENDING:
        assert scene.held is not None
        scene.held = replace(scene.held, status=CheckoutStatus.ON_HOLD)
    assert compare(scene.readings) == ()
