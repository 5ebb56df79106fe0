"""The statements behind `PostgresOutbox`.

The order's row counts its open letters and says when the first is due; the counter is changed by arithmetic on the
row as it is, so that a letter written while others are being closed is never overlooked.
"""

from sqlalchemy import BigInteger, Text, Uuid

from adapters.persistence.queue_statements import INSTANT, ORDER, SHARE, TAKING, THIS_ORDER, due_tenants
from adapters.persistence.statement import Statement

_DUE = "outbox_due_at <= :now AND (relayed_until IS NULL OR relayed_until <= now())"
_KEY = "merchant, channel, order_id"
_OPEN = "delivered_at IS NULL AND parked_at IS NULL"
_LETTER = {**ORDER, "id": BigInteger(), "now": INSTANT}
_ONE_LESS = "outbox_open = outbox_open - 1, outbox_due_at = CASE WHEN outbox_open > 1 THEN outbox_due_at END"


def _lease(chosen: str) -> str:
    """Lease the `chosen` orders and read their letters.

    The letters are as old as the statement's snapshot. `s` is the order in that snapshot, `o` as it is now: when a
    letter was written or closed in between they differ, and the order is left for the next taker. A relay that gave
    nothing back has died: it is told, since its letter in hand may have arrived.
    """
    return f"""
    WITH {chosen},
    leased AS (
        UPDATE checkout_order o SET relay_token = gen_random_uuid(), relayed_until = now() + :lease
        FROM chosen c JOIN checkout_order s USING ({_KEY})
        WHERE (o.merchant, o.channel, o.order_id) = (c.merchant, c.channel, c.order_id)
            AND (o.revision, o.outbox_open) = (s.revision, s.outbox_open)
        RETURNING o.*, c.turn, s.relay_token IS NOT NULL AS interrupted
    )
    SELECT {_KEY}, relay_token, interrupted, (
        SELECT json_agg(x ORDER BY x.id)::text FROM outbox x
        WHERE (x.merchant, x.channel, x.order_id) = (l.merchant, l.channel, l.order_id) AND {_OPEN}
    ) AS letters
    FROM leased l ORDER BY turn, outbox_due_at
    """


TAKE = Statement.of(
    _lease(
        f"""{due_tenants("checkout_order", _DUE)},
    free AS MATERIALIZED (
        SELECT mine.*, row_number() OVER (PARTITION BY t.merchant, t.channel ORDER BY outbox_due_at) AS turn
        FROM tenants t CROSS JOIN LATERAL (
            SELECT i.merchant, i.channel, i.order_id, i.outbox_due_at FROM checkout_order i
            WHERE i.merchant = t.merchant AND i.channel = t.channel AND {_DUE}
            ORDER BY i.outbox_due_at LIMIT {SHARE} FOR NO KEY UPDATE SKIP LOCKED
        ) mine
    ),
    chosen AS MATERIALIZED (SELECT * FROM free ORDER BY turn, outbox_due_at LIMIT :limit)"""
    ),
    name="outbox.take",
    types=TAKING,
)

TAKE_ONE = Statement.of(
    _lease(
        f"""chosen AS MATERIALIZED (
        SELECT {_KEY}, 1 AS turn FROM checkout_order WHERE {THIS_ORDER} AND {_DUE} FOR NO KEY UPDATE SKIP LOCKED
    )"""
    ),
    name="outbox.take_one",
    types={**ORDER, "lease": TAKING["lease"], "now": INSTANT},
)

DELIVERED = Statement.of(
    f"""
    WITH closed AS (
        UPDATE outbox SET delivered_at = :now, payload = payload - 'token'
        WHERE {THIS_ORDER} AND id = :id AND {_OPEN} RETURNING 1
    )
    UPDATE checkout_order SET {_ONE_LESS} FROM closed WHERE {THIS_ORDER}
    """,
    name="outbox.delivered",
    types=_LETTER,
)

DEFER = Statement.of(
    f"""
    WITH mine AS (
        UPDATE checkout_order SET outbox_due_at = :until
        WHERE {THIS_ORDER} AND relay_token = :token AND outbox_open > 0
            AND EXISTS (SELECT FROM outbox WHERE {THIS_ORDER} AND id = :id AND {_OPEN})
        RETURNING 1
    )
    UPDATE outbox SET attempts = attempts + 1, last_error = :reason FROM mine WHERE {THIS_ORDER} AND id = :id
    """,
    name="outbox.defer",
    types={**ORDER, "id": BigInteger(), "token": Uuid(), "until": INSTANT, "reason": Text()},
)

PARK = Statement.of(
    f"""
    WITH closed AS (
        UPDATE outbox SET attempts = attempts + 1, last_error = :reason, parked_at = :now
        WHERE {THIS_ORDER} AND id = :id AND {_OPEN}
            AND EXISTS (SELECT FROM checkout_order WHERE {THIS_ORDER} AND relay_token = :token)
        RETURNING 1
    )
    UPDATE checkout_order SET {_ONE_LESS} FROM closed WHERE {THIS_ORDER}
    """,
    name="outbox.park",
    types={**_LETTER, "token": Uuid(), "reason": Text()},
)

RELEASE = Statement.of(
    f"""
    UPDATE checkout_order SET relay_token = NULL, relayed_until = NULL WHERE {THIS_ORDER} AND relay_token = :token
    """,
    name="outbox.release",
    types={**ORDER, "token": Uuid()},
)
