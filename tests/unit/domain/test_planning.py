"""What a caller wants moved becomes requests: rows with their prices, fees, and sums with their share of VAT."""

import pytest

from domain.checkout import LineType
from domain.errors import OperationRefused
from domain.ledger import ActionKind, ProviderLedger, TransactionKind
from domain.planned_call import PlannedCall
from domain.planning import Wish, next_refund, plan_capture, plan_refund
from tests.unit.domain.books import CART, COUPON, FREIGHT, HAT, SCARF, Books, Row, left, some

GIFT: Row = ("GIFT", 1, 0, LineType.PRODUCT)


def told(calls: tuple[PlannedCall, ...]) -> list[tuple[dict[int, dict[str, int]], int, int]]:
    return [(left(call.groups), call.amount, call.fee) for call in calls]


def without_vat(ledger: ProviderLedger, transaction_id: int, price_ex: dict[str, int]) -> ProviderLedger:
    """The same books, with other prices without VAT in one transaction."""
    actions = [
        action._replace(price_ex=price_ex[action.reference]) if action.transaction_id == transaction_id else action
        for action in ledger.actions
    ]
    return ProviderLedger(
        ledger.provider_order_id, ledger.merchant_reference, ledger.currency, ledger.transactions, tuple(actions)
    )


class TestCapture:
    def test_a_sum_alone_must_be_all_there_is(self) -> None:
        books = Books()
        books.reserve(*CART)
        assert plan_capture(books.read(), Wish(amount=60_300)) == ()
        for amount in (1, 60_299, 60_301):
            with pytest.raises(OperationRefused, match="60300 is reserved"):
                plan_capture(books.read(), Wish(amount=amount))

    def test_rows_are_taken_from_the_oldest_reservation_that_has_them(self) -> None:
        books = Books()
        first = books.reserve(HAT, FREIGHT)
        second = books.reserve(some(HAT, 1), SCARF)
        calls = plan_capture(books.read(), Wish((("HAT", 1), ("SCARF", 1), ("HAT", 2))))
        assert told(calls) == [({first: {"HAT": 2}, second: {"HAT": 1, "SCARF": 1}}, 3 * 24_900 + 10_600, 0)]

    def test_some_of_a_row_can_be_captured(self) -> None:
        books = Books()
        held = books.reserve(*CART)
        assert told(plan_capture(books.read(), Wish((("HAT", 1),)))) == [({held: {"HAT": 1}}, 24_900, 0)]

    def test_the_last_cent_can_be_captured_by_rows(self) -> None:
        pin = ("PIN", 1, 1, LineType.PRODUCT)
        books = Books()
        held = books.reserve(pin)
        assert told(plan_capture(books.read(), Wish((("PIN", 1),), amount=1))) == [({held: {"PIN": 1}}, 1, 0)]

    def test_rows_and_a_sum_must_agree(self) -> None:
        books = Books()
        books.reserve(*CART)
        assert plan_capture(books.read(), Wish((("SCARF", 1),), amount=10_600))[0].amount == 10_600
        for amount in (0, 10_599, 10_601):
            with pytest.raises(OperationRefused, match=f"worth 10600, not {amount} "):
                plan_capture(books.read(), Wish((("SCARF", 1),), amount=amount))

    def test_rows_worth_nothing_or_more_than_the_reservation_holds_are_refused(self) -> None:
        books = Books()
        held = books.reserve(SCARF, GIFT, COUPON)
        for rows in ((("GIFT", 1),), (("COUPON", 1),)):
            with pytest.raises(OperationRefused, match="5600 is left"):
                plan_capture(books.read(), Wish(rows))
        assert plan_capture(books.read(), Wish((("SCARF", 1), ("COUPON", 1))))[0].amount == 5_600
        with pytest.raises(OperationRefused, match=r"worth 10600; 5600 is left"):
            plan_capture(books.read(), Wish((("SCARF", 1),)))
        books.enter(TransactionKind.REVERSAL, 1, parent=held)
        with pytest.raises(OperationRefused, match=r"worth 5600; 5599 is left"):
            plan_capture(books.read(), Wish((("SCARF", 1), ("COUPON", 1))))

    @pytest.mark.parametrize(
        ("rows", "why"),
        [
            ((("BOOT", 1),), "BOOT is not among what is left"),
            ((("HAT", 3),), "HAT: 1 more than is left"),
            ((("HAT", 2), ("HAT", 1)), "HAT: 1 more than is left"),
            ((("HAT", 0),), "at least 1"),
            ((("HAT", 2), ("SCARF", -1)), "at least 1"),
        ],
    )
    def test_rows_that_are_not_there_are_refused(self, rows: tuple[tuple[str, int], ...], why: str) -> None:
        books = Books()
        books.reserve(*CART)
        with pytest.raises(OperationRefused, match=why):
            plan_capture(books.read(), Wish(rows))


class TestRefund:
    def shipped(self) -> tuple[Books, int, int]:
        books = Books()
        held = books.reserve(*CART)
        return books, books.ship(held, some(HAT, 1), FREIGHT), books.ship(held, some(HAT, 1), SCARF, COUPON)

    def test_a_sum_must_be_there(self) -> None:
        books, _, _ = self.shipped()
        assert plan_refund(books.read(), Wish(amount=60_300)) == ()
        for amount in (0, -1, 60_301):
            with pytest.raises(OperationRefused, match=f"{amount} cannot be refunded; 60300 is left"):
                plan_refund(books.read(), Wish(amount=amount))

    def test_rows_come_back_from_a_capture_that_has_money_left(self) -> None:
        """Of the first, a hat is left and the discount on it, and no money any more."""
        books = Books()
        held = books.reserve(some(HAT, 4), ("SALE", 1, -40_000, LineType.DISCOUNT))
        first = books.ship(held, HAT, ("SALE", 1, -40_000, LineType.DISCOUNT))
        second = books.ship(held, HAT)
        books.enter(TransactionKind.REFUND, 9_800, some(HAT, 1), parent=first, action=ActionKind.RETURN)
        assert told(plan_refund(books.read(), Wish((("HAT", 1),)))) == [({second: {"HAT": 1}}, 24_900, 0)]
        books.give_back(second, HAT)
        with pytest.raises(OperationRefused, match=f"0 is left of capture {first}"):
            plan_refund(books.read(), Wish((("HAT", 1),)))

    def test_a_sum_is_credited_on_the_oldest_capture_without_its_vat(self) -> None:
        books, first, _ = self.shipped()
        for amount, without in ((1, 1), (2, 2), (3, 2), (4_950, 3_960), (29_799, 23_839)):
            (call,) = plan_refund(books.read(), Wish(amount=amount))
            assert (call.target, call.amount, call.credit, call.credit_ex) == (first, amount, amount, without)
            assert call.groups[0].items == ()

    def test_the_vat_of_a_sum_is_that_of_the_rows_of_its_own_capture(self) -> None:
        books, first, second = self.shipped()
        books.give_back(first, some(HAT, 1), FREIGHT)
        free_of_vat = without_vat(books.read(), second, {"HAT": 24_900, "SCARF": 10_600, "COUPON": -5_000})
        (call,) = plan_refund(free_of_vat, Wish(amount=1_000))
        assert (call.target, call.credit, call.credit_ex) == (second, 1_000, 1_000)
        half = without_vat(books.read(), second, {"HAT": 12_450, "SCARF": 5_300, "COUPON": -2_500})
        (call,) = plan_refund(half, Wish(amount=1_001))
        assert (call.credit, call.credit_ex) == (1_001, 501)
        odd = without_vat(books.read(), second, {"HAT": 24_900, "SCARF": 5_300, "COUPON": -5_000})
        (call,) = plan_refund(odd, Wish(amount=10_000))
        assert (call.credit, call.credit_ex) == (10_000, 8_262)

    @pytest.mark.parametrize("price_ex", [-1, 24_901])
    def test_where_the_books_know_no_vat_none_is_taken_out(self, price_ex: int) -> None:
        books = Books()
        shipped = books.ship(books.reserve(HAT), HAT)
        ledger = without_vat(books.read(), shipped, {"HAT": price_ex})
        (call,) = plan_refund(ledger, Wish(amount=1_000))
        assert (call.credit, call.credit_ex) == (1_000, 1_000)

    def test_a_sum_of_a_capture_without_rows_has_no_vat(self) -> None:
        books = Books()
        shipped = books.enter(TransactionKind.CAPTURE, 10_600, parent=books.reserve(SCARF))
        (call,) = plan_refund(books.read(), Wish(amount=1_000))
        assert (call.target, call.credit, call.credit_ex) == (shipped, 1_000, 1_000)

    def test_a_sum_goes_on_to_the_next_capture_when_the_first_is_exhausted(self) -> None:
        books, first, second = self.shipped()
        calls = plan_refund(books.read(), Wish(amount=29_801))
        assert told(calls) == [({first: {"HAT": 1, "FREIGHT": 1}}, 29_800, 0), ({second: {}}, 1, 0)]
        books.give_back(first, some(HAT, 1), FREIGHT)
        assert told(plan_refund(books.read(), Wish(amount=1))) == [({second: {}}, 1, 0)]

    def test_a_capture_without_rows_that_a_sum_exhausts_is_credited_once(self) -> None:
        books = Books()
        held = books.reserve(*CART)
        first = books.enter(TransactionKind.CAPTURE, 10_600, parent=held)
        second = books.ship(held, some(HAT, 1))
        calls = plan_refund(books.read(), Wish(amount=10_601))
        assert [(call.target, call.amount, call.credit) for call in calls] == [(first, 10_600, 10_600), (second, 1, 1)]

    def test_the_last_capture_of_a_sum_is_not_opened_for_nothing(self) -> None:
        books, first, _ = self.shipped()
        (call,) = plan_refund(books.read(), Wish(amount=29_800))
        assert call.target == first

    def test_rows_come_back_from_the_oldest_capture_that_has_them(self) -> None:
        books, first, second = self.shipped()
        calls = plan_refund(books.read(), Wish((("HAT", 2), ("SCARF", 1), ("COUPON", 1))))
        assert told(calls) == [
            ({first: {"HAT": 1}}, 24_900, 0),
            ({second: {"HAT": 1, "SCARF": 1, "COUPON": 1}}, 30_500, 0),
        ]

    def test_a_smaller_sum_for_rows_keeps_a_fee_of_the_first_capture(self) -> None:
        books, first, second = self.shipped()
        calls = plan_refund(books.read(), Wish((("HAT", 2),), amount=49_799))
        assert told(calls) == [({first: {"HAT": 1}}, 24_899, 1), ({second: {"HAT": 1}}, 24_900, 0)]
        assert [call.fee_ex for call in calls] == [1, 0]
        (call,) = plan_refund(books.read(), Wish((("HAT", 1),), amount=1))
        assert (call.amount, call.fee, call.fee_ex) == (1, 24_899, 19_919)
        (call,) = plan_refund(books.read(), Wish((("HAT", 1),), amount=24_900))
        assert (call.amount, call.fee) == (24_900, 0)

    @pytest.mark.parametrize("amount", [24_901, 24_900 + 24_900 - 24_900])
    def test_more_than_the_rows_are_worth_or_a_fee_as_large_as_its_rows_is_refused(self, amount: int) -> None:
        books, _, _ = self.shipped()
        quantity = 1 if amount > 24_900 else 2
        with pytest.raises(OperationRefused, match=f"worth {quantity * 24_900}; {amount} cannot be refunded"):
            plan_refund(books.read(), Wish((("HAT", quantity),), amount=amount))

    def test_rows_of_a_capture_of_which_less_is_left_are_refused(self) -> None:
        books, first, _ = self.shipped()
        assert plan_refund(books.read(), Wish((("HAT", 1), ("FREIGHT", 1))))[0].amount == 29_800
        books.enter(TransactionKind.CREDIT, 1, parent=first)
        with pytest.raises(OperationRefused, match=f"29799 is left of capture {first}"):
            plan_refund(books.read(), Wish((("HAT", 1), ("FREIGHT", 1))))

    def test_rows_worth_nothing_are_refused_and_rows_worth_a_cent_are_not(self) -> None:
        pin = ("PIN", 1, 1, LineType.PRODUCT)
        books = Books()
        shipped = books.ship(books.reserve(pin, GIFT), pin, GIFT)
        assert told(plan_refund(books.read(), Wish((("PIN", 1),)))) == [({shipped: {"PIN": 1}}, 1, 0)]
        with pytest.raises(OperationRefused, match="1 is left"):
            plan_refund(books.read(), Wish((("GIFT", 1),)))


class TestAllThatIsLeft:
    def test_the_oldest_capture_comes_first_and_nothing_after_the_last(self) -> None:
        books = Books()
        held = books.reserve(*CART)
        first, second = books.ship(held, some(HAT, 1), FREIGHT), books.ship(held, some(HAT, 1), SCARF, COUPON)
        call = next_refund(books.read())
        assert call
        assert told((call,)) == [({first: {"HAT": 1, "FREIGHT": 1}}, 29_800, 0)]
        books.give_back(first, some(HAT, 1), FREIGHT)
        call = next_refund(books.read())
        assert call
        assert told((call,)) == [({second: {"HAT": 1, "SCARF": 1, "COUPON": 1}}, 30_500, 0)]
        books.give_back(second, some(HAT, 1), SCARF, COUPON)
        assert next_refund(books.read()) is None

    def test_what_was_credited_before_is_kept_of_the_rows(self) -> None:
        books = Books()
        shipped = books.ship(books.reserve(HAT), HAT)
        books.enter(TransactionKind.CREDIT, 9_800, parent=shipped)
        call = next_refund(books.read())
        assert call
        assert told((call,)) == [({shipped: {"HAT": 2}}, 40_000, 9_800)]
        assert call.fee_ex == 7_840

    def test_the_last_cent_of_a_capture_without_rows_is_credited(self) -> None:
        books = Books()
        shipped = books.ship(books.reserve(HAT), HAT)
        books.enter(TransactionKind.REFUND, 49_799, HAT, parent=shipped, action=ActionKind.RETURN)
        call = next_refund(books.read())
        assert call
        assert (call.target, call.credit, call.credit_ex) == (shipped, 1, 1)

    def test_money_taken_at_once_comes_first_while_rows_are_left_of_it_and_last_when_none_are(self) -> None:
        books = Books()
        charged = books.charge(SCARF)
        books.ship(books.reserve(HAT), some(HAT, 1))
        call = next_refund(books.read())
        assert call
        assert told((call,)) == [({charged: {"SCARF": 1}}, 10_600, 0)]
        books.enter(TransactionKind.REFUND, 10_500, SCARF, parent=charged, action=ActionKind.RETURN)
        call = next_refund(books.read())
        assert call
        assert call.amount == 24_900
        books.give_back(call.target, some(HAT, 1))
        call = next_refund(books.read())
        assert call
        assert (call.target, call.credit) == (charged, 100)

    def test_a_sum_to_credit_of_an_older_capture_comes_before_the_rows_of_a_newer(self) -> None:
        books = Books()
        first = books.enter(TransactionKind.CAPTURE, 10_600, parent=books.reserve(SCARF))
        books.ship(books.reserve(HAT), HAT)
        call = next_refund(books.read())
        assert call
        assert (call.target, call.credit) == (first, 10_600)

    def test_the_discounts_of_a_capture_come_back_with_its_rows_although_more_is_left(self) -> None:
        books = Books()
        shipped = books.ship(books.reserve(*CART), *CART)
        books.enter(TransactionKind.REFUND, 1_000, HAT, FREIGHT, parent=shipped, action=ActionKind.RETURN)
        call = next_refund(books.read())
        assert call
        assert told((call,)) == [({shipped: {"SCARF": 1, "COUPON": 1}}, 5_600, 0)]
