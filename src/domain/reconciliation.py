"""A run of the reconciliation: who, when, over what, and what was counted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.discrepancy import Discrepancy, DiscrepancyKind, Verdict


class RunKind(StrEnum):
    PAYMENTS = "payments"
    SETTLEMENTS = "settlements"


class Flow(StrEnum):
    """What a pay-out is made of, and what it came to."""

    CAPTURED = "captured"
    FEES = "fees"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged-back"
    PAID_OUT = "paid-out"
    PENDING = "pending"
    REJECTED = "rejected"


@dataclass(slots=True)
class RunCounts:
    """Sums of a run or of a part of it. Bounded: its size depends on kinds, currencies and upstreams only.

    `done` are payments (or settlement lines) dealt with, `compared` those that were asked about anywhere, `failed`
    those that could not be compared. `at_risk` holds, per currency, what is at risk and not mended (minor units).
    `flows` are a settlement run's money (minor units), signed as it changes the pay-out: captures add, fees and refunds
    take. What is pending or rejected is neither in the others nor paid out.
    """

    done: int = 0
    compared: int = 0
    failed: int = 0
    found: Counter[tuple[DiscrepancyKind, Verdict]] = field(default_factory=Counter)
    at_risk: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    flows: Counter[tuple[Flow, str]] = field(default_factory=Counter)

    def count(self, discrepancy: Discrepancy) -> None:
        self.found[discrepancy.kind, discrepancy.verdict] += 1
        if discrepancy.verdict.open and discrepancy.at_risk is not None:
            self.at_risk[discrepancy.at_risk.currency] += discrepancy.at_risk.minor

    def add(self, other: "RunCounts") -> None:
        self.done += other.done
        self.compared += other.compared
        self.failed += other.failed
        self.found.update(other.found)
        self.at_risk.update(other.at_risk)
        self.requests.update(other.requests)
        self.flows.update(other.flows)

    def of(self, verdict: Verdict) -> int:
        return sum(count for (_, what), count in self.found.items() if what is verdict)

    def by_kind(self) -> dict[DiscrepancyKind, int]:
        """How many of each kind were found, whatever became of them; kinds in their order of definition."""
        sums: Counter[DiscrepancyKind] = Counter()
        for (kind, _), count in self.found.items():
            sums[kind] += count
        return {kind: sums[kind] for kind in DiscrepancyKind if sums[kind]}

    @property
    def clean(self) -> bool:
        """Nothing is left to do, and everything could be compared."""
        return not self.failed and not any(verdict.open for (_, verdict), count in self.found.items() if count)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationRun:
    """`scope` is what was asked for, option by option, as text. `ended_at` is None while it runs, or was killed."""

    id: UUID
    kind: RunKind
    who: str
    started_at: datetime
    ended_at: datetime | None = None
    applied: bool = False
    scope: Mapping[str, str] = field(default_factory=dict)
    counts: RunCounts = field(default_factory=RunCounts)

    @property
    def clean(self) -> bool:
        return self.ended_at is not None and self.counts.clean
