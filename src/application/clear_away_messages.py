"""Delete messages that are done with, once nobody will ask about them any more."""

from datetime import timedelta

from application.ports.clock import Clock
from application.ports.post_office import PostOffice

_BATCH = 1_000


class ClearAwayMessages:
    """Keeps inbox and outbox from growing for ever. What waits or is parked is never touched."""

    def __init__(self, office: PostOffice, clock: Clock, *, kept_for: timedelta) -> None:
        self._office = office
        self._clock = clock
        self._kept_for = kept_for

    async def __call__(self) -> None:
        """In small batches, each of its own. Raises StoreUnavailable; the next time goes on from there."""
        before = self._clock.now() - self._kept_for
        while await self._office.clear_away(before=before, limit=_BATCH):
            pass
