"""The real clock and the real source of identifiers."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import uuid_utils


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SystemIds:
    """Version 7: ordered by time, so that index pages are filled one after the other."""

    def fresh(self) -> UUID:
        return UUID(int=uuid_utils.uuid7().int)
