"""Sums and rows worked out by hand for the books that orders leave behind at the provider."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.checkout import LineType
from domain.ledger import ActionKind, ItemAction, LedgerTotals, TransactionKind, TransactionStatus
from tests.unit.domain.books import CART, COUPON, FREIGHT, HAT, SCARF, Books, left, some, worth

ALL = {"HAT": 2, "SCARF": 1, "COUPON": 1, "FREIGHT": 1}


def test_an_empty_ledger_holds_nothing() -> None:
    ledger = Books().read()
    assert ledger.totals() == LedgerTotals()
    assert ledger.shippable() == ledger.returnable() == ()


def test_a_reservation_can_be_captured_whole() -> None:
    books = Books()
    held = books.reserve(*CART)
    ledger = books.read()
    assert ledger.totals() == LedgerTotals(authorized=60300)
    assert left(ledger.shippable()) == {held: ALL}
    assert ledger.shippable()[0].total_inc == 60300
    assert ledger.returnable() == ()


def test_rows_to_capture_are_copied_from_the_books() -> None:
    books = Books()
    books.reserve(SCARF)
    (row,) = books.read().shippable()[0].items
    assert (row.reference, row.description, row.type, row.price_inc, row.price_ex) == (
        "SCARF",
        "About SCARF",
        LineType.PRODUCT,
        10600,
        8480,
    )


def test_a_partial_capture_leaves_the_rest_reserved() -> None:
    books = Books()
    held = books.reserve(*CART)
    shipped = books.ship(held, some(HAT, 1), FREIGHT)
    ledger = books.read()
    assert ledger.totals() == LedgerTotals(authorized=60300, captured=29800)
    assert ledger.totals().remaining == 30500
    assert left(ledger.shippable()) == {held: {"HAT": 1, "SCARF": 1, "COUPON": 1}}
    assert left(ledger.returnable()) == {shipped: {"HAT": 1, "FREIGHT": 1}}


def test_two_captures_and_a_refund_leave_the_rest_returnable_under_each() -> None:
    books = Books()
    held = books.reserve(*CART)
    first = books.ship(held, some(HAT, 1), FREIGHT)
    second = books.ship(held, some(HAT, 1), SCARF, COUPON)
    books.give_back(second, SCARF)
    ledger = books.read()
    assert ledger.totals() == LedgerTotals(authorized=60300, captured=60300, refunded=10600)
    assert ledger.totals().refundable == 49700
    assert ledger.shippable() == ()
    assert left(ledger.returnable()) == {first: {"HAT": 1, "FREIGHT": 1}, second: {"HAT": 1, "COUPON": 1}}


def test_a_cancelled_reservation_leaves_nothing() -> None:
    books = Books()
    held = books.reserve(*CART)
    books.release(held, *CART)
    ledger = books.read()
    assert ledger.totals() == LedgerTotals(authorized=60300, cancelled=60300)
    assert ledger.shippable() == ledger.returnable() == ()


def test_cancelling_after_a_partial_capture_releases_the_rest_only() -> None:
    books = Books()
    held = books.reserve(*CART)
    shipped = books.ship(held, some(HAT, 1), FREIGHT)
    books.release(held, some(HAT, 1), SCARF, COUPON)
    ledger = books.read()
    assert ledger.totals() == LedgerTotals(authorized=60300, captured=29800, cancelled=30500)
    assert ledger.shippable() == ()
    assert left(ledger.returnable()) == {shipped: {"HAT": 1, "FREIGHT": 1}}


def test_a_reservation_that_its_own_release_has_overridden_was_released() -> None:
    books = Books()
    held = books.reserve(*CART)
    books.release(held, *CART)
    books.override(held)
    ledger = books.read()
    assert ledger.totals() == LedgerTotals(authorized=60300, cancelled=60300)
    assert ledger.shippable() == ledger.returnable() == ()


def test_a_release_of_the_rest_may_override_the_reservation_too() -> None:
    books = Books()
    held = books.reserve(*CART)
    shipped = books.ship(held, some(HAT, 1), FREIGHT)
    books.release(held, some(HAT, 1), SCARF, COUPON)
    books.override(held)
    ledger = books.read()
    assert ledger.totals() == LedgerTotals(authorized=60300, captured=29800, cancelled=30500)
    assert ledger.shippable() == ()
    assert left(ledger.returnable()) == {shipped: {"HAT": 1, "FREIGHT": 1}}


@pytest.mark.parametrize("named", [True, False])
def test_a_reservation_with_a_partial_release_is_not_over_while_another_is_made_in_its_place(named: bool) -> None:
    books = Books()
    old = books.reserve(*CART)
    books.release(old, SCARF)
    books.override(old)
    kind, parent = TransactionKind.PREAUTHORIZATION, old if named else None
    new = books.enter(kind, 49_700, HAT, parent=parent, status=TransactionStatus.IN_PROCESS, action=ActionKind.RESERVE)
    assert books.read().totals() == LedgerTotals()
    books.transactions[new] = replace(books.transactions[new], status=TransactionStatus.SUCCESS)
    assert books.read().totals() == LedgerTotals(authorized=49_700)


def test_a_reservation_that_nothing_could_take_the_place_of_was_released_all_the_same() -> None:
    books = Books()
    held = books.reserve(*CART)
    books.enter(TransactionKind.PREAUTHORIZATION, 49_700, parent=held, status=TransactionStatus.ERROR)
    books.release(held, *CART)
    books.override(held)
    assert books.read().totals() == LedgerTotals(authorized=60300, cancelled=60300)


def test_a_reservation_that_was_overridden_without_a_release_is_nothing() -> None:
    books = Books()
    held = books.reserve(*CART)
    books.override(held)
    assert books.read().totals() == LedgerTotals()


def test_a_reduced_reservation_takes_the_place_of_the_old_one() -> None:
    books = Books()
    old = books.reserve(*CART)
    new = books.reserve(HAT, FREIGHT, parent=old)
    books.override(old)
    ledger = books.read()
    assert ledger.totals() == LedgerTotals(authorized=54700)
    assert left(ledger.shippable()) == {new: {"HAT": 2, "FREIGHT": 1}}


def test_a_reduction_after_a_partial_capture_keeps_the_capture() -> None:
    books = Books()
    old = books.reserve(*CART)
    shipped = books.ship(old, some(HAT, 1), FREIGHT)  # 298.00 of 603.00
    new = books.reserve(some(HAT, 1), parent=old)  # 249.00 of the remaining 305.00
    books.override(old)
    ledger = books.read()
    assert ledger.totals() == LedgerTotals(authorized=29800 + 24900, captured=29800)
    assert ledger.totals().remaining == 24900
    assert left(ledger.shippable()) == {new: {"HAT": 1}}
    assert left(ledger.returnable()) == {shipped: {"HAT": 1, "FREIGHT": 1}}


def test_a_reversal_of_an_overridden_reservation_cancels_nothing_of_the_new_one() -> None:
    books = Books()
    old = books.reserve(*CART)
    books.reserve(HAT, FREIGHT, parent=old)
    books.override(old)
    books.enter(TransactionKind.REVERSAL, 5600, parent=old)
    assert books.read().totals() == LedgerTotals(authorized=54700)


def test_an_upsell_is_a_second_reservation_with_rows_of_its_own() -> None:
    books = Books()
    first = books.reserve(HAT)
    second = books.reserve(SCARF, parent=first)
    assert books.read().totals() == LedgerTotals(authorized=60400)
    assert left(books.read().shippable()) == {first: {"HAT": 2}, second: {"SCARF": 1}}
    shipped = books.ship(second, SCARF)
    assert books.read().totals() == LedgerTotals(authorized=60400, captured=10600)
    assert left(books.read().shippable()) == {first: {"HAT": 2}}
    assert left(books.read().returnable()) == {shipped: {"SCARF": 1}}


def test_money_taken_at_once_is_captured_and_its_rows_can_be_given_back() -> None:
    books = Books()
    charged = books.charge(*CART)
    ledger = books.read()
    assert ledger.totals() == LedgerTotals(authorized=60300, captured=60300)
    assert ledger.shippable() == ()
    assert left(ledger.returnable()) == {charged: ALL}
    books.give_back(charged, SCARF)
    assert books.read().totals() == LedgerTotals(authorized=60300, captured=60300, refunded=10600)
    assert left(books.read().returnable()) == {charged: {"HAT": 2, "COUPON": 1, "FREIGHT": 1}}


def test_money_taken_at_once_and_shipped_later_counts_once() -> None:
    books = Books()
    charged = books.charge(*CART)
    shipped = books.ship(charged, some(HAT, 1))
    ledger = books.read()
    assert ledger.totals() == LedgerTotals(authorized=60300, captured=60300)
    assert left(ledger.returnable()) == {
        charged: {"HAT": 1, "SCARF": 1, "COUPON": 1, "FREIGHT": 1},
        shipped: {"HAT": 1},
    }


def test_a_charge_that_waits_for_the_bank_holds_no_money() -> None:
    books = Books()
    books.enter(TransactionKind.DEBIT, 60300, status=TransactionStatus.ON_HOLD)
    assert books.read().totals() == LedgerTotals()
    assert len(books.read().undecided()) == 1
    assert books.read().mark == 0


def test_what_failed_or_is_undecided_does_not_count() -> None:
    books = Books()
    held = books.reserve(*CART)
    for status in (TransactionStatus.ERROR, TransactionStatus.IN_PROCESS, TransactionStatus.CANCELLED):
        failed = books.ship(held, some(HAT, 1))
        shipped = books.transactions[failed]
        books.transactions[failed] = type(shipped)(failed, held, shipped.kind, status, shipped.amount)
    assert books.read().totals() == LedgerTotals(authorized=60300)
    assert left(books.read().shippable()) == {held: ALL}
    assert books.read().returnable() == ()


def test_a_transaction_without_parent_acts_on_the_only_reservation() -> None:
    for nobody in (None, 0):
        books = Books()
        held = books.reserve(*CART)
        books.ship(nobody, some(HAT, 1), FREIGHT)
        books.release(nobody, SCARF)
        assert books.read().totals() == LedgerTotals(authorized=60300, captured=29800, cancelled=10600)
        assert left(books.read().shippable()) == {held: {"HAT": 1, "COUPON": 1}}


def test_a_transaction_without_parent_takes_from_the_oldest_of_several_reservations() -> None:
    books = Books()
    first = books.reserve(HAT)
    second = books.reserve(HAT, SCARF)
    books.ship(None, some(HAT, 3))
    assert books.read().totals() == LedgerTotals(authorized=110200, captured=74700)
    assert left(books.read().shippable()) == {second: {"HAT": 1, "SCARF": 1}}
    assert first not in left(books.read().shippable())


def test_a_transaction_without_parent_never_acts_on_a_reservation_made_after_it() -> None:
    books = Books()
    old = books.reserve(*CART)
    shipped = books.ship(None, some(HAT, 1), FREIGHT)
    new = books.reserve(some(HAT, 1), parent=old)
    books.override(old)
    assert books.read().totals() == LedgerTotals(authorized=29800 + 24900, captured=29800)
    assert left(books.read().shippable()) == {new: {"HAT": 1}}
    assert left(books.read().returnable()) == {shipped: {"HAT": 1, "FREIGHT": 1}}


def test_a_transaction_without_parent_takes_nothing_that_was_released_before_it() -> None:
    books = Books()
    books.reserve(HAT)
    books.release(None, HAT)
    second = books.reserve(HAT, SCARF)
    books.ship(None, some(HAT, 1))
    assert books.read().totals() == LedgerTotals(authorized=49800 + 60400, captured=24900, cancelled=49800)
    assert left(books.read().shippable()) == {second: {"HAT": 1, "SCARF": 1}}
    assert books.read().left_of_reservations()[second] == books.read().totals().remaining


def test_a_refund_without_usable_parent_is_taken_from_the_oldest_captures() -> None:
    for parent in (None, 101):  # 101 is the reservation
        books = Books()
        held = books.reserve(HAT, SCARF)
        first = books.ship(held, some(HAT, 1))
        second = books.ship(held, some(HAT, 1), SCARF)
        books.give_back(parent, HAT)
        assert books.read().totals() == LedgerTotals(authorized=60400, captured=60400, refunded=49800)
        assert left(books.read().returnable()) == {second: {"SCARF": 1}}
        assert first not in left(books.read().returnable())


def test_a_refund_that_names_no_capture_leaves_every_other_what_was_taken_from_it_by_name() -> None:
    books = Books()
    held = books.reserve(HAT)
    first = books.ship(held, some(HAT, 1))
    second = books.ship(held, some(HAT, 1))
    books.enter(TransactionKind.REFUND, 24_900, parent=None)
    books.enter(TransactionKind.REFUND, 20_000, parent=first)
    assert books.read().left_of_captures() == {first: 0, second: 4_900}


def test_a_refund_that_names_no_capture_is_taken_from_the_one_that_had_its_rows() -> None:
    books = Books()
    held = books.reserve(HAT, SCARF, FREIGHT)
    first = books.ship(held, HAT)
    second = books.ship(held, SCARF)
    books.give_back(None, SCARF)
    third = books.ship(held, FREIGHT)
    assert books.read().left_of_captures() == {first: 49_800, second: 0, third: 4_900}
    assert left(books.read().returnable()) == {first: {"HAT": 2}, third: {"FREIGHT": 1}}


@given(
    st.lists(st.tuples(st.sampled_from(["capture", "refund", "release"]), st.integers(1, 9_000)), max_size=8), st.data()
)
def test_what_is_left_of_captures_and_reservations_is_what_the_sums_leave(
    moves: list[tuple[str, int]], data: st.DataObject
) -> None:
    books = Books()
    held = {books.reserve(row): worth(row) for row in (HAT, SCARF)}
    taken: dict[int, int] = {}
    for move, wanted in moves:
        shelf = taken if move == "refund" else held
        whose = data.draw(st.sampled_from(sorted(shelf))) if shelf else 0
        amount = min(wanted, shelf.get(whose, 0))
        if not amount:
            continue
        shelf[whose] -= amount
        kind = {"capture": TransactionKind.CAPTURE, "refund": TransactionKind.REFUND}.get(
            move, TransactionKind.REVERSAL
        )
        made = books.enter(kind, amount, parent=whose if data.draw(st.booleans()) else None)
        taken |= {made: amount} if move == "capture" else {}
    ledger = books.read()
    assert sum(ledger.left_of_captures().values()) == ledger.totals().refundable == sum(taken.values())
    assert sum(ledger.left_of_reservations().values()) == ledger.totals().remaining == sum(held.values())


def test_a_refund_is_taken_from_the_capture_it_names() -> None:
    books = Books()
    held = books.reserve(HAT)
    first = books.ship(held, some(HAT, 1))
    second = books.ship(held, some(HAT, 1))
    books.give_back(second, some(HAT, 1))
    assert left(books.read().returnable()) == {first: {"HAT": 1}}


def test_a_reversal_of_money_that_was_taken_at_once_releases_no_reservation() -> None:
    books = Books()
    charged = books.charge(*CART)
    books.enter(TransactionKind.REVERSAL, 5600, parent=charged)
    assert books.read().totals() == LedgerTotals(authorized=60300, captured=60300)


def test_credits_count_as_given_back() -> None:
    books = Books()
    shipped = books.ship(books.reserve(SCARF), SCARF)
    books.enter(TransactionKind.CREDIT, 600, parent=shipped)
    assert books.read().totals() == LedgerTotals(authorized=10600, captured=10600, refunded=600)


def test_registrations_and_invoice_changes_move_no_money() -> None:
    books = Books()
    held = books.reserve(*CART)
    books.enter(TransactionKind.REGISTRATION, 0)
    books.enter(TransactionKind.UPDATE_INVOICE, 60300, parent=held)
    assert books.read().totals() == LedgerTotals(authorized=60300)


def test_a_reversal_larger_than_what_is_left_cancels_only_what_is_left() -> None:
    books = Books()
    held = books.reserve(*CART)
    books.ship(held, some(HAT, 1), FREIGHT)
    books.enter(TransactionKind.REVERSAL, 60300, parent=held)
    assert books.read().totals() == LedgerTotals(authorized=60300, captured=29800, cancelled=30500)


def test_a_discount_larger_than_the_rest_is_nothing_to_capture_or_give_back() -> None:
    books = Books()
    held = books.reserve(SCARF, COUPON, FREIGHT)  # 105.00
    shipped = books.ship(held, SCARF)
    assert left(books.read().shippable()) == {}  # 49.00 − 50.00: the provider refuses totals that aren't positive
    books.give_back(shipped, SCARF)
    assert left(books.read().returnable()) == {}


def test_a_free_row_goes_along_with_what_is_worth_something() -> None:
    gift = ("GIFT", 1, 0, LineType.PRODUCT)
    books = Books()
    held = books.reserve(SCARF, gift)
    assert left(books.read().shippable()) == {held: {"SCARF": 1, "GIFT": 1}}
    books.ship(held, SCARF)
    assert left(books.read().shippable()) == {}


def test_rows_of_one_reference_with_two_prices_are_two_rows() -> None:
    cheap = ("HAT", 1, 100, LineType.PRODUCT)
    books = Books()
    held = books.reserve(HAT, cheap)
    books.ship(held, HAT)
    (group,) = books.read().shippable()
    assert [(row.quantity, row.price_inc) for row in group.items] == [(1, 100)]


def test_a_row_mentioned_twice_in_one_transaction_counts_twice() -> None:
    books = Books()
    held = books.reserve(HAT, SCARF, HAT)
    shipped = books.ship(held, some(HAT, 1), SCARF, some(HAT, 1))
    assert left(books.read().shippable()) == {held: {"HAT": 2}}
    assert left(books.read().returnable()) == {shipped: {"HAT": 2, "SCARF": 1}}


def test_a_reservation_whose_rows_the_books_leave_out_still_holds_its_money() -> None:
    books = Books()
    held = books.enter(TransactionKind.PREAUTHORIZATION, 60300)
    assert books.read().totals() == LedgerTotals(authorized=60300)
    assert books.read().shippable() == ()
    shipped = books.ship(held, SCARF)
    assert books.read().shippable() == ()
    assert left(books.read().returnable()) == {shipped: {"SCARF": 1}}


def test_a_single_cent_is_worth_capturing_and_giving_back() -> None:
    pin = ("PIN", 1, 1, LineType.PRODUCT)
    books = Books()
    held = books.reserve(pin)
    assert left(books.read().shippable()) == {held: {"PIN": 1}}
    shipped = books.ship(held, pin)
    assert left(books.read().returnable()) == {shipped: {"PIN": 1}}


def test_a_return_that_failed_gives_no_rows_back() -> None:
    books = Books()
    shipped = books.ship(books.reserve(HAT), HAT)
    status, given_back = TransactionStatus.ERROR, ActionKind.RETURN
    books.enter(TransactionKind.REFUND, 49800, HAT, parent=shipped, status=status, action=given_back)
    assert left(books.read().returnable()) == {shipped: {"HAT": 2}}
    assert books.read().left_of_captures() == {shipped: 49800}


def test_what_is_left_of_a_capture_is_less_what_was_taken_from_that_capture() -> None:
    books = Books()
    held = books.reserve(HAT, SCARF)
    first = books.ship(held, some(HAT, 1))
    second = books.ship(held, SCARF)
    assert books.read().left_of_captures() == {first: 24900, second: 10600}
    books.enter(TransactionKind.REFUND, 600, parent=second)
    assert books.read().left_of_captures() == {first: 24900, second: 10000}
    books.enter(TransactionKind.REFUND, 30000)
    assert books.read().left_of_captures() == {first: 0, second: 4900}


def test_a_refund_of_a_charge_that_was_shipped_whole_is_taken_from_its_shipments() -> None:
    books = Books()
    charged = books.charge(HAT)
    shipped = books.ship(charged, HAT)
    books.enter(TransactionKind.REFUND, 800, parent=charged)
    assert books.read().left_of_captures() == {shipped: 49000}


def test_only_what_a_successful_capture_shipped_is_shipped() -> None:
    books = Books()
    held = books.reserve(HAT, SCARF)
    books.enter(
        TransactionKind.CAPTURE, 10600, SCARF, parent=held, status=TransactionStatus.ERROR, action=ActionKind.SHIP
    )
    shipped = books.ship(held, some(HAT, 1))
    books.actions.append(books.actions[-1]._replace(kind=ActionKind.RELEASE))
    books.give_back(shipped, some(HAT, 1))
    (row,) = books.read().shipped()
    assert (row.reference, row.quantity) == ("HAT", 1)
    assert books.read().shipped_in(shipped) == (row,)
    assert books.read().shipped_in(held) == ()


def test_a_charge_that_is_shipped_as_it_is_made_takes_no_rows_from_older_reservations() -> None:
    books = Books()
    held = books.reserve(HAT)
    charged = books.charge(HAT)
    books.actions.append(books.actions[-1]._replace(kind=ActionKind.SHIP))
    assert left(books.read().shippable()) == {held: {"HAT": 2}}
    assert left(books.read().returnable()) == {charged: {"HAT": 2}}
    assert books.read().shipped() == ()


def test_the_order_of_lines_in_the_books_does_not_matter() -> None:
    books = Books()
    held = books.reserve(*CART)
    second = books.ship(held, some(HAT, 1), FREIGHT)
    books.give_back(second, FREIGHT)
    ledger = books.read()
    turned = type(ledger)(
        ledger.provider_order_id,
        ledger.merchant_reference,
        ledger.currency,
        ledger.transactions[::-1],
        ledger.actions[::-1],
    )
    assert turned.totals() == ledger.totals()
    assert left(turned.shippable()) == left(ledger.shippable())
    assert left(turned.returnable()) == left(ledger.returnable())


def test_the_mark_counts_decided_transactions() -> None:
    books = Books()
    held = books.reserve(*CART)
    books.enter(TransactionKind.CAPTURE, 100, parent=held, status=TransactionStatus.IN_PROCESS)
    assert books.read().mark == 1
    assert COUPON[2] < 0


def test_rows_of_a_large_refund_that_names_no_capture_are_looked_for_once() -> None:
    seen = 0

    class Counted(tuple[ItemAction, ...]):
        def __iter__(self) -> Iterator[ItemAction]:
            nonlocal seen
            seen += 1
            return super().__iter__()

    books = Books()
    rows = tuple((f"ROW{number}", 2, 100, LineType.PRODUCT) for number in range(200))
    books.ship(books.reserve(*rows), *rows)
    books.give_back(None, *(some(row, 1) for row in rows))
    ledger = replace(books.read(), actions=Counted(books.actions))
    assert [group.total_inc for group in ledger.returnable()] == [20_000]
    assert seen < 10
