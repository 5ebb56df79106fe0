"""The statements behind `PostgresReconciliationWork`.

Stored payments are walked through by their primary key, a bounded number of rows at a time, so that a page costs the
same however many there are, and what changes meanwhile neither moves nor hides anything.
"""

from typing import Any

from sqlalchemy import ARRAY, Boolean, Integer, Interval, Text, Uuid
from sqlalchemy.types import TypeEngine

from adapters.persistence.payment_statements import PAYMENT_WITH_OPERATIONS
from adapters.persistence.queue_statements import INSTANT, ORDER, THIS_TENANT
from adapters.persistence.statement import Statement

_PART: dict[str, TypeEngine[Any]] = {
    "run_id": Uuid(),
    **{name: Text() for name in ("merchant", "channel", "source", "after")},
    "token": Uuid(),
}
_TAKEN = "merchant, channel, source, after, upto, token"
_THIS_PART = f"{THIS_TENANT} AND run_id = :run_id AND source = :source AND after = :after AND token = :token"

TENANTS = Statement.of(
    """
    WITH RECURSIVE seen AS (
        (SELECT merchant, channel FROM checkout_order ORDER BY merchant, channel LIMIT 1)
        UNION ALL
        SELECT following.merchant, following.channel FROM seen t CROSS JOIN LATERAL (
            SELECT merchant, channel FROM checkout_order WHERE (merchant, channel) > (t.merchant, t.channel)
            ORDER BY merchant, channel LIMIT 1
        ) following
    ),
    heard AS (
        (SELECT merchant, channel FROM inbox ORDER BY merchant, channel LIMIT 1)
        UNION ALL
        SELECT following.merchant, following.channel FROM heard t CROSS JOIN LATERAL (
            SELECT merchant, channel FROM inbox WHERE (merchant, channel) > (t.merchant, t.channel)
            ORDER BY merchant, channel LIMIT 1
        ) following
    )
    SELECT merchant, channel FROM (SELECT * FROM seen UNION SELECT * FROM heard) known
    WHERE (:merchant = '' OR merchant = :merchant) AND (:channel = '' OR channel = :channel)
    """,
    name="reconciliation.tenants",
    types={"merchant": Text(), "channel": Text()},
)

PLAN = Statement.of(
    """
    INSERT INTO reconciliation_cursor (merchant, channel, run_id, source, position, exhausted)
    SELECT w.merchant, w.channel, r.id, w.source, '', false
    FROM reconciliation_run r, jsonb_to_recordset(CAST(:work AS jsonb)) AS w (merchant text, channel text, source text)
    WHERE r.id = :run_id AND r.ended_at IS NULL
    ON CONFLICT DO NOTHING
    """,
    name="reconciliation.plan",
    types={"run_id": Uuid(), "work": Text()},
)

TAKE_LEFT = Statement.of(
    f"""
    WITH left_behind AS (
        SELECT merchant, channel, run_id, source, after FROM reconciliation_part
        WHERE run_id = :run_id AND leased_until <= now() ORDER BY leased_until LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    UPDATE reconciliation_part p SET token = gen_random_uuid(), leased_until = now() + :lease
    FROM left_behind l WHERE (p.merchant, p.channel, p.run_id, p.source, p.after)
        = (l.merchant, l.channel, l.run_id, l.source, l.after)
    RETURNING {", ".join("p." + name for name in _TAKEN.split(", "))}
    """,
    name="reconciliation.take_left",
    types={"run_id": Uuid(), "lease": Interval()},
)

# A page that is full ends before its last order, whose other payments may be on the next one. Nobody knows how many
# pages Norce lists, so there each counts as the last until it is done and says that more follow.
TAKE_NEXT = Statement.of(
    f"""
    WITH cursor AS MATERIALIZED (
        SELECT merchant, channel, source, position FROM reconciliation_cursor
        WHERE run_id = :run_id AND NOT exhausted ORDER BY taken_at NULLS FIRST, merchant, channel, source
        LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
    ),
    page AS MATERIALIZED (
        SELECT p.order_id FROM cursor c CROSS JOIN LATERAL (
            SELECT order_id FROM payment p
            WHERE p.merchant = c.merchant AND p.channel = c.channel AND p.order_id > c.position
            ORDER BY p.order_id, p.payment_id LIMIT :size
        ) p WHERE c.source = 'stored'
    ),
    bounds AS (
        SELECT count(*) AS many, max(order_id) AS last,
            max(order_id) FILTER (WHERE order_id < (SELECT max(order_id) FROM page)) AS last_whole
        FROM page
    ),
    stretch AS MATERIALIZED (
        SELECT c.*, CASE
            WHEN c.source = 'norce' THEN CAST(CAST('0' || c.position AS bigint) + :listed AS text)
            WHEN b.many < :size THEN coalesce(b.last, c.position)
            ELSE coalesce(b.last_whole, b.last)
        END AS upto, c.source = 'norce' OR b.many < :size AS last_one
        FROM cursor c, bounds b
    ),
    moved AS (
        UPDATE reconciliation_cursor x SET position = s.upto, exhausted = s.last_one, taken_at = clock_timestamp()
        FROM stretch s WHERE (x.merchant, x.channel, x.run_id, x.source) = (s.merchant, s.channel, :run_id, s.source)
    ),
    taken AS (
        INSERT INTO reconciliation_part (merchant, channel, run_id, source, after, upto, token, leased_until)
        SELECT merchant, channel, :run_id, source, position, upto, gen_random_uuid(), now() + :lease FROM stretch
        WHERE upto <> position
        RETURNING {_TAKEN}
    )
    SELECT s.merchant, s.channel, s.source, s.position AS after, s.upto, t.token
    FROM stretch s LEFT JOIN taken t ON true
    """,
    name="reconciliation.take_next",
    types={"run_id": Uuid(), "lease": Interval(), "size": Integer(), "listed": Integer()},
)

RENEW = Statement.of(
    f"UPDATE reconciliation_part SET leased_until = now() + :lease WHERE {_THIS_PART} RETURNING 1",
    name="reconciliation.renew",
    types={**_PART, "lease": Interval()},
)

_SUMS = ", ".join(
    f"'{name}', coalesce((r.counts ->> '{name}')::bigint, 0) + :{name}" for name in ("done", "compared", "failed")
)
_REQUESTS = ", ".join(
    f"'{name}', coalesce((r.counts -> 'requests' ->> '{name}')::bigint, 0) + :{name}" for name in ("norce", "qliro")
)

FINISH = Statement.of(
    f"""
    WITH mine AS (DELETE FROM reconciliation_part WHERE {_THIS_PART} RETURNING 1),
    over AS (
        UPDATE reconciliation_cursor SET exhausted = false FROM mine
        WHERE :source = 'norce' AND NOT :exhausted AND {THIS_TENANT} AND run_id = :run_id AND source = :source
    ),
    verified AS (
        UPDATE payment p SET verified_version = v.version
        FROM mine, jsonb_to_recordset(CAST(:verified AS jsonb)) AS v (order_id text, payment_id text, version integer)
        WHERE p.merchant = :merchant AND p.channel = :channel AND p.order_id = v.order_id
            AND p.payment_id = v.payment_id AND p.version = v.version
    )
    UPDATE reconciliation_run r
    SET counts = r.counts || jsonb_build_object({_SUMS}, 'requests', jsonb_build_object({_REQUESTS}))
    FROM mine WHERE r.id = :run_id
    RETURNING 1
    """,
    name="reconciliation.finish",
    types={
        **_PART,
        **{name: Integer() for name in ("done", "compared", "failed", "norce", "qliro")},
        "verified": Text(),
        "exhausted": Boolean(),
    },
)

UNFINISHED = Statement.of(
    """
    SELECT EXISTS (SELECT FROM reconciliation_cursor WHERE run_id = :run_id AND NOT exhausted)
        OR EXISTS (SELECT FROM reconciliation_part WHERE run_id = :run_id) AS left_over
    """,
    name="reconciliation.unfinished",
    types={"run_id": Uuid()},
)

CONCLUDE = Statement.of(
    """
    WITH tally AS (
        SELECT kind, verdict, currency, count(*) AS many,
            coalesce(sum(at_risk) FILTER (WHERE verdict <> 'mended'), 0) AS at_risk
        FROM reconciliation_finding WHERE run_id = :run_id GROUP BY kind, verdict, currency
    ),
    verdicts AS (SELECT kind, verdict, sum(many) AS many FROM tally GROUP BY kind, verdict),
    kinds AS (SELECT kind, jsonb_object_agg(verdict, many) AS verdicts FROM verdicts GROUP BY kind),
    risks AS (
        SELECT currency, sum(at_risk) AS at_risk FROM tally WHERE currency IS NOT NULL GROUP BY currency
    ),
    cleared AS (DELETE FROM reconciliation_cursor WHERE run_id = :run_id)
    UPDATE reconciliation_run r SET ended_at = coalesce(r.ended_at, :at), counts = r.counts || jsonb_build_object(
        'found', (SELECT coalesce(jsonb_object_agg(kind, verdicts), '{}') FROM kinds),
        'at_risk', (SELECT coalesce(jsonb_object_agg(currency, at_risk) FILTER (WHERE at_risk > 0), '{}') FROM risks)
    )
    WHERE id = :run_id
    """,
    name="reconciliation.conclude",
    types={"run_id": Uuid(), "at": INSTANT},
)

_SELECTION: dict[str, TypeEngine[Any]] = {
    "since": INSTANT,
    "until": INSTANT,
    "undecided": Boolean(),
    "only_open": Boolean(),
    "order_id": Text(),
    "statuses": ARRAY(Text()),
    "every": Integer(),
    "turn": Integer(),
    "rotated_since": INSTANT,
}
_PARKED = """p.order_id IN (SELECT x.order_id FROM outbox x WHERE x.merchant = :merchant AND x.channel = :channel
        AND x.parked_at IS NOT NULL AND x.delivered_at IS NULL
    UNION ALL SELECT i.order_id FROM inbox i WHERE i.merchant = :merchant AND i.channel = :channel
        AND i.parked_at IS NOT NULL AND i.handled_at IS NULL)"""
_OPEN = f"(p.look_at IS NOT NULL OR p.status IN ('intent', 'pending') OR {_PARKED})"
_ITS_TURN = """(:every > 0 AND p.updated_at >= :rotated_since
        AND CAST(CAST('x' || left(md5(p.order_id), 7) AS bit(28)) AS integer) % greatest(:every, 1) = :turn)"""
# What is over and was found to agree costs nothing: it is looked at again when it has changed, or when it is named.
_MEANT = f"""(:order_id = '' OR p.order_id = :order_id)
    AND (cardinality(:statuses) = 0 OR p.status = ANY(:statuses))
    AND (:order_id <> '' OR p.verified_version IS DISTINCT FROM p.version OR {_PARKED})
    AND CASE WHEN :only_open THEN {_OPEN}
        ELSE (CAST(:since AS timestamptz) IS NULL OR p.updated_at >= :since)
            AND (CAST(:until AS timestamptz) IS NULL OR p.updated_at < :until)
            OR :undecided AND {_OPEN}
            OR {_ITS_TURN}
    END"""
_LETTER = """json_build_object('id', CAST(x.id AS text), 'payment_id', x.payment_id, 'kind', x.kind, 'since',
    x.created_at, 'parked', x.parked_at IS NOT NULL, 'last_error', coalesce(x.last_error, ''))"""
_NOTICE = """json_build_object('id', CAST(i.id AS text), 'payment_id', i.payment_id, 'kind', i.kind || ' callback',
    'since', i.received_at, 'parked', i.parked_at IS NOT NULL, 'last_error', coalesce(i.last_error, ''))"""
_THIS = f"{THIS_TENANT} AND order_id"


def _orders(chosen: str) -> str:
    """The `chosen` orders (order_id, meant), each with everything about it as JSON."""
    return f"""
    WITH chosen AS MATERIALIZED ({chosen}),
    waiting AS MATERIALIZED (
        SELECT order_id, json_agg({_NOTICE}) AS notices FROM (
            SELECT * FROM inbox i WHERE {THIS_TENANT} AND parked_at IS NOT NULL AND handled_at IS NULL
            UNION ALL SELECT * FROM inbox i WHERE {THIS_TENANT} AND parked_at IS NULL AND handled_at IS NULL
        ) i GROUP BY order_id
    )
    SELECT c.order_id, c.meant, s.merchant_reference, s.attempt, s.cart_digest,
        (SELECT json_agg(x ORDER BY x.created_at, x.payment_id)::text FROM (
            {PAYMENT_WITH_OPERATIONS.replace(":order_id", "c.order_id")}) x) AS payments,
        (SELECT json_agg({_LETTER})::text FROM outbox x WHERE {_THIS} = c.order_id AND delivered_at IS NULL) AS letters,
        CAST(w.notices AS text) AS notices
    FROM chosen c
    LEFT JOIN checkout_order s ON s.merchant = :merchant AND s.channel = :channel AND s.order_id = c.order_id
    LEFT JOIN waiting w ON w.order_id = c.order_id
    ORDER BY c.order_id
    """


ORDERS = Statement.of(
    _orders(
        f"""SELECT p.order_id, array_agg(p.payment_id) AS meant FROM payment p
        WHERE {THIS_TENANT} AND p.order_id > :after AND p.order_id <= :upto AND {_MEANT} GROUP BY p.order_id"""
    ),
    name="reconciliation.orders",
    types={"merchant": Text(), "channel": Text(), "after": Text(), "upto": Text(), **_SELECTION},
)

ORDER_NOW = Statement.of(
    _orders(
        f"""SELECT CAST(:order_id AS text) AS order_id,
            (SELECT coalesce(array_agg(payment_id), '{{}}') FROM payment WHERE {_THIS} = :order_id) AS meant"""
    ),
    name="reconciliation.order",
    types={**ORDER},
)

KNOWN = Statement.of(
    f"""
    SELECT p.order_id, p.payment_id FROM payment p
    JOIN jsonb_to_recordset(CAST(:keys AS jsonb)) AS k (order_id text, payment_id text)
        ON p.order_id = k.order_id AND p.payment_id = k.payment_id
    WHERE {THIS_TENANT} AND p.provider_order_id IS NOT NULL
    """,
    name="reconciliation.known",
    types={"merchant": Text(), "channel": Text(), "keys": Text()},
)

COUNT = Statement.of(
    f"""
    WITH page AS MATERIALIZED (
        SELECT p.* FROM payment p WHERE {THIS_TENANT} AND p.order_id > :after
        ORDER BY p.order_id, p.payment_id LIMIT :limit
    )
    SELECT count(*) FILTER (WHERE {_MEANT}) AS many, count(*) AS looked_at, max(order_id) AS last FROM page p
    """,
    name="reconciliation.count",
    types={"merchant": Text(), "channel": Text(), "after": Text(), "limit": Integer(), **_SELECTION},
)
