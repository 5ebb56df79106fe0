"""Operations about a part: what is planned, and under which key a caller asked for it

Revision: 0002
Follows: 0001
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLE = "payment_operation"
KNOWN_KIND = "ck_payment_operation_known_kind"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")  # better to fail and be run again than to queue live traffic
    op.add_column(
        TABLE,
        sa.Column(
            "plan",
            postgresql.JSONB(),
            server_default=sa.text("'[]'"),
            nullable=False,
            comment="requests to make; empty = all that is left",
        ),
    )
    op.add_column(
        TABLE,
        sa.Column(
            "baseline",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="last transaction before this call",
        ),
    )
    op.add_column(
        TABLE,
        sa.Column(
            "idempotency_key",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="the caller's; empty = none",
        ),
    )
    op.add_column(
        TABLE,
        sa.Column(
            "fingerprint",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="of what the caller asked for",
        ),
    )
    op.drop_constraint(op.f(KNOWN_KIND), TABLE, type_="check")
    op.create_check_constraint(op.f(KNOWN_KIND), TABLE, "kind IN ('capture', 'cancel', 'refund', 'reduce')")
    op.create_index(
        "uq_payment_operation_asked",
        TABLE,
        ["merchant", "channel", "order_id", "payment_id", "idempotency_key"],
        unique=True,
        postgresql_where=sa.text("idempotency_key <> ''"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.drop_index("uq_payment_operation_asked", table_name=TABLE)
    op.drop_constraint(op.f(KNOWN_KIND), TABLE, type_="check")
    op.create_check_constraint(op.f(KNOWN_KIND), TABLE, "kind IN ('capture', 'cancel', 'refund')")
    for column in ("fingerprint", "idempotency_key", "baseline", "plan"):
        op.drop_column(TABLE, column)
