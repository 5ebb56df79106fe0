"""The statements behind `PostgresPayments`: each is one round trip and one transaction."""

from sqlalchemy import Boolean, Integer, Interval, Text, Uuid

from adapters.persistence.queue_statements import INSTANT, ORDER, SHARE, TAKING, THIS_ORDER, due_tenants
from adapters.persistence.statement import Statement

PAYMENT_WITH_OPERATIONS = """
    SELECT p.*, (
        SELECT coalesce(json_agg(o ORDER BY o.number), '[]') FROM payment_operation o
        WHERE (o.merchant, o.channel, o.order_id, o.payment_id)
            = (p.merchant, p.channel, p.order_id, p.payment_id)
    ) AS operations
    FROM payment p
    WHERE p.merchant = :merchant AND p.channel = :channel AND p.order_id = :order_id
"""

# `seen` is read with the statement's snapshot, `o` is the row as it is now. When a commit slipped in between,
# their revisions differ: the payments read below would be older than the claim, so there is no claim this time.
CLAIM = Statement.of(
    f"""
    WITH seen AS MATERIALIZED (SELECT revision FROM checkout_order WHERE {THIS_ORDER}),
    taken AS (
        INSERT INTO checkout_order AS o (merchant, channel, order_id, claim_token, claimed_until)
        VALUES (:merchant, :channel, :order_id, :token, now() + :lease)
        ON CONFLICT (merchant, channel, order_id) DO UPDATE
        SET claim_token = excluded.claim_token, claimed_until = excluded.claimed_until
        WHERE (o.claim_token IS NULL OR o.claimed_until <= now()) AND o.revision = (SELECT revision FROM seen)
        RETURNING o.merchant_reference, o.attempt, o.cart_digest
    )
    SELECT taken.*, (
        SELECT json_agg(x ORDER BY x.created_at, x.payment_id)::text FROM ({PAYMENT_WITH_OPERATIONS}) x
    ) AS payments
    FROM taken
    """,
    name="claim",
    types={**ORDER, "token": Uuid(), "lease": Interval()},
)

RENEW = Statement.of(
    f"""
    UPDATE checkout_order SET claimed_until = now() + :lease
    WHERE {THIS_ORDER} AND claim_token = :token RETURNING 1
    """,
    name="renew",
    types={**ORDER, "token": Uuid(), "lease": Interval()},
)

RELEASE = Statement.of(
    f"""
    UPDATE checkout_order SET claim_token = NULL, claimed_until = NULL
    WHERE {THIS_ORDER} AND claim_token = :token
    """,
    name="release",
    types={**ORDER, "token": Uuid()},
)

READ = Statement.of(
    f"SELECT row_to_json(x)::text AS payment FROM ({PAYMENT_WITH_OPERATIONS} AND p.payment_id = :payment_id) x",
    name="read",
    types={**ORDER, "payment_id": Text()},
)

READ_SESSION = Statement.of(
    f"""
    SELECT merchant_reference, attempt, cart_digest FROM checkout_order
    WHERE {THIS_ORDER} AND merchant_reference IS NOT NULL
    """,
    name="read_session",
    types={**ORDER},
)

_TO_LOOK_AT = "look_at <= :now"

DUE = Statement.of(
    f"""
    WITH {due_tenants("payment", _TO_LOOK_AT)},
    free AS MATERIALIZED (
        SELECT mine.*, row_number() OVER (PARTITION BY t.merchant, t.channel ORDER BY look_at) AS turn
        FROM tenants t CROSS JOIN LATERAL (
            SELECT p.merchant, p.channel, p.order_id, p.payment_id, p.look_at FROM payment p
            WHERE p.merchant = t.merchant AND p.channel = t.channel AND {_TO_LOOK_AT}
            ORDER BY p.look_at LIMIT {SHARE} FOR NO KEY UPDATE SKIP LOCKED
        ) mine
    ),
    chosen AS MATERIALIZED (SELECT * FROM free ORDER BY turn, look_at LIMIT :limit),
    leased AS (
        UPDATE payment p SET look_at = :now + :lease FROM chosen c
        WHERE (p.merchant, p.channel, p.order_id, p.payment_id) = (c.merchant, c.channel, c.order_id, c.payment_id)
        RETURNING c.*
    )
    SELECT merchant, channel, order_id, payment_id FROM leased ORDER BY look_at
    """,
    name="due",
    types=TAKING,
)

LOOK_AGAIN = Statement.of(
    f"UPDATE payment SET look_at = :at WHERE {THIS_ORDER} AND payment_id = :payment_id",
    name="look_again",
    types={**ORDER, "payment_id": Text(), "at": INSTANT},
)

LOOKED = Statement.of(
    f"""
    UPDATE payment SET look_at = NULL
    WHERE {THIS_ORDER} AND payment_id = :payment_id AND look_at = :leased_until
    """,
    name="looked",
    types={**ORDER, "payment_id": Text(), "leased_until": INSTANT},
)

_AMOUNTS = "authorized, captured, cancelled, refunded"
_PAYMENT = (
    f"version, status, currency, amount, provider_order_id, merchant_reference, {_AMOUNTS},"
    " ledger_mark, saved_card, charge_id, token_mark, created_at, updated_at, upsell, look_at"
)
*_STATE, _ = _PAYMENT.split(", ")
# What has not changed keeps its place in the schedule: being looked at is no news. A look that is soon was asked for by
# somebody, and remains although there is nothing else to wait for.
_LOOK_AT = """
    CASE
        WHEN c.look_at IS NULL THEN CASE WHEN p.look_at <= :now + interval '10 seconds' THEN p.look_at END
        WHEN c.version = p.version THEN p.look_at
        ELSE c.look_at
    END"""
_OPERATION = (
    "number, kind, state, amount, request_id, step, transactions, requested_at, settled_at, error_code, error_message,"
    " plan, baseline, idempotency_key, fingerprint"
)
_MOVING = "state, request_id, step, transactions, settled_at, error_code, error_message, baseline, idempotency_key"

_SILENT = "o.outbox_open = 0 AND o.relay_token IS NULL"

# The order's row is locked first, with a claim or without, then its payments: two commits to one order run one after
# the other, and none waits for what waits for it. Each is judged by the rows as they are then, and nothing is written
# unless the verdict is good: every write joins `ordered`, which has a row only in that case. Unique violations (a
# payment that is there already) undo the whole statement.
#
# With a `:relay` the letters are leased in the same breath, if nothing else is open and no relay is at work: then the
# letters written here are all there are, and they need not be read (a snapshot could be older than the lock).
COMMIT = Statement.of(
    f"""
    WITH work AS MATERIALIZED (SELECT CAST(:work AS jsonb) AS doc),
    held AS MATERIALIZED (
        SELECT claim_token = :token AS mine FROM checkout_order WHERE {THIS_ORDER} FOR NO KEY UPDATE
    ),
    changed AS MATERIALIZED (
        SELECT c.* FROM work, jsonb_to_recordset(work.doc -> 'payments') AS c (
            payment_id text, stored_version integer, version integer, status text, currency text, amount bigint,
            provider_order_id bigint, merchant_reference text, authorized bigint, captured bigint, cancelled bigint,
            refunded bigint, ledger_mark integer, saved_card text, charge_id uuid, token_mark text,
            created_at timestamptz, updated_at timestamptz, look_at timestamptz, upsell jsonb
        )
    ),
    fresh AS MATERIALIZED (
        SELECT 1 FROM changed c JOIN payment p ON p.merchant = :merchant AND p.channel = :channel
            AND p.order_id = :order_id AND p.payment_id = c.payment_id AND p.version = c.stored_version
        FOR NO KEY UPDATE OF p
    ),
    verdict AS MATERIALIZED (
        SELECT CASE
            WHEN (SELECT count(*) FROM held WHERE mine) < num_nonnulls(:token) THEN 'claim lost'
            WHEN (SELECT count(*) FROM fresh) < (SELECT count(*) FROM changed WHERE stored_version > 0) THEN 'stale'
            ELSE 'done'
        END AS word
    ),
    ordered AS (
        INSERT INTO checkout_order AS o (
            merchant, channel, order_id, merchant_reference, attempt, cart_digest, revision, outbox_open, outbox_due_at,
            relay_token, relayed_until
        )
        SELECT :merchant, :channel, :order_id, :merchant_reference, :attempt, :cart_digest, 1, :letters,
            CASE WHEN :letters > 0 THEN :now END,
            CASE WHEN :letters > 0 THEN :relay END,
            CASE WHEN :letters > 0 AND :relay IS NOT NULL THEN now() + :relay_lease END
        FROM verdict WHERE word = 'done'
        ON CONFLICT (merchant, channel, order_id) DO UPDATE SET
            revision = o.revision + 1,
            merchant_reference = coalesce(excluded.merchant_reference, o.merchant_reference),
            attempt = coalesce(excluded.attempt, o.attempt),
            cart_digest = coalesce(excluded.cart_digest, o.cart_digest),
            outbox_open = o.outbox_open + excluded.outbox_open,
            outbox_due_at = coalesce(o.outbox_due_at, excluded.outbox_due_at),
            claim_token = CASE WHEN :release THEN NULL ELSE o.claim_token END,
            claimed_until = CASE WHEN :release THEN NULL ELSE o.claimed_until END,
            relay_token = CASE WHEN {_SILENT} THEN excluded.relay_token ELSE o.relay_token END,
            relayed_until = CASE WHEN {_SILENT} THEN excluded.relayed_until ELSE o.relayed_until END
        RETURNING CASE
            WHEN o.relay_token = :relay THEN 'leased'
            WHEN {_SILENT} THEN 'nothing owed'
        END AS relay
    ),
    inserted AS (
        INSERT INTO payment (merchant, channel, order_id, payment_id, {_PAYMENT})
        SELECT :merchant, :channel, :order_id, payment_id, {_PAYMENT} FROM ordered, changed WHERE stored_version = 0
    ),
    updated AS (
        UPDATE payment p SET ({_PAYMENT}) = (SELECT {", ".join("c." + name for name in _STATE)}, {_LOOK_AT})
        FROM ordered, changed c
        WHERE p.merchant = :merchant AND p.channel = :channel AND p.order_id = :order_id
            AND p.payment_id = c.payment_id AND p.version = c.stored_version AND c.stored_version > 0
    ),
    operations AS (
        INSERT INTO payment_operation AS o (merchant, channel, order_id, payment_id, operation_id, {_OPERATION})
        SELECT :merchant, :channel, :order_id, payment_id, operation_id, {_OPERATION}
        FROM ordered, work, jsonb_to_recordset(work.doc -> 'operations') AS n (
            payment_id text, operation_id uuid, number integer, kind text, state text, amount bigint, request_id uuid,
            step integer, transactions bigint[], requested_at timestamptz, settled_at timestamptz, error_code text,
            error_message text, plan jsonb, baseline bigint, idempotency_key text, fingerprint text
        )
        ORDER BY number
        ON CONFLICT (merchant, channel, order_id, payment_id, operation_id) DO UPDATE
        SET ({_MOVING}) = (SELECT {", ".join("excluded." + name for name in _MOVING.split(", "))})
        WHERE o.settled_at IS NULL
    ),
    history AS (
        INSERT INTO payment_history (merchant, channel, order_id, payment_id, version, event, status, {_AMOUNTS}, at)
        SELECT :merchant, :channel, :order_id, payment_id, version, event, status, {_AMOUNTS}, at
        FROM ordered, work, jsonb_to_recordset(work.doc -> 'history') AS h (
            payment_id text, version integer, event text, status text, authorized bigint, captured bigint,
            cancelled bigint, refunded bigint, at timestamptz
        )
    ),
    letters AS (
        INSERT INTO outbox (merchant, channel, order_id, payment_id, kind, payload, created_at)
        SELECT :merchant, :channel, :order_id, :addressee, m.letter ->> 'kind', m.letter -> 'payload', :now
        FROM ordered, work, jsonb_array_elements(work.doc -> 'messages') WITH ORDINALITY AS m (letter, place)
        ORDER BY m.place
        RETURNING id, payment_id, kind, payload, attempts, created_at
    ),
    handled AS (
        UPDATE inbox SET handled_at = :now, leased_until = NULL, facts = facts - 'token' FROM ordered
        WHERE merchant = :merchant AND channel = :channel AND id IN (
            SELECT CAST(d.id AS uuid) FROM work, jsonb_array_elements_text(work.doc -> 'handled') AS d (id)
        )
    )
    SELECT word, relay, CASE WHEN relay = 'leased' THEN (SELECT json_agg(l ORDER BY l.id)::text FROM letters l) END
        AS letters
    FROM verdict LEFT JOIN ordered ON true
    """,
    name="commit",
    types={
        **ORDER,
        "token": Uuid(),
        "release": Boolean(),
        "work": Text(),
        "now": INSTANT,
        "merchant_reference": Text(),
        "attempt": Integer(),
        "cart_digest": Text(),
        "letters": Integer(),
        "addressee": Text(),
        "relay": Uuid(),
        "relay_lease": Interval(),
    },
)

NOTE_TOLD = Statement.of(
    f"""
    UPDATE payment_operation SET told = true
    WHERE {THIS_ORDER} AND payment_id = :payment_id AND operation_id = :operation_id
    """,
    name="note_told",
    types={**ORDER, "payment_id": Text(), "operation_id": Uuid()},
)
