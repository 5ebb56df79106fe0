"""Know of an operation whether its caller has been answered

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")  # better to fail and be run again than to queue live traffic
    op.add_column(
        "payment_operation",
        sa.Column(
            "told",
            sa.Boolean(),
            nullable=False,
            server_default=sa.text("false"),
            comment="its caller has been answered",
        ),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.drop_column("payment_operation", "told")
