"""Letters to Norce: in order per order, at least once, written once, and nobody waits for another's."""

import asyncio
import time
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from application.deliver_messages import _HOPELESS, _SCHEDULE, _TELLING
from application.messages_owed import order_advanced, transaction_logged
from application.ports.outbox import RELAY_LEASE, Bundle
from application.ports.payments import Work
from domain.errors import OrderRefused, OrderUnavailable, StoreUnavailable
from domain.identifiers import OrderKey
from domain.messages import Message, MessageKind
from domain.order import OrderStatus, PaymentState, PurchaseOrder
from tests.unit.application.world import World, an_order


async def _owe(world: World, *messages: Message) -> None:
    await world.store.payments.commit(Work(world.key, payments=(world.stored,), messages=messages))


@pytest.fixture
async def started(world: World) -> World:
    await world.start()
    return world


async def test_an_orders_letters_keep_their_order_across_failures(world: World) -> None:
    await world.start()
    await world.validate()
    world.provider.buy(world.qliro_id)
    world.platform.faults.add(OrderUnavailable("down"), "replace_payment", times=2)
    await world.push()
    assert world.order.status is OrderStatus.PROCESSING
    world.clock.advance(1)
    await world.background()
    assert world.order.status is OrderStatus.PROCESSING
    world.clock.advance(2)
    await world.background()
    assert world.stands(OrderStatus.COMPLETED)
    events = [event for event, _ in world.log]
    assert events == ["open", "process", "confirm"]


async def test_a_letter_that_fails_waits_on_a_schedule_and_is_parked_at_its_end(started: World) -> None:
    started.platform.faults.add(OrderUnavailable("down", sent=False), "log_transaction", times=100)
    await _owe(started, transaction_logged("reopen", 1, key="k"))
    desk = started.store.desks[started.key]
    for pause in _SCHEDULE:
        await started.do(started.app.deliver())
        assert desk.due_at == started.clock.now() + timedelta(seconds=pause)
        started.clock.advance(pause)
    await started.do(started.app.deliver())
    assert [reason for _, reason in started.store.parked] == ["order-error: down"]
    assert started.notebook.said("letter parked") == ["down"]


async def test_what_norce_refuses_is_given_up_sooner(started: World) -> None:
    started.platform.faults.add(OrderRefused("malformed"), "log_transaction", times=100)
    await _owe(started, transaction_logged("reopen", 1, key="k"))
    for pause in _HOPELESS:
        await started.do(started.app.deliver())
        started.clock.advance(pause)
    await started.do(started.app.deliver())
    assert len(started.store.parked) == 1


async def test_why_a_letter_failed_is_kept_without_what_belongs_to_a_person(started: World) -> None:
    quoting = OrderRefused("Norce refused the request: anna@example.se, 850710-1234 is no customer")
    started.platform.faults.add(quoting, "log_transaction", times=len(_HOPELESS) + 1)
    await _owe(started, transaction_logged("reopen", 1, key="k"))
    for pause in (*_HOPELESS, 0):
        await started.do(started.app.deliver())
        started.clock.advance(pause)
    ((_, reason),) = started.store.parked
    assert reason == "order-bad-request: Norce refused the request: [e-mail], [number] is no customer"


async def test_letters_behind_a_parked_one_go_out(started: World) -> None:
    started.platform.faults.add(OrderRefused("malformed"), "log_transaction", times=len(_HOPELESS) + 1)
    await _owe(started, transaction_logged("reopen", 1, key="k"), order_advanced(OrderStatus.ACCEPTED))
    for pause in (*_HOPELESS, 1, 1):
        await started.background()
        started.clock.advance(pause)
    assert len(started.store.parked) == 1
    assert started.order.status is OrderStatus.ACCEPTED


class TestNeighbours:
    """Two orders; something is wrong with the first one's letters."""

    @pytest.fixture
    async def two(self, started: World) -> World:
        other = replace(an_order(), key=OrderKey(started.key.merchant, started.key.channel, "oOther"))
        started.platform.put(other)
        first = started.key
        await _owe(started, order_advanced(OrderStatus.ACCEPTED))
        started.key = other.key
        await started.start()
        await _owe(started, order_advanced(OrderStatus.ACCEPTED))
        started.key = first
        return started

    @pytest.mark.parametrize("failure", [OrderUnavailable("down"), OrderRefused("no"), KeyError("a defect")])
    async def test_a_letter_that_fails_does_not_stop_the_neighbour(self, two: World, failure: Exception) -> None:
        two.platform.faults.add(failure, "set_status")
        await two.background()
        statuses = sorted(order.status for order in two.platform.orders.values())
        assert statuses == [OrderStatus.ACCEPTED, OrderStatus.CHECKOUT]
        await two.later(1)
        assert {order.status for order in two.platform.orders.values()} == {OrderStatus.ACCEPTED}

    async def test_a_database_that_fails_for_one_does_not_stop_the_neighbour(self, two: World) -> None:
        close = two.store.outbox.close
        failures = Counter[str]()

        async def fail_once(*args: object, **options: object) -> None:
            failures["once"] += 1
            if failures["once"] == 1:
                raise StoreUnavailable("down")
            await close(*args, **options)  # type: ignore[arg-type]

        two.store.outbox.close = fail_once  # type: ignore[method-assign]
        await two.background()
        assert two.platform.orders[replace(two.key, order_id="oOther")].status is OrderStatus.ACCEPTED
        assert two.notebook.said("postponed") == ["down"]


class TestTwice:
    """A letter may be delivered again; Norce holds what it says once."""

    async def test_a_log_entry_whose_answer_was_lost_is_not_written_again(self, started: World) -> None:
        started.platform.faults.add(OrderUnavailable("timeout"), "log_transaction", after=True)
        await _owe(started, transaction_logged("reopen", 1, key="k"))
        await started.background()
        await started.later(1)
        assert [entry.key for entry in started.platform.logs[started.payment_key]].count("k") == 1
        assert started.nothing_owed()

    async def test_a_log_entry_that_could_not_be_marked_is_not_written_again(self, started: World) -> None:
        async def fail(*_: object, **__: object) -> None:
            raise StoreUnavailable("down")

        close = started.store.outbox.close
        started.store.outbox.close = fail  # type: ignore[method-assign]
        await _owe(started, transaction_logged("reopen", 1, key="k"))
        await started.background()
        started.store.outbox.close = close  # type: ignore[method-assign]
        for _ in range(3):
            await started.later(31)
        assert [entry.key for entry in started.platform.logs[started.payment_key]].count("k") == 1
        assert started.nothing_owed()

    @pytest.mark.parametrize("kind", [k for k in MessageKind if k is not MessageKind.LOG_TRANSACTION])
    async def test_every_other_message_writes_nothing_the_second_time(self, world: World, kind: MessageKind) -> None:
        await world.bought()
        payload = {"status": "completed"} if kind is MessageKind.ADVANCE_ORDER else {}
        await _owe(world, Message(kind, payload))
        await world.background()
        writes = len(world.platform.writes)
        await _owe(world, Message(kind, payload))
        await world.background()
        assert len(world.platform.writes) == writes
        assert world.nothing_owed()


class TestReopening:
    """An order that is opened again says so in Norce's log, once for every time."""

    @pytest.fixture
    async def frozen(self, started: World) -> World:
        await started.validate()
        assert started.order.status is OrderStatus.PROCESSING
        return started

    async def test_every_time_is_a_line_of_its_own(self, frozen: World) -> None:
        for _ in range(2):
            await _owe(frozen, order_advanced(OrderStatus.CHECKOUT))
            await frozen.background()
            assert frozen.order.status is OrderStatus.CHECKOUT
            await frozen.validate()
        assert [event for event, _ in frozen.log] == ["open", "process", "reopen", "process", "reopen"]
        lines = [entry for entry in frozen.platform.logs[frozen.payment_key] if entry.event == "reopen"]
        assert {entry.amount for entry in lines} == {74_900}
        assert len({entry.key for entry in lines}) == 2

    async def test_an_order_that_is_open_already_is_not_opened_again(self, started: World) -> None:
        await _owe(started, order_advanced(OrderStatus.CHECKOUT))
        await started.background()
        assert ("reopen", True) not in started.log

    @pytest.mark.parametrize("lost", ["log_transaction", "set_status"])
    @pytest.mark.parametrize("after", [False, True])
    async def test_a_lost_answer_makes_no_second_line(self, frozen: World, lost: str, after: bool) -> None:
        frozen.platform.faults.add(OrderUnavailable("timeout"), lost, after=after)
        await _owe(frozen, order_advanced(OrderStatus.CHECKOUT))
        await frozen.background()
        await frozen.later(1)
        assert frozen.order.status is OrderStatus.CHECKOUT
        assert frozen.log.count(("reopen", True)) == 1
        assert frozen.nothing_owed()

    async def test_so_does_a_customer_who_edits_details_instead_of_paying(self, frozen: World) -> None:
        await frozen.customer_changed()
        await frozen.customer_changed()
        assert frozen.order.status is OrderStatus.CHECKOUT
        assert frozen.log.count(("reopen", True)) == 1

    async def test_the_payment_is_open_before_the_log_says_so(self, frozen: World) -> None:
        await frozen.background()
        frozen.platform.faults.log.clear()
        await frozen.customer_changed()
        done = frozen.platform.faults.log
        assert done.index("set_status") < done.index("replace_payment") < done.index("log_transaction")

    async def test_that_the_log_cannot_be_written_does_not_concern_the_customer(self, frozen: World) -> None:
        frozen.platform.faults.add(OrderUnavailable("down"), "log_transaction")
        await frozen.customer_changed()
        assert frozen.order.status is OrderStatus.CHECKOUT


class TestForwardOnly:
    async def test_an_order_never_goes_back_from_where_it_is(self, world: World) -> None:
        await world.bought()
        await _owe(world, order_advanced(OrderStatus.ACCEPTED), order_advanced(OrderStatus.CHECKOUT))
        await world.background()
        assert world.order.status is OrderStatus.COMPLETED

    async def test_a_paid_order_is_not_opened_by_a_late_letter(self, world: World) -> None:
        await world.start()
        await world.validate()
        await _owe(world, order_advanced(OrderStatus.CHECKOUT))
        world.provider.buy(world.qliro_id)
        await world.background()
        assert world.order.status is OrderStatus.PROCESSING

    async def test_a_purchase_on_a_removed_order_is_reported_not_forced(self, world: World) -> None:
        await world.start()
        await world.validate()
        world.provider.buy(world.qliro_id)
        world.platform.edit(world.key, status=OrderStatus.REMOVED)
        await world.push()
        assert world.order.status is OrderStatus.REMOVED
        assert world.notebook.said("disagreement")

    async def test_how_a_replaced_payment_ended_says_nothing_of_the_order(self, world: World) -> None:
        await world.bought(on_hold=True)
        first = world.payment_key
        await world.store.payments.commit(
            Work(world.key, payments=(world.stored,), messages=(order_advanced(OrderStatus.DECLINED),))
        )
        declined = replace(world.shown, state=PaymentState.DECLINED)
        world.platform.edit(world.key, payments=(declined,), status=OrderStatus.CHECKOUT)
        del world.store.stored[first]
        await world.start()
        assert await world.validate() is None
        await world.background()
        assert world.order.status is OrderStatus.PROCESSING

    async def test_a_payment_withdrawn_in_norce_stays_withdrawn_while_nobody_has_paid(self, started: World) -> None:
        started.platform.edit(started.key, payments=(replace(started.shown, state=PaymentState.REMOVED),))
        await _owe(started, Message(MessageKind.REPORT_PAYMENT))
        await started.background()
        assert started.shown.state is PaymentState.REMOVED


async def test_delivering_at_once_leaves_what_fails_to_the_background(world: World) -> None:
    await world.start()
    await world.bought()
    world.platform.faults.add(OrderUnavailable("down", sent=False), "log_transaction")
    await world.capture()
    assert world.log[-1] != ("capture", True)
    await world.later(1)
    assert world.log[-1] == ("capture", True)


async def test_two_relays_never_deliver_one_order_at_once(world: World) -> None:
    await world.start()
    await world.background()
    await _owe(world, order_advanced(OrderStatus.ACCEPTED))
    (bundle,) = await world.store.outbox.take(limit=1, lease=timedelta(seconds=60))
    assert await world.do(world.app.deliver()) == 0
    await world.store.outbox.close(bundle, delivered=[])
    assert await world.do(world.app.deliver()) == 1


async def test_a_caller_waits_for_whoever_is_telling_norce_just_now(world: World) -> None:
    await world.bought()
    await world.background()
    await _owe(world, order_advanced(OrderStatus.COMPLETED))
    (bundle,) = await world.store.outbox.take(limit=1, lease=timedelta(seconds=0.1))
    assert bundle.letters
    await world.do(world.app.deliver.at_once(world.key))
    assert world.nothing_owed(), "the other relay has died meanwhile"


async def test_what_was_owed_before_is_told_together_with_what_a_caller_adds(world: World) -> None:
    await world.bought()
    await world.background()
    await _owe(world, order_advanced(OrderStatus.COMPLETED))
    await world.capture()
    assert world.shown.state is PaymentState.CAPTURED
    assert world.nothing_owed()


async def test_whoever_writes_down_what_norce_is_owed_has_it_without_asking(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.bought()
    await world.background()
    asked: list[str] = []

    async def unneeded(*_: Any, **__: Any) -> Any:
        asked.append("asked")
        return ()

    monkeypatch.setattr(world.store.outbox, "take", unneeded)
    monkeypatch.setattr(world.store.payments, "read", unneeded)
    await world.app.capture(world.payment_key)
    assert world.shown.state is PaymentState.CAPTURED
    assert not asked


async def test_a_relay_that_lets_go_between_two_looks_sends_no_caller_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.bought()
    await world.background()
    await _owe(world, order_advanced(OrderStatus.COMPLETED))
    take, others = world.store.outbox.take, iter([True])

    async def busy_at_first(**asked: Any) -> tuple[Bundle, ...]:
        return () if next(others, False) else await take(**asked)

    monkeypatch.setattr(world.store.outbox, "take", busy_at_first)
    await world.do(world.app.deliver.at_once(world.key))
    assert world.nothing_owed()


async def _leased(world: World, message: Message, *, seconds_ago: float) -> Bundle:
    work = Work(world.key, payments=(world.stored,), messages=(message,), relay=RELAY_LEASE)
    bundle = await world.store.payments.commit(work)
    assert bundle is not None
    return replace(bundle, since=time.monotonic() - seconds_ago)


async def test_a_lease_that_was_slow_to_come_is_given_back_unused(started: World) -> None:
    await started.background()
    late = await _leased(started, order_advanced(OrderStatus.ACCEPTED), seconds_ago=RELAY_LEASE.total_seconds())
    await started.app.deliver.at_once(started.key, late)
    assert started.order.status is OrderStatus.CHECKOUT, "the next relay may be at it already"
    (bundle,) = await started.store.outbox.take(limit=1, lease=RELAY_LEASE)
    assert bundle.letters == late.letters


async def test_a_reading_of_the_order_that_hangs_is_waited_for_no_longer_than_there_is_time(started: World) -> None:
    await started.background()
    passed = RELAY_LEASE.total_seconds() * _TELLING - 0.1
    late = await _leased(started, Message(MessageKind.REPORT_PAYMENT), seconds_ago=passed)
    hanging: asyncio.Task[PurchaseOrder | None] = asyncio.create_task(_never())
    try:
        async with asyncio.timeout(2):
            await started.app.deliver.at_once(started.key, late, order_read=hanging)
        assert not hanging.done(), "others may wait for it"
    finally:
        hanging.cancel()


async def _never() -> PurchaseOrder | None:
    await asyncio.Event().wait()
    return None


@pytest.mark.parametrize("fallen", [OrderStatus.CHECKOUT, OrderStatus.PROCESSING])
@pytest.mark.parametrize("act", ["read", "refresh"])
async def test_an_order_that_fell_back_after_its_purchase_is_moved_on_again(
    world: World, fallen: OrderStatus, act: str
) -> None:
    await world.bought()
    await world.background()
    world.platform.edit(world.key, status=fallen)
    await (world.read() if act == "read" else world.refresh())
    assert world.order.status is OrderStatus.COMPLETED


def test_a_line_of_the_log_waits_without_what_belongs_to_a_person() -> None:
    line = transaction_logged("process", 1, key="k", success=False, detail="notValid, anna@example.se is unknown")
    assert line.payload["detail"] == "notValid, [e-mail] is unknown"
