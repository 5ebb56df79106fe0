"""A settlement run remembered like every reconciliation: what it found, and that earlier findings are over."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from uuid import UUID

from application.explain_settlements import ExplainSettlements, Question, SettlementReport
from application.ports.clock import Clock, Ids
from application.ports.reconciliations import Reconciliations
from application.ports.settlement_spool import SettlementSpool
from domain.discrepancy import SETTLEMENT_KINDS, Discrepancy
from domain.reconciliation import ReconciliationRun, RunKind

_TOGETHER = 500


class RecordSettlements:
    """Explains, and writes down what came of it. Nothing is written when nothing could be asked for."""

    def __init__(self, explain: ExplainSettlements, runs: Reconciliations, clock: Clock, ids: Ids) -> None:
        self._explain = explain
        self._runs = runs
        self._clock = clock
        self._ids = ids

    async def __call__(self, question: Question, spool: SettlementSpool, *, who: str) -> SettlementReport:
        """The report, with the name under which it is on record. Raises PeriodNotSettled and StoreUnavailable."""
        started = self._clock.now()
        report = await self._explain(question, spool, today=started)
        run = ReconciliationRun(
            id=self._ids.fresh(), kind=RunKind.SETTLEMENTS, who=who, started_at=started, scope=_scope(question),
            counts=report.counts,
        )  # fmt: skip
        await self._runs.begin(run)
        for some in _pieces(spool.discrepancies()):
            await self._runs.record(run.id, some)
        if not question.currency:
            await self._close(run.id, report)
        await self._runs.save(replace(run, ended_at=self._clock.now()))
        report.run = str(run.id)
        return report

    async def _close(self, run_id: UUID, report: SettlementReport) -> None:
        """What the same days showed before and do not show any more is over."""
        period = report.question.period
        since = datetime.combine(period.first, time(), UTC)
        until = datetime.combine(period.last + timedelta(days=1), time(), UTC)
        for payee in report.payees:
            for tenant in payee.wanted:
                await self._runs.close(run_id, tenant, SETTLEMENT_KINDS, since=since, until=until)


def _scope(question: Question) -> dict[str, str]:
    told = {
        "from": str(question.period.first),
        "to": str(question.period.last),
        "term": f"{question.term_days} d",
        "merchant": question.merchant,
        "channel": question.channel,
        "currency": question.currency,
    }
    return {name: value for name, value in told.items() if value}


def _pieces(found: Iterator[Discrepancy]) -> Iterator[Iterable[Discrepancy]]:
    while piece := list(islice(found, _TOGETHER)):
        yield piece
