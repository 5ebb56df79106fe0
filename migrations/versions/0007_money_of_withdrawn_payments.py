"""Find withdrawn payments that hold money by their Qliro order

Revision: 0007
Follows: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

NAME = "ix_payment_withdrawn_money"
WHERE = "status IN ('removed', 'declined', 'cancelled') AND captured > 0"


def upgrade() -> None:
    """An index that almost no payment is in, built beside live traffic; one that a broken run left is built again."""
    with op.get_context().autocommit_block():
        op.drop_index(NAME, table_name="payment", postgresql_concurrently=True, if_exists=True)
        op.create_index(
            NAME,
            "payment",
            ["merchant", "channel", "provider_order_id"],
            postgresql_where=sa.text(WHERE),
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        op.drop_index(NAME, table_name="payment", postgresql_concurrently=True, if_exists=True)
