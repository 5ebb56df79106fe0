"""What a commit promises that also takes the relay of its order."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.ports.outbox import Undelivered
from application.ports.payments import Work
from domain.errors import StalePayment
from domain.messages import Message
from domain.payment import Payment
from tests.contracts.persistence import BLINK, LOG, MINUTE, ORDER, REPORT, StoreScene, kinds


def relayed(payment: Payment, *messages: Message, lease: timedelta = MINUTE) -> Work:
    return Work(payment.key.order, payments=(payment,), messages=messages, relay=lease)


class RelayedCommitContract:
    """Whoever commits may tell Norce itself. Subclasses offer the fixture `scene`."""

    async def test_the_letters_of_a_commit_are_leased_to_whoever_wrote_them(self, scene: StoreScene) -> None:
        payment = scene.a_payment()
        bundle = await scene.payments.commit(relayed(payment, REPORT, LOG))
        assert bundle is not None
        assert bundle.order == ORDER
        assert [letter.message for letter in bundle.letters] == [REPORT, LOG]
        assert {(letter.key, letter.attempts) for letter in bundle.letters} == {(payment.key, 0)}
        assert {letter.created_at for letter in bundle.letters} == {scene.clock.now()}
        assert [letter.id for letter in bundle.letters] == sorted(letter.id for letter in bundle.letters)
        assert await scene.outbox.take(limit=5, lease=MINUTE) == ()
        assert await scene.outbox.owed(ORDER)

    async def test_they_are_closed_like_any_others(self, scene: StoreScene) -> None:
        bundle = await scene.payments.commit(relayed(scene.a_payment(), REPORT, LOG))
        assert bundle is not None
        await scene.outbox.close(bundle, delivered=bundle.letters[:1])
        (rest,) = await scene.outbox.take(limit=5, lease=MINUTE)
        assert rest.letters == bundle.letters[1:]
        await scene.outbox.close(rest, delivered=rest.letters)
        assert not await scene.outbox.owed(ORDER)

    async def test_a_later_commit_of_the_same_order_is_leased_as_well(self, scene: StoreScene) -> None:
        payment = await scene.stored(scene.a_payment(), REPORT)
        (earlier,) = await scene.outbox.take(limit=1, lease=MINUTE)
        await scene.outbox.close(earlier, delivered=earlier.letters)
        bundle = await scene.payments.commit(relayed(payment, LOG))
        assert bundle is not None
        assert kinds(bundle) == [LOG.kind]
        assert await scene.outbox.take(limit=5, lease=MINUTE) == ()

    async def test_letters_that_wait_already_go_first(self, scene: StoreScene) -> None:
        payment = await scene.stored(scene.a_payment(), REPORT)
        assert await scene.payments.commit(relayed(payment, LOG)) is None
        (bundle,) = await scene.outbox.take(limit=1, lease=MINUTE)
        assert kinds(bundle) == [REPORT.kind, LOG.kind]

    async def test_so_do_those_that_have_been_put_off(self, scene: StoreScene) -> None:
        payment = await scene.stored(scene.a_payment(), REPORT)
        (bundle,) = await scene.outbox.take(limit=1, lease=MINUTE)
        later = Undelivered(bundle.letters[0], scene.clock.now() + MINUTE, "later")
        await scene.outbox.close(bundle, delivered=[], failed=later)
        assert await scene.payments.commit(relayed(payment, LOG)) is None
        assert await scene.outbox.take(limit=1, lease=MINUTE) == ()

    async def test_another_relay_is_not_disturbed(self, scene: StoreScene) -> None:
        payment = await scene.stored(scene.a_payment(), REPORT)
        (bundle,) = await scene.outbox.take(limit=1, lease=MINUTE)
        assert await scene.payments.commit(relayed(payment, LOG)) is None
        await scene.outbox.close(bundle, delivered=bundle.letters)
        (rest,) = await scene.outbox.take(limit=1, lease=MINUTE)
        assert kinds(rest) == [LOG.kind]

    async def test_a_relay_that_closes_after_its_lease_does_not_end_the_next_ones(self, scene: StoreScene) -> None:
        payment = await scene.stored(scene.a_payment(), REPORT)
        (slow,) = await scene.outbox.take(limit=1, lease=BLINK)
        await scene.outlast(BLINK)
        (fast,) = await scene.outbox.take(limit=1, lease=MINUTE)
        await scene.outbox.close(slow, delivered=slow.letters)
        assert await scene.payments.commit(relayed(payment, LOG)) is None, "the next relay has not closed yet"
        await scene.outbox.close(fast, delivered=fast.letters)
        assert len(await scene.outbox.take(limit=1, lease=MINUTE)) == 1

    async def test_when_nothing_is_owed_there_is_nothing_to_take(self, scene: StoreScene) -> None:
        payment = scene.a_payment()
        bundle = await scene.payments.commit(relayed(payment))
        assert bundle is not None
        assert bundle.letters == ()
        assert not await scene.outbox.owed(ORDER)
        payment.stored()
        assert await scene.payments.commit(relayed(payment, LOG)) is not None, "and nobody holds the order"

    async def test_without_relay_the_letters_wait_for_whoever_comes(self, scene: StoreScene) -> None:
        work = Work(ORDER, payments=(scene.a_payment(),), messages=(REPORT,))
        assert await scene.payments.commit(work) is None
        assert len(await scene.outbox.take(limit=1, lease=MINUTE)) == 1

    async def test_the_letters_of_a_dead_relay_come_back_in_doubt(self, scene: StoreScene) -> None:
        bundle = await scene.payments.commit(relayed(scene.a_payment(), REPORT, lease=BLINK))
        assert bundle is not None
        await scene.outlast(BLINK)
        (taken,) = await scene.outbox.take(limit=1, lease=MINUTE)
        assert taken.letters == (replace(bundle.letters[0], attempts=1),), "it may have been told"

    async def test_a_refused_commit_leases_nothing(self, scene: StoreScene) -> None:
        payment = await scene.stored(scene.a_payment())
        stale = relayed(scene.a_payment(), REPORT)
        with pytest.raises(StalePayment):
            await scene.payments.commit(stale)
        assert not await scene.outbox.owed(ORDER)
        assert await scene.payments.commit(relayed(payment, LOG)) is not None
