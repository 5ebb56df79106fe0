"""Find what is parked or undecided without reading whole tables

Revision: 0003
Follows: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_inbox_parked": ("inbox", ["merchant", "channel", "id"], "parked_at IS NOT NULL AND handled_at IS NULL"),
    "ix_outbox_parked": (
        "outbox",
        ["merchant", "channel", "order_id", "id"],
        "parked_at IS NOT NULL AND delivered_at IS NULL",
    ),
    "ix_payment_undecided": (
        "payment",
        ["merchant", "channel", "updated_at"],
        "look_at IS NOT NULL AND status <> 'intent'",
    ),
}


def upgrade() -> None:
    """Beside live traffic. A run that was broken off leaves an invalid index behind, so each begins by dropping it."""
    with op.get_context().autocommit_block():
        for name, (table, columns, where) in INDEXES.items():
            op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
            op.create_index(name, table, columns, postgresql_where=sa.text(where), postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name, (table, _, _) in reversed(INDEXES.items()):
            op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
