"""Saved cards, and payments that the merchant makes with them

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLE = "payment"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")  # better to fail and be run again than to queue live traffic
    op.add_column(TABLE, _text("saved_card", "mark of the card Norce is told of"))
    comment = "RequestId of a payment that the merchant makes with a saved token"
    op.add_column(TABLE, sa.Column("charge_id", sa.Uuid(), nullable=True, comment=comment))
    op.add_column(TABLE, _text("token_mark", "of that token; empty = a checkout"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for column in ("token_mark", "charge_id", "saved_card"):
        op.drop_column(TABLE, column)


def _text(name: str, comment: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False, comment=comment)
