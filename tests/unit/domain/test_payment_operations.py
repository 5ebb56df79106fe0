"""Attempts to move money: written down first, one at a time, settled once."""

from uuid import UUID

import pytest

from domain.checkout import LineType
from domain.errors import IllegalTransition, OperationRefused, OrderBusy
from domain.evidence import Evidence
from domain.lifecycle import PaymentStatus
from domain.norce_state import norce_state
from domain.operation import OperationKind, OperationState
from domain.order import PaymentState
from domain.outcomes import Accepted, Declined, Outcome, Pending, Unknown
from domain.payment import Payment
from domain.planned_call import PlannedCall
from domain.rows import ItemGroup, OrderItem
from domain.upsell import UpsellAttempt, UpsellWindow
from tests.unit.domain.payments import (
    CANCEL,
    CAPTURE,
    NOON,
    ON_HOLD,
    REFUND,
    REFUSED,
    at,
    intended,
    number,
    told,
    told_payment,
)


def requested(payment: Payment, kind: OperationKind) -> UUID:
    return payment.request(kind, operation_id=number(1), request_id=number(2), at=at(10)).id


def test_an_operation_is_written_down_with_its_key_and_what_is_left() -> None:
    payment = told_payment(told(603, 298, mark=2))
    operation = payment.operation(requested(payment, CAPTURE))
    assert (operation.amount, operation.request_id, operation.state) == (305, number(2), OperationState.REQUESTED)
    assert payment.history[-1].event == "capture-requested"
    assert payment.open_operation == operation


def test_a_refund_is_for_what_has_not_been_given_back() -> None:
    payment = told_payment(told(603, 603, 0, 100, mark=3))
    assert payment.operation(requested(payment, REFUND)).amount == 503


def test_only_one_operation_at_a_time() -> None:
    payment = told_payment(told(603, mark=1))
    requested(payment, CAPTURE)
    with pytest.raises(OrderBusy, match="capture"):
        payment.request(CANCEL, operation_id=number(3), request_id=number(4), at=at(11))


@pytest.mark.parametrize(
    ("payment", "kinds"),
    [
        (intended(), (CAPTURE, CANCEL, REFUND)),
        (told_payment(told(status=ON_HOLD)), (CAPTURE, REFUND)),
    ],
    ids=["intent", "pending"],
)
def test_an_undecided_purchase_cannot_be_operated_on(payment: Payment, kinds: tuple[OperationKind, ...]) -> None:
    for kind in kinds:
        with pytest.raises(OperationRefused, match=f"cannot be asked to {kind}"):
            requested(payment, kind)
    assert payment.operations == ()


def test_a_payment_on_hold_can_be_cancelled() -> None:
    payment = told_payment(told(status=ON_HOLD))
    assert payment.operation(requested(payment, CANCEL)).state.open


@pytest.mark.parametrize(
    ("reading", "kinds", "state"),
    [
        (told(status=ON_HOLD), (CANCEL,), PaymentState.PENDING),
        (told(status=REFUSED), (), PaymentState.DECLINED),
        (told(603, mark=1), (CAPTURE, CANCEL), PaymentState.RESERVED),
        (told(603, 298, mark=2), (CAPTURE, CANCEL, REFUND), PaymentState.CAPTURED),
        (told(603, 603, mark=2), (REFUND,), PaymentState.CAPTURED),
        (told(603, 603, 0, 100, mark=3), (REFUND,), PaymentState.CREDITED),
        (told(603, 298, 0, 298, mark=3), (CAPTURE, CANCEL), PaymentState.CREDITED),
        (told(603, 603, 0, 603, mark=3), (), PaymentState.REFUNDED),
        (told(603, 0, 603, mark=2), (), PaymentState.CANCELLED),
    ],
)
def test_what_may_be_asked_for_follows_the_books(
    reading: Evidence, kinds: tuple[OperationKind, ...], state: PaymentState
) -> None:
    payment = told_payment(reading)
    assert payment.available() == kinds
    assert norce_state(payment) is state


def test_an_unpaid_payment_can_be_asked_for_nothing() -> None:
    payment = intended()
    assert (payment.available(), norce_state(payment)) == ((), PaymentState.INTENT)
    payment.remove(at=at(1))
    assert (payment.available(), norce_state(payment)) == ((), PaymentState.REMOVED)


OUTCOMES: tuple[Outcome, ...] = (
    Accepted((7,)),
    Pending((7,)),
    Declined("NO", "no"),
    Unknown("timeout"),
)


@pytest.mark.parametrize("settling", [Accepted((7,)), Declined("NO", "no")], ids=["accepted", "declined"])
def test_a_settled_operation_never_changes_again(settling: Outcome) -> None:
    payment = told_payment(told(603, mark=1))
    which = requested(payment, CAPTURE)
    settled = payment.decide(which, settling, at=at(11))
    assert not settled.state.open
    version = payment.version
    for late in OUTCOMES:
        assert payment.decide(which, late, at=at(12)) == settled
    with pytest.raises(IllegalTransition, match="cannot be continued"):
        payment.advance(which, request_id=number(9), at=at(13))
    assert (payment.version, payment.open_operation) == (version, None)


def test_an_unknown_operation_stays_open_until_it_is_known() -> None:
    payment = told_payment(told(603, mark=1))
    which = requested(payment, CAPTURE)
    lost = payment.decide(which, Unknown("timeout"), at=at(11))
    assert (lost.state, lost.error_message, lost.settled_at) == (OperationState.UNKNOWN, "timeout", None)
    found = payment.decide(which, Accepted((7,)), at=at(12))
    assert (found.state, found.error_message, found.settled_at) == (OperationState.SUCCEEDED, "", at(12))
    assert found.request_id == lost.request_id


def test_a_declined_operation_tells_why_and_leaves_the_money_where_it_is() -> None:
    payment = told_payment(told(603, mark=1))
    which = requested(payment, CAPTURE)
    refused = payment.decide(which, Declined("LIMIT", "too much"), at=at(11))
    assert (refused.error_code, refused.error_message) == ("LIMIT", "too much")
    assert (payment.status, payment.totals.remaining) == (PaymentStatus.AUTHORIZED, 603)
    requested(payment, CAPTURE)


def test_repeating_an_outcome_writes_nothing_down() -> None:
    payment = told_payment(told(603, mark=1))
    which = requested(payment, CAPTURE)
    payment.decide(which, Pending((7,)), at=at(11))
    version = payment.version
    payment.decide(which, Pending((7,)), at=at(12))
    assert payment.version == version


def test_the_steps_of_an_operation_have_keys_of_their_own_and_gather_transactions() -> None:
    payment = told_payment(told(603, 603, mark=2))
    which = requested(payment, REFUND)
    payment.decide(which, Pending((7,)), at=at(11))
    again = payment.advance(which, request_id=number(3), at=at(12))
    assert (again.step, again.request_id, again.state) == (1, number(3), OperationState.REQUESTED)
    done = payment.decide(which, Accepted((8,)), at=at(13))
    assert done.transactions == (7, 8)


def test_an_unpaid_payment_can_cover_another_amount_and_be_renewed_or_removed() -> None:
    payment = intended(60300)
    payment.cover(60300, at=at(1))
    payment.cover(50000, at=at(2))
    payment.renew(provider_order_id=2, merchant_reference="onksAnol-2", at=at(3))
    payment.remove(at=at(4))
    payment.remove(at=at(5))
    assert [line.event for line in payment.history] == ["intend", "cover", "renew", "remove"]
    assert (payment.amount, payment.provider_order_id, payment.updated_at) == (50000, 2, at(4))


def test_a_paid_payment_can_neither_be_changed_nor_removed() -> None:
    payment = told_payment(told(603, mark=1))
    with pytest.raises(IllegalTransition):
        payment.cover(1, at=at(5))
    with pytest.raises(IllegalTransition):
        payment.renew(provider_order_id=2, merchant_reference="x", at=at(5))
    with pytest.raises(IllegalTransition):
        payment.remove(at=at(5))
    assert payment.status is PaymentStatus.AUTHORIZED


def test_time_never_runs_backwards_on_the_row() -> None:
    payment = intended()
    payment.cover(1, at=at(-5))
    assert payment.updated_at == NOON


def test_everything_that_happens_to_a_payment_is_a_line_of_its_history() -> None:
    payment = told_payment(told(603, mark=1))
    payment.place(4009289, at=at(2))
    payment.place(4009290, at=at(3))
    assert payment.keep_card("mark", at=at(4))
    assert payment.saved_card == "mark"
    assert not payment.keep_card("mark", at=at(5))
    assert payment.keep_card("another", at=at(5))
    payment.offer_upsell(UpsellWindow(at(300), 603), at=at(6))
    payment.announce_upsell(("ci-1",), until=at(60), at=at(7))
    upsell = payment.request(OperationKind.UPSELL, operation_id=number(1), request_id=number(2), at=at(8))
    payment.try_upsell(UpsellAttempt(upsell.id, ("ci-1",), 100), at=at(9))
    payment.try_upsell(UpsellAttempt(upsell.id, ("ci-1",), 100, link="https://qliro.example/pay"), at=at(10))
    payment.decide(upsell.id, Declined("NO", "no"), at=at(11))
    assert payment.sold_late(upsell.id, 8, at=at(12))
    assert not payment.sold_late(upsell.id, 9, at=at(12))
    assert not payment.sold_late(number(99), 9, at=at(12))
    payment.end_upsell(at=at(13))
    payment.end_upsell(at=at(14))
    refund = payment.request(REFUND, operation_id=number(3), request_id=number(4), at=at(15))
    payment.change_key(refund.id, request_id=number(5), at=at(16))
    payment.advance(refund.id, request_id=number(6), at=at(17))
    payment.decide(refund.id, Accepted((9,)), at=at(18))
    assert [line.event for line in payment.history] == [
        "intend", "authorize", "place", "save-card", "save-card", "upsell-offered", "upsell-announced",
        "upsell-requested", "upsell-tried", "upsell-waits", "upsell-failed", "upsell-late", "upsell-ended",
        "refund-requested", "refund-repeated", "refund-continued", "refund-succeeded",
    ]  # fmt: skip
    assert [line.version for line in payment.history] == list(range(1, payment.version + 1))
    assert payment.updated_at == at(18)
    assert payment.provider_order_id == 4009290


def test_an_upsell_is_what_its_last_transaction_says() -> None:
    payment = told_payment(told(603, mark=1))
    payment.offer_upsell(UpsellWindow(at(300), 603), at=at(6))
    upsell = payment.request(OperationKind.UPSELL, operation_id=number(1), request_id=number(2), at=at(8))
    payment.try_upsell(UpsellAttempt(upsell.id, ("ci-1",), 100), at=at(9))
    payment.decide(upsell.id, Pending((7,)), at=at(10))
    payment.decide(upsell.id, Accepted((8,)), at=at(11))
    assert payment.upsell
    assert [attempt.transaction for attempt in payment.upsell.attempts] == [8]


def test_a_window_is_ended_once_by_what_the_merchant_asks_for() -> None:
    payment = told_payment(told(603, mark=1))
    payment.offer_upsell(UpsellWindow(at(300), 603), at=at(2))
    payment.end_upsell(at=at(3))
    requested(payment, CAPTURE)
    assert payment.upsell
    assert payment.upsell.ended_at == at(3)


def test_without_a_window_nothing_is_announced_tried_or_sold_late() -> None:
    payment = told_payment(told(603, mark=1))
    with pytest.raises(IllegalTransition, match="Nothing more"):
        payment.announce_upsell(("ci-1",), until=at(60), at=at(2))
    with pytest.raises(IllegalTransition, match="Nothing more"):
        payment.try_upsell(UpsellAttempt(number(1), ("ci-1",), 100), at=at(2))
    assert not payment.sold_late(number(1), 8, at=at(2))


def test_a_card_is_kept_of_a_bought_payment_only() -> None:
    unpaid = intended()
    assert not unpaid.keep_card("mark", at=at(1))
    unpaid.remove(at=at(2))
    assert not unpaid.keep_card("mark", at=at(3))
    assert unpaid.saved_card == ""


def test_an_operation_with_a_plan_is_for_what_is_planned() -> None:
    payment = told_payment(told(603, mark=1))
    row = OrderItem("HAT", LineType.PRODUCT, 2, 100, 80)
    plan = (PlannedCall((ItemGroup(7, (row,)),)), PlannedCall((ItemGroup(8, (row,)),), fee=50, fee_ex=40))
    operation = payment.request(CAPTURE, operation_id=number(1), request_id=number(2), at=at(3), plan=plan)
    assert operation.amount == 350


def test_a_renewed_payment_is_called_after_its_new_checkout() -> None:
    payment = intended()
    payment.renew(provider_order_id=2, merchant_reference="onksAnol-2", at=at(3))
    assert (payment.provider_order_id, payment.merchant_reference) == (2, "onksAnol-2")


def test_versions_count_what_was_written_and_what_was_stored() -> None:
    payment = told_payment(told(603, mark=1))
    assert (payment.version, payment.stored_version) == (2, 0)
    payment.stored()
    assert (payment.version, payment.stored_version, payment.history) == (2, 2, ())
    requested(payment, CAPTURE)
    assert (payment.version, payment.stored_version) == (3, 2)
