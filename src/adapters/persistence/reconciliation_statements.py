"""The statements behind `PostgresReconciliations`: runs and what they found."""

from typing import Any

from sqlalchemy import ARRAY, Boolean, Integer, Text, Uuid
from sqlalchemy.types import TypeEngine

from adapters.persistence.queue_statements import INSTANT, THIS_TENANT
from adapters.persistence.statement import Statement

_RUN = "id, kind, who, applied, CAST(scope AS text) AS scope, CAST(counts AS text) AS counts, started_at, ended_at"
_RUN_VALUES: dict[str, TypeEngine[Any]] = {
    "id": Uuid(),
    **{name: Text() for name in ("kind", "who", "scope", "counts", "sharing")},
    "applied": Boolean(),
    "started_at": INSTANT,
    "ended_at": INSTANT,
}

BEGIN = Statement.of(
    f"""
    INSERT INTO reconciliation_run (id, kind, who, applied, scope, counts, sharing, started_at, ended_at)
    VALUES (:id, :kind, :who, :applied, CAST(:scope AS jsonb), CAST(:counts AS jsonb), :sharing, :started_at, :ended_at)
    ON CONFLICT (sharing) WHERE ended_at IS NULL DO NOTHING RETURNING {_RUN}
    """,
    name="reconciliation.begin",
    types=_RUN_VALUES,
)

SHARED = Statement.of(
    f"SELECT {_RUN} FROM reconciliation_run WHERE sharing = :sharing AND ended_at IS NULL AND started_at >= :since",
    name="reconciliation.shared",
    types={"sharing": Text(), "since": INSTANT},
)

# A run that is given up keeps its open end: that is what tells it from one that got to its end.
GIVE_UP = Statement.of(
    """
    WITH given_up AS (
        UPDATE reconciliation_run SET sharing = NULL
        WHERE sharing = :sharing AND ended_at IS NULL AND started_at < :since RETURNING id
    ),
    parts AS (DELETE FROM reconciliation_part WHERE run_id IN (SELECT id FROM given_up))
    DELETE FROM reconciliation_cursor WHERE run_id IN (SELECT id FROM given_up)
    """,
    name="reconciliation.give_up",
    types={"sharing": Text(), "since": INSTANT},
)

SAVE = Statement.of(
    "UPDATE reconciliation_run SET counts = CAST(:counts AS jsonb), ended_at = :ended_at WHERE id = :id",
    name="reconciliation.save",
    types={"id": Uuid(), "counts": Text(), "ended_at": INSTANT},
)

RUN = Statement.of(
    f"SELECT {_RUN} FROM reconciliation_run WHERE id = :id", name="reconciliation.run", types={"id": Uuid()}
)

LATEST = Statement.of(
    f"SELECT {_RUN} FROM reconciliation_run ORDER BY started_at DESC, id DESC LIMIT :limit",
    name="reconciliation.latest",
    types={"limit": Integer()},
)

_KEY = "merchant, channel, order_id, payment_id"
_FINDING = f"{_KEY}, kind, subject, verdict, currency, at_risk, since, document"

# What earlier runs left open on these payments is over, and so are older findings of what is found again now.
RECORD = Statement.of(
    f"""
    WITH found AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(CAST(:found AS jsonb)) AS f (
            merchant text, channel text, order_id text, payment_id text, kind text, subject text, verdict text,
            currency text, at_risk bigint, since timestamptz, document jsonb
        )
    ),
    checked AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(CAST(:checked AS jsonb)) AS c (
            merchant text, channel text, order_id text, payment_id text
        )
    ),
    over AS (
        UPDATE reconciliation_finding o SET open = false
        FROM checked c WHERE o.open AND (o.merchant, o.channel, o.order_id, o.payment_id)
            = (c.merchant, c.channel, c.order_id, c.payment_id) AND o.run_id <> :run_id AND o.kind = ANY(:kinds)
    ),
    older AS (
        UPDATE reconciliation_finding o SET open = false
        FROM found f WHERE o.open AND (o.merchant, o.channel, o.order_id, o.payment_id, o.kind, o.subject)
            = (f.merchant, f.channel, f.order_id, f.payment_id, f.kind, f.subject) AND o.run_id <> :run_id
            AND NOT (o.kind = ANY(:kinds)
                AND (o.merchant, o.channel, o.order_id, o.payment_id) IN (SELECT * FROM checked))
    )
    INSERT INTO reconciliation_finding ({_FINDING}, run_id, found_at, open)
    SELECT {_FINDING}, :run_id, :now, verdict <> 'mended' FROM found
    ON CONFLICT ({_KEY}, kind, subject, run_id) DO UPDATE
    SET (verdict, currency, at_risk, since, document, open)
        = (excluded.verdict, excluded.currency, excluded.at_risk, excluded.since, excluded.document, excluded.open)
        WHERE reconciliation_finding.verdict <> 'mended'
    """,
    name="reconciliation.record",
    types={"run_id": Uuid(), "found": Text(), "checked": Text(), "kinds": ARRAY(Text()), "now": INSTANT},
)

CLOSE = Statement.of(
    f"""
    UPDATE reconciliation_finding SET open = false
    WHERE open AND {THIS_TENANT} AND kind = ANY(:kinds) AND run_id <> :run_id AND since >= :since AND since < :until
    """,
    name="reconciliation.close",
    types={
        "merchant": Text(),
        "channel": Text(),
        "kinds": ARRAY(Text()),
        "run_id": Uuid(),
        "since": INSTANT,
        "until": INSTANT,
    },
)

_PAGE: dict[str, TypeEngine[Any]] = {
    "run_id": Uuid(),
    **{name: Text() for name in ("merchant", "channel", "order_id", "payment_id", "kind", "subject")},
    "limit": Integer(),
}


def _findings(besides: str = "") -> str:
    return f"""
    SELECT {_FINDING.replace("document", "CAST(document AS text) AS document")} FROM reconciliation_finding
    WHERE run_id = :run_id AND ({_KEY}, kind, subject)
        > (:merchant, :channel, :order_id, :payment_id, :kind, :subject) {besides}
    ORDER BY {_KEY}, kind, subject LIMIT :limit
    """


FINDINGS = Statement.of(_findings(), name="reconciliation.findings", types=_PAGE)

BEGUN = Statement.of(
    _findings("AND verdict = 'would-mend' AND (SELECT applied FROM reconciliation_run WHERE id = :run_id)"),
    name="reconciliation.begun",
    types=_PAGE,
)

OPEN = Statement.of(
    """
    SELECT kind, count(*) AS many, min(coalesce(since, found_at)) AS oldest
    FROM reconciliation_finding WHERE open GROUP BY kind
    """,
    name="reconciliation.open",
    types={},
)

CLEAR_AWAY = Statement.of(
    """
    WITH old AS MATERIALIZED (
        SELECT id FROM reconciliation_run r WHERE started_at < :before AND (
            EXISTS (SELECT FROM reconciliation_finding f WHERE f.run_id = r.id AND NOT f.open)
            OR NOT EXISTS (SELECT FROM reconciliation_finding f WHERE f.run_id = r.id)
        ) ORDER BY started_at LIMIT 1
    ),
    findings AS (
        DELETE FROM reconciliation_finding WHERE ctid = ANY (ARRAY(
            SELECT f.ctid FROM reconciliation_finding f JOIN old ON f.run_id = old.id WHERE NOT f.open LIMIT :limit
        )) RETURNING 1
    ),
    runs AS (
        DELETE FROM reconciliation_run r USING old WHERE r.id = old.id
            AND NOT EXISTS (SELECT FROM reconciliation_finding f WHERE f.run_id = r.id) RETURNING 1
    )
    SELECT (SELECT count(*) FROM findings) + (SELECT count(*) FROM runs) AS gone
    """,
    name="reconciliation.clear_away",
    types={"before": INSTANT, "limit": Integer()},
)

LAST_ENDED = Statement.of(
    "SELECT kind, max(ended_at) AS ended_at FROM reconciliation_run WHERE ended_at IS NOT NULL GROUP BY kind",
    name="reconciliation.last_ended",
    types={},
)
