"""Tell operators what the last reconciliations left open, and how long ago that was."""

from collections.abc import Mapping
from typing import Protocol

from application.ports.clock import Clock
from application.ports.reconciliations import Reconciliations
from domain.discrepancy import DiscrepancyKind
from domain.errors import StoreUnavailable


class DiscrepancyObserver(Protocol):
    """Shows what is open. Must not raise."""

    def discrepancies_seen(
        self, counts: Mapping[DiscrepancyKind, int], *, oldest: float, run_ages: Mapping[str, float]
    ) -> None:
        """Every kind has its count. Ages in seconds: of the oldest that is open (0 = none), of each kind's last run."""
        ...

    def discrepancies_unknown(self) -> None:
        """They could not be read: what was shown last must not pass for the present."""
        ...


class WatchDiscrepancies:
    """One look."""

    def __init__(self, reconciliations: Reconciliations, clock: Clock, observer: DiscrepancyObserver) -> None:
        self._reconciliations = reconciliations
        self._clock = clock
        self._observer = observer

    async def __call__(self) -> None:
        """Raises StoreUnavailable after telling so."""
        try:
            known = await self._reconciliations.open()
        except StoreUnavailable:
            self._observer.discrepancies_unknown()
            raise
        now = self._clock.now()
        self._observer.discrepancies_seen(
            {kind: known.counts.get(kind, 0) for kind in DiscrepancyKind},
            oldest=max(0.0, (now - known.oldest).total_seconds()) if known.oldest else 0.0,
            run_ages={str(kind): max(0.0, (now - at).total_seconds()) for kind, at in known.last_ended.items()},
        )
