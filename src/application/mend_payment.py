"""Mend what a comparison found, by the ordinary acts and in the order in which they help one another.

Nothing here captures or gives back money. A reservation is released in one case only: Norce's order is gone, whoever
runs this has asked for it, and the reservation is older than an age that they have set.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from application.cancel_payment import CancelPayment
from application.forget_unpaid import ForgetUnpaid
from application.redeliver_messages import RedeliverMessages
from application.refresh_payment import RefreshPayment
from application.reopen_order import ReopenOrder
from application.resume_operation import ResumeOperation
from application.retell_purchase import RetellPurchase
from domain.errors import AdapterError
from domain.finding import Finding, Repair
from domain.readings import Readings

_IN_TURN = (
    Repair.RESUME,
    Repair.REFRESH,
    Repair.RETELL,
    Repair.REOPEN,
    Repair.FORGET,
    Repair.REDELIVER,
    Repair.CANCEL_ORPHAN,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MendingRules:
    """What may be done at all. Without `apply` nothing is."""

    apply: bool = False
    cancel_orphans: bool = False
    orphan_age: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class MendingActs:
    """The ordinary acts, as everybody else uses them."""

    resume: ResumeOperation
    refresh: RefreshPayment
    retell: RetellPurchase
    reopen: ReopenOrder
    forget: ForgetUnpaid
    redeliver: RedeliverMessages
    cancel: CancelPayment


class MendPayment:
    """Knows which findings may be mended, and mends them."""

    def __init__(self, acts: MendingActs, rules: MendingRules) -> None:
        self._acts = acts
        self.rules = rules

    def may_mend(self, finding: Finding, readings: Readings) -> str:
        """Empty when it may be, else why not."""
        if finding.repair is Repair.NONE:
            return "a person has to decide"
        if finding.repair is not Repair.CANCEL_ORPHAN:
            return ""
        if not self.rules.cancel_orphans:
            return "cancelled only with --cancel-orphans"
        if readings.stored is None:
            return "not stored here, so it cannot be cancelled from here"
        age = readings.now - _reserved_at(readings)
        return "" if age >= self.rules.orphan_age else "younger than --orphan-age: not cancelled yet"

    async def __call__(self, readings: Readings, findings: Sequence[Finding]) -> str:
        """Do what may be done; empty, or why something could not be. Whether it helped tells the next comparison."""
        wanted = {finding.repair for finding in findings if not self.may_mend(finding, readings)}
        if Repair.RETELL in wanted:
            wanted.discard(Repair.REFRESH)
        failures = []
        held_up = [message for message in readings.undelivered if message.id.isdecimal() and not message.parked]
        if wanted and held_up:  # what Norce is told next would have to wait behind them
            await self._acts.redeliver(readings.key, held_up)
        for repair in (one for one in _IN_TURN if one in wanted):
            try:
                await self._act(repair, readings, findings)()
            except AdapterError as failure:
                failures.append(failure.message)
        return " ".join(failures)

    def _act(self, repair: Repair, readings: Readings, findings: Sequence[Finding]) -> Callable[[], Awaitable[object]]:
        key, acts = readings.key, self._acts
        ids = {one.subject for one in findings if one.repair is Repair.REDELIVER}
        messages = [message for message in readings.undelivered if message.id in ids]
        return {
            Repair.RESUME: lambda: acts.resume(key),
            Repair.REFRESH: lambda: acts.refresh(key),
            Repair.RETELL: lambda: acts.retell(key),
            Repair.REOPEN: lambda: acts.reopen(key),
            Repair.FORGET: lambda: acts.forget(key),
            Repair.REDELIVER: lambda: acts.redeliver(key, messages),
            Repair.CANCEL_ORPHAN: lambda: acts.cancel(key),
        }[repair]


def _reserved_at(readings: Readings) -> datetime:
    changes = [readings.held.last_change if readings.held else None]
    changes.append(readings.stored.updated_at if readings.stored else None)
    return max((change for change in changes if change), default=readings.now)
