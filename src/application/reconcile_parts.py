"""Work off one part of a reconciliation: the orders in it side by side, then what was found, then the checkpoint."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from application.ports.clock import Clock
from application.ports.platform import CheckoutPlatform, OrderPage
from application.ports.reconciliation_work import Part, ReconciliationWork, Source, StoredOrder
from application.ports.reconciliations import Reconciliations
from application.reconcile_order import Outcome, ReconcileOrder, not_compared
from application.reconciliation_scope import Scope
from application.side_by_side import all_together
from application.tempo import Tempo
from domain.discrepancy import Discrepancy
from domain.errors import AdapterError
from domain.identifiers import OrderKey
from domain.payment import Payment
from domain.reconciliation import RunCounts

SIDE_BY_SIDE = 16
"""Orders of one part in hand at a time."""


@dataclass(slots=True)
class PartResult:
    """Sums of the part, what was found in it, and whether it was the last of its kind."""

    counts: RunCounts = field(default_factory=RunCounts)
    discrepancies: list[Discrepancy] = field(default_factory=list)
    verified: list[Payment] = field(default_factory=list)
    exhausted: bool = False


class ReconcileParts:
    """Findings are stored as they come, order by order where something was mended; counts with the checkpoint."""

    def __init__(
        self,
        work: ReconciliationWork,
        reconciliations: Reconciliations,
        platform: CheckoutPlatform,
        order: ReconcileOrder,
        tempo: Tempo,
        clock: Clock,
    ) -> None:
        self._work = work
        self._reconciliations = reconciliations
        self._platform = platform
        self._order = order
        self._tempo = tempo
        self._clock = clock

    async def __call__(self, part: Part, scope: Scope) -> PartResult:
        """Raises StoreUnavailable: then the part is not done."""
        result = PartResult()
        if part.source is Source.NORCE:
            await self._listed(part, scope, result)
        else:
            orders = await self._work.orders(part, scope.selection())
            await self.all_of(part, orders, result)
        return result

    async def all_of(self, part: Part, orders: Sequence[StoredOrder], result: PartResult) -> None:
        """Some at a time, in turn."""
        waiting = iter(orders)
        checked: list[Outcome] = []

        async def worker() -> None:
            for stored in waiting:
                outcome = await self._order(stored, partial(self._reconciliations.record, part.run_id))
                _add(outcome, result)
                if any(not one.verdict.open for one in outcome.discrepancies):
                    await self._reconciliations.record(part.run_id, outcome.discrepancies, checked=outcome.checked)
                else:
                    checked.append(outcome)

        await all_together(worker() for _ in range(min(SIDE_BY_SIDE, len(orders))))
        found = [one for outcome in checked for one in outcome.discrepancies]
        keys = [key for outcome in checked for key in outcome.checked]
        await self._reconciliations.record(part.run_id, found, checked=keys)

    async def _listed(self, part: Part, scope: Scope, result: PartResult) -> None:
        """Orders that Norce lists with a payment of ours that is not stored."""
        try:
            page = await self._page(part, scope, result.counts.requests)
        except AdapterError as failure:
            await self._unlisted(part, failure, result)
            return
        result.exhausted = page.last
        known = await self._work.known(page.own_payments)
        unknown = dict.fromkeys(key.order for key in page.own_payments if key not in known)
        stored = [replace(await self._work.order(key), meant=frozenset()) for key in unknown]
        await self.all_of(part, stored, result)
        await self._reconciliations.record(part.run_id, (), checked=[_listing(part).payment("")])

    async def _page(self, part: Part, scope: Scope, counted: Counter[str]) -> OrderPage:
        offset, end = int(part.after or 0), int(part.upto)
        assert scope.since is not None
        since, until = scope.since, scope.until or self._clock.now()
        return await self._tempo.read(
            "norce",
            part.tenant.merchant,
            lambda: self._platform.list_orders(
                part.tenant, since=since, until=until, offset=offset, limit=end - offset
            ),
            counted,
        )

    async def _unlisted(self, part: Part, failure: AdapterError, result: PartResult) -> None:
        """Norce does not list its orders: what only Norce knows stays unknown this time."""
        result.exhausted = True
        result.counts.failed += 1
        found = not_compared(_listing(part), failure, subject="listing")
        result.discrepancies.append(found)
        await self._reconciliations.record(part.run_id, [found])


def _add(outcome: Outcome, result: PartResult) -> None:
    counts = result.counts
    counts.done += outcome.compared + outcome.failed
    counts.compared += outcome.compared
    counts.failed += outcome.failed
    counts.requests.update(outcome.requests)
    for discrepancy in outcome.discrepancies:
        counts.count(discrepancy)
    result.discrepancies += outcome.discrepancies
    result.verified += outcome.verified


def _listing(part: Part) -> OrderKey:
    """What stands for all orders of the tenant, when none can be named."""
    return OrderKey(part.tenant.merchant, part.tenant.channel, "")
