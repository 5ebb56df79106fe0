"""What every store must do: run against memory and against PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from application.ports.inbox import Inbox, Notice, NoticeKind
from application.ports.outbox import Bundle, Outbox, Undelivered
from application.ports.payments import CheckoutSession, Claim, Payments, Work
from domain.checkout import CheckoutStatus, LineType
from domain.errors import ClaimLost, OrderBusy, PaymentConflict, StalePayment, ValidationRefused
from domain.evidence import Evidence
from domain.identifiers import OrderKey, PaymentKey
from domain.ledger import LedgerTotals
from domain.messages import Message, MessageKind
from domain.money import Money
from domain.operation import OperationKind
from domain.outcomes import Accepted, Pending
from domain.payment import Payment
from domain.planned_call import PlannedCall
from domain.rows import ItemGroup, OrderItem
from domain.upsell import UpsellAttempt, UpsellWindow
from tests.fakes.clock import FrozenClock

ORDER = OrderKey("demo", "se", "order-1")
OTHER_ORDER = OrderKey("demo", "se", "order-2")
MINUTE = timedelta(minutes=1)
BLINK = timedelta(milliseconds=60)
AT_ONCE = timedelta()


@dataclass(frozen=True, slots=True)
class StoreScene:
    """An empty store. `outlast` lets leases of that length run out."""

    payments: Payments
    inbox: Inbox
    outbox: Outbox
    clock: FrozenClock
    outlast: Callable[[timedelta], Awaitable[None]]

    async def claim(self, order: OrderKey = ORDER, *, lease: timedelta = MINUTE) -> Claim:
        return await self.payments.claim(order, wait=AT_ONCE, lease=lease)

    def a_payment(self, key: PaymentKey | None = None, *, provider_order_id: int | None = 4711) -> Payment:
        return Payment.intend(
            key or ORDER.payment("p-1"),
            Money(54_800, "SEK"),
            provider_order_id=provider_order_id,
            merchant_reference="ref-1",
            at=self.clock.now(),
        )

    async def stored(self, payment: Payment, *messages: Message) -> Payment:
        await self.payments.commit(Work(payment.key.order, payments=(payment,), messages=messages))
        payment.stored()
        return payment

    def authorize(self, payment: Payment) -> None:
        totals = LedgerTotals(authorized=payment.amount)
        payment.observe(Evidence(CheckoutStatus.COMPLETED, totals, 1, "SEK"), at=self.clock.now())

    async def read(self, payment: Payment) -> Payment:
        found = await self.payments.read(payment.key)
        assert found is not None
        return found


class PaymentsContract:
    """Subclasses offer the fixture `scene`."""

    async def test_a_payment_comes_back_as_it_was_stored(self, scene: StoreScene) -> None:
        payment = scene.a_payment()
        scene.authorize(payment)
        first = payment.request(OperationKind.CAPTURE, operation_id=uuid4(), request_id=uuid4(), at=scene.clock.now())
        payment.decide(first.id, Pending((10**12, 2)), at=scene.clock.now())
        payment.decide(first.id, Accepted((3,)), at=scene.clock.now())
        payment.request(OperationKind.REFUND, operation_id=uuid4(), request_id=uuid4(), at=scene.clock.now())
        payment.keep_card("0123456789abcdef", at=scene.clock.now())
        await scene.stored(payment)
        assert await scene.read(payment) == payment
        assert (await scene.claim()).payments == (payment,)

    async def test_what_is_sold_beyond_a_purchase_comes_back_as_it_was_stored(self, scene: StoreScene) -> None:
        payment = await scene.stored(scene.a_payment())
        scene.authorize(payment)
        now, row = scene.clock.now(), OrderItem("SKU-1", LineType.PRODUCT, 2, 4_950, 3_960, "Vantar")
        payment.offer_upsell(UpsellWindow(now + MINUTE, 54_800, 100, ("ci1",)), at=now)
        asked = payment.request(
            OperationKind.UPSELL,
            operation_id=uuid4(),
            request_id=uuid4(),
            at=now,
            plan=(PlannedCall((ItemGroup(0, (row,)),)),),
            baseline=3,
        )
        payment.try_upsell(UpsellAttempt(asked.id, ("ci2",), 9_900, 10, 54_800, "https://qliro.example/pay"), at=now)
        await scene.stored(payment)
        assert await scene.read(payment) == payment
        payment.decide(asked.id, Accepted((7,)), at=now)
        payment.end_upsell(at=now)
        await scene.stored(payment)
        assert await scene.read(payment) == payment
        assert (await scene.claim()).payments == (payment,)

    async def test_what_is_offered_is_looked_after_when_it_ends(self, scene: StoreScene) -> None:
        payment = scene.a_payment()
        scene.authorize(payment)
        payment.offer_upsell(UpsellWindow(scene.clock.now() + MINUTE, 54_800), at=scene.clock.now())
        await scene.stored(payment)
        assert await scene.payments.due(limit=9, now=scene.clock.now(), lease=MINUTE) == ()
        assert await scene.payments.due(limit=9, now=scene.clock.now() + MINUTE, lease=MINUTE) == (payment.key,)

    async def test_what_is_read_is_the_readers_own(self, scene: StoreScene) -> None:
        payment = await scene.stored(scene.a_payment())
        (await scene.read(payment)).cover(1, at=scene.clock.now())
        payment.cover(2, at=scene.clock.now())
        assert (await scene.read(payment)).amount == 54_800

    async def test_a_payment_that_was_never_stored_is_none(self, scene: StoreScene) -> None:
        assert await scene.payments.read(ORDER.payment("nobody's")) is None
        assert await scene.payments.read_session(ORDER) is None

    async def test_another_tenants_payment_is_not_seen(self, scene: StoreScene) -> None:
        await scene.stored(scene.a_payment())
        for stranger in (OrderKey("other", "se", "order-1"), OrderKey("demo", "no", "order-1")):
            assert await scene.payments.read(stranger.payment("p-1")) is None
            assert (await scene.claim(stranger)).payments == ()

    async def test_a_claim_tells_what_is_stored(self, scene: StoreScene) -> None:
        session = CheckoutSession("ref-1", 1, "digest")
        claim = await scene.claim()
        assert (claim.session, claim.payments) == (None, ())
        payment = scene.a_payment()
        await scene.payments.commit(Work(ORDER, claim=claim, release=True, session=session, payments=(payment,)))
        payment.stored()
        again = await scene.claim()
        assert (again.order, again.session, again.payments) == (ORDER, session, (payment,))
        assert again.token != claim.token

    async def test_a_session_stays_until_it_is_replaced(self, scene: StoreScene) -> None:
        await scene.payments.commit(Work(ORDER, session=CheckoutSession("ref-1", 1, "digest")))
        await scene.stored(scene.a_payment())
        assert await scene.payments.read_session(ORDER) == CheckoutSession("ref-1", 1, "digest")
        await scene.payments.commit(Work(ORDER, session=CheckoutSession("ref-2", 2)))
        assert await scene.payments.read_session(ORDER) == CheckoutSession("ref-2", 2, "")

    async def test_a_claimed_order_is_busy_and_others_are_not(self, scene: StoreScene) -> None:
        await scene.claim()
        with pytest.raises(OrderBusy):
            await scene.claim()
        assert await scene.claim(OTHER_ORDER)

    async def test_a_released_order_can_be_claimed(self, scene: StoreScene) -> None:
        claim = await scene.claim()
        await scene.payments.release(claim)
        await scene.payments.release(claim)
        assert await scene.claim()

    async def test_a_claim_waits_for_the_one_before_it(self, scene: StoreScene) -> None:
        first = await scene.claim()
        waiting = asyncio.create_task(scene.payments.claim(ORDER, wait=MINUTE, lease=MINUTE))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await scene.payments.release(first)
        while not waiting.done():
            await scene.clock.elapse(0.2)
            await asyncio.sleep(0.01)
        assert (await waiting).token != first.token

    async def test_a_claim_waits_no_longer_than_it_is_told(self, scene: StoreScene) -> None:
        await scene.claim(lease=MINUTE * 10)
        started = scene.clock.now()
        waiting = asyncio.create_task(scene.payments.claim(ORDER, wait=timedelta(seconds=2), lease=MINUTE))
        while not waiting.done():
            await scene.clock.elapse(0.1)
            await asyncio.sleep(0.002)
        with pytest.raises(OrderBusy):
            await waiting
        assert timedelta(seconds=2) <= scene.clock.now() - started

    async def test_a_dead_holders_claim_runs_out(self, scene: StoreScene) -> None:
        dead = await scene.claim(lease=BLINK)
        await scene.outlast(BLINK)
        living = await scene.claim()
        for late in (Work(ORDER, claim=dead, release=True), Work(ORDER, claim=dead, payments=(scene.a_payment(),))):
            with pytest.raises(ClaimLost):
                await scene.payments.commit(late)
        with pytest.raises(ClaimLost):
            await scene.payments.renew(dead, lease=MINUTE)
        await scene.payments.release(dead)
        await scene.payments.commit(Work(ORDER, claim=living, payments=(scene.a_payment(),)))

    async def test_a_claim_that_ran_out_still_counts_while_nobody_else_has_it(self, scene: StoreScene) -> None:
        slow = await scene.claim(lease=BLINK)
        await scene.outlast(BLINK)
        written = scene.a_payment()
        await scene.payments.commit(Work(ORDER, claim=slow, payments=(written,)))
        assert (await scene.read(written)).key == written.key

    async def test_a_renewed_claim_lasts_longer(self, scene: StoreScene) -> None:
        claim = await scene.claim(lease=BLINK)
        await scene.payments.renew(claim, lease=MINUTE)
        await scene.outlast(BLINK)
        with pytest.raises(OrderBusy):
            await scene.claim()

    async def test_a_stale_version_is_refused_and_nothing_of_it_is_written(self, scene: StoreScene) -> None:
        payment = await scene.stored(scene.a_payment())
        early, late = await scene.read(payment), await scene.read(payment)
        early.cover(100, at=scene.clock.now())
        late.cover(200, at=scene.clock.now())
        await scene.stored(early)
        notice = await self._a_taken_notice(scene)
        lost = Work(
            ORDER,
            session=CheckoutSession("lost", 9),
            payments=(late, scene.a_payment(ORDER.payment("p-2"), provider_order_id=5)),
            messages=(Message(MessageKind.REPORT_PAYMENT),),
            handled=(notice,),
        )
        with pytest.raises(StalePayment):
            await scene.payments.commit(lost)
        await self._nothing_written(scene, early)

    async def test_a_commit_under_a_lost_claim_writes_nothing(self, scene: StoreScene) -> None:
        payment = await scene.stored(scene.a_payment())
        dead = await scene.claim(lease=BLINK)
        await scene.outlast(BLINK)
        await scene.payments.release(await scene.claim())
        changed = await scene.read(payment)
        changed.cover(200, at=scene.clock.now())
        lost = Work(
            ORDER,
            claim=dead,
            session=CheckoutSession("lost", 9),
            payments=(changed, scene.a_payment(ORDER.payment("p-2"), provider_order_id=5)),
            messages=(Message(MessageKind.REPORT_PAYMENT),),
            handled=(await self._a_taken_notice(scene),),
        )
        with pytest.raises(ClaimLost):
            await scene.payments.commit(lost)
        await self._nothing_written(scene, payment)

    async def test_a_payment_can_be_created_once(self, scene: StoreScene) -> None:
        first, second = scene.a_payment(), scene.a_payment()
        await scene.stored(first)
        with pytest.raises(StalePayment):
            await scene.stored(second)

    async def test_repeating_a_commit_is_refused(self, scene: StoreScene) -> None:
        payment = await scene.stored(scene.a_payment())
        payment.cover(100, at=scene.clock.now())
        work = Work(ORDER, payments=(payment,))
        await scene.payments.commit(work)
        with pytest.raises(StalePayment):
            await scene.payments.commit(work)

    async def test_a_change_without_a_new_version_is_stored_too(self, scene: StoreScene) -> None:
        payment = await scene.stored(scene.a_payment())
        payment.ledger_mark = 3
        await scene.stored(payment)
        assert (await scene.read(payment)).ledger_mark == 3

    async def test_one_living_payment_per_qliro_order(self, scene: StoreScene) -> None:
        payment = await scene.stored(scene.a_payment())
        twin = scene.a_payment(OTHER_ORDER.payment("p-9"))
        with pytest.raises(PaymentConflict):
            await scene.stored(twin)
        payment.remove(at=scene.clock.now())
        await scene.stored(payment)
        await scene.stored(twin)
        await scene.stored(scene.a_payment(OrderKey("other", "se", "o").payment("p-1")))

    async def test_payments_without_a_qliro_order_do_not_stand_in_each_others_way(self, scene: StoreScene) -> None:
        one = await scene.stored(scene.a_payment(provider_order_id=None))
        another = await scene.stored(scene.a_payment(OTHER_ORDER.payment("p-2"), provider_order_id=None))
        assert [await scene.read(payment) for payment in (one, another)] == [one, another]

    async def test_an_operation_follows_its_payment(self, scene: StoreScene) -> None:
        payment = scene.a_payment()
        scene.authorize(payment)
        await scene.stored(payment)
        first = payment.request(OperationKind.CAPTURE, operation_id=uuid4(), request_id=uuid4(), at=scene.clock.now())
        await scene.stored(payment)
        payment.decide(first.id, Accepted((3,)), at=scene.clock.now())
        payment.request(OperationKind.CAPTURE, operation_id=uuid4(), request_id=uuid4(), at=scene.clock.now())
        await scene.stored(payment)
        assert await scene.read(payment) == payment

    async def test_what_a_caller_was_told_is_not_forgotten_by_who_knew_the_operation_before(
        self, scene: StoreScene
    ) -> None:
        payment = scene.a_payment()
        scene.authorize(payment)
        now = scene.clock.now()
        first = payment.request(
            OperationKind.CAPTURE, operation_id=uuid4(), request_id=uuid4(), at=now, fingerprint="a-part"
        )
        await scene.stored(payment)
        for _ in range(2):
            await scene.payments.note_told(payment.key, first.id)
        payment.decide(first.id, Accepted((3,)), at=scene.clock.now())
        await scene.stored(payment)
        assert (await scene.read(payment)).operation(first.id) == replace(payment.operation(first.id), told=True)
        assert (await scene.claim()).payments[0].operation(first.id).told

    async def test_a_payment_that_waits_is_looked_at_in_time(self, scene: StoreScene) -> None:
        payment = await scene.stored(scene.a_payment())
        assert payment.look_at is not None
        before = payment.look_at - timedelta(seconds=1)
        assert await scene.payments.due(limit=5, now=before, lease=MINUTE) == ()
        assert await scene.payments.due(limit=5, now=payment.look_at, lease=MINUTE) == (payment.key,)
        assert await scene.payments.due(limit=5, now=payment.look_at, lease=MINUTE) == ()
        assert await scene.payments.due(limit=5, now=payment.look_at + MINUTE, lease=MINUTE) == (payment.key,)

    async def test_a_settled_payment_is_left_alone_until_asked_for(self, scene: StoreScene) -> None:
        payment = scene.a_payment()
        scene.authorize(payment)
        await scene.stored(payment)
        later = scene.clock.now() + timedelta(days=30)
        assert await scene.payments.due(limit=5, now=later, lease=MINUTE) == ()
        await scene.payments.look_again(payment.key, at=later)
        await scene.payments.look_again(ORDER.payment("nobody's"), at=later)
        assert await scene.payments.due(limit=5, now=later, lease=MINUTE) == (payment.key,)
        await scene.stored(payment)
        assert await scene.payments.due(limit=5, now=later + MINUTE, lease=MINUTE) == ()

    async def test_a_look_that_was_asked_for_is_not_taken_back_by_a_commit_that_waits_for_nothing(
        self, scene: StoreScene
    ) -> None:
        payment = scene.a_payment()
        scene.authorize(payment)
        await scene.stored(payment)
        soon = scene.clock.now() + timedelta(seconds=3)
        await scene.payments.look_again(payment.key, at=soon)
        await scene.stored(payment)
        payment.keep_card("mark", at=scene.clock.now())
        await scene.stored(payment)
        assert await scene.payments.due(limit=5, now=soon, lease=MINUTE) == (payment.key,)
        await scene.stored(payment)
        assert await scene.payments.due(limit=5, now=soon + MINUTE, lease=MINUTE) == ()

    async def test_who_has_looked_takes_back_nothing_but_its_own_lease(self, scene: StoreScene) -> None:
        payment = scene.a_payment()
        scene.authorize(payment)
        await scene.stored(payment)
        now, short = scene.clock.now(), timedelta(seconds=1)
        await scene.payments.look_again(payment.key, at=now)
        assert await scene.payments.due(limit=5, now=now, lease=short) == (payment.key,)
        await scene.payments.look_again(payment.key, at=now + 3 * short)
        await scene.payments.looked(payment.key, leased_until=now + short)
        assert await scene.payments.due(limit=5, now=now + 3 * short, lease=short) == (payment.key,)
        await scene.payments.looked(payment.key, leased_until=now + 4 * short)
        await scene.payments.looked(ORDER.payment("nobody's"), leased_until=now)
        assert await scene.payments.due(limit=5, now=now + MINUTE, lease=short) == ()

    async def test_the_longest_waiting_are_looked_at_first_but_no_tenant_starves(self, scene: StoreScene) -> None:
        keys = [OrderKey("loud", "se", f"o-{number}").payment("p") for number in range(6)] + [ORDER.payment("p")]
        for number, key in enumerate(keys):
            await scene.stored(scene.a_payment(key, provider_order_id=number))
            await scene.payments.look_again(key, at=scene.clock.now() + timedelta(seconds=number))
        now = scene.clock.now() + MINUTE
        assert await scene.payments.due(limit=2, now=now, lease=MINUTE) == (keys[0], keys[6])
        assert await scene.payments.due(limit=9, now=now, lease=MINUTE, besides={"loud"}) == ()
        assert await scene.payments.due(limit=9, now=now, lease=MINUTE) == tuple(keys[1:6])

    async def test_a_value_that_no_database_can_hold_is_refused(self, scene: StoreScene) -> None:
        try:
            await scene.payments.read(PaymentKey("demo", "se", "nul\x00", "p"))
            await scene.stored(scene.a_payment(ORDER.payment("nul\x00")))
            await scene.payments.commit(Work(ORDER, session=CheckoutSession("half \ud800", 1)))
        except ValidationRefused:
            pass  # memory can hold them

    async def _a_taken_notice(self, scene: StoreScene) -> UUID:
        await scene.inbox.accept(a_notice())
        (taken,) = await scene.inbox.take(limit=1, lease=BLINK)
        return taken.id

    async def _nothing_written(self, scene: StoreScene, payment: Payment) -> None:
        assert await scene.read(payment) == payment
        assert await scene.payments.read_session(ORDER) is None
        assert await scene.payments.read(ORDER.payment("p-2")) is None
        assert await scene.outbox.take(limit=1, lease=MINUTE) == ()
        await scene.outlast(BLINK)
        assert len(await scene.inbox.take(limit=1, lease=MINUTE)) == 1


def a_notice(dedupe: str = "n-1", key: PaymentKey | None = None) -> Notice:
    facts: dict[str, str | int | None] = {"status": "Success", "transaction": 7, "nothing": None}
    return Notice(key or ORDER.payment("p-1"), NoticeKind.ORDER_MANAGEMENT, dedupe, facts)


class InboxContract:
    """Subclasses offer the fixture `scene`."""

    async def test_a_notice_is_stored_once_per_tenant(self, scene: StoreScene) -> None:
        assert await scene.inbox.accept(a_notice())
        assert not await scene.inbox.accept(a_notice())
        assert await scene.inbox.accept(a_notice(key=OrderKey("other", "se", "order-1").payment("p-1")))

    async def test_a_taken_notice_is_whole_and_skipped_by_others(self, scene: StoreScene) -> None:
        received = scene.clock.now()
        await scene.inbox.accept(a_notice())
        (taken,) = await scene.inbox.take(limit=5, lease=MINUTE)
        assert (taken.notice, taken.attempts, taken.received_at) == (a_notice(), 0, received)
        assert await scene.inbox.take(limit=5, lease=MINUTE) == ()

    async def test_a_dead_workers_notice_comes_back(self, scene: StoreScene) -> None:
        await scene.inbox.accept(a_notice())
        first = await scene.inbox.take(limit=1, lease=BLINK)
        await scene.outlast(BLINK)
        assert await scene.inbox.take(limit=1, lease=BLINK) == first

    async def test_a_handled_notice_is_gone_but_remembered(self, scene: StoreScene) -> None:
        await scene.inbox.accept(a_notice())
        (taken,) = await scene.inbox.take(limit=1, lease=BLINK)
        await scene.inbox.handled(taken)
        await scene.outlast(BLINK)
        assert await scene.inbox.take(limit=1, lease=BLINK) == ()
        assert not await scene.inbox.accept(a_notice())

    async def test_a_commit_can_handle_a_notice(self, scene: StoreScene) -> None:
        await scene.inbox.accept(a_notice())
        (taken,) = await scene.inbox.take(limit=1, lease=BLINK)
        await scene.payments.commit(Work(ORDER, payments=(scene.a_payment(),), handled=(taken.id,)))
        await scene.outlast(BLINK)
        assert await scene.inbox.take(limit=1, lease=BLINK) == ()

    async def test_a_deferred_notice_waits_and_counts(self, scene: StoreScene) -> None:
        await scene.inbox.accept(a_notice())
        (taken,) = await scene.inbox.take(limit=1, lease=MINUTE)
        await scene.inbox.defer(taken, until=scene.clock.now() + MINUTE, reason="qliro-error")
        assert await scene.inbox.take(limit=1, lease=MINUTE) == ()
        scene.clock.advance(MINUTE)
        (again,) = await scene.inbox.take(limit=1, lease=MINUTE)
        assert (again.id, again.attempts) == (taken.id, 1)

    async def test_what_a_deferred_notice_waited_for_makes_it_due(self, scene: StoreScene) -> None:
        kinds = (NoticeKind.NOTIFICATION, NoticeKind.NOTIFICATION, NoticeKind.CHECKOUT, NoticeKind.NOTIFICATION)
        other = ORDER.payment("p-other")
        keys = (ORDER.payment("p-1"), ORDER.payment("p-1"), ORDER.payment("p-1"), other)
        for number, (key, kind) in enumerate(zip(keys, kinds, strict=True)):
            await scene.inbox.accept(replace(a_notice(f"n-{number}", key), kind=kind))
        for taken in await scene.inbox.take(limit=9, lease=MINUTE):
            done = taken.notice.dedupe_key == "n-1"
            if done:
                await scene.inbox.handled(taken)
            else:
                await scene.inbox.defer(taken, until=scene.clock.now() + MINUTE, reason="too early")
        await scene.inbox.expedite(ORDER.payment("p-1"), NoticeKind.NOTIFICATION)
        (due,) = await scene.inbox.take(limit=9, lease=MINUTE)
        assert (due.notice.dedupe_key, due.attempts) == ("n-0", 1)
        await scene.inbox.expedite(ORDER.payment("p-nobody"), NoticeKind.NOTIFICATION)
        assert await scene.inbox.take(limit=9, lease=MINUTE) == ()

    async def test_a_parked_notice_is_not_made_due_by_what_happens(self, scene: StoreScene) -> None:
        await scene.inbox.accept(replace(a_notice(), kind=NoticeKind.NOTIFICATION))
        (taken,) = await scene.inbox.take(limit=1, lease=BLINK)
        await scene.inbox.defer(taken, until=None, reason="hopeless")
        await scene.inbox.expedite(taken.notice.key, NoticeKind.NOTIFICATION)
        assert await scene.inbox.take(limit=1, lease=BLINK) == ()

    async def test_a_parked_notice_stays_away(self, scene: StoreScene) -> None:
        await scene.inbox.accept(a_notice())
        (taken,) = await scene.inbox.take(limit=1, lease=BLINK)
        await scene.inbox.defer(taken, until=None, reason="hopeless")
        scene.clock.advance(MINUTE)
        await scene.outlast(BLINK)
        assert await scene.inbox.take(limit=1, lease=BLINK) == ()

    async def test_the_oldest_come_first_and_no_more_than_asked(self, scene: StoreScene) -> None:
        for number in range(5):
            await scene.inbox.accept(a_notice(f"n-{number}"))
            scene.clock.advance(1)
        taken = [await scene.inbox.take(limit=2, lease=MINUTE) for _ in range(4)]
        keys = [[notice.notice.dedupe_key for notice in batch] for batch in taken]
        assert keys == [["n-0", "n-1"], ["n-2", "n-3"], ["n-4"], []]

    async def test_a_backlog_of_one_tenant_does_not_hold_up_another(self, scene: StoreScene) -> None:
        for number in range(20):
            await scene.inbox.accept(a_notice(f"n-{number}"))
        scene.clock.advance(1)
        quiet = OrderKey("quiet", "se", "order-1").payment("p-1")
        await scene.inbox.accept(a_notice("q", quiet))
        taken = await scene.inbox.take(limit=4, lease=MINUTE)
        assert quiet in {notice.notice.key for notice in taken}

    async def test_merchants_with_enough_in_hand_are_passed_over(self, scene: StoreScene) -> None:
        await scene.inbox.accept(a_notice())
        quiet = OrderKey("quiet", "se", "order-1").payment("p-1")
        await scene.inbox.accept(a_notice("q", quiet))
        taken = await scene.inbox.take(limit=4, lease=MINUTE, besides={"demo", "nobody"})
        assert [notice.notice.key for notice in taken] == [quiet]


REPORT = Message(MessageKind.REPORT_PAYMENT)
LOG = Message(MessageKind.LOG_TRANSACTION, {"event": "capture", "amount": 54_800, "success": True, "key": "k"})
ADVANCE = Message(MessageKind.ADVANCE_ORDER, {"status": "accepted"})


def kinds(bundle: Bundle) -> list[MessageKind]:
    return [letter.message.kind for letter in bundle.letters]


class OutboxContract:
    """Subclasses offer the fixture `scene`."""

    async def test_letters_come_whole_and_in_order(self, scene: StoreScene) -> None:
        payment = await scene.stored(scene.a_payment(), REPORT, LOG)
        await scene.stored(payment, ADVANCE)
        (bundle,) = await scene.outbox.take(limit=5, lease=MINUTE)
        assert bundle.order == ORDER
        assert [letter.message for letter in bundle.letters] == [REPORT, LOG, ADVANCE]
        assert {(letter.key, letter.attempts) for letter in bundle.letters} == {(payment.key, 0)}
        assert {letter.created_at for letter in bundle.letters} == {scene.clock.now()}
        assert [letter.id for letter in bundle.letters] == sorted(letter.id for letter in bundle.letters)

    async def test_an_order_has_one_relay_at_a_time(self, scene: StoreScene) -> None:
        await scene.stored(scene.a_payment(), REPORT)
        (bundle,) = await scene.outbox.take(limit=5, lease=MINUTE)
        assert await scene.outbox.take(limit=5, lease=MINUTE) == ()
        assert await scene.outbox.take(limit=5, lease=MINUTE, order=ORDER) == ()
        await scene.outbox.close(bundle, delivered=[])
        assert len(await scene.outbox.take(limit=5, lease=MINUTE, order=ORDER)) == 1

    async def test_a_dead_relays_order_comes_back(self, scene: StoreScene) -> None:
        await scene.stored(scene.a_payment(), REPORT)
        (dead,) = await scene.outbox.take(limit=1, lease=BLINK)
        await scene.outlast(BLINK)
        (living,) = await scene.outbox.take(limit=1, lease=MINUTE)
        assert living.letters == (replace(dead.letters[0], attempts=1),), "it may have been told"
        await scene.outbox.close(
            dead, delivered=[], failed=Undelivered(dead.letters[0], until=None, reason="too late to say")
        )
        assert await scene.outbox.take(limit=1, lease=MINUTE) == ()

    async def test_that_letters_may_have_arrived_is_not_forgotten(self, scene: StoreScene) -> None:
        await scene.stored(scene.a_payment(), REPORT, LOG)
        await scene.outbox.take(limit=1, lease=BLINK)
        await scene.outlast(BLINK)
        (bundle,) = await scene.outbox.take(limit=1, lease=MINUTE)
        assert [letter.attempts for letter in bundle.letters] == [1, 1]
        await scene.outbox.close(bundle, delivered=bundle.letters[:1])
        (rest,) = await scene.outbox.take(limit=1, lease=MINUTE)
        assert [letter.attempts for letter in rest.letters] == [1]

    async def test_delivered_letters_do_not_come_again(self, scene: StoreScene) -> None:
        await scene.stored(scene.a_payment(), REPORT, LOG)
        (bundle,) = await scene.outbox.take(limit=1, lease=MINUTE)
        await scene.outbox.close(bundle, delivered=bundle.letters[:1])
        await scene.outbox.close(bundle, delivered=bundle.letters[:1])
        (rest,) = await scene.outbox.take(limit=1, lease=MINUTE)
        assert kinds(rest) == [LOG.kind]
        await scene.outbox.close(rest, delivered=rest.letters[:1])
        assert await scene.outbox.take(limit=1, lease=MINUTE) == ()

    async def test_a_letter_written_during_delivery_is_not_overlooked(self, scene: StoreScene) -> None:
        payment = await scene.stored(scene.a_payment(), REPORT)
        (bundle,) = await scene.outbox.take(limit=1, lease=MINUTE)
        await scene.stored(payment, LOG)
        await scene.outbox.close(bundle, delivered=bundle.letters[:1])
        (rest,) = await scene.outbox.take(limit=1, lease=MINUTE)
        assert kinds(rest) == [LOG.kind]

    async def test_a_deferred_letter_holds_those_behind_it_and_no_other_order(self, scene: StoreScene) -> None:
        payment = await scene.stored(scene.a_payment(), REPORT, LOG)
        (bundle,) = await scene.outbox.take(limit=1, lease=MINUTE)
        await scene.outbox.close(
            bundle,
            delivered=[],
            failed=Undelivered(bundle.letters[0], scene.clock.now() + MINUTE, "order-error"),
        )
        await scene.stored(payment, ADVANCE)
        await scene.stored(scene.a_payment(OTHER_ORDER.payment("p-2"), provider_order_id=5), REPORT)
        (other,) = await scene.outbox.take(limit=5, lease=MINUTE)
        assert other.order == OTHER_ORDER
        scene.clock.advance(MINUTE)
        (again,) = await scene.outbox.take(limit=5, lease=MINUTE, order=ORDER)
        assert [letter.attempts for letter in again.letters] == [1, 0, 0]

    async def test_a_parked_letter_lets_those_behind_it_go_on(self, scene: StoreScene) -> None:
        await scene.stored(scene.a_payment(), REPORT, LOG)
        (bundle,) = await scene.outbox.take(limit=1, lease=MINUTE)
        await scene.outbox.close(
            bundle, delivered=[], failed=Undelivered(bundle.letters[0], until=None, reason="order-bad-request")
        )
        (rest,) = await scene.outbox.take(limit=1, lease=MINUTE)
        assert kinds(rest) == [LOG.kind]

    async def test_only_the_order_asked_for_is_taken(self, scene: StoreScene) -> None:
        await scene.stored(scene.a_payment(), REPORT)
        await scene.stored(scene.a_payment(OTHER_ORDER.payment("p-2"), provider_order_id=5), REPORT)
        (bundle,) = await scene.outbox.take(limit=5, lease=MINUTE, order=OTHER_ORDER)
        assert bundle.order == OTHER_ORDER

    async def test_a_backlog_of_one_tenant_does_not_hold_up_another(self, scene: StoreScene) -> None:
        for number in range(8):
            key = OrderKey("loud", "se", f"order-{number}").payment("p")
            await scene.stored(scene.a_payment(key, provider_order_id=number), REPORT)
        scene.clock.advance(1)
        await scene.stored(scene.a_payment(), REPORT)
        taken = await scene.outbox.take(limit=2, lease=MINUTE)
        assert {bundle.order.merchant for bundle in taken} == {"loud", "demo"}

    async def test_an_order_is_owed_something_from_the_first_letter_until_the_last_is_delivered_or_put_off(
        self, scene: StoreScene
    ) -> None:
        assert not await scene.outbox.owed(ORDER)
        await scene.stored(scene.a_payment(), REPORT, LOG)
        assert await scene.outbox.owed(ORDER), "waits to be taken"
        (bundle,) = await scene.outbox.take(limit=1, lease=MINUTE)
        assert await scene.outbox.owed(ORDER), "is being told"
        first, second = bundle.letters
        await scene.outbox.close(bundle, delivered=[first])
        assert await scene.outbox.owed(ORDER), "the second is left"
        (bundle,) = await scene.outbox.take(limit=1, lease=MINUTE)
        until = scene.clock.now() + MINUTE
        await scene.outbox.close(bundle, delivered=[], failed=Undelivered(second, until, "later"))
        assert not await scene.outbox.owed(ORDER), "put off"

    async def test_merchants_with_enough_in_hand_are_passed_over(self, scene: StoreScene) -> None:
        await scene.stored(scene.a_payment(), REPORT)
        await scene.stored(scene.a_payment(OrderKey("quiet", "se", "o").payment("p"), provider_order_id=5), REPORT)
        taken = await scene.outbox.take(limit=4, lease=MINUTE, besides={"demo"})
        assert [bundle.order.merchant for bundle in taken] == ["quiet"]

    async def test_messages_need_the_payment_they_are_about(self, scene: StoreScene) -> None:
        with pytest.raises(ValueError, match="payment"):
            await scene.payments.commit(Work(ORDER, messages=(REPORT,)))
