"""What reconciliations leave behind: runs, the work they share, and what they found.

A run goes over many tenants, so its own row has no tenant (a reference table, should the others ever be distributed);
everything else is keyed by tenant like all tables.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, PrimaryKeyConstraint, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from adapters.persistence.tables import PAYMENT_KEY, instant, key_columns, one_of
from adapters.persistence.tables import metadata as metadata
from domain.discrepancy import Verdict
from domain.reconciliation import RunKind

_OPEN = text("open")

reconciliation_run = Table(
    "reconciliation_run",
    metadata,
    Column("id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("applied", Boolean, nullable=False),
    Column("sharing", Text, comment="several runners that want this very work share the run"),
    Column("scope", JSONB, nullable=False, comment="the options, as they were given"),
    Column("counts", JSONB, nullable=False, comment="sums over the parts that are done"),
    instant("started_at", nullable=False),
    instant("ended_at"),
    PrimaryKeyConstraint("id"),
    one_of("kind", RunKind),
    Index("ix_reconciliation_run_started", "started_at"),
    Index("uq_reconciliation_run_sharing", "sharing", unique=True, postgresql_where=text("ended_at IS NULL")),
)

reconciliation_cursor = Table(
    "reconciliation_cursor",
    metadata,
    *key_columns(("merchant", "channel")),
    Column("run_id", Uuid, nullable=False),
    Column("source", Text, nullable=False),
    Column("position", Text, nullable=False, comment="everything up to here has been given out"),
    Column("exhausted", Boolean, nullable=False),
    instant("taken_at"),
    PrimaryKeyConstraint("merchant", "channel", "run_id", "source"),
    Index("ix_reconciliation_cursor_run", "run_id"),
    comment="how far each tenant's work has been given out; deleted when its run ends",
)

reconciliation_part = Table(
    "reconciliation_part",
    metadata,
    *key_columns(("merchant", "channel")),
    Column("run_id", Uuid, nullable=False),
    Column("source", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("upto", Text, nullable=False),
    Column("token", Uuid, nullable=False),
    instant("leased_until", nullable=False),
    PrimaryKeyConstraint("merchant", "channel", "run_id", "source", "after"),
    Index("ix_reconciliation_part_run", "run_id"),
    comment="work in some runner's hands; deleted when it is done",
)

reconciliation_finding = Table(
    "reconciliation_finding",
    metadata,
    *key_columns(PAYMENT_KEY),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("run_id", Uuid, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("currency", Text),
    Column("at_risk", BigInteger, comment="minor units"),
    instant("since"),
    instant("found_at", nullable=False),
    Column("document", JSONB, nullable=False, comment="the three sides and the words"),
    Column("open", Boolean, nullable=False, comment="whether it is what was last known of this payment"),
    PrimaryKeyConstraint(*PAYMENT_KEY, "kind", "subject", "run_id"),
    one_of("verdict", Verdict),
    Index("ix_reconciliation_finding_run", "run_id", *PAYMENT_KEY, "kind", "subject"),
    Index("ix_reconciliation_finding_open", "merchant", "channel", "order_id", "kind", postgresql_where=_OPEN),
)
