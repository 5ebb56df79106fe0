"""The statements behind `PostgresPostOffice`. They read partial indexes only: what is done costs nothing."""

from sqlalchemy import ARRAY, BigInteger, Boolean, DateTime, Integer, Text, Uuid

from adapters.persistence.queue_statements import INSTANT
from adapters.persistence.statement import Statement

_KEY = "merchant, channel, order_id"
_PARKED_LETTER = "x.parked_at IS NOT NULL AND x.delivered_at IS NULL"
_OPEN_LETTER = "o.outbox_due_at IS NOT NULL AND x.parked_at IS NULL AND x.delivered_at IS NULL"
_OPEN_LETTERS = f"checkout_order o JOIN outbox x USING ({_KEY})"
_PARKED_NOTICE = "i.parked_at IS NOT NULL AND i.handled_at IS NULL"
_OPEN_NOTICE = "i.parked_at IS NULL AND i.handled_at IS NULL"


def _letters(next_try: str) -> str:
    return f"""SELECT 'letter' AS direction, CAST(x.id AS text) AS id, {_KEY}, x.payment_id, x.kind,
        CAST(x.payload AS text) AS facts, x.created_at AS since, x.attempts, {next_try} AS next_try, x.last_error"""


def _notices(next_try: str) -> str:
    return f"""SELECT 'callback' AS direction, CAST(i.id AS text) AS id, {_KEY}, i.payment_id, i.kind,
        CAST(i.facts AS text) AS facts, i.received_at AS since, i.attempts, {next_try} AS next_try, i.last_error"""


_NEVER = "CAST(NULL AS timestamptz)"
_ALL_OPEN = f"""(
    {_letters(_NEVER)} FROM outbox x WHERE {_PARKED_LETTER}
    UNION ALL {_letters("o.outbox_due_at")} FROM {_OPEN_LETTERS} WHERE {_OPEN_LETTER}
    UNION ALL {_notices(_NEVER)} FROM inbox i WHERE {_PARKED_NOTICE}
    UNION ALL {_notices("i.due_at")} FROM inbox i WHERE {_OPEN_NOTICE}
) m"""

LOOK = Statement.of(
    f"""
    SELECT * FROM {_ALL_OPEN}
    WHERE (:merchant = '' OR merchant = :merchant) AND (:channel = '' OR channel = :channel)
        AND (:order_id = '' OR order_id = :order_id) AND (:kind = '' OR :kind IN (kind, direction))
        AND CASE
            WHEN next_try IS NULL THEN :parked
            WHEN attempts > 0 THEN :failing
            ELSE :waiting
        END
        AND (CAST(:after AS timestamptz) IS NULL OR (since, id) > (:after, :after_id))
    ORDER BY since, id LIMIT :limit
    """,
    name="post_office.look",
    types={
        **{name: Text() for name in ("merchant", "channel", "order_id", "kind", "after_id")},
        **{name: Boolean() for name in ("parked", "failing", "waiting")},
        "after": DateTime(timezone=True),
        "limit": Integer(),
    },
)

FIND = Statement.of(f"SELECT * FROM {_ALL_OPEN} WHERE id = :id", name="post_office.find", types={"id": Text()})

# Orders are locked first and in one order, so that two hands do not wait for each other. A letter that somebody else
# has handed back meanwhile is not counted twice: its row is looked at again once it is ours.
HAND_BACK_LETTERS = Statement.of(
    f"""
    WITH asked AS MATERIALIZED (
        SELECT {_KEY}, x.id FROM outbox x WHERE {_PARKED_LETTER} AND x.id = ANY(:ids)
        UNION ALL SELECT {_KEY}, x.id FROM {_OPEN_LETTERS} WHERE {_OPEN_LETTER} AND x.id = ANY(:ids)
    ),
    locked AS MATERIALIZED (
        SELECT {_KEY} FROM checkout_order o WHERE ({_KEY}) IN (SELECT {_KEY} FROM asked)
        ORDER BY {_KEY} FOR NO KEY UPDATE
    ),
    reopened AS (
        UPDATE outbox x SET parked_at = NULL FROM asked a JOIN locked USING ({_KEY})
        WHERE (x.merchant, x.channel, x.order_id, x.id) = (a.merchant, a.channel, a.order_id, a.id) AND {_PARKED_LETTER}
        RETURNING x.merchant, x.channel, x.order_id
    ),
    more AS (
        SELECT {_KEY}, (
            SELECT count(*) FROM reopened r
            WHERE (r.merchant, r.channel, r.order_id) = (l.merchant, l.channel, l.order_id)
        ) AS letters FROM locked l
    ),
    due AS (
        UPDATE checkout_order o
        SET outbox_open = o.outbox_open + m.letters, outbox_due_at = least(o.outbox_due_at, :now)
        FROM more m WHERE (o.merchant, o.channel, o.order_id) = (m.merchant, m.channel, m.order_id)
            AND o.outbox_open + m.letters > 0
    )
    SELECT CAST(id AS text) AS id FROM asked
    """,
    name="post_office.hand_back_letters",
    types={"ids": ARRAY(BigInteger()), "now": INSTANT},
)

HAND_BACK_NOTICES = Statement.of(
    f"""
    WITH asked AS MATERIALIZED (
        SELECT merchant, channel, id FROM inbox i WHERE {_PARKED_NOTICE} AND id = ANY(:ids)
        UNION ALL SELECT merchant, channel, id FROM inbox i WHERE {_OPEN_NOTICE} AND id = ANY(:ids)
    ),
    locked AS MATERIALIZED (
        SELECT merchant, channel, id FROM inbox WHERE (merchant, channel, id) IN (SELECT * FROM asked)
        ORDER BY merchant, channel, id FOR NO KEY UPDATE
    )
    UPDATE inbox i SET parked_at = NULL, due_at = least(i.due_at, :now) FROM locked l
    WHERE (i.merchant, i.channel, i.id) = (l.merchant, l.channel, l.id) AND i.handled_at IS NULL
    RETURNING CAST(i.id AS text) AS id
    """,
    name="post_office.hand_back_notices",
    types={"ids": ARRAY(Uuid()), "now": INSTANT},
)

BACKLOG = Statement.of(
    f"""
    SELECT *, current_setting('transaction_read_only') = 'on' AS read_only,
        (SELECT count(*) FROM inbox i WHERE {_PARKED_NOTICE}) AS inbox_parked,
        (SELECT count(*) FROM outbox x WHERE {_PARKED_LETTER}) AS outbox_parked
    FROM
        (SELECT count(*), min(received_at) FROM inbox i WHERE {_OPEN_NOTICE}) AS a (inbox_waiting, oldest_in_inbox),
        (SELECT count(*), min(x.created_at) FROM {_OPEN_LETTERS} WHERE {_OPEN_LETTER})
            AS b (outbox_waiting, oldest_in_outbox),
        (SELECT count(*), min(updated_at) FROM payment WHERE look_at IS NOT NULL AND status <> 'intent')
            AS c (payments_undecided, oldest_undecided)
    """,
    name="post_office.backlog",
    types={},
)


def _old(table: str, since: str, done: str) -> str:
    """Rows in the way of somebody else are left for the next time."""
    return f"""DELETE FROM {table} WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM {table} WHERE {since} < :before AND {done} < :before LIMIT :limit FOR UPDATE SKIP LOCKED
    )) RETURNING 1"""


CLEAR_AWAY = Statement.of(
    f"""
    WITH letters AS ({_old("outbox", "created_at", "delivered_at")}),
    notices AS ({_old("inbox", "received_at", "handled_at")})
    SELECT (SELECT count(*) FROM letters) + (SELECT count(*) FROM notices) AS gone
    """,
    name="post_office.clear_away",
    types={"before": INSTANT, "limit": Integer()},
)
