"""Sums over a run's findings, and the weightiest of each kind: all that a summary needs, of bounded size."""

import heapq
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from itertools import count

from adapters.reports.kind_texts import VERDICT_TEXTS
from domain.discrepancy import Discrepancy, DiscrepancyKind, Verdict

AGES = (
    ("under 1 h", timedelta(hours=1)),
    ("1–24 h", timedelta(days=1)),
    ("1–3 d", timedelta(days=3)),
    ("3–7 d", timedelta(days=7)),
    ("7–30 d", timedelta(days=30)),
)
OLDER, UNKNOWN_AGE = "over 30 d", "unknown"
_LATEST = datetime.max.replace(tzinfo=UTC)


class Tally:
    """Counts everything, keeps `keep` of each kind: those with the most at stake, then the oldest."""

    def __init__(self, as_of: datetime, *, keep: int) -> None:
        self.kinds: Counter[tuple[DiscrepancyKind, Verdict]] = Counter()
        self.merchants: Counter[tuple[str, Verdict]] = Counter()
        self.ages: Counter[tuple[str, Verdict]] = Counter()
        self.at_risk: Counter[tuple[str, DiscrepancyKind]] = Counter()
        self._as_of = as_of
        self._keep = keep
        self._heaps: dict[DiscrepancyKind, list[tuple[tuple[int, int, float], int, Discrepancy]]] = {}
        self._numbers = count()

    async def take(self, findings: AsyncIterator[Discrepancy]) -> "Tally":
        async for found in findings:
            self.add(found)
        return self

    def add(self, found: Discrepancy) -> None:
        self.kinds[found.kind, found.verdict] += 1
        self.merchants[found.order.merchant, found.verdict] += 1
        self.ages[age(found, self._as_of), found.verdict] += 1
        if found.at_risk is not None and found.verdict.open:
            self.at_risk[found.at_risk.currency, found.kind] += found.at_risk.minor
        heap = self._heaps.setdefault(found.kind, [])
        entry = (_weight(found), -next(self._numbers), found)
        if len(heap) < self._keep:
            heapq.heappush(heap, entry)
        elif heap and entry > heap[0]:
            heapq.heapreplace(heap, entry)

    def kept(self, kind: DiscrepancyKind) -> list[Discrepancy]:
        """The weightiest first."""
        return [found for _, _, found in sorted(self._heaps.get(kind, ()), key=lambda entry: entry[:2], reverse=True)]

    def of_kind(self, kind: DiscrepancyKind) -> int:
        return sum(self.kinds[kind, verdict] for verdict in Verdict)

    def of(self, *verdicts: Verdict) -> int:
        return sum(many for (_, verdict), many in self.kinds.items() if verdict in verdicts)

    @property
    def not_compared(self) -> int:
        return self.of_kind(DiscrepancyKind.NOT_COMPARED)

    @property
    def left(self) -> int:
        """Open, and known to be wrong: what could not be compared may be right."""
        return self.of(Verdict.LEFT, Verdict.WOULD_MEND) - self.not_compared

    @property
    def for_a_person(self) -> int:
        """Of those, the ones that another run would not mend."""
        return self.left - self.of(Verdict.WOULD_MEND)

    @property
    def total(self) -> int:
        return self.kinds.total()

    def risk_by_currency(self) -> dict[str, dict[DiscrepancyKind, int]]:
        """What is at risk, the largest kind first; currencies in alphabetical order."""
        sums: dict[str, dict[DiscrepancyKind, int]] = {}
        for (currency, kind), minor in sorted(self.at_risk.items(), key=lambda item: (item[0][0], -item[1])):
            sums.setdefault(currency, {})[kind] = minor
        return sums


def by_verdict(counter: Counter[tuple[str, Verdict]], names: Iterable[str]) -> dict[str, dict[Verdict, int]]:
    """A counter's rows for these names, in their order."""
    return {name: {verdict: counter[name, verdict] for verdict in VERDICT_TEXTS} for name in names}


def age(found: Discrepancy, as_of: datetime) -> str:
    """The name of its bucket."""
    if found.since is None:
        return UNKNOWN_AGE
    length = as_of - found.since
    return next((name for name, limit in AGES if length < limit), OLDER)


def _weight(found: Discrepancy) -> tuple[int, int, float]:
    risk = found.at_risk.minor if found.at_risk else -1
    return int(found.verdict.open), risk, (_LATEST - (found.since or _LATEST)).total_seconds()
