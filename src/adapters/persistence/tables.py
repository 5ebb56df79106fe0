"""The tables, as the migrations see them. The tenant (merchant, channel) comes first in every key.

That order lets the tables be partitioned or distributed by tenant without rewriting a query. Amounts are minor units.
The checks repeat the domain's invariants: a defect elsewhere cannot store money that does not add up.
"""

from collections.abc import Iterable

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from domain.lifecycle import PaymentStatus
from domain.operation import OperationKind, OperationState

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

ORDER_KEY = ("merchant", "channel", "order_id")
PAYMENT_KEY = (*ORDER_KEY, "payment_id")


def instant(name: str, *, nullable: bool = True) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def _amount(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False)


def key_columns(names: tuple[str, ...]) -> list[Column[str]]:
    return [Column(name, Text, nullable=False) for name in names]


def one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"known_{column}")


def _belongs_to(parent: str, names: tuple[str, ...]) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(names, [f"{parent}.{name}" for name in names])


def _sound_totals() -> tuple[CheckConstraint, ...]:
    return (
        CheckConstraint("captured >= 0 AND cancelled >= 0 AND refunded >= 0", name="positive_totals"),
        CheckConstraint("captured + cancelled <= authorized", name="taken_from_authorized"),
        CheckConstraint("refunded <= captured", name="refunded_from_captured"),
    )


_ROOM_TO_UPDATE = {"fillfactor": 75}
"""Rows that change often keep their place on the page, so that indexes need not be touched."""
_OPEN_OPERATION = text("state IN ('requested', 'pending', 'unknown')")
_WAITING = text("handled_at IS NULL AND parked_at IS NULL")
_PARKED_NOTICE = text("parked_at IS NOT NULL AND handled_at IS NULL")
_PARKED_LETTER = text("parked_at IS NOT NULL AND delivered_at IS NULL")
_UNDECIDED = text("look_at IS NOT NULL AND status <> 'intent'")
_WITHDRAWN_WITH_MONEY = text("status IN ('removed', 'declined', 'cancelled') AND captured > 0")
_LIVE = text("status NOT IN ('removed', 'declined', 'cancelled')")

checkout_order = Table(
    "checkout_order",
    metadata,
    *key_columns(ORDER_KEY),
    Column("claim_token", Uuid),
    instant("claimed_until"),
    Column("merchant_reference", Text),
    Column("attempt", Integer),
    Column("cart_digest", Text),
    Column("revision", BigInteger, nullable=False, server_default=text("0"), comment="counts the commits"),
    Column("relay_token", Uuid),
    instant("relayed_until"),
    Column("outbox_open", Integer, nullable=False, server_default=text("0"), comment="letters still to be delivered"),
    instant("outbox_due_at"),
    PrimaryKeyConstraint(*ORDER_KEY),
    CheckConstraint("(claim_token IS NULL) = (claimed_until IS NULL)", name="claim_has_an_end"),
    CheckConstraint("(relay_token IS NULL) = (relayed_until IS NULL)", name="relay_has_an_end"),
    CheckConstraint("(merchant_reference IS NULL) = (attempt IS NULL)", name="whole_session"),
    CheckConstraint("outbox_open >= 0", name="counted_letters"),
    CheckConstraint("(outbox_open = 0) = (outbox_due_at IS NULL)", name="due_with_letters"),
    Index(
        "ix_checkout_order_due",
        "merchant",
        "channel",
        "outbox_due_at",
        postgresql_where=text("outbox_due_at IS NOT NULL"),
    ),
    postgresql_with=_ROOM_TO_UPDATE,
)

payment = Table(
    "payment",
    metadata,
    *key_columns(PAYMENT_KEY),
    Column("version", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("currency", Text, nullable=False),
    _amount("amount"),
    Column("provider_order_id", BigInteger),
    Column("merchant_reference", Text, nullable=False),
    *(_amount(name) for name in ("authorized", "captured", "cancelled", "refunded")),
    Column("ledger_mark", Integer, nullable=False),
    Column("saved_card", Text, nullable=False, server_default=text("''"), comment="mark of the card Norce is told of"),
    Column("charge_id", Uuid, comment="RequestId of a payment that the merchant makes with a saved token"),
    Column("token_mark", Text, nullable=False, server_default=text("''"), comment="of that token; empty = a checkout"),
    instant("created_at", nullable=False),
    instant("updated_at", nullable=False),
    instant("look_at"),
    Column(
        "verified_version",
        Integer,
        comment="at this version it was over, and agreed three ways: nothing can have changed since",
    ),
    Column("upsell", JSONB, comment="what is sold beyond the purchase; null = nothing was ever offered"),
    PrimaryKeyConstraint(*PAYMENT_KEY),
    _belongs_to("checkout_order", ORDER_KEY),
    one_of("status", PaymentStatus),
    CheckConstraint("amount >= 0", name="positive_amount"),
    CheckConstraint("ledger_mark >= 0", name="positive_mark"),
    *_sound_totals(),
    Index("uq_payment_provider_order", "merchant", "channel", "provider_order_id", unique=True, postgresql_where=_LIVE),
    Index("ix_payment_look", "merchant", "channel", "look_at", postgresql_where=text("look_at IS NOT NULL")),
    Index("ix_payment_undecided", "merchant", "channel", "updated_at", postgresql_where=_UNDECIDED),
    Index(
        "ix_payment_withdrawn_money", "merchant", "channel", "provider_order_id", postgresql_where=_WITHDRAWN_WITH_MONEY
    ),
    postgresql_with=_ROOM_TO_UPDATE,
)

payment_operation = Table(
    "payment_operation",
    metadata,
    *key_columns(PAYMENT_KEY),
    Column("operation_id", Uuid, nullable=False),
    Column("number", Integer, nullable=False, comment="place among the payment's operations"),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    _amount("amount"),
    Column("request_id", Uuid, nullable=False),
    Column("step", Integer, nullable=False),
    Column("transactions", ARRAY(BigInteger), nullable=False),
    instant("requested_at", nullable=False),
    instant("settled_at"),
    Column("error_code", Text, nullable=False),
    Column("error_message", Text, nullable=False),
    Column(
        "plan", JSONB, nullable=False, server_default=text("'[]'"), comment="requests to make; empty = all that is left"
    ),
    Column(
        "baseline", BigInteger, nullable=False, server_default=text("0"), comment="last transaction before this call"
    ),
    Column("idempotency_key", Text, nullable=False, server_default=text("''"), comment="the caller's; empty = none"),
    Column("fingerprint", Text, nullable=False, server_default=text("''"), comment="of what the caller asked for"),
    Column("told", Boolean, nullable=False, server_default=text("false"), comment="its caller has been answered"),
    PrimaryKeyConstraint(*PAYMENT_KEY, "operation_id"),
    _belongs_to("payment", PAYMENT_KEY),
    UniqueConstraint("merchant", "channel", "request_id", name="uq_payment_operation_request"),
    one_of("kind", OperationKind),
    one_of("state", OperationState),
    CheckConstraint("amount >= 0", name="positive_amount"),
    CheckConstraint("step >= 0", name="positive_step"),
    Index(
        "uq_payment_operation_asked",
        *PAYMENT_KEY,
        "idempotency_key",
        unique=True,
        postgresql_where=text("idempotency_key <> ''"),
    ),
    Index("uq_payment_operation_open", *PAYMENT_KEY, unique=True, postgresql_where=_OPEN_OPERATION),
)

payment_history = Table(
    "payment_history",
    metadata,
    *key_columns(PAYMENT_KEY),
    Column("version", Integer, nullable=False),
    Column("event", Text, nullable=False),
    Column("status", Text, nullable=False),
    *(_amount(name) for name in ("authorized", "captured", "cancelled", "refunded")),
    instant("at", nullable=False),
    PrimaryKeyConstraint(*PAYMENT_KEY, "version"),
    _belongs_to("payment", PAYMENT_KEY),
    one_of("status", PaymentStatus),
    *_sound_totals(),
)

inbox = Table(
    "inbox",
    metadata,
    *key_columns(("merchant", "channel")),
    Column("id", Uuid, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("payment_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("dedupe_key", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    instant("received_at", nullable=False),
    instant("due_at", nullable=False),
    instant("leased_until"),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    instant("handled_at"),
    instant("parked_at"),
    Column("last_error", Text),
    PrimaryKeyConstraint("merchant", "channel", "id"),
    UniqueConstraint("merchant", "channel", "dedupe_key", name="uq_inbox_dedupe_key"),
    Index("ix_inbox_waiting", "merchant", "channel", "due_at", "id", postgresql_where=_WAITING),
    Index("ix_inbox_parked", "merchant", "channel", "id", postgresql_where=_PARKED_NOTICE),
    Index("ix_inbox_age", "received_at", postgresql_using="brin"),
)

outbox = Table(
    "outbox",
    metadata,
    *key_columns(ORDER_KEY),
    Column("id", BigInteger, Identity(always=True), nullable=False),
    Column("payment_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    instant("created_at", nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    instant("delivered_at"),
    instant("parked_at"),
    Column("last_error", Text),
    PrimaryKeyConstraint(*ORDER_KEY, "id"),
    _belongs_to("checkout_order", ORDER_KEY),
    Index("ix_outbox_parked", *ORDER_KEY, "id", postgresql_where=_PARKED_LETTER),
    Index("ix_outbox_age", "created_at", postgresql_using="brin"),
)
