"""What every source of settlement reports must do: run against the fake and against the real client."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from application.ports.configurations import ProviderAccount
from application.ports.settlement_reports import PeriodNotSettled, SettlementReports
from domain.settlement import EntryKind, EntryStatus, PayOut, Period, SettlementEntry

Made = Callable[[], Awaitable[int]]


@dataclass(slots=True)
class SettlementScene:
    """Reports of a merchant whose captures were made on `begun`, a working day, and paid the working day after.

    Each act makes an order worth 554.00 SEK (25 and 6 % VAT) and returns its transaction.
    """

    reports: SettlementReports
    account: ProviderAccount
    begun: date
    capture: Made
    refund: Callable[[int], Awaitable[int]]
    charge_back: Callable[[int], Awaitable[None]]
    reject: Callable[[int], Awaitable[None]]
    pend: Callable[[int], Awaitable[None]]
    turn_to_euro: Callable[[int], Awaitable[None]]
    later: Callable[[], Awaitable[date]]
    """A week passes; the day it is then."""

    async def entries(self, last: date, **options: Any) -> list[SettlementEntry]:
        period = Period(self.begun, last)
        return [entry async for entry in self.reports.entries(self.account, period, **options)]

    async def entries_of(self, pay_out: PayOut) -> list[SettlementEntry]:
        return [entry async for entry in self.reports.entries_of(self.account, pay_out)]


def yesterday(today: date) -> date:
    return today - timedelta(days=1)


class SettlementReportsContract:
    """Subclasses offer the fixture `scene`."""

    async def test_a_capture_is_paid_with_its_fee(self, scene: SettlementScene) -> None:
        capture = await scene.capture()
        today = await scene.later()
        money, fee = sorted(await scene.entries(yesterday(today)), key=lambda e: -e.effect)
        assert (money.kind, money.status, money.effect) == (EntryKind.TRANSACTION, EntryStatus.ACCEPTED, 55_400)
        assert (money.transaction_id, money.currency, money.vat_rate) == (capture, "SEK", None)
        assert money.order_id is not None
        assert money.method
        assert money.settled_on > scene.begun
        assert (fee.kind, fee.transaction_id, fee.batch) == (EntryKind.FEE, capture, money.batch)
        assert -5_000 < fee.effect < 0

    async def test_a_refund_takes_from_the_pay_out(self, scene: SettlementScene) -> None:
        refund = await scene.refund(await scene.capture())
        found = await scene.entries(yesterday(await scene.later()))
        assert [e.effect for e in found if e.transaction_id == refund] == [-55_400]

    async def test_a_batch_announces_what_its_lines_add_up_to(self, scene: SettlementScene) -> None:
        await scene.refund(await scene.capture())
        await scene.capture()
        today = await scene.later()
        lines = await scene.entries(yesterday(today))
        period = Period(scene.begun, yesterday(today))
        pay_outs = await scene.reports.pay_outs(scene.account, period)
        assert {p.batch for p in pay_outs} == {line.batch for line in lines}
        for pay_out in pay_outs:
            its = [line for line in lines if line.batch == pay_out.batch]
            assert pay_out.total == sum(line.effect for line in its)
            assert pay_out.fees == -sum(line.effect for line in its if line.kind is EntryKind.FEE)
            assert pay_out.day == its[0].settled_on
            assert sorted(map(repr, await scene.entries_of(pay_out))) == sorted(map(repr, its))

    async def test_chargebacks_are_told(self, scene: SettlementScene) -> None:
        capture = await scene.capture()
        await scene.charge_back(capture)
        found = await scene.entries(yesterday(await scene.later()))
        (lost,) = [e for e in found if e.kind is EntryKind.CHARGEBACK]
        assert (lost.effect, lost.transaction_id) == (-55_400, capture)

    async def test_pending_and_rejected_ones_are_told_apart(self, scene: SettlementScene) -> None:
        paid, pending, rejected = [await scene.capture() for _ in range(3)]
        await scene.pend(pending)
        await scene.reject(rejected)
        last = yesterday(await scene.later())
        money = [e for e in await scene.entries(last) if e.kind is EntryKind.TRANSACTION]
        assert {e.status: e.transaction_id for e in money} == {
            EntryStatus.ACCEPTED: paid, EntryStatus.PENDING: pending, EntryStatus.REJECTED: rejected,
        }  # fmt: skip
        some = await scene.entries(last, statuses={EntryStatus.PENDING, EntryStatus.REJECTED})
        assert {e.transaction_id for e in some} == {pending, rejected}

    async def test_currencies_are_chosen(self, scene: SettlementScene) -> None:
        crowns, euros = await scene.capture(), await scene.capture()
        await scene.turn_to_euro(euros)
        last = yesterday(await scene.later())
        assert {e.transaction_id for e in await scene.entries(last, currency="SEK")} == {crowns}
        assert {e.transaction_id for e in await scene.entries(last, currency="EUR")} == {euros}
        period = Period(scene.begun, last)
        pay_outs = await scene.reports.pay_outs(scene.account, period, currency="EUR")
        assert {p.currency for p in pay_outs} == {"EUR"}

    async def test_a_long_period_is_no_different(self, scene: SettlementScene) -> None:
        await scene.capture()
        last = yesterday(await scene.later())
        long = Period(scene.begun - timedelta(days=400), last)
        found = [entry async for entry in scene.reports.entries(scene.account, long)]
        assert found == await scene.entries(last)
        assert len(await scene.reports.pay_outs(scene.account, long)) == 1

    async def test_other_days_have_nothing(self, scene: SettlementScene) -> None:
        await scene.capture()
        today = await scene.later()
        before = Period(scene.begun - timedelta(days=10), yesterday(scene.begun))
        assert [entry async for entry in scene.reports.entries(scene.account, before)] == []
        assert await scene.reports.pay_outs(scene.account, Period(yesterday(today), yesterday(today))) == ()

    async def test_today_is_not_settled(self, scene: SettlementScene) -> None:
        today = await scene.later()
        with pytest.raises(PeriodNotSettled):
            await scene.entries(today)
        with pytest.raises(PeriodNotSettled):
            await scene.reports.pay_outs(scene.account, Period(today, today))
