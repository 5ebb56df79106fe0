"""What is sold beyond a purchase: the table of attempts, and rows that make exactly what the order grows by."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import IllegalTransition, OperationRefused, OrderBusy, OrderNotExpressible
from domain.identifiers import OrderKey
from domain.ledger import (
    ItemAction,
    LedgerTotals,
    ProviderLedger,
    Transaction,
    TransactionKind,
    TransactionStatus,
)
from domain.lifecycle import PaymentStatus
from domain.operation import Operation, OperationKind, OperationState
from domain.order import Item, Price, PurchaseOrder
from domain.outcomes import Accepted, Declined, Outcome, Pending, Unknown
from domain.payment import Payment
from domain.upsell import UpsellAttempt, UpsellState, UpsellWindow
from domain.upselling import plan_upsell, shown_upsell, unsold, upsell_told_by
from domain.vat import net
from tests.unit.domain.orders import discount, item, order
from tests.unit.domain.payments import NOON, at, intended, number, told

FIRST, MADE = 7, 8
KEY = OrderKey("thingsandstuff", "se-qliro", "onksAnol").payment("pAy")


def bought(amount: int = 60_300, *, covered: int | None = None, discounted: int = 0) -> Payment:
    """Reserved, and more is offered for five minutes."""
    payment = intended(amount)
    payment.observe(told(amount, mark=1), at=at(1))
    covered = amount if covered is None else covered
    payment.offer_upsell(UpsellWindow(NOON + timedelta(minutes=5), covered, discounted), at=at(2))
    return payment


def tried(payment: Payment, amount: int = 9_900, items: tuple[str, ...] = ("ci-MORE",)) -> Operation:
    operation = payment.request(
        OperationKind.UPSELL, operation_id=number(1), request_id=number(2), at=at(3), baseline=FIRST
    )
    before = payment.totals.authorized
    payment.try_upsell(UpsellAttempt(operation.id, items, amount, before=before), at=at(3))
    return operation


def state_of(payment: Payment) -> UpsellState:
    shown = shown_upsell(payment)
    assert shown is not None
    return shown.transactions[-1].state


ASKED, WAITS = UpsellState.CREATED, UpsellState.ACTION_REQUIRED
SOLD, FAILED = UpsellState.COMPLETED, UpsellState.FAILED
OUTCOMES: dict[str, Outcome] = {
    "pending": Pending((MADE,)),
    "unknown": Unknown("silence"),
    "accepted": Accepted((MADE,)),
    "declined": Declined("NO", "no"),
}
TABLE = {
    "asked": {"link": WAITS, "pending": ASKED, "unknown": ASKED, "accepted": SOLD, "declined": FAILED, "late": ASKED},
    "link": {"link": WAITS, "pending": WAITS, "unknown": WAITS, "accepted": SOLD, "declined": FAILED, "late": WAITS},
    "pending": {"link": WAITS, "pending": ASKED, "unknown": ASKED, "accepted": SOLD, "declined": FAILED, "late": ASKED},
    "unknown": {"link": WAITS, "pending": ASKED, "unknown": ASKED, "accepted": SOLD, "declined": FAILED, "late": ASKED},
    "accepted": {"link": SOLD, "pending": SOLD, "unknown": SOLD, "accepted": SOLD, "declined": SOLD, "late": SOLD},
    "declined": {
        "link": FAILED, "pending": FAILED, "unknown": FAILED, "accepted": FAILED, "declined": FAILED, "late": SOLD,
    },
}  # fmt: skip


def happens(payment: Payment, ident: UUID, event: str) -> None:
    known = payment.upsell and payment.upsell.attempt(ident)
    assert known
    if event == "link":
        payment.try_upsell(replace(known, link="https://qliro.example/pay"), at=at(5))
    elif event == "late":
        if payment.operation(ident).state is OperationState.FAILED:
            payment.sold_late(ident, MADE, at=at(5))
    else:
        payment.decide(ident, OUTCOMES[event], at=at(5))


@pytest.mark.parametrize("before", TABLE)
@pytest.mark.parametrize("event", TABLE["asked"])
def test_an_attempt_goes_where_the_table_says(before: str, event: str) -> None:
    payment = bought()
    operation = tried(payment)
    if before != "asked":
        happens(payment, operation.id, before)
    happens(payment, operation.id, event)
    assert state_of(payment) is TABLE[before][event]
    ended = state_of(payment) in {SOLD, FAILED}
    assert (payment.open_upsell is None) is (ended or before in {"accepted", "declined"})
    payment.end_upsell(at=at(9))
    assert payment.holds_order is (payment.open_upsell is not None)


WINDOW_TABLE = {
    "nothing": (True, True),
    "ended": (False, False),
    "capture": (False, False),
    "cancel": (False, False),
    "reduce": (True, True),
    "time": (True, False),
}


@pytest.mark.parametrize("event", WINDOW_TABLE)
def test_the_order_is_held_and_more_is_sold_as_the_table_says(event: str) -> None:
    payment, now = bought(), at(10)
    if event == "ended":
        payment.end_upsell(at=at(5))
    elif event == "time":
        now = NOON + timedelta(minutes=5)
    elif event != "nothing":
        payment.request(OperationKind(event), operation_id=number(3), request_id=number(4), at=at(5))
    assert payment.upsell is not None
    assert (payment.holds_order, payment.upsell.open(now)) == WINDOW_TABLE[event]


def test_nothing_is_offered_before_the_purchase_twice_or_at_the_end() -> None:
    window = UpsellWindow(at(300), 60_300)
    for payment in (intended(), bought()):
        with pytest.raises(IllegalTransition):
            payment.offer_upsell(window, at=at(9))
    cancelled = bought()
    cancelled.upsell = None
    cancelled.observe(told(60_300, cancelled=60_300, mark=2), at=at(5))
    with pytest.raises(IllegalTransition):
        cancelled.offer_upsell(window, at=at(9))


def test_one_attempt_at_a_time() -> None:
    payment = bought()
    tried(payment)
    with pytest.raises(OrderBusy):
        payment.request(OperationKind.CAPTURE, operation_id=number(3), request_id=number(4), at=at(5))


@pytest.mark.parametrize(
    ("before", "grown", "status"),
    [
        (told(60_300, mark=1), told(70_200, mark=2), PaymentStatus.AUTHORIZED),
        (told(60_300, 10_000, mark=1), told(70_200, 10_000, mark=2), PaymentStatus.PARTIALLY_CAPTURED),
        (told(60_300, 60_300, mark=1), told(70_200, 60_300, mark=2), PaymentStatus.PARTIALLY_CAPTURED),
        (told(60_300, 60_300, mark=1), told(70_200, 70_200, mark=2), PaymentStatus.CAPTURED),
        (told(60_300, 60_300, 0, 100, mark=1), told(70_200, 60_300, 0, 100, mark=2), PaymentStatus.PARTIALLY_REFUNDED),
    ],
)
def test_an_authorization_that_grows_is_followed_from_every_state(
    before: object, grown: object, status: PaymentStatus
) -> None:
    payment = intended()
    payment.observe(before, at=at(1))  # type: ignore[arg-type]
    assert payment.observe(grown, at=at(2))  # type: ignore[arg-type]
    assert (payment.status, payment.totals) == (status, grown.totals)  # type: ignore[attr-defined]


def books(*made: Transaction) -> ProviderLedger:
    first = Transaction(FIRST, None, TransactionKind.PREAUTHORIZATION, TransactionStatus.SUCCESS, 60_300)
    actions: tuple[ItemAction, ...] = ()
    return ProviderLedger(4009289, "onksAnol", "SEK", (first, *made), actions)


def made(
    amount: int = 9_900,
    status: TransactionStatus = TransactionStatus.SUCCESS,
    *,
    ident: int = MADE,
    parent: int | None = FIRST,
    kind: TransactionKind = TransactionKind.PREAUTHORIZATION,
) -> Transaction:
    return Transaction(ident, parent, kind, status, amount)


ERROR, CREATED = TransactionStatus.ERROR, TransactionStatus.CREATED


@pytest.mark.parametrize(
    ("link", "transactions", "outcome"),
    [
        (False, (), None),
        (False, (made(status=CREATED),), Pending((MADE,))),
        (False, (made(),), Accepted((MADE,))),
        (False, (made(70_200),), Accepted((MADE,))),
        (False, (made(70_200, parent=None),), Accepted((MADE,))),
        (False, (made(9_901),), None),
        (False, (made(ident=FIRST - 1),), None),
        (False, (made(kind=TransactionKind.CAPTURE),), None),
        (False, (made(kind=TransactionKind.DEBIT),), Accepted((MADE,))),
        (True, (made(status=ERROR),), None),
        (True, (made(status=CREATED),), None),
        (True, (made(status=ERROR), made(ident=MADE + 1)), Accepted((MADE + 1,))),
    ],
)
def test_the_books_tell_an_attempt_whose_answer_named_nothing(
    link: bool, transactions: tuple[Transaction, ...], outcome: Outcome | None
) -> None:
    payment = bought()
    operation = tried(payment)
    if link:
        happens(payment, operation.id, "link")
    assert upsell_told_by(payment, payment.operation(operation.id), books(*transactions)) == outcome


def test_a_transaction_that_failed_without_a_link_ends_it() -> None:
    payment = bought()
    operation = tried(payment)
    outcome = upsell_told_by(payment, operation, books(made(status=ERROR)))
    assert isinstance(outcome, Declined)


rows = st.builds(
    lambda number, unit, quantity, rate, off: (number, unit, quantity, rate, min(off, unit * quantity - 1)),
    st.integers(0, 10**6),
    st.integers(1, 10**7),
    st.integers(1, 30),
    st.sampled_from([0, 600, 1200, 2500, 2550]),
    st.integers(0, 5_000),
)


def a_row(place: int, drawn: tuple[int, int, int, int, int]) -> Item:
    _, unit, quantity, rate, off = drawn
    whole = unit * quantity
    original, total = Price(whole, net(whole, rate)), Price(whole - off, net(whole - off, rate))
    row = item(f"M{place}", unit, quantity, rate=rate, total=total, original=original)
    return replace(row, upsell=True, id=f"ci{place}")


def an_order(more: tuple[Item, ...], *, cut: int = 0) -> PurchaseOrder:
    base = order((item("HAT", 60_300),))
    cost = 60_300 + sum(row.total.including_vat for row in more) - cut
    discounts = (discount(cut),) if cut else ()
    return replace(base, items=(*base.items, *more), total=Price(cost, cost), discounts=discounts)


@given(st.lists(rows, min_size=1, max_size=8), st.integers(0, 3_000))
def test_rows_make_exactly_what_the_order_grows_by(drawn: list[tuple[int, int, int, int, int]], cut: int) -> None:
    more = tuple(a_row(place, each) for place, each in enumerate(drawn))
    worth = sum(row.total.including_vat for row in more)
    cut = min(cut, worth - 1)
    payment = bought()
    payment.key = KEY
    plan = plan_upsell(an_order(more, cut=cut), payment, "Rabatt")
    assert plan is not None
    assert plan.basket.total == worth - cut == sum(line.quantity * line.price_inc for line in plan.basket.lines)
    assert all(abs(line.price_ex) <= abs(line.price_inc) for line in plan.basket.lines)
    assert plan.items == tuple(row.id for row in more)
    assert len({(line.reference, line.price_inc) for line in plan.basket.lines}) == len(plan.basket.lines)


@given(st.lists(st.tuples(rows, st.booleans()), min_size=1, max_size=6))
def test_whatever_fails_on_the_way_the_sums_stay_exact(
    drawn: list[tuple[tuple[int, int, int, int, int], bool]],
) -> None:
    """One after the other: what succeeded is authorized, and the order costs that and what failed."""
    payment = bought()
    payment.key = KEY
    present: tuple[Item, ...] = ()
    for place, (each, succeeds) in enumerate(drawn):
        present = (*present, a_row(place, each))
        current = an_order(present)
        plan = plan_upsell(current, payment, "Rabatt")
        assert plan is not None
        assert plan.items == (f"ci{place}",)
        before = payment.totals.authorized
        ident = number(100 + place)
        payment.request(OperationKind.UPSELL, operation_id=ident, request_id=number(500 + place), at=at(10 + place))
        payment.try_upsell(UpsellAttempt(ident, plan.items, plan.basket.total, before=before), at=at(10 + place))
        payment.decide(ident, Accepted((1_000 + place,)) if succeeds else Declined("NO", "no"), at=at(10 + place))
        if succeeds:
            payment.observe(told(before + plan.basket.total, mark=10 + place), at=at(10 + place))
        assert plan_upsell(current, payment, "Rabatt") is None
    failed = sum(row.total.including_vat for row, (_, ok) in zip(present, drawn, strict=True) if not ok)
    assert payment.totals == LedgerTotals(an_order(present).total.including_vat - failed)


@pytest.mark.parametrize("by", [-1, 1, 100])
def test_an_order_that_changed_otherwise_is_refused(by: int) -> None:
    grown = an_order((a_row(1, (0, 9_900, 1, 2500, 0)),))
    payment = bought()
    payment.key = KEY
    odd = replace(grown, total=Price(grown.total.including_vat + by, 0))
    with pytest.raises(OperationRefused):
        plan_upsell(odd, payment, "")


def test_a_row_that_cannot_be_named_is_refused_and_one_that_was_bought_is_not_new() -> None:
    payment = bought()
    payment.key = KEY
    nameless = replace(a_row(1, (0, 9_900, 1, 2500, 0)), sku="", reference="", id="")
    with pytest.raises(OrderNotExpressible):
        plan_upsell(an_order((nameless,)), payment, "")
    assert payment.upsell is not None
    known = replace(payment.upsell, bought=("ci1",))
    assert unsold(an_order((a_row(1, (0, 9_900, 1, 2500, 0)),)), known) == ()
