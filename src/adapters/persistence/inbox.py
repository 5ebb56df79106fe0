"""Callbacks in PostgreSQL: stored once by a unique key, taken with SKIP LOCKED and a lease."""

from collections.abc import Iterator, Set
from datetime import datetime, timedelta
from uuid import uuid4

import asyncpg
import msgspec
from sqlalchemy import Text, Uuid, bindparam
from sqlalchemy.dialects.postgresql import insert

from adapters.persistence.database import Database
from adapters.persistence.queue_statements import INSTANT, SHARE, TAKING, TENANT, THIS_TENANT, due_tenants
from adapters.persistence.statement import Statement
from adapters.persistence.tables import inbox
from application.ports.clock import Clock
from application.ports.inbox import Notice, NoticeKind, StoredNotice
from domain.errors import ValidationRefused
from domain.identifiers import PaymentKey

_STORED = (
    "merchant",
    "channel",
    "id",
    "order_id",
    "payment_id",
    "kind",
    "dedupe_key",
    "facts",
    "received_at",
    "due_at",
)
_DUE = """handled_at IS NULL AND parked_at IS NULL AND due_at <= :now
    AND (leased_until IS NULL OR leased_until <= now())"""

ACCEPT = Statement(
    insert(inbox)
    .values({name: bindparam(name, type_=inbox.c[name].type) for name in _STORED})
    .on_conflict_do_nothing(constraint="uq_inbox_dedupe_key")
    .returning(inbox.c.id),
    name="accept",
)

TAKE = Statement.of(
    f"""
    WITH {due_tenants("inbox", _DUE)},
    free AS MATERIALIZED (
        SELECT mine.*, row_number() OVER (PARTITION BY t.merchant, t.channel ORDER BY due_at, id) AS turn
        FROM tenants t CROSS JOIN LATERAL (
            SELECT i.merchant, i.channel, i.id, i.due_at FROM inbox i
            WHERE i.merchant = t.merchant AND i.channel = t.channel AND {_DUE}
            ORDER BY i.due_at, i.id LIMIT {SHARE} FOR UPDATE SKIP LOCKED
        ) mine
    ),
    chosen AS MATERIALIZED (SELECT * FROM free ORDER BY turn, due_at, id LIMIT :limit),
    leased AS (
        UPDATE inbox i SET leased_until = now() + :lease FROM chosen c
        WHERE (i.merchant, i.channel, i.id) = (c.merchant, c.channel, c.id)
        RETURNING i.*, c.turn
    )
    SELECT *, facts::text AS told FROM leased ORDER BY turn, due_at, id
    """,
    name="inbox.take",
    types=TAKING,
)

HANDLED = Statement.of(
    f"""
    UPDATE inbox SET handled_at = :now, leased_until = NULL, facts = facts - 'token'
    WHERE {THIS_TENANT} AND id = :id AND handled_at IS NULL
    """,
    name="inbox.handled",
    types={**TENANT, "id": Uuid(), "now": INSTANT},
)

DEFER = Statement.of(
    f"""
    UPDATE inbox SET
        attempts = attempts + 1, leased_until = NULL, last_error = :reason, due_at = coalesce(:until, due_at),
        parked_at = CASE WHEN :until IS NULL THEN :now END
    WHERE {THIS_TENANT} AND id = :id AND handled_at IS NULL
    """,
    name="inbox.defer",
    types={**TENANT, "id": Uuid(), "now": INSTANT, "until": INSTANT, "reason": Text()},
)


EXPEDITE = Statement.of(
    f"""
    UPDATE inbox SET due_at = least(due_at, :now)
    WHERE {THIS_TENANT} AND handled_at IS NULL AND parked_at IS NULL
        AND order_id = :order_id AND payment_id = :payment_id AND kind = :kind
    """,
    name="inbox.expedite",
    types={**TENANT, "order_id": Text(), "payment_id": Text(), "kind": Text(), "now": INSTANT},
)
"""Reads what waits of the tenant, which an index keeps apart from all that is done."""


class PostgresInbox:
    """See `application.ports.inbox.Inbox`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def accept(self, notice: Notice) -> bool:
        now = self._clock.now()
        stored = await self._database.row(
            ACCEPT,
            merchant=notice.key.merchant,
            channel=notice.key.channel,
            id=uuid4(),
            order_id=notice.key.order_id,
            payment_id=notice.key.payment_id,
            kind=notice.kind.value,
            dedupe_key=notice.dedupe_key,
            facts=_encoded(notice),
            received_at=now,
            due_at=now,
        )
        return stored is not None

    async def take(self, *, limit: int, lease: timedelta, besides: Set[str] = frozenset()) -> tuple[StoredNotice, ...]:
        now = self._clock.now()
        rows = await self._database.rows(TAKE, limit=limit, lease=lease, now=now, besides=sorted(besides))
        return tuple(notice for row in rows for notice in _notice(row))

    async def handled(self, notice: StoredNotice) -> None:
        await self._database.row(HANDLED, **_place(notice), now=self._clock.now())

    async def expedite(self, key: PaymentKey, kind: NoticeKind) -> None:
        place = {"merchant": key.merchant, "channel": key.channel, "order_id": key.order_id}
        values = {**place, "payment_id": key.payment_id, "kind": kind.value}
        await self._database.row(EXPEDITE, **values, now=self._clock.now())

    async def defer(self, notice: StoredNotice, *, until: datetime | None, reason: str) -> None:
        await self._database.row(DEFER, **_place(notice), now=self._clock.now(), until=until, reason=reason)


def _encoded(notice: Notice) -> str:
    try:
        return msgspec.json.encode(dict(notice.facts)).decode()
    except UnicodeError as refused:
        raise ValidationRefused("The callback contains a value that cannot be stored.") from refused


def _place(notice: StoredNotice) -> dict[str, object]:
    key = notice.notice.key
    return {"merchant": key.merchant, "channel": key.channel, "id": notice.id}


def _notice(row: asyncpg.Record) -> Iterator[StoredNotice]:
    """None for a kind that only a newer version of this service knows: that one will take it."""
    if row["kind"] not in set(NoticeKind):
        return
    notice = Notice(
        key=PaymentKey(row["merchant"], row["channel"], row["order_id"], row["payment_id"]),
        kind=NoticeKind(row["kind"]),
        dedupe_key=row["dedupe_key"],
        facts=msgspec.json.decode(row["told"], type=dict[str, str | int | None]),
    )
    yield StoredNotice(row["id"], notice, row["attempts"], row["received_at"])
