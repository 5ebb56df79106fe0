"""Letters to Norce in PostgreSQL: one relay per order at a time, oldest first."""

from collections.abc import Iterator, Set
from datetime import datetime, timedelta
from itertools import takewhile

import asyncpg
import msgspec
from msgspec import Struct

from adapters.persistence import outbox_statements as statements
from adapters.persistence.database import Database
from application.ports.clock import Clock
from application.ports.outbox import Bundle, Letter
from domain.identifiers import OrderKey
from domain.messages import Message, MessageKind


class LetterRow(Struct):
    id: int
    payment_id: str
    kind: str
    payload: dict[str, str | int | bool]
    attempts: int
    created_at: datetime


_rows = msgspec.json.Decoder(list[LetterRow])


class PostgresOutbox:
    """See `application.ports.outbox.Outbox`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def take(
        self, *, limit: int, lease: timedelta, order: OrderKey | None = None, besides: Set[str] = frozenset()
    ) -> tuple[Bundle, ...]:
        now = self._clock.now()
        if order is None:
            many = sorted(besides)
            rows = await self._database.rows(statements.TAKE, limit=limit, lease=lease, now=now, besides=many)
        else:
            rows = await self._database.rows(statements.TAKE_ONE, **_key(order), lease=lease, now=now)
        return tuple(bundle for row in rows for bundle in _bundle(row))

    async def delivered(self, bundle: Bundle, letter: Letter) -> None:
        now = self._clock.now()
        await self._database.row(statements.DELIVERED, **_key(bundle.order), id=letter.id, now=now)

    async def defer(self, bundle: Bundle, letter: Letter, *, until: datetime | None, reason: str) -> None:
        place = {**_key(bundle.order), "id": letter.id, "token": bundle.token, "reason": reason}
        if until is None:
            await self._database.row(statements.PARK, **place, now=self._clock.now())
        else:
            await self._database.row(statements.DEFER, **place, until=until)

    async def release(self, bundle: Bundle) -> None:
        await self._database.row(statements.RELEASE, **_key(bundle.order), token=bundle.token)


def _key(order: OrderKey) -> dict[str, object]:
    return {"merchant": order.merchant, "channel": order.channel, "order_id": order.order_id}


def _bundle(row: asyncpg.Record) -> Iterator[Bundle]:
    """Up to the first letter that only a newer version of this service understands; none when that is the first."""
    order = OrderKey(row["merchant"], row["channel"], row["order_id"])
    known = takewhile(lambda letter: letter.kind in set(MessageKind), _rows.decode(row["letters"] or "[]"))
    letters = tuple(
        Letter(
            id=letter.id,
            key=order.payment(letter.payment_id),
            message=Message(MessageKind(letter.kind), letter.payload),
            attempts=letter.attempts + (1 if row["interrupted"] and number == 0 else 0),
            created_at=letter.created_at,
        )
        for number, letter in enumerate(known)
    )
    if letters:
        yield Bundle(order, row["relay_token"], letters)
