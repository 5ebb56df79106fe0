"""What every post office must do: run against memory and against PostgreSQL."""

from datetime import timedelta
from uuid import uuid4

from application.ports.inbox import StoredNotice
from application.ports.outbox import Bundle, Letter, Undelivered
from application.ports.post_office import Choice, Direction, OpenMessage, PostOffice, Standing
from domain.identifiers import OrderKey
from domain.lifecycle import PaymentStatus
from tests.contracts.persistence import ADVANCE, LOG, MINUTE, ORDER, OTHER_ORDER, REPORT, StoreScene, a_notice, kinds

EVERYTHING = frozenset(Standing)


async def taken_notice(scene: StoreScene) -> StoredNotice:
    (taken,) = await scene.inbox.take(limit=1, lease=MINUTE)
    return taken


async def taken_bundle(scene: StoreScene, order: OrderKey = ORDER) -> Bundle:
    (bundle,) = await scene.outbox.take(limit=1, lease=MINUTE, order=order)
    return bundle


async def parked(scene: StoreScene, order: OrderKey = ORDER) -> Letter:
    """The oldest letter of the order, given up."""
    bundle = await taken_bundle(scene, order)
    await scene.outbox.close(
        bundle, delivered=[], failed=Undelivered(bundle.letters[0], until=None, reason="order-bad-request: refused")
    )
    return bundle.letters[0]


class PostOfficeContract:
    """Subclasses offer the fixtures `scene` and `office`, over the same store."""

    async def _seen(self, office: PostOffice, **choice: str) -> list[OpenMessage]:
        return list(await office.look(Choice(standings=EVERYTHING, **choice), limit=50))

    async def test_nothing_waits_in_an_empty_store(self, scene: StoreScene, office: PostOffice) -> None:
        assert await self._seen(office) == []
        backlog = await office.backlog()
        assert (backlog.inbox_waiting, backlog.outbox_waiting, backlog.payments_undecided) == (0, 0, 0)
        assert (backlog.inbox_parked, backlog.outbox_parked, backlog.oldest_undecided) == (0, 0, None)

    async def test_a_waiting_letter_is_shown_whole(self, scene: StoreScene, office: PostOffice) -> None:
        payment = await scene.stored(scene.a_payment(), LOG)
        (letter,) = (await taken_bundle(scene)).letters
        (seen,) = await self._seen(office)
        assert seen == OpenMessage(
            id=str(letter.id),
            direction=Direction.LETTER,
            kind=LOG.kind,
            key=payment.key,
            since=scene.clock.now(),
            attempts=0,
            next_try=scene.clock.now(),
            facts=LOG.payload,
        )
        assert await office.find(seen.id) == seen

    async def test_a_waiting_callback_is_shown_whole(self, scene: StoreScene, office: PostOffice) -> None:
        await scene.inbox.accept(a_notice())
        taken = await taken_notice(scene)
        (seen,) = await self._seen(office)
        assert (seen.id, seen.direction, seen.kind) == (str(taken.id), Direction.CALLBACK, a_notice().kind)
        assert (seen.key, seen.facts, seen.attempts) == (a_notice().key, a_notice().facts, 0)
        assert (seen.standing, seen.next_try) == (Standing.WAITING, scene.clock.now())
        assert await office.find(seen.id.upper()) == seen

    async def test_what_is_done_is_not_shown(self, scene: StoreScene, office: PostOffice) -> None:
        await scene.inbox.accept(a_notice())
        await scene.inbox.handled(await taken_notice(scene))
        await scene.stored(scene.a_payment(), REPORT)
        bundle = await taken_bundle(scene)
        await scene.outbox.close(bundle, delivered=bundle.letters[:1])
        assert await self._seen(office) == []
        assert await office.find(str(bundle.letters[0].id)) is None

    async def test_failing_and_parked_ones_tell_why(self, scene: StoreScene, office: PostOffice) -> None:
        await scene.stored(scene.a_payment(), REPORT, LOG)
        await parked(scene)
        bundle = await taken_bundle(scene)
        later = scene.clock.now() + MINUTE
        await scene.outbox.close(
            bundle, delivered=[], failed=Undelivered(bundle.letters[0], until=later, reason="order-error: down")
        )
        await scene.inbox.accept(a_notice())
        await scene.inbox.defer(await taken_notice(scene), until=later, reason="qliro-error: down")
        troubled = await office.look(Choice(), limit=9)
        told = {(m.kind, m.standing, m.attempts, m.next_try, m.last_error) for m in troubled}
        assert told == {
            (REPORT.kind, Standing.PARKED, 1, None, "order-bad-request: refused"),
            (LOG.kind, Standing.FAILING, 1, later, "order-error: down"),
            (a_notice().kind, Standing.FAILING, 1, later, "qliro-error: down"),
        }

    async def test_a_choice_narrows(self, scene: StoreScene, office: PostOffice) -> None:
        await scene.stored(scene.a_payment(), REPORT, LOG)
        other = OrderKey("other", "no", "order-9")
        await scene.stored(scene.a_payment(other.payment("p-9")), REPORT)
        await scene.inbox.accept(a_notice())
        assert len(await self._seen(office)) == 4
        assert [m.key.order for m in await self._seen(office, merchant="other")] == [other]
        assert [m.key.order for m in await self._seen(office, channel="no")] == [other]
        assert len(await self._seen(office, order_id=ORDER.order_id)) == 3
        assert len(await self._seen(office, kind="report-payment")) == 2
        assert len(await self._seen(office, kind="callback")) == 1
        assert await self._seen(office, merchant="demo", kind="letter", order_id="order-9") == []
        assert await office.look(Choice(), limit=9) == ()

    async def test_pages_go_from_the_oldest_on(self, scene: StoreScene, office: PostOffice) -> None:
        for number in range(5):
            await scene.inbox.accept(a_notice(f"n-{number}"))
            scene.clock.advance(1 if number % 2 else 0)
        whole = await self._seen(office)
        assert [m.since for m in whole] == sorted(m.since for m in whole)
        choice = Choice(standings=EVERYTHING)
        first = await office.look(choice, limit=2)
        second = await office.look(choice, limit=9, after=first[-1])
        assert [*first, *second] == whole

    async def test_a_letter_handed_back_takes_its_old_place(self, scene: StoreScene, office: PostOffice) -> None:
        payment = await scene.stored(scene.a_payment(), REPORT, LOG)
        letter = await parked(scene)
        await scene.stored(payment, ADVANCE)
        assert await office.hand_back([str(letter.id)]) == {str(letter.id)}
        bundle = await taken_bundle(scene)
        assert kinds(bundle) == [REPORT.kind, LOG.kind, ADVANCE.kind]
        assert [one.attempts for one in bundle.letters] == [1, 0, 0]
        await scene.outbox.close(bundle, delivered=bundle.letters)
        assert await self._seen(office) == []
        assert await scene.outbox.take(limit=9, lease=MINUTE) == ()

    async def test_the_last_letter_of_an_order_can_be_handed_back_once(
        self, scene: StoreScene, office: PostOffice
    ) -> None:
        await scene.stored(scene.a_payment(), REPORT)
        letter = await parked(scene)
        assert await scene.outbox.take(limit=9, lease=MINUTE) == ()
        await office.hand_back([str(letter.id), str(letter.id)])
        await office.hand_back([str(letter.id)])
        bundle = await taken_bundle(scene)
        await scene.outbox.close(bundle, delivered=bundle.letters[:1])
        assert await scene.outbox.take(limit=9, lease=MINUTE) == ()
        assert await office.hand_back([str(letter.id)]) == frozenset()

    async def test_what_cannot_be_an_id_names_no_message(self, scene: StoreScene, office: PostOffice) -> None:
        await scene.stored(scene.a_payment(), REPORT)
        letter = await parked(scene)
        odd = ["", "0", "-1", "9" * 19, "9" * 5_000, f"{letter.id}.0", "not-a-message"]
        assert await office.hand_back(odd) == frozenset()
        assert [seen.id for seen in await office.look(Choice(), limit=9)] == [str(letter.id)]

    async def test_a_letter_that_fails_again_is_parked_again(self, scene: StoreScene, office: PostOffice) -> None:
        await scene.stored(scene.a_payment(), REPORT, LOG)
        letter = await parked(scene)
        await office.hand_back([str(letter.id)])
        await parked(scene)
        (seen,) = await office.look(Choice(standings=frozenset({Standing.PARKED})), limit=9)
        assert (seen.id, seen.attempts) == (str(letter.id), 2)
        assert kinds(await taken_bundle(scene)) == [LOG.kind]

    async def test_a_deferred_order_can_be_made_due_at_once(self, scene: StoreScene, office: PostOffice) -> None:
        await scene.stored(scene.a_payment(), REPORT)
        bundle = await taken_bundle(scene)
        await scene.outbox.close(
            bundle,
            delivered=[],
            failed=Undelivered(bundle.letters[0], until=scene.clock.now() + timedelta(days=1), reason="down"),
        )
        assert await scene.outbox.take(limit=9, lease=MINUTE) == ()
        await office.hand_back([str(bundle.letters[0].id)])
        assert len((await taken_bundle(scene)).letters) == 1

    async def test_callbacks_are_handed_back(self, scene: StoreScene, office: PostOffice) -> None:
        for dedupe, until in (("n-1", None), ("n-2", scene.clock.now() + MINUTE)):
            await scene.inbox.accept(a_notice(dedupe))
            await scene.inbox.defer(await taken_notice(scene), until=until, reason="down")
        ids = [m.id for m in await office.look(Choice(), limit=9)]
        assert await office.hand_back(ids) == set(ids)
        assert {n.attempts for n in await scene.inbox.take(limit=9, lease=MINUTE)} == {1}

    async def test_unknown_and_malformed_ids_are_nobodys(self, scene: StoreScene, office: PostOffice) -> None:
        strange = ["4711", str(uuid4()), "", "9" * 40, "-1", "'; --", "²"]
        assert await office.hand_back(strange) == frozenset()
        assert [await office.find(one) for one in strange] == [None] * len(strange)

    async def test_handing_back_leaves_the_others_alone(self, scene: StoreScene, office: PostOffice) -> None:
        await scene.stored(scene.a_payment(), REPORT)
        await scene.stored(scene.a_payment(OTHER_ORDER.payment("p-2"), provider_order_id=5), REPORT)
        mine, other = await parked(scene), await parked(scene, OTHER_ORDER)
        await office.hand_back([str(mine.id)])
        (bundle,) = await scene.outbox.take(limit=9, lease=MINUTE)
        assert bundle.order == ORDER
        assert [m.id for m in await office.look(Choice(standings=frozenset({Standing.PARKED})), limit=9)] == [
            str(other.id)
        ]

    async def test_the_backlog_counts_what_waits_and_since_when(self, scene: StoreScene, office: PostOffice) -> None:
        first = scene.clock.now()
        await scene.stored(scene.a_payment(), REPORT, LOG)
        await parked(scene)
        await scene.inbox.accept(a_notice("n-1"))
        await scene.inbox.defer(await taken_notice(scene), until=None, reason="down")
        scene.clock.advance(5)
        for number in range(2):
            await scene.inbox.accept(a_notice(f"n-{number}-later"))
        held = scene.a_payment(OTHER_ORDER.payment("p-2"), provider_order_id=5)
        held.status = PaymentStatus.PENDING
        await scene.stored(held)
        backlog = await office.backlog()
        assert (backlog.inbox_waiting, backlog.inbox_parked) == (2, 1)
        assert (backlog.outbox_waiting, backlog.outbox_parked) == (1, 1)
        assert backlog.payments_undecided == 1
        assert (backlog.oldest_in_inbox, backlog.oldest_in_outbox) == (scene.clock.now(), first)
        assert backlog.oldest_undecided == scene.clock.now()

    async def test_what_is_done_and_old_is_cleared_away(self, scene: StoreScene, office: PostOffice) -> None:
        await scene.inbox.accept(a_notice("done"))
        await scene.inbox.handled(await taken_notice(scene))
        await scene.inbox.accept(a_notice("waiting"))
        payment = await scene.stored(scene.a_payment(), REPORT, LOG)
        await parked(scene)
        bundle = await taken_bundle(scene)
        await scene.outbox.close(bundle, delivered=bundle.letters)
        await scene.stored(payment, ADVANCE)
        waiting = [m.id for m in await office.look(Choice(standings=frozenset(Standing)), limit=9)]
        assert await office.clear_away(before=scene.clock.now(), limit=9) == 0, "nothing is old yet"
        scene.clock.advance(5)
        assert await office.clear_away(before=scene.clock.now(), limit=9) >= 1
        assert await office.clear_away(before=scene.clock.now(), limit=9) == 0
        assert [m.id for m in await office.look(Choice(standings=frozenset(Standing)), limit=9)] == waiting
        assert await scene.inbox.accept(a_notice("done")), "it is forgotten"
        assert not await scene.inbox.accept(a_notice("waiting"))
