"""What waits in PostgreSQL, over all merchants, and how to hand it back."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from uuid import UUID

import asyncpg
import msgspec

from adapters.persistence import post_office_statements as statements
from adapters.persistence.database import Database
from application.ports.clock import Clock
from application.ports.post_office import Backlog, Choice, Direction, OpenMessage, Standing
from domain.errors import StoreUnavailable
from domain.identifiers import PaymentKey

_LARGEST_ID = 2**63 - 1
_MOST_DIGITS = len(str(_LARGEST_ID))
_facts = msgspec.json.Decoder(dict[str, str | int | bool | None])


class PostgresPostOffice:
    """See `application.ports.post_office.PostOffice`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def look(self, choice: Choice, *, limit: int, after: OpenMessage | None = None) -> tuple[OpenMessage, ...]:
        rows = await self._database.rows(
            statements.LOOK,
            merchant=choice.merchant,
            channel=choice.channel,
            order_id=choice.order_id,
            kind=choice.kind,
            **{str(standing): standing in choice.standings for standing in Standing},
            after=after.since if after else None,
            after_id=after.id if after else "",
            limit=limit,
        )
        return tuple(_message(row) for row in rows)

    async def find(self, message_id: str) -> OpenMessage | None:
        row = await self._database.row(statements.FIND, id=message_id.lower())
        return None if row is None else _message(row)

    async def hand_back(self, ids: Sequence[str]) -> frozenset[str]:
        letters = [number for text in ids for number in _number(text)]
        notices = [found for text in ids for found in _uuid(text)]
        now = self._clock.now()
        rows: list[asyncpg.Record] = []
        if letters:
            rows += await self._database.rows(statements.HAND_BACK_LETTERS, ids=letters, now=now)
        if notices:
            rows += await self._database.rows(statements.HAND_BACK_NOTICES, ids=notices, now=now)
        return frozenset(row["id"] for row in rows)

    async def backlog(self) -> Backlog:
        found = dict(await self._database.row(statements.BACKLOG) or {})
        if found.pop("read_only", False):
            raise StoreUnavailable("The database is read-only.")
        return Backlog(**found)

    async def clear_away(self, *, before: datetime, limit: int) -> int:
        row = await self._database.row(statements.CLEAR_AWAY, before=before, limit=limit)
        return int(row["gone"]) if row else 0


def _number(text: str) -> list[int]:
    digits = text.isdecimal() and len(text) <= _MOST_DIGITS
    return [int(text)] if digits and int(text) <= _LARGEST_ID else []


def _uuid(text: str) -> list[UUID]:
    with suppress(ValueError):
        return [UUID(text)]
    return []


def _message(row: asyncpg.Record) -> OpenMessage:
    return OpenMessage(
        id=row["id"],
        direction=Direction(row["direction"]),
        kind=row["kind"],
        key=PaymentKey(row["merchant"], row["channel"], row["order_id"], row["payment_id"]),
        since=row["since"],
        attempts=row["attempts"],
        next_try=row["next_try"],
        last_error=row["last_error"] or "",
        facts=_facts.decode(row["facts"]),
    )
