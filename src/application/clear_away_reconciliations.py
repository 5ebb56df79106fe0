"""Forget old reconciliations, once nobody will want to see them again."""

from datetime import timedelta

from application.ports.clock import Clock
from application.ports.reconciliations import Reconciliations

KEPT_FOR = timedelta(days=400)
"""A year's closing can look at every run of that year."""
_BATCH = 1_000


class ClearAwayReconciliations:
    """Keeps runs and findings from growing for ever. What is open is never touched."""

    def __init__(self, reconciliations: Reconciliations, clock: Clock) -> None:
        self._reconciliations = reconciliations
        self._clock = clock

    async def __call__(self) -> None:
        """In small batches, each of its own. Raises StoreUnavailable; the next time goes on from there."""
        before = self._clock.now() - KEPT_FOR
        while await self._reconciliations.clear_away(before=before, limit=_BATCH):
            pass
