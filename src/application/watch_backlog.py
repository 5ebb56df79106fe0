"""Tell operators how much waits, so that they hear of it before anybody else does."""

from typing import Protocol

from application.ports.clock import Clock
from application.ports.post_office import Backlog, PostOffice
from domain.errors import StoreUnavailable


class BacklogObserver(Protocol):
    """Shows the backlog. Must not raise."""

    def backlog_seen(self, backlog: Backlog, *, ages: dict[str, float]) -> None:
        """What waits; `ages` in seconds of the oldest in the inbox and outbox and of the oldest undecided payment."""
        ...

    def backlog_unknown(self) -> None:
        """It could not be read: what was shown last must not pass for the present."""
        ...


class WatchBacklog:
    """One look, one statement."""

    def __init__(self, office: PostOffice, clock: Clock, observer: BacklogObserver) -> None:
        self._office = office
        self._clock = clock
        self._observer = observer

    async def __call__(self) -> None:
        """Raises StoreUnavailable after telling so."""
        try:
            backlog = await self._office.backlog()
        except StoreUnavailable:
            self._observer.backlog_unknown()
            raise
        now = self._clock.now()
        oldest = {
            "inbox": backlog.oldest_in_inbox,
            "outbox": backlog.oldest_in_outbox,
            "payments_undecided": backlog.oldest_undecided,
        }
        ages = {name: max(0.0, (now - since).total_seconds()) if since else 0.0 for name, since in oldest.items()}
        self._observer.backlog_seen(backlog, ages=ages)
