"""Selling more after the purchase: the order waits, rows are sold once and exactly, and nothing is lost at the end."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from application.drive_upsell import EXPIRED
from domain.errors import (
    OperationRefused,
    OrderBusy,
    OrderNotFound,
    OrderUnavailable,
    PaymentConflict,
    PaymentNotFound,
    ProviderUnavailable,
)
from domain.ledger import LedgerTotals, TransactionKind, TransactionStatus
from domain.lifecycle import PaymentStatus
from domain.operation import OperationState
from domain.order import Generation, OrderStatus, PaymentState, Price
from domain.outcomes import ALREADY_RECEIVED, Declined, Unknown
from domain.upsell import UpsellState
from tests.fakes.provider import BUSY
from tests.unit.application.upselling import WINDOW, Upselling, more
from tests.unit.application.world import World
from tests.unit.domain.orders import discount, item


class Death(BaseException):
    """Of a process."""


@pytest.fixture
def world() -> Upselling:
    return Upselling()


@pytest.fixture
async def bought(world: Upselling) -> Upselling:
    await world.sold()
    return world


@pytest.fixture
async def linked(world: Upselling) -> Upselling:
    await world.sold(link=True)
    await world.added()
    return world


class TestTheWindow:
    async def test_after_the_purchase_the_order_is_accepted_and_waits(self, bought: Upselling) -> None:
        assert bought.order.status is OrderStatus.ACCEPTED
        assert bought.shown.state is PaymentState.RESERVED
        assert bought.window.eligible
        assert bought.window.expiration == bought.clock.now() + WINDOW
        assert bought.window.transactions == ()
        assert bought.log == [("open", True), ("process", True), ("confirm", True)]

    @pytest.mark.parametrize(("seconds", "until", "lasts"), [(60, 300, 60), (300, 45, 45), (300, None, 300)])
    async def test_it_ends_when_the_earlier_of_both_says(
        self, world: Upselling, seconds: int, until: int | None, lasts: int
    ) -> None:
        world.configure(upsell_timeout_seconds=seconds)
        moment = None if until is None else world.clock.now() + timedelta(seconds=until)
        await world.sold(until=moment)
        assert world.window.expiration == world.clock.now() + timedelta(seconds=lasts)

    async def test_norce_is_asked_to_call_when_it_is_over(self, bought: Upselling) -> None:
        (write,) = bought.platform.written("add_reminder")
        reminder = write.detail
        assert reminder.delay_seconds == 300  # type: ignore[attr-defined]
        assert reminder.invoke.endswith(f"/payments/{bought.shown.id}/upsell/complete")  # type: ignore[attr-defined]
        assert (reminder.scope, reminder.value) == ("/state/currentStatus", "accepted")  # type: ignore[attr-defined]
        kinds = [w.operation for w in bought.platform.writes]
        accepted = [w.detail for w in bought.platform.writes].index(OrderStatus.ACCEPTED)
        assert kinds.index("add_reminder") < accepted

    async def test_a_norce_that_knows_no_delayed_calls_accepts_the_order_all_the_same(self, world: Upselling) -> None:
        world.platform.faults.add(OrderNotFound("no such address"), "add_reminder")
        await world.sold()
        assert world.order.status is OrderStatus.ACCEPTED
        await world.later(WINDOW)
        assert world.handed_on

    async def test_a_lost_answer_does_not_register_it_twice(self, world: Upselling) -> None:
        world.platform.faults.add(OrderUnavailable("silence"), "add_reminder", after=True)
        await world.sold()
        await world.later(2)
        assert len(world.platform.written("add_reminder")) == 1
        assert world.order.status is OrderStatus.ACCEPTED

    @pytest.mark.parametrize("why", ["not wanted", "not eligible", "past", "no time"])
    async def test_without_it_the_order_is_handed_on_at_once(self, world: Upselling, why: str) -> None:
        if why == "not wanted":
            world.configure(use_upsell=False)
        if why == "no time":
            world.configure(upsell_timeout_seconds=0)
        lasts = timedelta() if why == "past" else WINDOW
        await world.sold(eligible=why != "not eligible", until=world.clock.now() + lasts)
        assert world.handed_on
        assert world.shown.upsell is None

    async def test_a_platform_that_shows_no_member_of_the_newer_ones_is_believed_to_have_them(
        self, world: Upselling
    ) -> None:
        world.platform.edit(world.key, generation=Generation.OLDER)
        await world.sold()
        assert world.order.status is OrderStatus.ACCEPTED
        assert world.shown.upsell is not None
        assert world.shown.upsell.eligible

    async def test_a_purchase_on_hold_is_offered_more_when_the_bank_has_said_yes(self, world: Upselling) -> None:
        await world.sold(on_hold=True)
        assert world.shown.upsell is None
        world.provider.resolve_hold(world.qliro_id, approve=True)
        await world.push()
        assert world.window.eligible
        (write,) = world.platform.written("add_reminder")
        assert write.detail.scope == "/payments"  # type: ignore[attr-defined]
        await world.later(WINDOW)
        assert world.handed_on

    async def test_the_background_ends_it_when_nobody_calls(self, bought: Upselling) -> None:
        await bought.later(WINDOW - timedelta(seconds=5))
        assert not bought.handed_on
        bought.app = bought.fresh()  # another process
        await bought.later(6)
        assert bought.handed_on
        assert not bought.window.eligible

    async def test_a_push_again_or_a_refresh_does_not_end_it(self, bought: Upselling) -> None:
        await bought.push()
        await bought.refresh()
        assert not bought.handed_on
        assert bought.window.eligible

    async def test_a_capture_ends_it(self, bought: Upselling) -> None:
        await bought.capture()
        await bought.background()
        assert bought.handed_on
        assert not bought.window.eligible

    async def test_what_shrinks_meanwhile_is_released(self, bought: Upselling) -> None:
        await bought.cart_changed(bought.with_items(bought.order.items[0]))
        await bought.later(4)
        assert bought.money == LedgerTotals(54_700)
        assert not bought.handed_on


class TestSelling:
    async def test_a_row_is_sold_beside_the_purchase(self, bought: Upselling) -> None:
        assert await bought.add() == ()
        assert bought.asked == 0  # Norce does not hold it yet
        await bought.later(1)
        assert bought.money == LedgerTotals(84_800)
        assert bought.shown.amount == bought.order.total.including_vat == 84_800
        assert bought.tried(UpsellState.COMPLETED)
        assert bought.attempt.items == ("ci-MORE",)
        assert bought.attempt.transaction_id
        assert bought.log[-1] == ("confirm", True)
        assert not bought.handed_on
        (operation,) = bought.stored.operations
        assert bought.provider.requests == [("upsell", operation.request_id)]
        assert bought.attempt.id == str(operation.id)

    async def test_it_is_written_down_before_it_is_asked_for(self, bought: Upselling) -> None:
        seen: list[OperationState] = []
        ask = bought.provider.upsell

        async def look(*arguments: object, **more_arguments: object) -> object:
            seen.extend(o.state for o in bought.stored.operations)
            return await ask(*arguments, **more_arguments)  # type: ignore[arg-type]

        bought.provider.upsell = look  # type: ignore[method-assign, assignment]
        await bought.added()
        assert seen == [OperationState.REQUESTED]

    async def test_a_reservation_of_everything_takes_the_place_of_the_first(self, world: Upselling) -> None:
        await world.sold(replaces=True)
        await world.added()
        assert world.money == LedgerTotals(84_800)
        assert len(world.at_qliro.ledger().shippable()) == 1
        assert world.shown.amount == 84_800
        assert world.tried(UpsellState.COMPLETED)

    async def test_money_taken_at_once_grows_too(self, world: Upselling) -> None:
        await world.start()
        assert await world.validate() is None
        world.at_qliro.upsell = replace(world.at_qliro.upsell, eligible=True)
        world.provider.buy(world.qliro_id, kind=TransactionKind.DEBIT)
        await world.push()
        await world.added()
        assert world.money == LedgerTotals(84_800, 84_800)
        assert (world.shown.state, world.shown.amount) == (PaymentState.CAPTURED, 84_800)

    async def test_further_rows_are_sold_one_request_after_the_other(self, bought: Upselling) -> None:
        await bought.added()
        await bought.added(more("ALSO", 1_234, 3), more("AND", 1))
        assert bought.asked == 2
        assert bought.money == LedgerTotals(84_800 + 3 * 1_234 + 1)
        assert bought.shown.amount == bought.order.total.including_vat
        assert [t.state for t in bought.window.transactions] == [UpsellState.COMPLETED] * 2

    async def test_a_cart_discount_that_grows_with_it_is_given(self, bought: Upselling) -> None:
        dear = bought.with_more()
        cheaper, goods = Price(83_810, 83_810), Price(78_910, 78_910)
        cut = replace(dear, discounts=(discount(990),), total=cheaper, cart_total=goods)
        await bought.cart_changed(cut)
        await bought.later(1)
        assert bought.money == LedgerTotals(74_900 + 9_900 - 990)
        assert bought.shown.amount == bought.order.total.including_vat

    async def test_rows_called_upsell_that_were_bought_are_not_sold_again(self) -> None:
        world = Upselling()
        world.platform.put(world.with_more())
        await world.sold()
        assert world.money == LedgerTotals(84_800)
        await world.added(more("NEW", 1_000))
        assert world.money == LedgerTotals(85_800)
        assert world.attempt.items == ("ci-NEW",)

    async def test_the_hook_asked_twice_sells_once(self, bought: Upselling) -> None:
        proposed = bought.with_more()
        await bought.do(bought.app.change_cart(bought.payment_key, proposed))
        await bought.cart_changed(proposed)
        await bought.later(1)
        await bought.later(5)
        assert bought.asked == 1

    async def test_a_row_that_norce_dropped_is_not_sold(self, bought: Upselling) -> None:
        await bought.do(bought.app.change_cart(bought.payment_key, bought.with_more()))
        await bought.later(1)
        await bought.later(WINDOW)
        assert bought.asked == 0
        assert bought.handed_on

    async def test_capture_afterwards_takes_both_reservations_in_one_request(self, bought: Upselling) -> None:
        await bought.added()
        await bought.complete()
        await bought.capture()
        assert bought.acts("capture") == ["capture"]
        assert bought.money == LedgerTotals(84_800, 84_800)
        await bought.refund()
        assert bought.acts("refund") == ["refund", "refund"]
        assert bought.money == LedgerTotals(84_800, 84_800, 0, 84_800)

    async def test_cancel_afterwards_releases_both(self, bought: Upselling) -> None:
        await bought.added()
        await bought.complete()
        await bought.cancel()
        assert bought.money == LedgerTotals(84_800, 0, 84_800)
        assert bought.stored.status is PaymentStatus.CANCELLED


class TestRefused:
    """Norce drops the change, and Qliro is not asked."""

    async def refused(self, world: World, *rows: object, **members: object) -> None:
        proposed = world.with_items(*world.order.items, *(rows or (more(),)), **members)  # type: ignore[arg-type]
        before = world.order
        with pytest.raises(PaymentConflict):
            await world.cart_changed(proposed)
        assert world.order == before
        await world.later(10)
        assert not world.acts("upsell")

    async def test_when_the_time_is_over(self, bought: Upselling) -> None:
        bought.clock.advance(WINDOW)
        await self.refused(bought)

    async def test_when_nothing_was_offered(self, world: Upselling) -> None:
        await world.sold(eligible=False)
        await self.refused(world)

    async def test_what_costs_nothing(self, bought: Upselling) -> None:
        await self.refused(bought, more("FREE", 0))

    async def test_in_another_currency(self, bought: Upselling) -> None:
        await self.refused(bought, more(), currency="NOK")

    async def test_together_with_another_change(self, bought: Upselling) -> None:
        await self.refused(bought, more(), item("SKU-3", 100))

    async def test_by_a_merchant_who_does_not_sell_so_nothing_is_refused(self) -> None:
        world = World()
        await world.bought()
        assert await world.cart_changed(world.with_items(*world.order.items, more())) == ()

    async def test_when_qliro_has_changed_its_mind(self, bought: Upselling) -> None:
        await bought.add()
        bought.at_qliro.upsell = replace(bought.at_qliro.upsell, eligible=False)
        await bought.later(1)
        assert bought.asked == 0
        assert bought.tried(UpsellState.FAILED)
        assert bought.log[-1] == ("confirm", False)
        assert bought.stored.operations[-1].error_code == "NOT_ELIGIBLE"

    async def test_what_qliro_declines_is_told_as_failed_and_the_window_goes_on(self, bought: Upselling) -> None:
        bought.provider.script.append(Declined("INVALID_REQUEST_TOTAL_AMOUNT", "Over the limit"))
        await bought.added()
        assert (bought.asked, bought.attempt.state) == (1, UpsellState.FAILED)
        assert bought.money == LedgerTotals(74_900)
        assert bought.shown.amount == 74_900
        assert bought.window.eligible
        await bought.cart_changed(bought.with_items(*bought.order.items[:-1]))
        await bought.added(more("LESS", 500))
        assert bought.money == LedgerTotals(75_400)
        assert bought.tried(UpsellState.COMPLETED)

    async def test_a_failed_row_still_on_the_order_is_not_sold_with_the_next_and_is_told_at_the_end(
        self, bought: Upselling
    ) -> None:
        bought.provider.script.append(Declined("INVALID_REQUEST_TOTAL_AMOUNT", "Over the limit"))
        await bought.added()
        await bought.added(more("LESS", 500))
        assert bought.money == LedgerTotals(75_400)
        await bought.complete()
        assert any("upsell that failed" in text for text in bought.notebook.said("disagreement"))

    async def test_what_qliro_ends_with_an_error_adds_nothing(self, world: Upselling) -> None:
        world.provider.prompt = False
        await world.sold()
        await world.add()
        await world.later(1)
        assert world.tried(UpsellState.CREATED)
        world.provider.fail(world.qliro_id)
        await world.push()
        assert world.tried(UpsellState.FAILED)
        assert world.money == LedgerTotals(74_900)


class TestUncertain:
    @pytest.mark.parametrize("after", [False, True], ids=["lost before", "lost after"])
    async def test_a_lost_answer_is_looked_up_and_asked_again_under_the_same_key(
        self, bought: Upselling, after: bool
    ) -> None:
        bought.provider.faults.add(ProviderUnavailable("silence"), "upsell", after=after)
        await bought.added()
        assert bought.money == LedgerTotals(84_800)
        assert len({key for act, key in bought.provider.requests if act == "upsell"}) == 1
        assert bought.asked == 1
        assert bought.tried(UpsellState.COMPLETED)

    async def test_what_was_certainly_not_sent_is_sent_later_under_the_same_key(self, bought: Upselling) -> None:
        bought.provider.faults.add(ProviderUnavailable("no connection", sent=False), "upsell")
        await bought.added()
        assert bought.tried(UpsellState.CREATED)
        await bought.later(5)
        assert bought.tried(UpsellState.COMPLETED)
        assert bought.money == LedgerTotals(84_800)

    async def test_a_busy_order_is_asked_again_under_another_key(self, bought: Upselling) -> None:
        bought.provider.script.append(BUSY)
        await bought.added()
        keys = [key for act, key in bought.provider.requests if act == "upsell"]
        assert len(keys) == len(set(keys)) == 2
        assert bought.money == LedgerTotals(84_800)

    async def test_a_received_request_that_left_no_trace_is_given_up_at_the_end(self, bought: Upselling) -> None:
        bought.provider.script.extend([Unknown("timeout"), ALREADY_RECEIVED])
        await bought.added()
        assert bought.tried(UpsellState.CREATED)
        await bought.later(WINDOW)
        assert not bought.handed_on  # it may still appear
        await bought.later(60)
        await bought.later(60)
        assert bought.tried(UpsellState.FAILED)
        assert bought.handed_on
        assert bought.money == LedgerTotals(74_900)

    async def test_a_process_that_died_before_the_call_is_made_up_for(self, bought: Upselling) -> None:
        await bought.add()

        async def die(*_: object, **__: object) -> object:
            raise Death

        ask, bought.provider.upsell = bought.provider.upsell, die  # type: ignore[method-assign, assignment]
        with pytest.raises(Death):
            await bought.do(bought.app.tend(bought.payment_key))
        bought.provider.upsell = ask  # type: ignore[method-assign]
        assert bought.stored.operations[-1].state is OperationState.REQUESTED
        bought.app = bought.fresh()
        bought.clock.advance(20)  # the claim of the dead
        await bought.later(5)
        assert bought.money == LedgerTotals(84_800)
        assert bought.asked == 1

    async def test_another_operation_meanwhile_is_refused_as_busy(self, linked: Upselling) -> None:
        with pytest.raises(OrderBusy):
            await linked.capture()


class TestAtALink:
    async def test_the_shop_finds_the_link_on_the_payment(self, linked: Upselling) -> None:
        assert linked.tried(UpsellState.ACTION_REQUIRED)
        assert linked.attempt.link == "https://pago.qit.nu/checkout/upsell/abc"
        assert linked.money == LedgerTotals(74_900)
        assert linked.asked == 1

    @pytest.mark.parametrize("replaces", [False, True])
    async def test_the_customer_pays(self, world: Upselling, replaces: bool) -> None:
        await world.sold(link=True, replaces=replaces)
        await world.added()
        made = world.provider.pay_link(world.qliro_id, world.attempt.id)
        await world.tell(world.attempt.id, "Success", made)
        assert world.tried(UpsellState.COMPLETED)
        assert world.attempt.transaction_id == made
        assert world.money == LedgerTotals(84_800)
        assert world.shown.amount == 84_800

    async def test_the_same_message_again_changes_nothing(self, linked: Upselling) -> None:
        made = linked.provider.pay_link(linked.qliro_id, linked.attempt.id)
        await linked.tell(linked.attempt.id, "Success", made)
        written, log = len(linked.platform.writes), list(linked.log)
        await linked.tell(linked.attempt.id, "Success", made)
        await linked.tell(linked.attempt.id, "Error", 0)
        assert (len(linked.platform.writes), linked.log) == (written, log)
        assert linked.tried(UpsellState.COMPLETED)

    async def test_a_try_that_failed_is_not_the_end(self, linked: Upselling) -> None:
        linked.provider.pay_link(linked.qliro_id, linked.attempt.id, approve=False)
        await linked.push()
        await linked.refresh()
        assert linked.tried(UpsellState.ACTION_REQUIRED)
        made = linked.provider.pay_link(linked.qliro_id, linked.attempt.id)
        await linked.tell(linked.attempt.id, "Success", made)
        assert linked.tried(UpsellState.COMPLETED)

    async def test_an_error_without_a_transaction_fails_it_by_its_id(self, linked: Upselling) -> None:
        await linked.tell(linked.attempt.id, "Error", 0)
        assert linked.tried(UpsellState.FAILED)
        assert linked.window.eligible
        assert linked.money == LedgerTotals(74_900)
        await linked.complete()
        assert linked.handed_on

    async def test_an_error_that_the_books_contradict_changes_nothing(self, linked: Upselling) -> None:
        made = linked.provider.pay_link(linked.qliro_id, linked.attempt.id)
        await linked.tell(linked.attempt.id, "Error", made)
        assert linked.tried(UpsellState.ACTION_REQUIRED)
        assert any("shows transaction" in text for text in linked.notebook.said("disagreement"))
        await linked.push()
        assert linked.tried(UpsellState.COMPLETED)

    async def test_a_success_that_the_books_do_not_show_waits(self, linked: Upselling) -> None:
        await linked.tell(linked.attempt.id, "Success", 3_299_999)
        assert linked.tried(UpsellState.ACTION_REQUIRED)
        assert linked.notebook.said("notice failed")

    async def test_a_success_that_the_books_have_not_decided_waits_for_them(self, linked: Upselling) -> None:
        made = linked.at_qliro.begin(3_290_900, TransactionKind.PREAUTHORIZATION, 9_900, parent=3_290_001)
        linked.at_qliro.beside.add(made.id)
        linked.provider.prompt = False
        await linked.tell(linked.attempt.id, "Success", made.id)
        assert linked.tried(UpsellState.ACTION_REQUIRED)
        assert any("as decided yet" in text for text in linked.notebook.said("notice failed"))
        linked.provider.settle()
        await linked.later(60)
        assert linked.tried(UpsellState.COMPLETED)
        assert linked.attempt.transaction_id == made.id

    async def test_a_success_that_the_books_contradict_changes_nothing(self, linked: Upselling) -> None:
        made = linked.provider.pay_link(linked.qliro_id, linked.attempt.id, approve=False)
        await linked.tell(linked.attempt.id, "Success", made)
        assert linked.tried(UpsellState.ACTION_REQUIRED)
        assert any("as Error" in text for text in linked.notebook.said("disagreement"))

    async def test_a_success_counts_though_its_transaction_has_another_amount(self, linked: Upselling) -> None:
        """A fee for the way of paying, for instance: the books alone would not tell whose it is."""
        paid = TransactionStatus.SUCCESS
        made = linked.at_qliro.begin(3_290_900, TransactionKind.PREAUTHORIZATION, 10_400, status=paid)
        linked.at_qliro.beside.add(made.id)
        await linked.push()
        assert linked.tried(UpsellState.ACTION_REQUIRED)
        await linked.tell(linked.attempt.id, "Success", made.id)
        assert linked.tried(UpsellState.COMPLETED)
        assert linked.attempt.transaction_id == made.id
        assert linked.stored.open_operation is None
        assert linked.shown.amount == linked.money.authorized == 85_300

    async def test_an_error_that_comes_after_the_end_is_no_news(self, linked: Upselling) -> None:
        await linked.later(WINDOW)
        before = linked.stored.version
        await linked.tell(linked.attempt.id, "Error", 0)
        assert linked.stored.version == before
        assert linked.stored.operations[-1].error_code == EXPIRED

    async def test_a_success_that_comes_before_the_answer_is_stored_counts(self, world: Upselling) -> None:
        await world.sold(link=True)
        await world.add()
        world.provider.faults.add(ProviderUnavailable("silence"), "upsell", after=True)
        await world.later(1)
        assert world.tried(UpsellState.CREATED)
        made = world.provider.pay_link(world.qliro_id, world.attempt.id)
        await world.tell(world.attempt.id, "success", made)
        assert world.tried(UpsellState.COMPLETED)
        assert world.money == LedgerTotals(84_800)

    async def test_nobody_pays_and_the_order_is_handed_on_without(self, linked: Upselling) -> None:
        await linked.later(WINDOW)
        assert linked.tried(UpsellState.FAILED)
        assert linked.stored.operations[-1].error_code == EXPIRED
        assert linked.handed_on
        assert linked.money == LedgerTotals(74_900)

    async def test_a_payment_after_the_end_is_followed_and_told(self, linked: Upselling) -> None:
        await linked.later(WINDOW)
        made = linked.provider.pay_link(linked.qliro_id, linked.attempt.id)
        await linked.tell(linked.attempt.id, "Success", made)
        assert linked.shown.amount == 84_800
        assert linked.tried(UpsellState.COMPLETED)
        assert any("given up" in text for text in linked.notebook.said("disagreement"))
        await linked.capture()
        assert linked.money == LedgerTotals(84_800, 84_800)


class TestTheEnd:
    async def test_completing_ends_the_window_and_hands_the_order_on(self, bought: Upselling) -> None:
        await bought.complete()
        assert bought.handed_on
        assert not bought.window.eligible
        transitions = bought.platform.written("set_status")
        await bought.complete()
        await bought.complete()
        assert bought.platform.written("set_status") == transitions
        with pytest.raises(PaymentConflict):
            await bought.add()

    async def test_a_row_that_is_not_sold_yet_is_sold_first(self, bought: Upselling) -> None:
        await bought.add()
        await bought.complete()
        assert bought.money == LedgerTotals(84_800)
        assert bought.shown.amount == 84_800
        assert bought.handed_on

    async def test_a_row_that_came_too_late_is_told_as_failed(self, bought: Upselling) -> None:
        await bought.add()
        bought.clock.advance(WINDOW)
        await bought.complete()
        assert bought.asked == 0
        assert bought.tried(UpsellState.FAILED)
        assert bought.handed_on
        assert any("upsell that failed" in text for text in bought.notebook.said("disagreement"))

    async def test_what_qliro_has_not_decided_is_waited_for(self, world: Upselling) -> None:
        world.provider.prompt = False
        await world.sold()
        await world.add()
        await world.complete()
        assert not world.window.eligible
        assert not world.handed_on
        world.provider.settle(world.qliro_id)
        await world.push()
        assert world.money == LedgerTotals(84_800)
        assert world.shown.amount == 84_800
        assert world.handed_on

    async def test_what_qliro_decided_unheard_is_found_by_the_background(self, world: Upselling) -> None:
        world.provider.prompt = False
        await world.sold()
        await world.add()
        await world.complete()
        world.provider.settle(world.qliro_id)
        await world.later(10)
        await world.later(60)
        assert world.handed_on
        assert world.shown.amount == 84_800

    async def test_who_is_paying_at_a_link_is_waited_for(self, linked: Upselling) -> None:
        await linked.complete()
        assert not linked.handed_on
        made = linked.provider.pay_link(linked.qliro_id, linked.attempt.id)
        await linked.tell(linked.attempt.id, "Success", made)
        assert linked.handed_on
        assert linked.shown.amount == 84_800

    async def test_who_never_pays_at_a_link_is_not_waited_for_longer_than_that(self, linked: Upselling) -> None:
        await linked.complete()
        await linked.later(WINDOW)
        assert linked.handed_on

    async def test_what_nobody_has_bought_cannot_be_completed(self, world: Upselling) -> None:
        await world.start()
        with pytest.raises(OperationRefused):
            await world.complete()
        assert world.order.status is OrderStatus.CHECKOUT

    async def test_a_withdrawn_payment_is_unknown(self, world: Upselling) -> None:
        await world.start()
        await world.remove()
        with pytest.raises(PaymentNotFound):
            await world.complete()

    async def test_an_order_whose_memory_was_lost_is_handed_on(self, bought: Upselling) -> None:
        bought.store.stored.clear()
        await bought.complete()
        assert bought.handed_on

    @pytest.mark.parametrize("status", [OrderStatus.COMPLETED, OrderStatus.REMOVED])
    async def test_an_order_that_somebody_else_ended_sells_nothing_more(
        self, bought: Upselling, status: OrderStatus
    ) -> None:
        await bought.add()
        bought.platform.edit(bought.key, status=status)
        await bought.later(1)
        assert bought.asked == 0
        assert not bought.stored.holds_order

    async def test_a_norce_that_is_away_at_the_end_is_told_later(self, bought: Upselling) -> None:
        bought.platform.faults.add(OrderUnavailable("silence"), times=3)
        await bought.later(WINDOW)
        for _ in range(6):
            await bought.later(60)
        assert bought.handed_on

    async def test_every_way_to_end_it_at_once_sells_once(self, bought: Upselling) -> None:
        await bought.add()
        other = bought.fresh()

        async def both() -> None:
            await asyncio.gather(
                bought.app.tend(bought.payment_key, end=True),
                other.tend(bought.payment_key, end=True),
                other.settle(bought.payment_key),
            )

        await bought.do(both())
        assert bought.asked == 1
        assert bought.money == LedgerTotals(84_800)
        await bought.background()
        assert bought.handed_on

    async def test_a_row_that_norce_is_adding_when_the_window_ends_is_waited_for(self, bought: Upselling) -> None:
        proposed = bought.with_more()
        await bought.do(bought.app.change_cart(bought.payment_key, proposed))

        async def slow_commit() -> None:
            await bought.clock.sleep(1)
            bought.commit(proposed, ())

        async def both() -> None:
            await asyncio.gather(slow_commit(), bought.app.tend(bought.payment_key, end=True))

        await bought.do(both())
        await bought.background()
        assert bought.money == LedgerTotals(84_800)
        assert bought.handed_on

    async def test_a_row_that_norce_holds_some_seconds_later_is_sold(self, bought: Upselling) -> None:
        proposed = bought.with_more()
        await bought.do(bought.app.change_cart(bought.payment_key, proposed))
        for _ in range(4):
            await bought.later(2)
        bought.commit(proposed, ())
        await bought.later(2)
        assert bought.money == LedgerTotals(84_800)

    async def test_a_row_that_norce_dropped_is_not_waited_for_long(self, bought: Upselling) -> None:
        await bought.do(bought.app.change_cart(bought.payment_key, bought.with_more()))
        began = bought.clock.now()
        await bought.complete()
        assert bought.handed_on
        assert bought.clock.now() - began < timedelta(seconds=5)

    async def test_a_row_that_appears_after_the_end_is_told_as_failed(self, bought: Upselling) -> None:
        proposed = bought.with_more()
        await bought.do(bought.app.change_cart(bought.payment_key, proposed))
        await bought.complete()
        bought.commit(proposed, ())
        await bought.later(61)
        assert bought.tried(UpsellState.FAILED)
        assert bought.asked == 0
        assert any("upsell that failed" in text for text in bought.notebook.said("disagreement"))
