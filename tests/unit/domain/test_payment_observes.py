"""What a payment makes of the provider's books, in the situations that real orders get into."""

import itertools
from copy import deepcopy

import pytest

from domain.checkout import CheckoutStatus
from domain.errors import LedgerDisagrees
from domain.evidence import Evidence, steps
from domain.ledger import LedgerTotals
from domain.lifecycle import PaymentStatus, status_told_by
from domain.payment import Payment
from tests.unit.domain.payments import COMPLETED, IN_PROCESS, ON_HOLD, REFUSED, at, intended, told, told_payment


def events(payment: Payment) -> list[str]:
    return [line.event for line in payment.history]


def test_a_reservation_authorizes() -> None:
    payment = told_payment(told(603, mark=1))
    assert payment.status is PaymentStatus.AUTHORIZED
    assert payment.totals == LedgerTotals(603)
    assert events(payment) == ["intend", "authorize"]


def test_money_taken_at_once_is_captured_in_two_written_steps() -> None:
    payment = told_payment(told(603, 603, mark=1))
    assert payment.status is PaymentStatus.CAPTURED
    assert [(line.event, line.status, line.totals) for line in payment.history[1:]] == [
        ("authorize", PaymentStatus.AUTHORIZED, LedgerTotals(603)),
        ("capture", PaymentStatus.CAPTURED, LedgerTotals(603, 603)),
    ]
    assert payment.version == 3
    assert payment.stored_version == 0


def test_a_capture_is_written_down_as_a_capture() -> None:
    payment = told_payment(told(603, mark=1), told(603, 603, mark=2))
    assert events(payment) == ["intend", "authorize", "capture"]


def test_a_cancel_after_a_partial_capture_leaves_it_captured() -> None:
    payment = told_payment(told(603, mark=1), told(603, 298, mark=2), told(603, 298, 305, mark=3))
    assert payment.status is PaymentStatus.CAPTURED
    assert payment.totals.remaining == 0
    assert events(payment) == ["intend", "authorize", "capture", "release"]


def test_a_cancel_of_everything_cancels() -> None:
    payment = told_payment(told(603, mark=1), told(603, 0, 603, mark=2))
    assert payment.status is PaymentStatus.CANCELLED


def test_a_reduction_before_any_capture_keeps_it_authorized() -> None:
    payment = told_payment(told(603, mark=1), told(547, mark=2))
    assert (payment.status, payment.totals.remaining) == (PaymentStatus.AUTHORIZED, 547)
    assert events(payment)[-1] == "adjust"


def test_a_reduction_after_a_partial_capture_keeps_the_capture() -> None:
    payment = told_payment(told(603, mark=1), told(603, 298, mark=2), told(547, 298, mark=3))
    assert (payment.status, payment.totals.remaining) == (PaymentStatus.PARTIALLY_CAPTURED, 249)


def test_a_reduction_to_what_is_captured_ends_the_capture() -> None:
    payment = told_payment(told(603, mark=1), told(603, 298, mark=2), told(298, 298, mark=3))
    assert payment.status is PaymentStatus.CAPTURED


def test_a_reduction_and_the_capture_of_the_rest_in_one_reading() -> None:
    payment = told_payment(told(603, mark=1), told(547, 547, mark=3))
    assert payment.status is PaymentStatus.CAPTURED
    assert events(payment) == ["intend", "authorize", "adjust", "capture"]


def test_an_upsell_after_the_capture_leaves_something_to_capture() -> None:
    payment = told_payment(told(603, 603, mark=2), told(702, 603, mark=3))
    assert (payment.status, payment.totals.remaining) == (PaymentStatus.PARTIALLY_CAPTURED, 99)


def test_a_refund_while_part_is_still_reserved_is_partial_until_the_rest_is_released() -> None:
    payment = told_payment(told(603, 298, mark=2), told(603, 298, 0, 298, mark=3))
    assert (payment.status, payment.totals.remaining) == (PaymentStatus.PARTIALLY_REFUNDED, 305)
    payment.observe(told(603, 298, 305, 298, mark=4), at=at(9))
    assert payment.status is PaymentStatus.REFUNDED


def test_a_capture_after_a_refund_of_the_first_part() -> None:
    payment = told_payment(told(603, 298, 0, 298, mark=3), told(603, 603, 0, 298, mark=4))
    assert (payment.status, payment.totals.refundable) == (PaymentStatus.PARTIALLY_REFUNDED, 305)


def test_everything_seen_at_once_is_told_step_by_step() -> None:
    payment = told_payment(told(603, 298, 305, 298, mark=4))
    assert payment.status is PaymentStatus.REFUNDED
    assert events(payment) == ["intend", "authorize", "capture", "release", "refund"]


@pytest.mark.parametrize("status", [ON_HOLD, COMPLETED])
def test_a_finished_purchase_without_money_in_the_books_is_pending(status: CheckoutStatus) -> None:
    payment = told_payment(told(status=status))
    assert payment.status is PaymentStatus.PENDING
    assert not payment.observe(told(status=status), at=at(2))


def test_an_unfinished_purchase_changes_nothing() -> None:
    payment = intended()
    assert not payment.observe(told(status=IN_PROCESS, mark=2), at=at(1))
    assert payment.status is PaymentStatus.INTENT


def test_on_hold_ends_in_completed() -> None:
    payment = told_payment(told(status=ON_HOLD), told(603, mark=1))
    assert payment.status is PaymentStatus.AUTHORIZED


def test_on_hold_ends_in_refused_and_stays_so() -> None:
    payment = told_payment(told(status=ON_HOLD), told(status=REFUSED, mark=1))
    assert payment.status is PaymentStatus.DECLINED
    assert not payment.observe(told(status=ON_HOLD, mark=1), at=at(5))
    assert payment.status is PaymentStatus.DECLINED


def test_a_refusal_does_not_decline_a_payment_that_was_withdrawn() -> None:
    payment = intended()
    payment.remove(at=at(1))
    assert not payment.observe(told(status=REFUSED), at=at(2))
    assert payment.status is PaymentStatus.REMOVED


def test_a_late_on_hold_does_not_hold_an_authorized_payment() -> None:
    payment = told_payment(told(603, mark=1))
    assert not payment.observe(told(status=ON_HOLD, mark=0), at=at(5))
    assert not payment.observe(told(603, status=ON_HOLD, mark=1), at=at(6))
    assert payment.status is PaymentStatus.AUTHORIZED


def test_a_reservation_of_a_removed_payment_is_an_orphan_until_it_is_released() -> None:
    payment = intended()
    payment.remove(at=at(1))
    assert payment.observe(told(603, mark=1), at=at(2))
    assert payment.status is PaymentStatus.REMOVED
    assert payment.orphaned
    assert payment.observe(told(603, 0, 603, mark=2), at=at(3))
    assert not payment.orphaned
    assert events(payment) == ["intend", "remove", "orphan", "orphan"]


def test_money_for_a_declined_payment_is_an_orphan_too() -> None:
    payment = told_payment(told(status=REFUSED), told(603, mark=1))
    assert payment.status is PaymentStatus.DECLINED
    assert payment.orphaned


def test_a_renewed_checkout_has_books_of_its_own() -> None:
    payment = intended()
    payment.observe(told(status=IN_PROCESS, mark=3), at=at(1))  # three failed attempts in the old checkout
    payment.renew(provider_order_id=4009290, merchant_reference="onksAnol-2", at=at(2))
    assert payment.observe(told(603, mark=1), at=at(3))
    assert payment.status is PaymentStatus.AUTHORIZED


ENDED = {
    "refunded": told(603, 603, 0, 603, mark=5),
    "cancelled": told(603, 0, 603, mark=5),
}


@pytest.mark.parametrize("ended", ENDED)
def test_old_news_of_an_ended_payment_changes_nothing(ended: str) -> None:
    payment = told_payment(ENDED[ended])
    before = deepcopy(payment)
    for stale in (told(603, mark=4), told(603, 603, mark=4), told(status=ON_HOLD), ENDED[ended]):
        assert not payment.observe(stale, at=at(9))
    assert payment == before


@pytest.mark.parametrize("ended", ENDED)
def test_books_that_revive_an_ended_payment_disagree(ended: str) -> None:
    payment = told_payment(ENDED[ended])
    before = deepcopy(payment)
    contradiction = told(700, 603, 0, 603, mark=6) if ended == "refunded" else told(700, 97, 603, mark=6)
    with pytest.raises(LedgerDisagrees):
        payment.observe(contradiction, at=at(9))
    assert payment == before


def test_books_of_an_ended_payment_that_mean_the_same_are_taken_over() -> None:
    payment = told_payment(told(603, 298, 305, 298, mark=4), told(298, 298, 0, 298, mark=6))
    assert (payment.status, payment.totals.authorized) == (PaymentStatus.REFUNDED, 298)
    assert events(payment)[-1] == "restate"


@pytest.mark.parametrize(
    "contradiction",
    [
        told(603, 100, mark=9),
        told(603, 298, 0, 50, mark=9),
        told(mark=9),
        told(603, 298, 400, 100, mark=9),
        told(603, 298, 0, 299, mark=9),
        told(603, 603, 0, 100, mark=9, currency="EUR"),
    ],
    ids=["capture taken back", "refund taken back", "nothing left", "released too much", "refunded too much", "euro"],
)
def test_books_that_contradict_what_is_settled_change_nothing(contradiction: Evidence) -> None:
    payment = told_payment(told(603, 298, 0, 100, mark=3))
    before = deepcopy(payment)
    with pytest.raises(LedgerDisagrees):
        payment.observe(contradiction, at=at(9))
    assert payment == before


@pytest.mark.parametrize("known", [told(603, 603, mark=3), told(603, 298, mark=3), told(603, 298, 305, mark=3)])
def test_a_capture_that_the_books_no_longer_show_is_a_disagreement_and_is_kept(known: Evidence) -> None:
    payment = told_payment(known)
    before = deepcopy(payment)
    with pytest.raises(LedgerDisagrees):
        payment.observe(told(603, 200, mark=9), at=at(10))
    assert payment == before


def test_any_growth_of_the_books_is_reachable_and_status_and_amounts_agree_on_the_way() -> None:
    """Every pair of small books where nothing settled is taken back."""
    sizes = range(4)
    books = [t for a in itertools.product(sizes, repeat=4) if a[0] and (t := LedgerTotals(*a)).consistent]
    refused = 0
    for known, now in itertools.product([LedgerTotals(), *books], books):
        if now.captured < known.captured or now.refunded < known.refunded or known == now:
            continue
        status = status_told_by(known) if known.authorized else PaymentStatus.PENDING
        if status.terminal and status_told_by(now) is not status:
            with pytest.raises(LedgerDisagrees):
                steps(status, known, now)
            refused += 1
            continue
        walked = steps(status, known, now)
        assert walked[-1].totals == now
        assert all(step.totals.consistent and step.status is status_told_by(step.totals) for step in walked)
    assert refused
