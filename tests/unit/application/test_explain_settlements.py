"""The act behind `reconcile settlements`, with Qliro's reports, our books and Norce's configurations played."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.settlement_spool import SqliteSpool
from adapters.system import SystemIds
from application.collect_settlements import CollectSettlements
from application.explain_settlements import ExplainSettlements, Question, SettlementReport
from application.ports.configurations import MerchantConfiguration, ProviderAccount, Secret
from application.ports.payments import Work
from application.ports.settlement_reports import PeriodNotSettled
from application.record_settlements import RecordSettlements
from application.settled_rows import SettledRows
from application.settlement_accounts import FindPayees
from domain.checkout import CheckoutStatus, LineType
from domain.discrepancy import Discrepancy, DiscrepancyKind
from domain.errors import ConfigurationNotFound, ProviderUnavailable
from domain.evidence import Evidence
from domain.identifiers import OrderKey, Tenant
from domain.ledger import (
    ActionKind,
    ItemAction,
    LedgerTotals,
    ProviderLedger,
    Transaction,
    TransactionKind,
    TransactionStatus,
)
from domain.money import Money
from domain.operation import OperationKind
from domain.outcomes import Accepted
from domain.payment import Payment
from domain.reconciliation import Flow, RunKind
from domain.settlement import EntryKind, EntryStatus, PayOut, Period, SettlementEntry
from domain.settlement_explanation import Category
from tests.fakes.clock import FrozenClock
from tests.fakes.memory import MemoryStore
from tests.fakes.memory_payment_books import MemoryPaymentBooks
from tests.fakes.memory_reconciliations import MemoryReconciliations
from tests.fakes.settlements import FakeSettlements
from tests.unit.domain.settlements import MONDAY, chargeback, entry, fee

SE, NO, ABROAD = Tenant("demo", "se"), Tenant("demo", "no"), Tenant("other", "de")
Kind = DiscrepancyKind


def vat_of(report: SettlementReport, category: Category) -> dict[int | None, tuple[int, int]]:
    """Gross and net by rate."""
    return {rate: (s.gross, s.net) for (_, what, rate), s in report.totals.vat.items() if what is category}


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


class Configurations:
    """Each tenant's account; those of `demo` share one."""

    def __init__(self) -> None:
        self.missing: set[Tenant] = set()

    async def read(self, tenant: Tenant) -> MerchantConfiguration:
        if tenant in self.missing:
            raise ConfigurationNotFound("There is no configuration.")
        account = ProviderAccount(tenant, "https://pago.qit.nu", tenant.merchant, Secret("s"))
        return MerchantConfiguration(account, True, "https://a", "https://c", "https://t")


class Books:
    """Qliro's books of an order: a capture of 80.00 at 25 % and 20.00 at 6 %."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.fails = False

    async def read_ledger(self, account: ProviderAccount, provider_order_id: int) -> ProviderLedger:
        self.asked.append(provider_order_id)
        if self.fails:
            raise ProviderUnavailable("Qliro does not answer.")
        capture = provider_order_id * 10
        done = Transaction(capture, None, TransactionKind.CAPTURE, TransactionStatus.SUCCESS, 10_000)
        rows = tuple(
            ItemAction(ActionKind.SHIP, capture, name, name, LineType.PRODUCT, 1, inc, ex)
            for name, inc, ex in (("A", 8_000, 6_400), ("B", 2_000, 1_887))
        )
        return ProviderLedger(provider_order_id, "r", "SEK", (done,), rows)


@dataclass
class World:
    clock: FrozenClock = field(default_factory=lambda: FrozenClock(datetime.combine(MONDAY, time(12), UTC)))
    spool: SqliteSpool = field(default_factory=lambda: SqliteSpool(":memory:"))
    books: Books = field(default_factory=Books)
    configurations: Configurations = field(default_factory=Configurations)
    lookups: bool = True

    def __post_init__(self) -> None:
        self.store = MemoryStore(self.clock)
        self.runs = MemoryReconciliations(self.clock)
        self.qliro = FakeSettlements(today=day(30))

    def afresh(self) -> None:
        """Another run."""
        self.spool.close()
        self.spool = SqliteSpool(":memory:")

    def account(self, tenant: Tenant = SE) -> ProviderAccount:
        return ProviderAccount(tenant, "https://pago.qit.nu", tenant.merchant, Secret("s"))

    async def captured(self, number: int, *, tenant: Tenant = SE, after: int = 0) -> None:
        """A payment of 100.00, captured under transaction `number` * 10 so many days after Monday."""
        at = datetime.combine(day(after), time(12), UTC)
        payment = Payment.intend(
            OrderKey(tenant.merchant, tenant.channel, f"order-{number}").payment("p-1"),
            Money(10_000, "SEK"), provider_order_id=number, merchant_reference="r", at=at,
        )  # fmt: skip
        payment.observe(Evidence(CheckoutStatus.COMPLETED, LedgerTotals(10_000), 1, "SEK"), at=at)
        operation = payment.request(OperationKind.CAPTURE, operation_id=uuid4(), request_id=uuid4(), at=at)
        payment.decide(operation.id, Accepted((number * 10,)), at=at)
        payment.observe(Evidence(CheckoutStatus.COMPLETED, LedgerTotals(10_000, 10_000), 2, "SEK"), at=at)
        await self.store.payments.commit(Work(payment.key.order, payments=(payment,)))

    def paid(self, number: int, *, on: int = 1, tenant: Tenant = SE, **changed: Any) -> SettlementEntry:
        told = {"order_id": number, "settled_on": day(on), "imported_on": day(on), "batch": f"B{on}", **changed}
        found = entry(told.pop("effect", 10_000), number * 10, **told)
        self.qliro.put(self.account(tenant), found)
        return found

    def explaining(self) -> ExplainSettlements:
        memory = MemoryPaymentBooks(self.store)
        return ExplainSettlements(
            FindPayees(memory, self.configurations),
            CollectSettlements(self.qliro),
            memory,
            SettledRows(self.books, ask=self.lookups),  # type: ignore[arg-type]
        )

    async def explain(self, first: int = 0, last: int = 29, *, term: int = 14, **options: Any) -> SettlementReport:
        question = Question(period=Period(day(first), day(last)), term_days=term, **options)
        return await self.explaining()(question, self.spool, today=self.clock.now())

    @property
    def found(self) -> list[Discrepancy]:
        return list(self.spool.discrepancies())


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.spool.close()


async def test_a_paid_capture_is_explained_with_the_vat_in_its_rows(world: World) -> None:
    await world.captured(7)
    world.paid(7)
    world.qliro.put(world.account(), fee(-295, 70, order_id=7, settled_on=day(1), batch="B1", vat_rate=0))
    report = await world.explain()
    assert report.clean
    (batch,) = report.totals.batches.values()
    assert (batch.paid, batch.unexplained, batch.sums.captured, batch.sums.fees) == (9_705, 0, 10_000, -295)
    rates = {rate: (s.gross, s.vat) for (_, what, rate), s in report.totals.vat.items() if what is Category.CAPTURE}
    assert rates == {2_500: (8_000, 1_600), 600: (2_000, 113)}
    assert world.books.asked == [7]
    assert report.counts.flows[Flow.PAID_OUT, "SEK"] == 9_705
    assert [line.explanation.payment.order_id for line in world.spool.lines() if line.explanation.payment] == [
        "order-7", "order-7",
    ]  # fmt: skip


@pytest.mark.parametrize("days", [(1, 1), (1, 2), (2, 1)], ids=["one pay-out", "two pay-outs", "the later one first"])
@pytest.mark.parametrize("parts", [(6_000, 4_000), (3_333, 3_333, 3_334), (1, 9_999)])
async def test_a_capture_that_is_paid_in_parts_has_its_vat_once(
    world: World, parts: tuple[int, ...], days: tuple[int, int]
) -> None:
    await world.captured(7)
    for place, part in enumerate(parts):
        world.paid(7, on=days[min(place, 1)], effect=part)
    report = await world.explain()
    assert report.clean
    assert vat_of(report, Category.CAPTURE) == {2_500: (8_000, 6_400), 600: (2_000, 1_887)}
    assert world.books.asked == [7]
    assert [sum(s.gross for s in line.shares) for line in world.spool.lines()] == [
        line.explanation.entry.effect for line in world.spool.lines()
    ]


async def test_a_chargeback_in_parts_takes_the_vat_back_once_and_a_part_alone_has_no_rate(world: World) -> None:
    await world.captured(7)
    world.paid(7)
    back = {"order_id": 7, "settled_on": day(3), "batch": "B3"}
    world.qliro.put(world.account(), chargeback(-3_333, 70, **back))
    only = await world.explain()
    assert vat_of(only, Category.CHARGEBACK) == {None: (-3_333, -3_333)}
    world.qliro.put(world.account(), chargeback(-6_667, 70, **back))
    world.afresh()
    both = await world.explain()
    assert vat_of(both, Category.CHARGEBACK) == {2_500: (-8_000, -6_400), 600: (-2_000, -1_887)}
    assert vat_of(both, Category.CAPTURE) == {2_500: (8_000, 6_400), 600: (2_000, 1_887)}


async def test_qliro_is_asked_for_rows_once_an_order_and_only_when_nothing_else_tells(world: World) -> None:
    for number in (7, 8, 9):
        await world.captured(number)
    world.paid(7)
    world.paid(7, on=2)
    world.paid(8, vat_rate=2_500)
    world.paid(99)
    await world.explain()
    assert world.books.asked == [7]


async def test_without_rows_the_rate_is_unknown_and_the_money_explained(world: World) -> None:
    world.books.fails = True
    await world.captured(7)
    world.paid(7)
    report = await world.explain()
    assert report.clean
    assert {rate for _, _, rate in report.totals.vat} == {None}
    world.books.asked.clear()
    world.lookups = False
    world.afresh()
    assert (await world.explain()).clean
    assert world.books.asked == []


async def test_a_batch_at_the_edge_is_read_whole(world: World) -> None:
    await world.captured(7)
    await world.captured(8)
    world.paid(7, on=5, batch="EDGE")
    early = world.paid(8, on=1, batch="EDGE")
    pay_out = PayOut(number=4, batch="EDGE", day=day(5), currency="SEK", total=20_000, fees=0)
    world.qliro.announced["EDGE"] = pay_out
    report = await world.explain(3, 9)
    assert "entries of a batch" in world.qliro.asked
    (batch,) = report.totals.batches.values()
    assert (batch.paid, batch.unexplained, batch.sums.entries) == (20_000, 0, 2)
    assert early.settled_on < day(3)
    assert report.clean


async def test_a_whole_batch_is_asked_for_no_second_time(world: World) -> None:
    await world.captured(7)
    world.paid(7)
    await world.explain()
    assert world.qliro.asked == ["pay-outs", "entries"]


async def test_lines_of_other_days_batches_are_left_to_their_own_run_but_count_as_paid(world: World) -> None:
    await world.captured(7)
    await world.captured(8)
    world.paid(7, on=20, batch="HERE")
    world.paid(8, on=20, batch="LATER")
    world.qliro.announced["LATER"] = PayOut(number=9, batch="LATER", day=day(28), currency="SEK", total=10_000, fees=0)
    report = await world.explain(0, 25)
    assert [key.batch for key in report.totals.batches] == ["HERE"]
    assert dict(report.other_days) == {"SEK": 10_000}
    assert report.counts.flows[Flow.CAPTURED, "SEK"] == 10_000
    assert report.clean


async def test_where_no_batches_are_listed_lines_make_their_own(world: World) -> None:
    await world.captured(7)
    world.paid(7, batch="")
    report = await world.explain()
    ((key, batch),) = report.totals.batches.items()
    assert (key.batch, key.day, batch.paid, batch.announced) == ("", day(1), 10_000, None)
    assert report.clean


async def test_fees_that_are_told_the_other_way_round_are_turned(world: World) -> None:
    await world.captured(7)
    world.paid(7)
    world.qliro.put(world.account(), fee(295, 70, order_id=7, settled_on=day(1), batch="B1"))
    world.qliro.announced["B1"] = PayOut(number=1, batch="B1", day=day(1), currency="SEK", total=9_705, fees=295)
    report = await world.explain()
    (batch,) = report.totals.batches.values()
    assert (batch.paid, batch.sums.fees, batch.unexplained) == (9_705, -295, 0)
    assert report.clean


async def test_a_batch_that_does_not_add_up_is_named_with_its_difference(world: World) -> None:
    await world.captured(7)
    world.paid(7)
    world.qliro.announced["B1"] = PayOut(number=1, batch="B1", day=day(1), currency="SEK", total=9_999, fees=3)
    report = await world.explain()
    assert [d.kind for d in world.found] == [Kind.SETTLED_AMOUNT_DIFFERS, Kind.SETTLED_FEE_DIFFERS]
    assert {d.subject for d in world.found} == {"batch B1"}
    (sums,) = report.totals.currencies().values()
    assert (sums.paid, sums.explained, sums.unexplained) == (9_999, 10_000, -1)


async def test_captures_are_overdue_after_their_term_and_only_then(world: World) -> None:
    for number, after in ((1, 0), (2, 15), (3, 16), (4, -1)):
        await world.captured(number, after=after)
    world.qliro.put(world.account(), entry(10_000, 20, status=EntryStatus.PENDING, order_id=None, batch=""))
    report = await world.explain()
    assert {(d.order.order_id, d.provider.state if d.provider else "") for d in world.found} == {
        ("order-1", "not settled"), ("order-2", "settlement pending"),
    }  # fmt: skip
    assert report.counts.flows[Flow.PENDING, "SEK"] == 10_000
    assert {d.kind for d in world.found} == {Kind.CAPTURE_WITHOUT_SETTLEMENT}


async def test_rejected_captures_are_told_at_once_known_or_not(world: World) -> None:
    await world.captured(1, after=25)
    for transaction in (10, 777):
        rejected = entry(10_000, transaction, status=EntryStatus.REJECTED, order_id=None, batch="")
        world.qliro.put(world.account(), rejected)
    refused_refund = entry(-500, 778, status=EntryStatus.REJECTED, order_id=None, batch="")
    world.qliro.put(world.account(), refused_refund)
    await world.explain()
    assert sorted((d.order.order_id, d.subject) for d in world.found) == [
        ("", "transaction 777"), ("order-1", "transaction 10"),
    ]  # fmt: skip


async def test_other_channels_of_the_account_explain_their_money_and_are_not_judged(world: World) -> None:
    await world.captured(7)
    await world.captured(8, tenant=NO)
    await world.captured(9, tenant=NO)
    world.paid(7)
    world.paid(8)
    world.qliro.put(world.account(), chargeback(-500, 80, order_id=8, settled_on=day(1), batch="B1"))
    report = await world.explain(channel="se")
    (batch,) = report.totals.batches.values()
    assert (batch.sums.captured, batch.sums.elsewhere, batch.paid) == (10_000, 9_500, 19_500)
    assert report.counts.flows[Flow.PAID_OUT, "SEK"] == 10_000
    assert report.clean
    world.afresh()
    await world.explain(merchant="demo", channel="no")
    assert {(d.kind, d.order.order_id) for d in world.found} == {
        (Kind.CHARGEBACK, "order-8"), (Kind.CAPTURE_WITHOUT_SETTLEMENT, "order-9"),
    }  # fmt: skip


async def test_accounts_are_asked_once_however_many_channels_share_them(world: World) -> None:
    await world.captured(7)
    await world.captured(8, tenant=NO)
    await world.captured(9, tenant=ABROAD)
    world.paid(7)
    world.paid(9, tenant=ABROAD)
    report = await world.explain(term=60)
    assert world.qliro.asked == ["pay-outs", "entries"] * 2
    assert [(p.name, p.tenants) for p in report.payees] == [("demo", (NO, SE)), ("other", (ABROAD,))]
    assert report.clean
    only = await world.explain(merchant="other", term=60)
    assert [p.name for p in only.payees] == ["other"]


async def test_who_cannot_be_asked_is_told_and_the_others_are_explained(world: World) -> None:
    await world.captured(7)
    await world.captured(9, tenant=ABROAD)
    world.paid(7)
    world.configurations.missing.add(ABROAD)
    report = await world.explain()
    assert report.failed == [("other/de", "There is no configuration.")]
    assert not report.clean
    assert report.counts.failed == 1
    assert report.counts.flows[Flow.CAPTURED, "SEK"] == 10_000
    assert (await world.explain(merchant="demo")).failed == []


async def test_one_currency_leaves_the_others_captures_alone(world: World) -> None:
    await world.captured(7)
    report = await world.explain(currency="NOK")
    assert report.clean
    assert report.totals.batches == {}


async def test_days_that_are_not_settled_are_refused_by_qliro_or_by_the_calendar(world: World) -> None:
    with pytest.raises(PeriodNotSettled):
        await world.explain(-5, 0)
    assert (await world.explain(-5, -1)).clean
    await world.captured(7)
    assert (await world.explain(0, 29)).counts.done == 0
    with pytest.raises(PeriodNotSettled):
        await world.explain(0, 30)


async def test_many_orders_and_entries_without_one(world: World) -> None:
    for number in range(1, 451):
        await world.captured(number)
        world.paid(number, vat_rate=2_500)
    monthly = [fee(-100 - i, None, order_id=None, settled_on=day(1), batch="B1") for i in range(450)]
    world.qliro.put(world.account(), *monthly)
    report = await world.explain()
    (batch,) = report.totals.batches.values()
    assert batch.sums.entries == report.counts.done == 900
    assert batch.paid == 450 * 10_000 + sum(line.effect for line in monthly)
    assert len(list(world.spool.lines())) == 900
    assert report.clean


async def test_a_run_is_recorded_and_closes_what_is_over(world: World) -> None:
    await world.captured(7)
    record = RecordSettlements(world.explaining(), world.runs, world.clock, SystemIds())
    question = Question(period=Period(day(0), day(29)), term_days=14)
    report = await record(question, world.spool, who="anna@host")
    run = await world.runs.run(UUID(report.run))
    assert run is not None
    assert (run.kind, run.who, run.scope["term"]) == (RunKind.SETTLEMENTS, "anna@host", "14 d")
    assert run.ended_at is not None
    assert not run.clean
    assert not report.clean
    assert dict((await world.runs.open()).counts) == {Kind.CAPTURE_WITHOUT_SETTLEMENT: 1}
    world.paid(7)
    for currency, still in (("SEK", 1), ("", 0)):
        world.afresh()
        await record(replace(question, currency=currency), world.spool, who="anna@host")
        assert sum((await world.runs.open()).counts.values()) == still


async def test_something_new_of_qliros_is_named(world: World) -> None:
    await world.captured(7)
    world.paid(7)
    world.qliro.put(
        world.account(), entry(-50, None, kind=EntryKind.UNKNOWN, order_id=None, batch="B1", settled_on=day(1))
    )
    report = await world.explain()
    assert [d.kind for d in world.found] == [Kind.SETTLEMENT_WITHOUT_CAPTURE]
    (batch,) = report.totals.batches.values()
    assert (batch.unexplained, batch.paid) == (-50, 9_950)


async def test_a_merchant_with_two_accounts_is_asked_at_both_and_never_mixes_them(world: World) -> None:
    class Apart(Configurations):
        async def read(self, tenant: Tenant) -> MerchantConfiguration:
            found = await super().read(tenant)
            return replace(found, account=replace(found.account, api_key=f"key-{tenant.channel}"))

    world.configurations = Apart()
    await world.captured(7)
    await world.captured(8, tenant=NO)
    at_se, at_no = (replace(world.account(), api_key=f"key-{tenant.channel}") for tenant in (SE, NO))
    world.qliro.put(at_se, entry(10_000, 70, order_id=7, settled_on=day(1), batch="B"))
    world.qliro.put(at_no, entry(10_000, 70, order_id=7, settled_on=day(1), batch="B"))
    report = await world.explain(term=60)
    assert [p.name for p in report.payees] == ["demo/no", "demo/se"]
    assert [(key.account, b.unexplained) for key, b in sorted(report.totals.batches.items())] == [
        ("demo/no", 10_000), ("demo/se", 0),
    ]  # fmt: skip
    assert [(d.kind, d.order.channel) for d in world.found] == [(Kind.SETTLEMENT_WITHOUT_CAPTURE, "no")]
