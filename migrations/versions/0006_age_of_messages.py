"""Find old messages without reading whole tables

Revision: 0006
Follows: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEXES = {"ix_inbox_age": ("inbox", "received_at"), "ix_outbox_age": ("outbox", "created_at")}


def upgrade() -> None:
    """Beside live traffic. A run that was broken off leaves an invalid index behind, so each begins by dropping it."""
    with op.get_context().autocommit_block():
        for name, (table, column) in INDEXES.items():
            op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
            op.create_index(name, table, [column], postgresql_using="brin", postgresql_concurrently=True)


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name, (table, _) in reversed(INDEXES.items()):
            op.drop_index(name, table_name=table, postgresql_concurrently=True, if_exists=True)
