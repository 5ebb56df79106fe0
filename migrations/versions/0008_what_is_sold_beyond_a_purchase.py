"""What is sold beyond a purchase: the window of a payment, and operations of that kind

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLE = "payment_operation"
KNOWN_KIND = "ck_payment_operation_known_kind"
KINDS = ("capture", "cancel", "refund", "reduce", "upsell")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")  # better to fail and be run again than to queue live traffic
    op.add_column(
        "payment",
        sa.Column(
            "upsell",
            postgresql.JSONB(),
            nullable=True,
            comment="what is sold beyond the purchase; null = nothing was ever offered",
        ),
    )
    _know(KINDS)
    with op.get_context().autocommit_block():  # rows are checked while others write
        op.execute(f"ALTER TABLE {TABLE} VALIDATE CONSTRAINT {KNOWN_KIND}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    _know(KINDS[:-1])
    op.drop_column("payment", "upsell")
    with op.get_context().autocommit_block():
        op.execute(f"ALTER TABLE {TABLE} VALIDATE CONSTRAINT {KNOWN_KIND}")


def _know(kinds: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.drop_constraint(op.f(KNOWN_KIND), TABLE, type_="check")
    op.execute(f"ALTER TABLE {TABLE} ADD CONSTRAINT {KNOWN_KIND} CHECK (kind IN ({listed})) NOT VALID")
