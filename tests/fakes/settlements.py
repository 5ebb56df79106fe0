"""Qliro's settlement reports made of lines that a test puts there."""

from collections.abc import AsyncIterator, Collection
from datetime import date

from application.ports.configurations import ProviderAccount
from application.ports.settlement_reports import PeriodNotSettled, SettlementReports
from domain.settlement import EntryKind, EntryStatus, PayOut, Period, SettlementEntry


class FakeSettlements:
    """Implements SettlementReports. Batches are announced as their lines add up, unless `announced` says otherwise."""

    def __init__(self, *, today: date) -> None:
        self.today = today
        self.lines: list[tuple[ProviderAccount, SettlementEntry]] = []
        self.announced: dict[str, PayOut] = {}
        self.asked: list[str] = []

    def put(self, account: ProviderAccount, *entries: SettlementEntry) -> None:
        self.lines += [(account, entry) for entry in entries]

    async def pay_outs(self, account: ProviderAccount, period: Period, *, currency: str = "") -> tuple[PayOut, ...]:
        self._asked("pay-outs", period)
        grouped: dict[str, list[SettlementEntry]] = {}
        for entry in self._of(account, currency):
            if entry.status is EntryStatus.ACCEPTED and entry.batch:
                grouped.setdefault(entry.batch, []).append(entry)
        found = [self.announced.get(name) or _pay_out(name, entries) for name, entries in grouped.items()]
        return tuple(sorted((p for p in found if p.day in period), key=lambda p: (p.day, p.number)))

    async def entries(
        self,
        account: ProviderAccount,
        period: Period,
        *,
        currency: str = "",
        statuses: Collection[EntryStatus] = frozenset(EntryStatus),
    ) -> AsyncIterator[SettlementEntry]:
        self._asked("entries", period)
        for entry in self._of(account, currency):
            day = entry.settled_on if entry.status is EntryStatus.ACCEPTED else entry.imported_on
            if entry.status in statuses and day in period:
                yield entry

    async def entries_of(self, account: ProviderAccount, pay_out: PayOut) -> AsyncIterator[SettlementEntry]:
        self.asked.append("entries of a batch")
        for entry in self._of(account, ""):
            if entry.status is EntryStatus.ACCEPTED and entry.batch == pay_out.batch:
                yield entry

    def _asked(self, what: str, period: Period) -> None:
        self.asked.append(what)
        if period.last >= self.today:
            raise PeriodNotSettled("The period is not settled yet.")

    def _of(self, account: ProviderAccount, currency: str) -> list[SettlementEntry]:
        return [
            entry
            for owner, entry in self.lines
            if (owner.api_url, owner.api_key) == (account.api_url, account.api_key) and currency in ("", entry.currency)
        ]


def _pay_out(name: str, entries: list[SettlementEntry]) -> PayOut:
    fees = -sum(entry.effect for entry in entries if entry.kind is EntryKind.FEE)
    first = entries[0]
    return PayOut(
        number=abs(hash(name)) % 1_000_000 + 1, batch=name, day=first.settled_on, currency=first.currency,
        total=sum(entry.effect for entry in entries), fees=fees, acquirer=first.acquirer,
    )  # fmt: skip


def _(fake: FakeSettlements) -> SettlementReports:
    return fake
