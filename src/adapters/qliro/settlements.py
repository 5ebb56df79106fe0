"""Qliro's settlement reports (qliro.md 9.2, 14), in the stretches it allows, shorter when there is more."""

from collections.abc import AsyncIterator, Collection
from datetime import date, timedelta
from urllib.parse import urlencode

from adapters.http_call import Call, Reply, Retry, TooLarge, TransportFailure
from adapters.http_transport import HttpTransport
from adapters.qliro.calls import require_allowed, signed_headers
from adapters.qliro.errors import error_for
from adapters.qliro.settlement_mapping import entries_answered, pay_outs_answered
from application.ports.configurations import ProviderAccount
from application.ports.settlement_reports import STRETCH, PeriodNotSettled, SettlementReports
from domain.errors import ProviderUnavailable
from domain.settlement import EntryKind, EntryStatus, PayOut, Period, SettlementEntry

LONGEST_REPORT = STRETCH
LONGEST_LIST = 60
MOST_BYTES = 32 * 1024 * 1024
MOST_AT_WORST = 256 * 1024 * 1024
_PATH = "/checkout/adminapi/v2/settlements"
_THRICE = Retry(attempts=3, base=0.5)
_KINDS = (EntryKind.TRANSACTION, EntryKind.FEE, EntryKind.CHARGEBACK)
Query = list[tuple[str, str]]


class QliroSettlements:
    """Implements SettlementReports. Holds one answer at a time, of at most `most_bytes`.

    Only what cannot be asked for in smaller pieces, one kind of lines of one day or a whole batch, may be as large as
    `most_at_worst`.
    """

    def __init__(
        self,
        transport: HttpTransport,
        *,
        allowed_hosts: frozenset[str] | None = None,
        seconds: float = 60.0,
        most_bytes: int = MOST_BYTES,
        most_at_worst: int = MOST_AT_WORST,
    ) -> None:
        self._transport = transport
        self._allowed_hosts = allowed_hosts
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._most_at_worst = most_at_worst

    async def pay_outs(self, account: ProviderAccount, period: Period, *, currency: str = "") -> tuple[PayOut, ...]:
        found: list[PayOut] = []
        for window in period.windows(LONGEST_LIST):
            query = [("FromBatchDate", _day(window.first)), ("ToBatchDate", _day(window.last)), *_in(currency)]
            raw = await self._get(account, "list_settlement_batches", "/GetSettlementBatches", query)
            found += pay_outs_answered(raw)
        return tuple(found)

    async def entries(
        self,
        account: ProviderAccount,
        period: Period,
        *,
        currency: str = "",
        statuses: Collection[EntryStatus] = frozenset(EntryStatus),
    ) -> AsyncIterator[SettlementEntry]:
        wanted = (
            [] if set(statuses) == set(EntryStatus) else [("SettlementStatuses", s.value) for s in sorted(statuses)]
        )
        longest, first = LONGEST_REPORT, period.first
        while first <= period.last:
            window = next(Period(first, period.last).windows(longest))
            try:
                raw = await self._report(account, window, wanted, currency)
            except TooLarge:
                if window.days > 1:
                    longest = window.days // 2
                    continue
                async for entry in self._by_kind(account, window, wanted, currency):
                    yield entry
            else:
                for entry in entries_answered(raw):
                    yield entry
            first = window.last + timedelta(days=1)

    async def entries_of(self, account: ProviderAccount, pay_out: PayOut) -> AsyncIterator[SettlementEntry]:
        try:
            query = [("Id", str(pay_out.number))]
            raw = await self._get(account, "read_settlement_batch", "/GetSettlementsByBatchId", query, whole=True)
        except TooLarge as failure:
            raise ProviderUnavailable(f"Batch {pay_out.batch} is too large to be read at once.") from failure
        for entry in entries_answered(raw):
            if entry.status is EntryStatus.ACCEPTED:
                yield entry

    async def _by_kind(
        self, account: ProviderAccount, day: Period, wanted: Query, currency: str
    ) -> AsyncIterator[SettlementEntry]:
        """A single day that is too much at once. Kinds that Qliro may add later are then not told."""
        for kind in _KINDS:
            try:
                raw = await self._report(account, day, [*wanted, ("Types", kind.value)], currency, whole=True)
            except TooLarge as failure:
                raise ProviderUnavailable(f"Qliro's report of {day.first} is too large to be read.") from failure
            for entry in entries_answered(raw):
                yield entry

    async def _report(
        self, account: ProviderAccount, window: Period, wanted: Query, currency: str, *, whole: bool = False
    ) -> bytes:
        query = [("FromDate", _day(window.first)), ("ToDate", _day(window.last)), *wanted, *_in(currency)]
        return await self._get(account, "read_settlements", "", query, whole=whole)

    async def _get(
        self, account: ProviderAccount, operation: str, path: str, query: Query, *, whole: bool = False
    ) -> bytes:
        """The answer's body. Raises TooLarge, PeriodNotSettled and ProviderError subclasses."""
        require_allowed(account, self._allowed_hosts)
        call = Call(
            operation=operation,
            merchant=account.tenant.merchant,
            method="GET",
            url=f"{account.api_url}{_PATH}{path}?{urlencode(query)}",
            path=_PATH + path,
            headers=signed_headers(account),
            seconds=self._seconds,
            retry=_THRICE,
            most_bytes=self._most_at_worst if whole else self._most_bytes,
        )
        reply = await self._answer(call)
        if reply.ok:
            return reply.body
        error = error_for(reply)
        if error.fault.code == "PERIOD_NOT_SETTLED":
            raise PeriodNotSettled(error.message)
        raise error

    async def _answer(self, call: Call) -> Reply:
        try:
            return await self._transport.send(call)
        except TooLarge:
            raise
        except TransportFailure as failure:
            raise ProviderUnavailable(str(failure), sent=failure.sent) from failure


def _in(currency: str) -> Query:
    return [("CurrencyCode", currency)] if currency else []


def _day(day: date) -> str:
    return f"{day:%Y/%m/%d}"


def _(settlements: QliroSettlements) -> SettlementReports:
    return settlements
