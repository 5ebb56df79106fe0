"""What every memory of reconciliations promises."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from application.ports.reconciliations import Reconciliations
from domain.discrepancy import Discrepancy, DiscrepancyKind, Side, Verdict
from domain.identifiers import OrderKey
from domain.money import Money
from domain.reconciliation import Flow, ReconciliationRun, RunCounts, RunKind
from tests.fakes.clock import SOME_TIME

HOUR = timedelta(hours=1)
AMOUNT, CAPTURED = DiscrepancyKind.AMOUNT_DIFFERS, DiscrepancyKind.CAPTURED_NOT_IN_NORCE


def a_run(*, at: datetime = SOME_TIME, kind: RunKind = RunKind.PAYMENTS) -> ReconciliationRun:
    return ReconciliationRun(id=uuid4(), kind=kind, who="night", started_at=at, applied=True, scope={"merchant": "m"})


def a_finding(
    order_id: str = "o1",
    kind: DiscrepancyKind = AMOUNT,
    *,
    merchant: str = "m",
    subject: str = "",
    verdict: Verdict = Verdict.LEFT,
    since: datetime | None = SOME_TIME,
) -> Discrepancy:
    return Discrepancy(
        kind=kind,
        order=OrderKey(merchant, "c", order_id),
        payment_id="p1",
        subject=subject,
        norce=Side(state="reserved", amount=100, currency="SEK", reference="17"),
        provider=Side(state="captured", amount=100, currency="SEK", reference="17", captured=100, refunded=0),
        ours=None,
        at_risk=Money(100, "SEK"),
        since=since,
        verdict=verdict,
        remedy="refresh",
        detail="half of it",
    )


async def all_of(reconciliations: Reconciliations, run_id: UUID) -> list[Discrepancy]:
    return [one async for one in reconciliations.findings(run_id)]


class ReconciliationsContract:
    """A fixture `reconciliations` gives an empty one."""

    async def test_a_run_is_remembered_as_it_was_begun(self, reconciliations: Reconciliations) -> None:
        run = a_run()
        assert await reconciliations.begin(run) == run
        assert await reconciliations.run(run.id) == run
        assert await reconciliations.run(uuid4()) is None

    async def test_counts_and_end_are_saved(self, reconciliations: Reconciliations) -> None:
        run = await reconciliations.begin(a_run())
        counts = RunCounts(done=3, compared=2, failed=1)
        counts.count(a_finding())
        counts.requests["qliro"] = 7
        counts.flows.update({(Flow.CAPTURED, "SEK"): 12_000, (Flow.FEES, "SEK"): -340, (Flow.PAID_OUT, "NOK"): 0})
        ended = replace(run, counts=counts, ended_at=SOME_TIME + HOUR)
        await reconciliations.save(ended)
        assert await reconciliations.run(run.id) == ended

    async def test_the_newest_runs_come_first(self, reconciliations: Reconciliations) -> None:
        old, new = a_run(), a_run(at=SOME_TIME + HOUR)
        for run in (new, old):
            await reconciliations.begin(run)
        assert await reconciliations.latest(limit=5) == (new, old)
        assert await reconciliations.latest(limit=1) == (new,)

    async def test_who_wants_the_same_work_shares_the_run(self, reconciliations: Reconciliations) -> None:
        first, second = a_run(), a_run()
        await reconciliations.begin(first, sharing="nightly")
        assert (await reconciliations.begin(second, sharing="nightly")).id == first.id
        assert (await reconciliations.begin(a_run(), sharing="another")).id != first.id
        assert await reconciliations.run(second.id) is None

    async def test_a_run_that_has_ended_is_shared_no_more(self, reconciliations: Reconciliations) -> None:
        first, second = a_run(), a_run()
        await reconciliations.begin(first, sharing="nightly")
        await reconciliations.save(replace(first, ended_at=SOME_TIME))
        assert (await reconciliations.begin(second, sharing="nightly")).id == second.id

    async def test_a_run_that_began_too_long_ago_is_given_up(self, reconciliations: Reconciliations) -> None:
        first, second = a_run(), a_run(at=SOME_TIME + 12 * HOUR)
        await reconciliations.begin(first, sharing="nightly")
        begun = await reconciliations.begin(second, sharing="nightly", since=SOME_TIME + HOUR)
        assert begun.id == second.id
        given_up = await reconciliations.run(first.id)
        assert given_up is not None
        assert given_up.ended_at is None

    async def test_findings_come_back_as_they_were_in_key_order(self, reconciliations: Reconciliations) -> None:
        run = await reconciliations.begin(a_run())
        bare = Discrepancy(kind=DiscrepancyKind.CHARGEBACK, order=OrderKey("m", "c", ""), subject="17")
        found = [a_finding("o2"), a_finding("o1", CAPTURED), a_finding("o1", AMOUNT), bare]
        await reconciliations.record(run.id, found)
        assert await all_of(reconciliations, run.id) == [bare, found[2], found[1], found[0]]

    async def test_recording_again_changes_nothing_and_what_was_mended_stays_mended(
        self, reconciliations: Reconciliations
    ) -> None:
        run = await reconciliations.begin(a_run())
        mended = a_finding(verdict=Verdict.MENDED)
        for one in (a_finding(), mended, mended, a_finding()):
            await reconciliations.record(run.id, [one])
        assert await all_of(reconciliations, run.id) == [mended]
        assert not (await reconciliations.open()).counts

    async def test_what_was_begun_is_told_until_its_end_is(self, reconciliations: Reconciliations) -> None:
        run = await reconciliations.begin(a_run())
        begun = [a_finding(f"o{number}", verdict=Verdict.WOULD_MEND) for number in (2, 1)]
        await reconciliations.record(run.id, [*begun, a_finding("o3"), a_finding("o4", verdict=Verdict.MENDED)])
        assert [one async for one in reconciliations.begun(run.id)] == [begun[1], begun[0]]
        for order, verdict in (("o1", Verdict.MENDED), ("o2", Verdict.LEFT)):
            await reconciliations.record(run.id, [a_finding(order, verdict=verdict)])
        assert [one async for one in reconciliations.begun(run.id)] == []
        dry = await reconciliations.begin(replace(a_run(), applied=False))
        await reconciliations.record(dry.id, begun)
        assert [one async for one in reconciliations.begun(dry.id)] == []

    async def test_what_is_not_mended_is_open_until_a_later_look_finds_it_gone(
        self, reconciliations: Reconciliations
    ) -> None:
        first, second = await reconciliations.begin(a_run()), await reconciliations.begin(a_run())
        found = a_finding()
        await reconciliations.record(first.id, [found, a_finding("o2", CAPTURED)])
        opened = await reconciliations.open()
        assert (dict(opened.counts), opened.oldest) == ({AMOUNT: 1, CAPTURED: 1}, SOME_TIME)
        await reconciliations.record(second.id, [], checked=[found.order.payment("p1")])
        assert dict((await reconciliations.open()).counts) == {CAPTURED: 1}
        assert len(await all_of(reconciliations, first.id)) == 2

    async def test_when_a_run_last_got_to_its_end_is_known_for_each_kind(
        self, reconciliations: Reconciliations
    ) -> None:
        for hours, kind in ((1, RunKind.PAYMENTS), (2, RunKind.PAYMENTS), (1, RunKind.SETTLEMENTS)):
            run = await reconciliations.begin(a_run(kind=kind))
            await reconciliations.save(replace(run, ended_at=SOME_TIME + hours * HOUR))
        await reconciliations.begin(a_run(at=SOME_TIME + 9 * HOUR))
        expected = {RunKind.PAYMENTS: SOME_TIME + 2 * HOUR, RunKind.SETTLEMENTS: SOME_TIME + HOUR}
        assert dict((await reconciliations.open()).last_ended) == expected

    async def test_what_is_old_is_cleared_away_and_what_is_open_stays(self, reconciliations: Reconciliations) -> None:
        empty, mixed, young = a_run(), a_run(at=SOME_TIME + HOUR), a_run(at=SOME_TIME + 9 * HOUR)
        mended = [a_finding(f"o{number}", verdict=Verdict.MENDED) for number in range(3)]
        for run, found in ((empty, []), (mixed, [*mended, a_finding("o9")]), (young, mended)):
            await reconciliations.begin(run)
            await reconciliations.record(run.id, found)
        gone = 0
        while some := await reconciliations.clear_away(before=SOME_TIME + 5 * HOUR, limit=2):
            assert some <= 2
            gone += some
        assert gone == 4
        assert await reconciliations.run(empty.id) is None
        assert [one.order.order_id for one in await all_of(reconciliations, mixed.id)] == ["o9"]
        assert len(await all_of(reconciliations, young.id)) == 3

    async def test_what_is_found_again_is_open_once(self, reconciliations: Reconciliations) -> None:
        first, second = await reconciliations.begin(a_run()), await reconciliations.begin(a_run())
        found = a_finding()
        await reconciliations.record(first.id, [found])
        await reconciliations.record(second.id, [found], checked=[found.order.payment("p1")])
        await reconciliations.record(second.id, [found])
        assert dict((await reconciliations.open()).counts) == {AMOUNT: 1}

    async def test_a_look_at_payments_closes_nothing_about_settlements(self, reconciliations: Reconciliations) -> None:
        first, second = await reconciliations.begin(a_run()), await reconciliations.begin(a_run())
        chargeback = a_finding(kind=DiscrepancyKind.CHARGEBACK)
        await reconciliations.record(first.id, [chargeback])
        await reconciliations.record(second.id, [], checked=[chargeback.order.payment("p1")])
        assert dict((await reconciliations.open()).counts) == {DiscrepancyKind.CHARGEBACK: 1}

    async def test_a_stretch_of_time_is_closed_for_one_tenant_and_some_kinds(
        self, reconciliations: Reconciliations
    ) -> None:
        first, second = await reconciliations.begin(a_run()), await reconciliations.begin(a_run())
        kind = DiscrepancyKind.CHARGEBACK
        over = a_finding("o1", kind, subject="1")
        others = [
            a_finding("o1", kind, subject="2", since=SOME_TIME + HOUR),
            a_finding("o1", kind, subject="3", merchant="another"),
            a_finding("o1", AMOUNT),
        ]
        await reconciliations.record(first.id, [over, *others])
        await reconciliations.close(second.id, over.order.tenant, [kind], since=SOME_TIME, until=SOME_TIME + HOUR)
        assert dict((await reconciliations.open()).counts) == {kind: 2, AMOUNT: 1}
        await reconciliations.close(first.id, over.order.tenant, [AMOUNT], since=SOME_TIME, until=SOME_TIME + HOUR)
        assert dict((await reconciliations.open()).counts) == {kind: 2, AMOUNT: 1}
