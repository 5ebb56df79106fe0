"""The provider's reports of a period, laid down in the spool so that every batch is whole."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from application.ports.settlement_reports import STRETCH, SettlementReports
from application.ports.settlement_spool import BatchSums, SettlementSpool
from application.settlement_accounts import Payee
from application.settlement_progress import Tracker
from domain.settlement import EntryStatus, PayOut, Period, SettlementEntry, Told, how_told

_TOGETHER = 500


class CollectSettlements:
    """Two kinds of questions per account: the batches of the period, and the lines of the period.

    A third, for a single batch, only where its lines of the period do not add up to what it announces: some lie on
    days outside of it, or it is told wrongly.
    """

    def __init__(self, reports: SettlementReports, tracker: Tracker | None = None) -> None:
        self._reports = reports
        self._tracker = tracker or Tracker()

    async def __call__(
        self, payee: Payee, period: Period, spool: SettlementSpool, *, currency: str = ""
    ) -> dict[str, PayOut]:
        """The announced batches by name. Raises what SettlementReports raises."""
        account = payee.account
        listed = await self._reports.pay_outs(account, period, currency=currency)
        windows = tuple(period.windows(STRETCH))
        for number, window in enumerate(windows):
            self._tracker.window(done=number, of=len(windows))
            await self._lay_down(spool, payee.name, self._reports.entries(account, window, currency=currency))
        self._tracker.window(done=len(windows), of=len(windows))
        sums = spool.sums(payee.name)
        for pay_out in listed:
            told = _told(pay_out, sums.get(pay_out.batch))
            if told is Told.OTHERWISE:
                spool.forget(payee.name, pay_out.batch)
                await self._lay_down(spool, payee.name, _of(self._reports.entries_of(account, pay_out), pay_out))
                told = _told(pay_out, spool.sums(payee.name).get(pay_out.batch))
            if told is Told.FEES_TURNED:
                spool.turn_fees(payee.name, pay_out.batch)
        return {pay_out.batch: pay_out for pay_out in listed}

    async def _lay_down(self, spool: SettlementSpool, account: str, entries: AsyncIterator[SettlementEntry]) -> None:
        some: list[SettlementEntry] = []
        async for entry in entries:
            some.append(entry)
            if len(some) >= _TOGETHER:
                self._put(spool, account, some)
                some.clear()
        self._put(spool, account, some)

    def _put(self, spool: SettlementSpool, account: str, some: Sequence[SettlementEntry]) -> None:
        spool.put(account, some)
        self._tracker.read(len(some), paid=sum(entry.status is EntryStatus.ACCEPTED for entry in some))


def _told(pay_out: PayOut, sums: BatchSums | None) -> Told:
    found = sums or BatchSums()
    return how_told(pay_out.total, found.money, found.fees)


async def _of(entries: AsyncIterator[SettlementEntry], pay_out: PayOut) -> AsyncIterator[SettlementEntry]:
    """Its accepted lines; a report about one batch need not repeat its name."""
    async for entry in entries:
        if entry.status is EntryStatus.ACCEPTED and entry.batch in ("", pay_out.batch):
            yield replace(entry, batch=pay_out.batch)
