"""What every sharing out of a reconciliation's work must do: everything once, whoever takes it, whatever dies."""

import asyncio
import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest

from application.ports.outbox import Outbox, Undelivered
from application.ports.payments import Payments, Work
from application.ports.reconciliation_work import LISTED, Part, ReconciliationWork, Rotation, Selection, Source
from application.ports.reconciliations import Reconciliations
from domain.errors import ClaimLost
from domain.identifiers import OrderKey, Tenant
from domain.lifecycle import PaymentStatus
from domain.messages import Message, MessageKind
from domain.money import Money
from domain.payment import Payment
from domain.reconciliation import ReconciliationRun, RunCounts
from tests.contracts.reconciliations import a_finding, a_run
from tests.fakes.clock import SOME_TIME

ONE, OTHER = Tenant("m", "se"), Tenant("m", "no")
LEASE = timedelta(minutes=1)
EVERYTHING = Selection()
TURNS: tuple[set[str], ...] = tuple(
    {name for name in ("old", "open", "parked") if int(hashlib.md5(name.encode()).hexdigest()[:7], 16) % 3 == turn}
    for turn in range(3)
)


@dataclass(frozen=True, slots=True)
class WorkScene:
    """An empty store, with real time."""

    payments: Payments
    outbox: Outbox
    reconciliations: Reconciliations
    reconciliation_work: ReconciliationWork


async def stored(store: WorkScene, tenant: Tenant, order: str, number: int, **members: object) -> Payment:
    key = OrderKey(tenant.merchant, tenant.channel, order).payment(f"p{number}")
    made = Payment.intend(key, Money(100, "SEK"), provider_order_id=number, merchant_reference=order, at=SOME_TIME)
    for name, value in members.items():
        setattr(made, name, value)
    await store.payments.commit(Work(key.order, payments=(made,)))
    made.stored()
    return made


async def begun(store: WorkScene, *work: tuple[Tenant, Source]) -> ReconciliationRun:
    run = await store.reconciliations.begin(a_run())
    await store.reconciliation_work.plan(run.id, work)
    return run


async def taken(work: ReconciliationWork, run: UUID, size: int = 3) -> list[Part]:
    """Every part there is."""
    parts = []
    while (part := await work.take(run, lease=LEASE, size=size)) is not None:
        parts.append(part)
    return parts


class ReconciliationWorkContract:
    """A fixture `scene` gives an empty scene."""

    async def test_every_order_is_in_one_part_and_none_is_cut_in_two(self, scene: WorkScene) -> None:
        work = scene.reconciliation_work
        for number in range(10):
            await stored(scene, ONE, f"o{number}", number)
        for number in (100, 101):
            await stored(scene, ONE, "o2", number, status=PaymentStatus.REMOVED)
        await stored(scene, OTHER, "o1", 200)
        run = await begun(scene, (ONE, Source.STORED), (OTHER, Source.STORED))
        parts = await taken(work, run.id)
        orders = [order for part in parts for order in await work.orders(part, EVERYTHING)]
        assert sorted(order.key.order_id for order in orders if order.key.tenant == ONE) == [f"o{n}" for n in range(10)]
        assert [order.key.order_id for order in orders if order.key.tenant == OTHER] == ["o1"]
        assert {len(order.payments) for order in orders if order.key.order_id == "o2"} == {3}
        assert await work.unfinished(run.id)
        for part in parts:
            await work.finish(part, RunCounts(done=1, compared=1))
        assert not await work.unfinished(run.id)
        ended = await scene.reconciliations.run(run.id)
        assert ended is not None
        assert ended.counts.done == len(parts)

    async def test_takers_at_once_never_get_the_same(self, scene: WorkScene) -> None:
        work = scene.reconciliation_work
        for number in range(30):
            await stored(scene, ONE, f"o{number:02}", number)
        run = await begun(scene, (ONE, Source.STORED))

        async def runner() -> list[Part]:
            mine = []
            while await work.unfinished(run.id):
                part = await work.take(run.id, lease=LEASE, size=4)
                if part is not None:
                    mine.append(part)
                    await work.finish(part, RunCounts(done=len(await work.orders(part, EVERYTHING))))
            return mine

        shares = await asyncio.gather(*(runner() for _ in range(5)))
        afters = [part.after for share in shares for part in share]
        assert len(afters) == len(set(afters))
        ended = await scene.reconciliations.run(run.id)
        assert ended is not None
        assert ended.counts.done == 30

    async def test_what_a_dead_runner_had_in_hand_goes_to_another_and_the_dead_one_cannot_finish_it(
        self, scene: WorkScene
    ) -> None:
        work = scene.reconciliation_work
        await stored(scene, ONE, "o1", 1)
        run = await begun(scene, (ONE, Source.STORED))
        dead = await work.take(run.id, lease=timedelta(milliseconds=50), size=3)
        assert dead is not None
        assert await work.take(run.id, lease=LEASE, size=3) is None
        await asyncio.sleep(0.1)
        heir = await work.take(run.id, lease=LEASE, size=3)
        assert heir is not None
        assert heir == replace(dead, token=heir.token)
        with pytest.raises(ClaimLost):
            await work.renew(dead, lease=LEASE)
        with pytest.raises(ClaimLost):
            await work.finish(dead, RunCounts(done=5))
        await work.renew(heir, lease=LEASE)
        await work.finish(heir, RunCounts(done=1))
        ended = await scene.reconciliations.run(run.id)
        assert ended is not None
        assert ended.counts.done == 1

    async def test_pages_of_norce_are_given_out_one_after_the_other_until_there_are_no_more(
        self, scene: WorkScene
    ) -> None:
        work = scene.reconciliation_work
        run = await begun(scene, (ONE, Source.NORCE))
        for number in range(3):
            part = await work.take(run.id, lease=LEASE, size=3)
            assert part is not None
            assert (int(part.after or 0), int(part.upto)) == (number * LISTED, (number + 1) * LISTED)
            assert await work.take(run.id, lease=LEASE, size=3) is None
            await work.finish(part, RunCounts(), exhausted=number == 2)
        assert not await work.unfinished(run.id)

    async def test_a_selection_means_what_it_says(self, scene: WorkScene) -> None:
        work, old = scene.reconciliation_work, SOME_TIME - timedelta(days=9)
        await stored(scene, ONE, "fresh", 1, status=PaymentStatus.CAPTURED)
        await stored(scene, ONE, "old", 2, status=PaymentStatus.CAPTURED, updated_at=old)
        await stored(scene, ONE, "open", 3, updated_at=old)
        parked = await stored(scene, ONE, "parked", 4, status=PaymentStatus.CAPTURED, updated_at=old)
        letter = Message(MessageKind.REPORT_PAYMENT)
        await scene.payments.commit(Work(parked.key.order, payments=(parked,), messages=(letter,)))
        (bundle,) = await scene.outbox.take(limit=1, lease=LEASE, order=parked.key.order)
        await scene.outbox.close(bundle, delivered=[], failed=Undelivered(bundle.letters[0], None, "refused"))
        whole = Part(UUID(int=1), ONE, Source.STORED, "", "z", UUID(int=2))
        recent = SOME_TIME - timedelta(days=2)

        async def meant(selection: Selection) -> set[str]:
            found = {order.key.order_id for order in await work.orders(whole, selection)}
            many, end = await work.count(ONE, selection, after="", limit=100)
            assert (many, end) == (len(found), "")
            return found

        assert await meant(Selection(since=recent)) == {"fresh", "open", "parked"}
        assert await meant(Selection(since=recent, undecided=False)) == {"fresh"}
        assert await meant(Selection(until=recent, undecided=False)) == {"old", "open", "parked"}
        assert await meant(Selection(only_open=True)) == {"open", "parked"}
        assert await meant(Selection(statuses=frozenset({PaymentStatus.INTENT}))) == {"open"}
        assert await meant(Selection(order_id="old")) == {"old"}
        for year, others in ((old, {"old", "parked", "open"}), (recent, set[str]())):
            turns = [Rotation(every=3, turn=turn, since=year) for turn in range(3)]
            found = [await meant(Selection(since=SOME_TIME, undecided=False, rotation=turn)) for turn in turns]
            assert [names - {"fresh"} for names in found] == [TURNS[turn] & others for turn in range(3)]
        (order,) = await work.orders(whole, Selection(order_id="parked"))
        assert [(m.kind, m.parked, m.last_error) for m in order.undelivered["p4"]] == [
            ("report-payment", True, "refused")
        ]

    async def test_what_is_over_and_agrees_is_not_meant_again_before_it_changes(self, scene: WorkScene) -> None:
        work = scene.reconciliation_work
        payment = await stored(scene, ONE, "o1", 1)
        run = await begun(scene, (ONE, Source.STORED))
        (part,) = await taken(work, run.id)
        await work.finish(part, RunCounts(), verified=[payment])
        assert await work.orders(part, EVERYTHING) == ()
        assert len(await work.orders(part, Selection(order_id="o1"))) == 1
        payment.remove(at=SOME_TIME)
        await scene.payments.commit(Work(payment.key.order, payments=(payment,)))
        assert len(await work.orders(part, EVERYTHING)) == 1

    async def test_what_is_counted_at_the_end_is_what_was_found(self, scene: WorkScene) -> None:
        run = await begun(scene, (ONE, Source.STORED))
        await taken(scene.reconciliation_work, run.id)
        for _ in range(2):
            await scene.reconciliations.record(run.id, [a_finding("o1"), a_finding("o2")])
        for _ in range(2):
            await scene.reconciliation_work.conclude(run.id, at=SOME_TIME)
        ended = await scene.reconciliations.run(run.id)
        assert ended is not None
        assert (sum(ended.counts.found.values()), dict(ended.counts.at_risk), ended.ended_at) == (
            2,
            {"SEK": 200},
            SOME_TIME,
        )

    async def test_tenants_are_those_with_anything_stored(self, scene: WorkScene) -> None:
        for number, tenant in enumerate((ONE, OTHER, Tenant("n", "se"))):
            await stored(scene, tenant, "o1", number)
        work = scene.reconciliation_work
        assert set(await work.tenants()) == {ONE, OTHER, Tenant("n", "se")}
        assert set(await work.tenants(merchant="m")) == {ONE, OTHER}
        assert await work.tenants(channel="no") == (OTHER,)
