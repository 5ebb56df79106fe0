"""What a runner began to mend and did not live to tell: looked at again, so that the run's report has its end."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial
from uuid import UUID

from application.ports.reconciliation_work import ReconciliationWork
from application.ports.reconciliations import Reconciliations
from application.reconcile_order import Outcome, ReconcileOrder
from domain.discrepancy import Discrepancy, Verdict


class FinishBegun:
    """For when nobody works at the run any more. Where nobody died there is nothing to look at."""

    def __init__(self, reconciliations: Reconciliations, work: ReconciliationWork, order: ReconcileOrder) -> None:
        self._reconciliations = reconciliations
        self._work = work
        self._order = order

    async def __call__(self, run_id: UUID) -> AsyncIterator[Discrepancy]:
        """What became of it, order by order, stored already. Raises StoreUnavailable."""
        of_one: list[Discrepancy] = []
        async for one in self._reconciliations.begun(run_id):
            if of_one and of_one[0].order != one.order:
                for found in await self._finished(run_id, of_one):
                    yield found
                of_one = []
            of_one.append(one)
        for found in await self._finished(run_id, of_one) if of_one else ():
            yield found

    async def _finished(self, run_id: UUID, begun: Sequence[Discrepancy]) -> list[Discrepancy]:
        stored = await self._work.order(begun[0].order)
        outcome = await self._order(stored, partial(self._reconciliations.record, run_id))
        told = {one.identity for one in outcome.discrepancies}
        gone = [_judged(one, outcome) for one in begun if one.identity not in told]
        found = [*outcome.discrepancies, *gone]
        await self._reconciliations.record(run_id, found, checked=outcome.checked)
        return found


def _judged(begun: Discrepancy, outcome: Outcome) -> Discrepancy:
    if outcome.failed:
        return replace(begun, verdict=Verdict.LEFT, remedy="Left: nobody could see whether it helped")
    return replace(begun, verdict=Verdict.MENDED, remedy=begun.remedy.replace("Begun: ", "Done: ", 1))
