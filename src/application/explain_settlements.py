"""Every krona that Qliro paid out explained by a capture, a refund, a fee or a chargeback, or named."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time

from application.collect_settlements import CollectSettlements
from application.ports.payment_books import PaymentBooks
from application.ports.settlement_reports import PeriodNotSettled
from application.ports.settlement_spool import ExplainedLine, SettlementSpool
from application.settled_rows import SettledRows
from application.settlement_accounts import FindPayees, Payee
from application.settlement_progress import Tracker
from domain.discrepancy import Discrepancy
from domain.discretion import discreet
from domain.errors import AdapterError
from domain.reconciliation import Flow, RunCounts
from domain.settlement import EntryStatus, PayOut, Period, SettlementEntry
from domain.settlement_books import OrderBooks
from domain.settlement_explanation import Category, Explanation, Verdict
from domain.settlement_shares import shares_of
from domain.settlement_term import Term, overdue, rejected_stranger
from domain.settlement_totals import BatchKey, SettlementTotals, batch_discrepancies
from domain.settlement_vat import Moved
from domain.settlement_verdict import judge
from domain.tariff import NO_TARIFF, Tariff

_ORDERS_AT_ONCE = 200
_FLOWS = {
    Category.CAPTURE: Flow.CAPTURED,
    Category.REFUND: Flow.REFUNDED,
    Category.FEE: Flow.FEES,
    Category.CHARGEBACK: Flow.CHARGED_BACK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which pay-outs are to be explained. `term_days`: how long after a capture its pay-out may take."""

    period: Period
    term_days: int
    merchant: str = ""
    channel: str = ""
    currency: str = ""
    tariff: Tariff = NO_TARIFF

    @property
    def term(self) -> Term:
        return Term(self.period, self.term_days)


@dataclass(slots=True)
class SettlementReport:
    """What came of it; lines and discrepancies are in the spool. `failed` could not be asked or answered.

    What is paid out, in `counts`, is without other channels' money. `run` is its name once it is on record.
    `other_days` sums, by currency, accepted lines of batches of other days.
    """

    question: Question
    run: str = ""
    other_days: Counter[str] = field(default_factory=Counter)
    totals: SettlementTotals = field(default_factory=SettlementTotals)
    counts: RunCounts = field(default_factory=RunCounts)
    payees: list[Payee] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not self.failed and self.counts.clean


class ExplainSettlements:
    """Account by account; memory is bounded whatever the size of the reports."""

    def __init__(
        self,
        find: FindPayees,
        collect: CollectSettlements,
        books: PaymentBooks,
        rows: SettledRows,
        requests: Mapping[str, int] | None = None,
        tracker: Tracker | None = None,
    ) -> None:
        self._find = find
        self._collect = collect
        self._books = books
        self._rows = rows
        self._requests: Mapping[str, int] = {} if requests is None else requests
        self._tracker = tracker or Tracker()

    async def __call__(self, question: Question, spool: SettlementSpool, *, today: datetime) -> SettlementReport:
        """Raises PeriodNotSettled, and StoreUnavailable. An account that fails is told of; the others go on.

        Which day is the last that is settled is for the provider to say; ours counts only where nobody is asked.
        """
        report = SettlementReport(question)
        payees = await self._find(merchant=question.merchant, channel=question.channel)
        report.failed += ((f"{one.merchant}/{one.channel}", discreet(reason)) for one, reason in payees.failed)
        if not payees.found and question.period.last >= today.date():
            raise PeriodNotSettled("The period is not settled yet.")
        for number, payee in enumerate(payees.found, start=1):
            self._tracker.account(payee.name, number=number, accounts=len(payees.found))
            try:
                listed = await self._collect(payee, question.period, spool, currency=question.currency)
            except AdapterError as failure:
                report.failed.append((payee.name, discreet(failure.message)))
                continue
            report.payees.append(payee)
            await _Account(payee, listed, report, spool, self._books, self._rows, self._tracker).explain()
        report.counts.failed = len(report.failed)
        report.counts.requests.update(self._requests)
        for key, batch in report.totals.batches.items():
            report.counts.flows[Flow.PAID_OUT, key.currency] += batch.paid - batch.sums.elsewhere
        return report


class _Account:
    """One account's entries, order by order."""

    def __init__(
        self,
        payee: Payee,
        listed: Mapping[str, PayOut],
        report: SettlementReport,
        spool: SettlementSpool,
        books: PaymentBooks,
        rows: SettledRows,
        tracker: Tracker,
    ) -> None:
        self._tracker = tracker
        self._payee = payee
        self._listed = listed
        self._report = report
        self._spool = spool
        self._books = books
        self._rows = rows

    async def explain(self) -> None:
        for pay_out in self._listed.values():
            key = BatchKey(pay_out.day, self._payee.name, pay_out.batch, pay_out.currency)
            self._report.totals.announce(key, pay_out)
        for some in self._spool.orders(self._payee.name, at_once=_ORDERS_AT_ONCE):
            await self._orders(some)
        for entries in self._spool.without_order(self._payee.name, at_once=_ORDERS_AT_ONCE):
            await self._orders({0: entries})
        await self._overdue()
        for key, batch in self._report.totals.batches.items():
            if key.account == self._payee.name:
                self._found(batch_discrepancies(key, batch, self._payee.key))
        self._count_unpaid()

    async def _orders(self, orders: Mapping[int, Sequence[SettlementEntry]]) -> None:
        """Judge them, ask for the rows of those that need it side by side, then count them in their order."""
        found = await self._books.of_orders(self._payee.tenants, [order_id for order_id in orders if order_id])
        books = {order_id: self._marked(one) for order_id, one in found.items()}
        judged = [(books.get(order_id), self._judged(books.get(order_id), told)) for order_id, told in orders.items()]
        inside = [self._inside(verdict) for _, verdict in judged]
        asked = (
            self._rows.of(self._payee.account, known, some) for (known, _), some in zip(judged, inside, strict=True)
        )
        lines: list[ExplainedLine] = []
        found_here: list[Discrepancy] = []
        for (known, verdict), some, moved in zip(judged, inside, await asyncio.gather(*asked), strict=True):
            if some:
                lines += self._counted(verdict.explanations, moved)
                found_here += verdict.discrepancies
                self._report.counts.compared += known is not None
        self._spool.explain(lines)
        self._tracker.explained(sum(len(told) for told in orders.values()))
        self._found(found_here)

    def _inside(self, verdict: Verdict) -> list[Explanation]:
        """Without the lines of other days' batches, which are summed."""
        found = []
        for x in verdict.explanations:
            if self._outside(x.entry):
                self._report.other_days[x.entry.currency] += x.entry.effect
            else:
                found.append(x)
        return found

    def _marked(self, books: OrderBooks) -> OrderBooks:
        return books if books.key.tenant in self._payee.wanted else replace(books, wanted=False)

    def _counted(self, explanations: Sequence[Explanation], moved: Mapping[int, Moved]) -> Iterator[ExplainedLine]:
        """Those of the period's batches; the others have their part of the VAT too."""
        for explanation, shares in zip(explanations, shares_of(explanations, moved), strict=True):
            entry = explanation.entry
            if self._outside(entry):
                continue
            line = ExplainedLine(self._batch(entry), explanation, shares)
            self._report.totals.add(line.batch, explanation, shares)
            self._report.counts.done += 1
            if explanation.category in _FLOWS:
                self._report.counts.flows[_FLOWS[explanation.category], entry.currency] += explanation.explained
            yield line

    def _judged(self, books: OrderBooks | None, entries: Sequence[SettlementEntry]) -> Verdict:
        return judge(books, entries, account=self._payee.key, tariff=self._report.question.tariff)

    async def _overdue(self) -> None:
        """Captures that should have been paid by now, and those that never will be."""
        question = self._report.question
        rejected = {e.transaction_id: e for e in self._spool.unpaid(self._payee.name, EntryStatus.REJECTED)}
        if question.term.judged is not None or rejected:
            since = datetime.combine(question.period.first, time(), UTC)
            for tenant in self._payee.wanted:
                async for page in self._books.captured(tenant, since=since):
                    for told in self._overdue_in(page):
                        rejected.pop(told, None)
                    await asyncio.sleep(0)
        strangers = (e for e in rejected.values() if e.effect > 0)
        self._found([rejected_stranger(entry, self._payee.key) for entry in strangers])

    def _overdue_in(self, page: Sequence[OrderBooks]) -> Iterator[int]:
        """Reports what is overdue; yields the transactions it has spoken of."""
        question = self._report.question
        settled = self._spool.of_orders(self._payee.name, [books.provider_order_id for books in page])
        for books in page:
            if question.currency not in ("", books.currency):
                continue
            for unpaid in self._judged(books, settled.get(books.provider_order_id, ())).unpaid:
                ids = unpaid.movement.transactions
                found = overdue(books, unpaid, question.term, self._spool.standing(self._payee.name, ids))
                if found is not None:
                    self._found([found])
                    yield from ids

    def _found(self, discrepancies: Iterable[Discrepancy]) -> None:
        if found := list(discrepancies):
            self._spool.report(found)
        for discrepancy in found:
            self._report.counts.count(discrepancy)

    def _count_unpaid(self) -> None:
        for status, flow in ((EntryStatus.PENDING, Flow.PENDING), (EntryStatus.REJECTED, Flow.REJECTED)):
            for entry in self._spool.unpaid(self._payee.name, status):
                self._report.counts.flows[flow, entry.currency] += entry.effect

    def _outside(self, entry: SettlementEntry) -> bool:
        """Whether it belongs to a batch of other days: that batch is explained whole when its own days are."""
        return bool(self._listed) and bool(entry.batch) and entry.batch not in self._listed

    def _batch(self, entry: SettlementEntry) -> BatchKey:
        listed = self._listed.get(entry.batch)
        return BatchKey(listed.day if listed else entry.settled_on, self._payee.name, entry.batch, entry.currency)
