"""Payments, their operations and history, inbox and outbox

Revision: 0001
Follows: nothing
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

KNOWN_STATUS = (
    "status IN ('intent', 'pending', 'authorized', 'partially_captured', 'captured', 'partially_refunded', "
    "'refunded', 'cancelled', 'declined', 'removed')"
)
HISTORY_IS_KEPT = """
CREATE FUNCTION payment_history_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'payment_history is append-only' USING ERRCODE = 'restrict_violation';
END $$;
"""
TRIGGER = """
CREATE TRIGGER payment_history_is_kept BEFORE UPDATE ON payment_history
FOR EACH ROW EXECUTE FUNCTION payment_history_is_kept()
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")  # better to fail and be run again than to queue live traffic
    op.create_table(
        "checkout_order",
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("claim_token", sa.Uuid(), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merchant_reference", sa.Text(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("cart_digest", sa.Text(), nullable=True),
        sa.Column(
            "revision", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="counts the commits"
        ),
        sa.Column("relay_token", sa.Uuid(), nullable=True),
        sa.Column("relayed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outbox_open",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="letters still to be delivered",
        ),
        sa.Column("outbox_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(claim_token IS NULL) = (claimed_until IS NULL)", name=op.f("ck_checkout_order_claim_has_an_end")
        ),
        sa.CheckConstraint(
            "(merchant_reference IS NULL) = (attempt IS NULL)", name=op.f("ck_checkout_order_whole_session")
        ),
        sa.CheckConstraint(
            "(outbox_open = 0) = (outbox_due_at IS NULL)", name=op.f("ck_checkout_order_due_with_letters")
        ),
        sa.CheckConstraint(
            "(relay_token IS NULL) = (relayed_until IS NULL)", name=op.f("ck_checkout_order_relay_has_an_end")
        ),
        sa.CheckConstraint("outbox_open >= 0", name=op.f("ck_checkout_order_counted_letters")),
        sa.PrimaryKeyConstraint("merchant", "channel", "order_id", name="pk_checkout_order"),
        postgresql_with={"fillfactor": 75},
    )
    op.create_index(
        "ix_checkout_order_due",
        "checkout_order",
        ["merchant", "channel", "outbox_due_at"],
        unique=False,
        postgresql_where=sa.text("outbox_due_at IS NOT NULL"),
    )
    op.create_table(
        "inbox",
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("merchant", "channel", "id", name="pk_inbox"),
        sa.UniqueConstraint("merchant", "channel", "dedupe_key", name="uq_inbox_dedupe_key"),
    )
    op.create_index(
        "ix_inbox_waiting",
        "inbox",
        ["merchant", "channel", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("handled_at IS NULL AND parked_at IS NULL"),
    )
    op.create_table(
        "outbox",
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["merchant", "channel", "order_id"],
            ["checkout_order.merchant", "checkout_order.channel", "checkout_order.order_id"],
            name="fk_outbox_checkout_order",
        ),
        sa.PrimaryKeyConstraint("merchant", "channel", "order_id", "id", name="pk_outbox"),
    )
    op.create_table(
        "payment",
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("provider_order_id", sa.BigInteger(), nullable=True),
        sa.Column("merchant_reference", sa.Text(), nullable=False),
        sa.Column("authorized", sa.BigInteger(), nullable=False),
        sa.Column("captured", sa.BigInteger(), nullable=False),
        sa.Column("cancelled", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("ledger_mark", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            KNOWN_STATUS,
            name=op.f("ck_payment_known_status"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_payment_positive_amount")),
        sa.CheckConstraint("captured + cancelled <= authorized", name=op.f("ck_payment_taken_from_authorized")),
        sa.CheckConstraint(
            "captured >= 0 AND cancelled >= 0 AND refunded >= 0", name=op.f("ck_payment_positive_totals")
        ),
        sa.CheckConstraint("ledger_mark >= 0", name=op.f("ck_payment_positive_mark")),
        sa.CheckConstraint("refunded <= captured", name=op.f("ck_payment_refunded_from_captured")),
        sa.ForeignKeyConstraint(
            ["merchant", "channel", "order_id"],
            ["checkout_order.merchant", "checkout_order.channel", "checkout_order.order_id"],
            name="fk_payment_checkout_order",
        ),
        sa.PrimaryKeyConstraint("merchant", "channel", "order_id", "payment_id", name="pk_payment"),
        postgresql_with={"fillfactor": 75},
    )
    op.create_index(
        "ix_payment_look",
        "payment",
        ["merchant", "channel", "look_at"],
        unique=False,
        postgresql_where=sa.text("look_at IS NOT NULL"),
    )
    op.create_index(
        "uq_payment_provider_order",
        "payment",
        ["merchant", "channel", "provider_order_id"],
        unique=True,
        postgresql_where=sa.text("status NOT IN ('removed', 'declined', 'cancelled')"),
    )
    op.create_table(
        "payment_history",
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("authorized", sa.BigInteger(), nullable=False),
        sa.Column("captured", sa.BigInteger(), nullable=False),
        sa.Column("cancelled", sa.BigInteger(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            KNOWN_STATUS,
            name=op.f("ck_payment_history_known_status"),
        ),
        sa.CheckConstraint("captured + cancelled <= authorized", name=op.f("ck_payment_history_taken_from_authorized")),
        sa.CheckConstraint(
            "captured >= 0 AND cancelled >= 0 AND refunded >= 0", name=op.f("ck_payment_history_positive_totals")
        ),
        sa.CheckConstraint("refunded <= captured", name=op.f("ck_payment_history_refunded_from_captured")),
        sa.ForeignKeyConstraint(
            ["merchant", "channel", "order_id", "payment_id"],
            ["payment.merchant", "payment.channel", "payment.order_id", "payment.payment_id"],
            name="fk_payment_history_payment",
        ),
        sa.PrimaryKeyConstraint("merchant", "channel", "order_id", "payment_id", "version", name="pk_payment_history"),
    )
    op.create_table(
        "payment_operation",
        sa.Column("merchant", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("payment_id", sa.Text(), nullable=False),
        sa.Column("operation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="place among the payment's operations"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("transactions", sa.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('capture', 'cancel', 'refund')", name=op.f("ck_payment_operation_known_kind")),
        sa.CheckConstraint(
            "state IN ('requested', 'pending', 'unknown', 'succeeded', 'failed')",
            name=op.f("ck_payment_operation_known_state"),
        ),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_payment_operation_positive_amount")),
        sa.CheckConstraint("step >= 0", name=op.f("ck_payment_operation_positive_step")),
        sa.ForeignKeyConstraint(
            ["merchant", "channel", "order_id", "payment_id"],
            ["payment.merchant", "payment.channel", "payment.order_id", "payment.payment_id"],
            name="fk_payment_operation_payment",
        ),
        sa.PrimaryKeyConstraint(
            "merchant", "channel", "order_id", "payment_id", "operation_id", name="pk_payment_operation"
        ),
        sa.UniqueConstraint("merchant", "channel", "request_id", name="uq_payment_operation_request"),
    )
    op.create_index(
        "uq_payment_operation_open",
        "payment_operation",
        ["merchant", "channel", "order_id", "payment_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('requested', 'pending', 'unknown')"),
    )
    op.execute(HISTORY_IS_KEPT)
    op.execute(TRIGGER)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.drop_table("payment_operation")
    op.drop_table("payment_history")
    op.execute("DROP FUNCTION payment_history_is_kept()")
    op.drop_table("payment")
    op.drop_table("outbox")
    op.drop_table("inbox")
    op.drop_table("checkout_order")
