"""The books of payments in PostgreSQL, for settlements: read only, page by page."""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from adapters.persistence import payment_books_statements as statements
from adapters.persistence.database import Database
from adapters.persistence.payment_rows import OperationRow, operation_of
from domain.identifiers import PaymentKey, Tenant
from domain.settlement_books import OrderBooks, Sums, movements

if TYPE_CHECKING:
    from asyncpg import Record

LOOKED_AT = 5_000
"""Payments that one page looks at; those with money that changed are a part of them."""
PAGE = 200
_operations = msgspec.json.Decoder(list[OperationRow])
_history = msgspec.json.Decoder(list[Sums])


class PostgresPaymentBooks:
    """See `application.ports.payment_books.PaymentBooks`."""

    def __init__(self, database: Database, *, looked_at: int = LOOKED_AT, page: int = PAGE) -> None:
        self._database = database
        self._looked_at = looked_at
        self._page = page

    async def tenants(self, *, merchant: str = "") -> tuple[Tenant, ...]:
        rows = await self._database.rows(statements.TENANTS, merchant=merchant)
        return tuple(Tenant(row["merchant"], row["channel"]) for row in rows)

    async def of_orders(
        self, tenants: Collection[Tenant], provider_order_ids: Collection[int]
    ) -> Mapping[int, OrderBooks]:
        if not tenants or not provider_order_ids:
            return {}
        rows = await self._database.rows(
            statements.OF_ORDERS,
            merchants=[tenant.merchant for tenant in tenants],
            channels=[tenant.channel for tenant in tenants],
            ids=list(provider_order_ids),
        )
        return {row["provider_order_id"]: _books(row) for row in rows}

    async def captured(self, tenant: Tenant, *, since: datetime) -> AsyncIterator[tuple[OrderBooks, ...]]:
        here: dict[str, object] = {"merchant": tenant.merchant, "channel": tenant.channel}
        last: dict[str, object] = {"order_id": "", "payment_id": ""}
        while page := await self._database.row(statements.PAGE, **here, **last, since=since, limit=self._looked_at):
            last = {"order_id": page["order_id"], "payment_id": page["payment_id"]}
            keys = zip(page["orders"] or (), page["payments"] or (), strict=True)
            for some in _pieces(keys, self._page):
                orders, payments = ([key[i] for key in some] for i in range(2))
                rows = await self._database.rows(statements.OF_PAYMENTS, **here, orders=orders, payments=payments)
                yield tuple(_books(row) for row in rows)


def _pieces(keys: Iterator[tuple[str, str]], size: int) -> Iterator[list[tuple[str, str]]]:
    while piece := list(islice(keys, size)):
        yield piece


def _books(row: "Record") -> OrderBooks:
    found = movements([operation_of(o) for o in _operations.decode(row["operations"])], _history.decode(row["history"]))
    return OrderBooks(
        key=PaymentKey(row["merchant"], row["channel"], row["order_id"], row["payment_id"]),
        provider_order_id=row["provider_order_id"],
        currency=row["currency"],
        movements=found,
    )
