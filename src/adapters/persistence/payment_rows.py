"""Rows ⇄ the payment aggregate. Rows travel as JSON, so that a payment with its operations is one value."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from domain.identifiers import OrderKey
from domain.ledger import LedgerTotals
from domain.lifecycle import PaymentStatus
from domain.operation import Operation, OperationKind, OperationState
from domain.payment import Payment
from domain.planned_call import PlannedCall
from domain.upsell import UpsellWindow


class OperationRow(Struct):
    payment_id: str
    operation_id: UUID
    number: int
    kind: OperationKind
    state: OperationState
    amount: int
    request_id: UUID
    step: int
    transactions: tuple[int, ...]
    requested_at: datetime
    settled_at: datetime | None
    error_code: str
    error_message: str
    plan: tuple[PlannedCall, ...]
    baseline: int
    idempotency_key: str
    fingerprint: str
    told: bool


class PaymentRow(Struct):
    payment_id: str
    version: int
    status: PaymentStatus
    currency: str
    amount: int
    provider_order_id: int | None
    merchant_reference: str
    authorized: int
    captured: int
    cancelled: int
    refunded: int
    ledger_mark: int
    saved_card: str
    charge_id: UUID | None
    token_mark: str
    created_at: datetime
    updated_at: datetime
    upsell: UpsellWindow | None


class StoredPayment(PaymentRow):
    """As read: with its operations in their order."""

    operations: list[OperationRow]


class ChangedPayment(PaymentRow):
    """As written: with the version that must still be there, and when to look at it again."""

    stored_version: int
    look_at: datetime | None


class HistoryRow(Struct):
    payment_id: str
    version: int
    event: str
    status: PaymentStatus
    authorized: int
    captured: int
    cancelled: int
    refunded: int
    at: datetime


def payment_of(order: OrderKey, row: StoredPayment) -> Payment:
    return Payment(
        key=order.payment(row.payment_id),
        currency=row.currency,
        amount=row.amount,
        provider_order_id=row.provider_order_id,
        merchant_reference=row.merchant_reference,
        created_at=row.created_at,
        updated_at=row.updated_at,
        status=row.status,
        totals=LedgerTotals(row.authorized, row.captured, row.cancelled, row.refunded),
        ledger_mark=row.ledger_mark,
        saved_card=row.saved_card,
        charge_id=row.charge_id,
        token_mark=row.token_mark,
        operations=tuple(operation_of(operation) for operation in row.operations),
        version=row.version,
        upsell=row.upsell,
    )


def operation_of(row: OperationRow) -> Operation:
    return Operation(
        id=row.operation_id,
        kind=row.kind,
        state=row.state,
        amount=row.amount,
        request_id=row.request_id,
        requested_at=row.requested_at,
        transactions=row.transactions,
        step=row.step,
        settled_at=row.settled_at,
        error_code=row.error_code,
        error_message=row.error_message,
        plan=row.plan,
        baseline=row.baseline,
        idempotency_key=row.idempotency_key,
        fingerprint=row.fingerprint,
        told=row.told,
    )


def changed_row(payment: Payment) -> ChangedPayment:
    return ChangedPayment(
        payment_id=payment.key.payment_id,
        version=payment.version,
        status=payment.status,
        currency=payment.currency,
        amount=payment.amount,
        provider_order_id=payment.provider_order_id,
        merchant_reference=payment.merchant_reference,
        authorized=payment.totals.authorized,
        captured=payment.totals.captured,
        cancelled=payment.totals.cancelled,
        refunded=payment.totals.refunded,
        ledger_mark=payment.ledger_mark,
        saved_card=payment.saved_card,
        charge_id=payment.charge_id,
        token_mark=payment.token_mark,
        created_at=payment.created_at,
        updated_at=payment.updated_at,
        upsell=payment.upsell,
        stored_version=payment.stored_version,
        look_at=payment.look_at,
    )


def operation_rows(payment: Payment) -> list[OperationRow]:
    return [
        OperationRow(
            payment_id=payment.key.payment_id,
            operation_id=operation.id,
            number=number,
            kind=operation.kind,
            state=operation.state,
            amount=operation.amount,
            request_id=operation.request_id,
            step=operation.step,
            transactions=operation.transactions,
            requested_at=operation.requested_at,
            settled_at=operation.settled_at,
            error_code=operation.error_code,
            error_message=operation.error_message,
            plan=operation.plan,
            baseline=operation.baseline,
            idempotency_key=operation.idempotency_key,
            fingerprint=operation.fingerprint,
            told=operation.told,
        )
        for number, operation in enumerate(payment.operations)
    ]


def history_rows(payment: Payment) -> list[HistoryRow]:
    return [
        HistoryRow(
            payment_id=payment.key.payment_id,
            version=line.version,
            event=line.event,
            status=line.status,
            authorized=line.totals.authorized,
            captured=line.totals.captured,
            cancelled=line.totals.cancelled,
            refunded=line.totals.refunded,
            at=line.at,
        )
        for line in payment.history
    ]
