"""The statements behind `PostgresOutbox`.

The order's row counts its open letters and says when the first is due; the counter is changed by arithmetic on the
row as it is, so that a letter written while others are being closed is never overlooked.
"""

from sqlalchemy import ARRAY, BigInteger, Text, Uuid

from adapters.persistence.queue_statements import INSTANT, ORDER, SHARE, TAKING, THIS_ORDER, due_tenants
from adapters.persistence.statement import Statement

_DUE = "outbox_due_at <= :now AND (relayed_until IS NULL OR relayed_until <= now())"
_KEY = "merchant, channel, order_id"
_OPEN = "delivered_at IS NULL AND parked_at IS NULL"


def _lease(chosen: str) -> str:
    """Lease the `chosen` orders and read their letters.

    The letters are as old as the statement's snapshot. `s` is the order in that snapshot, `o` as it is now: when a
    letter was written or closed in between they differ, and the order is left for the next taker. A relay that gave
    nothing back has died: its letters may have arrived, which is written down with them.
    """
    return f"""
    WITH {chosen},
    leased AS (
        UPDATE checkout_order o SET relay_token = gen_random_uuid(), relayed_until = now() + :lease
        FROM chosen c JOIN checkout_order s USING ({_KEY})
        WHERE (o.merchant, o.channel, o.order_id) = (c.merchant, c.channel, c.order_id)
            AND (o.revision, o.outbox_open) = (s.revision, s.outbox_open)
        RETURNING o.*, c.turn, s.relay_token IS NOT NULL AS interrupted
    ),
    doubted AS (
        UPDATE outbox x SET attempts = x.attempts + 1 FROM leased l
        WHERE l.interrupted AND (x.merchant, x.channel, x.order_id) = (l.merchant, l.channel, l.order_id) AND {_OPEN}
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

OWED = Statement.of(
    f"SELECT 1 FROM checkout_order WHERE {THIS_ORDER} AND (relayed_until > now() OR outbox_due_at <= :now)",
    name="outbox.owed",
    types={**ORDER, "now": INSTANT},
)

# The order's row is locked before its letters, as in `_lease`: a relay that closes late, while the next one takes over,
# would wait for it otherwise with what it waits for.
CLOSE = Statement.of(
    f"""
    WITH held AS MATERIALIZED (
        SELECT relay_token = :token AS mine FROM checkout_order WHERE {THIS_ORDER} FOR NO KEY UPDATE
    ),
    arrived AS (
        UPDATE outbox SET delivered_at = :now, payload = payload - 'token' FROM held
        WHERE {THIS_ORDER} AND id = ANY(CAST(:ids AS bigint[])) AND {_OPEN} RETURNING 1
    ),
    put_off AS (
        UPDATE outbox SET attempts = attempts + 1, last_error = :reason,
            parked_at = CASE WHEN :until IS NULL THEN :now END
        FROM held WHERE mine AND {THIS_ORDER} AND id = :failed AND {_OPEN} RETURNING parked_at
    ),
    done AS (
        SELECT (SELECT count(*) FROM arrived) + count(parked_at) AS letters, count(*) > count(parked_at) AS waits
        FROM put_off
    )
    UPDATE checkout_order SET
        outbox_open = outbox_open - letters,
        outbox_due_at = CASE WHEN outbox_open > letters THEN CASE WHEN waits THEN :until ELSE outbox_due_at END END,
        relay_token = CASE WHEN relay_token <> :token THEN relay_token END,
        relayed_until = CASE WHEN relay_token <> :token THEN relayed_until END
    FROM done WHERE {THIS_ORDER}
    """,
    name="outbox.close",
    types={
        **ORDER,
        "token": Uuid(),
        "ids": ARRAY(Text()),
        "failed": BigInteger(),
        "until": INSTANT,
        "reason": Text(),
        "now": INSTANT,
    },
)
