"""What the database itself refuses, whatever a defect elsewhere asks for."""

from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest

from adapters.persistence.store import Store
from application.ports.payments import CheckoutSession, Work
from domain.identifiers import OrderKey
from domain.ledger import LedgerTotals
from domain.lifecycle import PaymentStatus
from domain.money import Money
from domain.operation import Operation, OperationKind, OperationState
from domain.payment import Payment
from tests.fakes.clock import SOME_TIME

ORDER = OrderKey("demo", "se", "order-1")


def a_payment(**changes: object) -> Payment:
    payment = Payment.intend(
        ORDER.payment("p-1"), Money(100, "SEK"), provider_order_id=1, merchant_reference="r", at=SOME_TIME
    )
    for name, value in changes.items():
        setattr(payment, name, value)
    return payment


@pytest.mark.parametrize(
    "totals",
    [
        LedgerTotals(authorized=100, captured=60, cancelled=41),
        LedgerTotals(authorized=100, captured=50, refunded=51),
        LedgerTotals(authorized=100, captured=-1),
    ],
    ids=["more taken than authorized", "more refunded than captured", "less than nothing"],
)
async def test_money_that_does_not_add_up_is_not_stored(store: Store, totals: LedgerTotals) -> None:
    broken = Work(ORDER, session=CheckoutSession("r", 1), payments=(a_payment(totals=totals),))
    with pytest.raises(asyncpg.CheckViolationError):
        await store.payments.commit(broken)
    assert await store.payments.read_session(ORDER) is None


async def test_an_unknown_status_is_not_stored(store: Store, database_url: str) -> None:
    await store.payments.commit(Work(ORDER, payments=(a_payment(),)))
    connection = await asyncpg.connect(database_url)
    try:
        with pytest.raises(asyncpg.CheckViolationError):
            await connection.execute("UPDATE payment SET status = 'paid'")
    finally:
        await connection.close()


async def test_a_settled_operation_never_changes(store: Store) -> None:
    operation = Operation(uuid4(), OperationKind.CAPTURE, OperationState.SUCCEEDED, 1, uuid4(), SOME_TIME, (1,))
    settled = replace(operation, settled_at=SOME_TIME)
    payment = a_payment(operations=(settled,), status=PaymentStatus.AUTHORIZED)
    await store.payments.commit(Work(ORDER, payments=(payment,)))
    payment.stored()
    payment.operations = (replace(settled, state=OperationState.FAILED),)
    await store.payments.commit(Work(ORDER, payments=(payment,)))
    stored = await store.payments.read(payment.key)
    assert stored is not None
    assert stored.operations == (settled,)


async def test_history_is_append_only(store: Store, database_url: str) -> None:
    payment = a_payment()
    payment.cover(200, at=SOME_TIME)
    await store.payments.commit(Work(ORDER, payments=(payment,)))
    connection = await asyncpg.connect(database_url)
    try:
        lines = await connection.fetch("SELECT version, event FROM payment_history ORDER BY version")
        assert [tuple(line) for line in lines] == [(1, "intend"), (2, "cover")]
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute("UPDATE payment_history SET event = 'never happened'")
    finally:
        await connection.close()


async def test_every_key_begins_with_the_tenant_but_that_of_a_run_over_all_of_them(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        keys = await connection.fetch(
            """
            SELECT c.conrelid::regclass::text AS relation, (
                SELECT array_agg(a.attname::text ORDER BY k.place) FROM unnest(c.conkey) WITH ORDINALITY k (n, place)
                JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n
            ) AS names
            FROM pg_constraint c WHERE c.contype IN ('p', 'u')
                AND c.connamespace = 'public'::regnamespace
                AND c.conrelid::regclass::text NOT IN ('alembic_version', 'reconciliation_run')
            """
        )
    finally:
        await connection.close()
    assert len(keys) >= 8
    assert {tuple(key["names"][:2]) for key in keys} == {("merchant", "channel")}
