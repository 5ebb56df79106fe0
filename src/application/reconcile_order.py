"""One order: compare its payments three ways, look twice before believing it, mend, and see whether it helped."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from application.mend_payment import MendPayment
from application.observation import Observer
from application.ports.clock import Clock
from application.ports.reconciliation_work import ReconciliationWork, StoredOrder
from application.read_three_ways import ReadThreeWays
from domain.comparison import compare
from domain.discrepancy import Discrepancy, DiscrepancyKind, Verdict
from domain.errors import AdapterError, StoreUnavailable
from domain.finding import Finding, Repair
from domain.identifiers import OrderKey, PaymentKey
from domain.lifecycle import PaymentStatus
from domain.payment import Payment
from domain.readings import Readings, twins
from domain.sides import discrepancy_of

SECOND_LOOK_SECONDS = 1.0
"""Long enough for a callback and a letter that were under way between two readings."""
_ROUNDS = 3
_OVER = frozenset({PaymentStatus.CANCELLED, PaymentStatus.REFUNDED})

Tell = Callable[[Sequence[Discrepancy]], Awaitable[None]]
Found = dict[tuple[PaymentKey, DiscrepancyKind, str], tuple[Readings, Finding]]


@dataclass(slots=True)
class Outcome:
    """What became of one order. `verified` are its payments that are over and agree three ways."""

    discrepancies: tuple[Discrepancy, ...] = ()
    compared: int = 0
    failed: int = 0
    checked: tuple[PaymentKey, ...] = ()
    verified: tuple[Payment, ...] = ()
    requests: Counter[str] = field(default_factory=Counter)


class ReconcileOrder:
    """Raises StoreUnavailable only; an upstream that can't be read is a finding like any other."""

    def __init__(
        self,
        work: ReconciliationWork,
        read: ReadThreeWays,
        mend: MendPayment,
        clock: Clock,
        observer: Observer,
        *,
        second_look: float = SECOND_LOOK_SECONDS,
    ) -> None:
        self._work = work
        self._read = read
        self._mend = mend
        self._clock = clock
        self._observer = observer
        self._second_look = second_look

    async def __call__(self, stored: StoredOrder, begun: Tell | None = None) -> Outcome:
        """`begun` is told what is about to be mended, before anything is done about it."""
        outcome = Outcome()
        try:
            readings = await self._read(stored, outcome.requests)
            found = _found(readings)
            if found:
                readings, found = await self._again(stored, found, outcome)
            outcome.compared = len(readings)
            outcome.checked = tuple(reading.key for reading in readings)
            outcome.verified = tuple(_verified(readings, found))
            outcome.discrepancies = await self._dealt_with(stored, found, outcome, begun) if found else ()
        except StoreUnavailable:
            raise
        except AdapterError as failure:
            _not_compared(stored, failure, outcome)
        except Exception as defect:  # noqa: BLE001 - a defect in one payment must not stop the others
            self._observer.unexpected("reconciliation", defect)
            _not_compared(stored, AdapterError(type(defect).__name__), outcome)
        return outcome

    async def _again(self, stored: StoredOrder, first: Found, outcome: Outcome) -> tuple[tuple[Readings, ...], Found]:
        """What is still so after a moment; what passes was only under way."""
        await self._clock.sleep(self._second_look)
        readings = await self._look(stored, outcome)
        second = _found(readings)
        return readings, {identity: one for identity, one in second.items() if identity in first}

    async def _look(self, stored: StoredOrder, outcome: Outcome) -> tuple[Readings, ...]:
        return await self._read(await self._work.order(stored.key), outcome.requests)

    async def _dealt_with(
        self, stored: StoredOrder, found: Found, outcome: Outcome, begun: Tell | None
    ) -> tuple[Discrepancy, ...]:
        if not self._mend.rules.apply:
            return tuple(self._left(one) for one in found.values())
        seen, failures = dict(found), ""
        for number in range(_ROUNDS):
            mendable = [one for one in found.values() if not self._mend.may_mend(one[1], one[0])]
            if not mendable:
                break
            if number:
                await self._clock.sleep(self._second_look)
            if begun is not None:
                await begun([_begun(*one) for one in mendable])
            failures = await self._mended(found)
            try:
                found = _found(await self._look(stored, outcome))
            except StoreUnavailable:
                raise
            except AdapterError as failure:  # nobody can tell whether it helped: what was found stands
                failures = f"{failures} {failure.message}".strip()
            seen = {**found, **seen}
        return tuple(self._judged(identity, one, found, failures) for identity, one in seen.items())

    async def _mended(self, found: Found) -> str:
        by_payment: dict[PaymentKey, list[tuple[Readings, Finding]]] = {}
        for reading, finding in found.values():
            by_payment.setdefault(reading.key, []).append((reading, finding))
        failures = [await self._mend(every[0][0], [one for _, one in every]) for every in by_payment.values()]
        return " ".join(text for text in failures if text)

    def _judged(
        self,
        identity: tuple[PaymentKey, DiscrepancyKind, str],
        one: tuple[Readings, Finding],
        still: Mapping[tuple[PaymentKey, DiscrepancyKind, str], object],
        failures: str,
    ) -> Discrepancy:
        reading, finding = one
        if identity not in still:
            return discrepancy_of(reading, finding, Verdict.MENDED, _DONE[finding.repair])
        why = self._mend.may_mend(finding, reading) or failures or "it did not help"
        return discrepancy_of(reading, finding, Verdict.LEFT, f"Left: {why}")

    def _left(self, one: tuple[Readings, Finding]) -> Discrepancy:
        reading, finding = one
        why_not = self._mend.may_mend(finding, reading)
        if why_not:
            return discrepancy_of(reading, finding, Verdict.LEFT, f"Left: {why_not}")
        return discrepancy_of(reading, finding, Verdict.WOULD_MEND, f"With --apply: {finding.repair}")


def _begun(reading: Readings, finding: Finding) -> Discrepancy:
    """What stands for it until somebody has seen whether it helped."""
    return discrepancy_of(reading, finding, Verdict.WOULD_MEND, f"Begun: {finding.repair}")


_DONE = {repair: f"Done: {repair}" for repair in Repair} | {Repair.NONE: "Gone by itself"}


def _found(readings: Sequence[Readings]) -> Found:
    """Everything that does not agree about the order's payments."""
    found = {(r.key, finding.kind, finding.subject): (r, finding) for r in readings for finding in compare(r)}
    pairs = [(r.settled or r.stored, r) for r in readings]
    living = {p.key for p in twins((payment, r.told) for payment, r in pairs if payment is not None)}
    for reading in (r for r in readings if r.key in living):
        held = reading.truth.remaining + reading.truth.refundable
        named = f"Qliro order {reading.held.provider_order_id}" if reading.held else "unknown at Qliro"
        twin = Finding(DiscrepancyKind.TWO_QLIRO_ORDERS, at_risk=held, detail=named)
        found[reading.key, twin.kind, ""] = reading, twin
    return found


def _verified(readings: Iterable[Readings], found: Found) -> Iterable[Payment]:
    """What is over and agrees cannot change any more, except at Qliro's own initiative."""
    odd = {key for key, _, _ in found}
    for reading in readings:
        payment = reading.stored
        if payment is not None and payment.status in _OVER and reading.key not in odd and not reading.undelivered:
            yield payment


def not_compared(order: OrderKey, failure: AdapterError, *, payment_id: str = "", subject: str = "") -> Discrepancy:
    """One of the three could not be read, and why."""
    return Discrepancy(
        kind=DiscrepancyKind.NOT_COMPARED,
        order=order,
        payment_id=payment_id,
        subject=subject,
        remedy="Left: run it again when the cause is gone",
        detail=f"{failure.code}: {failure.message}",
    )


def _not_compared(stored: StoredOrder, failure: AdapterError, outcome: Outcome) -> None:
    ids = stored.meant or frozenset({""})
    outcome.failed = len(ids)
    outcome.discrepancies = tuple(not_compared(stored.key, failure, payment_id=one) for one in sorted(ids))
