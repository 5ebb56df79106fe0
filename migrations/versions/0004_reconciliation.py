"""Remember reconciliations: runs, the work they share, what they found

Revision: 0004
Follows: 0003
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

VERIFIED = "at this version it was over, and agreed three ways: nothing can have changed since"


def _one_of(column: str, values: list[str]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"known_{column}")


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _instant(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    """New tables and an empty column: instances of the version before don't know them, and need not."""
    op.create_table(
        "reconciliation_run",
        sa.Column("id", sa.Uuid, nullable=False),
        *_texts("kind", "who"),
        sa.Column("applied", sa.Boolean, nullable=False),
        sa.Column("sharing", sa.Text, comment="several runners that want this very work share the run"),
        sa.Column("scope", JSONB, nullable=False, comment="the options, as they were given"),
        sa.Column("counts", JSONB, nullable=False, comment="sums over the parts that are done"),
        _instant("started_at", nullable=False),
        _instant("ended_at"),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation_run"),
        _one_of("kind", ["payments", "settlements"]),
    )
    op.create_index("ix_reconciliation_run_started", "reconciliation_run", ["started_at"])
    op.create_index(
        "uq_reconciliation_run_sharing",
        "reconciliation_run",
        ["sharing"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.add_column("payment", sa.Column("verified_version", sa.Integer, comment=VERIFIED))
    _create_work()
    op.create_table(
        "reconciliation_finding",
        *_texts("merchant", "channel", "order_id", "payment_id", "kind", "subject"),
        sa.Column("run_id", sa.Uuid, nullable=False),
        *_texts("verdict"),
        sa.Column("currency", sa.Text),
        sa.Column("at_risk", sa.BigInteger, comment="minor units"),
        _instant("since"),
        _instant("found_at", nullable=False),
        sa.Column("document", JSONB, nullable=False, comment="the three sides and the words"),
        sa.Column("open", sa.Boolean, nullable=False, comment="whether it is what was last known of this payment"),
        sa.PrimaryKeyConstraint(
            *("merchant", "channel", "order_id", "payment_id", "kind", "subject", "run_id"),
            name="pk_reconciliation_finding",
        ),
        _one_of("verdict", ["mended", "left", "would-mend"]),
    )
    op.create_index(
        "ix_reconciliation_finding_run",
        "reconciliation_finding",
        ["run_id", "merchant", "channel", "order_id", "payment_id", "kind", "subject"],
    )
    op.create_index(
        "ix_reconciliation_finding_open",
        "reconciliation_finding",
        ["merchant", "channel", "order_id", "kind"],
        postgresql_where=sa.text("open"),
    )


def _create_work() -> None:
    op.create_table(
        "reconciliation_cursor",
        *_texts("merchant", "channel"),
        sa.Column("run_id", sa.Uuid, nullable=False),
        *_texts("source"),
        sa.Column("position", sa.Text, nullable=False, comment="everything up to here has been given out"),
        sa.Column("exhausted", sa.Boolean, nullable=False),
        _instant("taken_at"),
        sa.PrimaryKeyConstraint("merchant", "channel", "run_id", "source", name="pk_reconciliation_cursor"),
        comment="how far each tenant's work has been given out; deleted when its run ends",
    )
    op.create_index("ix_reconciliation_cursor_run", "reconciliation_cursor", ["run_id"])
    op.create_table(
        "reconciliation_part",
        *_texts("merchant", "channel"),
        sa.Column("run_id", sa.Uuid, nullable=False),
        *_texts("source", "after", "upto"),
        sa.Column("token", sa.Uuid, nullable=False),
        _instant("leased_until", nullable=False),
        sa.PrimaryKeyConstraint("merchant", "channel", "run_id", "source", "after", name="pk_reconciliation_part"),
        comment="work in some runner's hands; deleted when it is done",
    )
    op.create_index("ix_reconciliation_part_run", "reconciliation_part", ["run_id"])


def downgrade() -> None:
    op.drop_column("payment", "verified_version")
    for table in ("reconciliation_finding", "reconciliation_part", "reconciliation_cursor", "reconciliation_run"):
        op.drop_table(table)
