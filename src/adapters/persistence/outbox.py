"""Letters to Norce in PostgreSQL: one relay per order at a time, oldest first."""

import time
from collections.abc import Iterator, Sequence, Set
from datetime import timedelta

import asyncpg

from adapters.persistence import outbox_statements as statements
from adapters.persistence.database import Database
from adapters.persistence.letters import letters_of
from application.ports.clock import Clock
from application.ports.outbox import Bundle, Letter, Undelivered
from domain.identifiers import OrderKey


class PostgresOutbox:
    """See `application.ports.outbox.Outbox`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def take(
        self, *, limit: int, lease: timedelta, order: OrderKey | None = None, besides: Set[str] = frozenset()
    ) -> tuple[Bundle, ...]:
        now, since = self._clock.now(), time.monotonic()
        if order is None:
            many = sorted(besides)
            rows = await self._database.rows(statements.TAKE, limit=limit, lease=lease, now=now, besides=many)
        else:
            rows = await self._database.rows(statements.TAKE_ONE, **_key(order), lease=lease, now=now)
        return tuple(bundle for row in rows for bundle in _bundle(row, since))

    async def owed(self, order: OrderKey) -> bool:
        return await self._database.row(statements.OWED, **_key(order), now=self._clock.now()) is not None

    async def close(self, bundle: Bundle, *, delivered: Sequence[Letter], failed: Undelivered | None = None) -> None:
        await self._database.row(
            statements.CLOSE,
            **_key(bundle.order),
            token=bundle.token,
            ids=[str(letter.id) for letter in delivered],
            failed=failed.letter.id if failed else None,
            until=failed.until if failed else None,
            reason=failed.reason if failed else None,
            now=self._clock.now(),
        )


def _key(order: OrderKey) -> dict[str, object]:
    return {"merchant": order.merchant, "channel": order.channel, "order_id": order.order_id}


def _bundle(row: asyncpg.Record, since: float) -> Iterator[Bundle]:
    """None when the first letter is one that only a newer version of this service understands."""
    order = OrderKey(row["merchant"], row["channel"], row["order_id"])
    letters = letters_of(order, row["letters"], doubted=row["interrupted"])
    if letters:
        yield Bundle(order, row["relay_token"], letters, since=since)
