"""Time and chance, injected."""

from datetime import datetime
from typing import Protocol
from uuid import UUID


class Clock(Protocol):
    """The only source of time."""

    def now(self) -> datetime:
        """The present, timezone-aware UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let others run for about that long."""
        ...


class Ids(Protocol):
    """The only source of fresh identifiers."""

    def fresh(self) -> UUID:
        """A new time-ordered unique identifier."""
        ...
