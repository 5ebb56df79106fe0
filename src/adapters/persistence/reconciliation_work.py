"""The work of a reconciliation, shared out by PostgreSQL: cursors that move on, parts with a lease."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec
from msgspec import Struct

from adapters.persistence import reconciliation_work_statements as statements
from adapters.persistence.database import Database
from adapters.persistence.payment_rows import StoredPayment, payment_of
from application.ports.payments import CheckoutSession
from application.ports.reconciliation_work import LISTED, Part, Selection, Source, StoredOrder
from domain.errors import ClaimLost
from domain.identifiers import OrderKey, PaymentKey, Tenant
from domain.payment import Payment
from domain.readings import Undelivered
from domain.reconciliation import RunCounts

if TYPE_CHECKING:
    from asyncpg import Record

_encode = msgspec.json.Encoder().encode
_payments = msgspec.json.Decoder(list[StoredPayment])


class _Message(Struct):
    id: str
    payment_id: str
    kind: str
    since: datetime
    parked: bool
    last_error: str


_messages = msgspec.json.Decoder(list[_Message])


class PostgresReconciliationWork:
    """See `application.ports.reconciliation_work.ReconciliationWork`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tenants(self, *, merchant: str = "", channel: str = "") -> tuple[Tenant, ...]:
        rows = await self._database.rows(statements.TENANTS, merchant=merchant, channel=channel)
        return tuple(Tenant(row["merchant"], row["channel"]) for row in rows)

    async def plan(self, run_id: UUID, work: Iterable[tuple[Tenant, Source]]) -> None:
        rows = [{"merchant": t.merchant, "channel": t.channel, "source": str(source)} for t, source in work]
        await self._database.row(statements.PLAN, run_id=run_id, work=_encode(rows).decode())

    async def take(self, run_id: UUID, *, lease: timedelta, size: int) -> Part | None:
        row = await self._database.row(statements.TAKE_LEFT, run_id=run_id, lease=lease)
        while row is None or row["token"] is None:
            row = await self._database.row(statements.TAKE_NEXT, run_id=run_id, lease=lease, size=size, listed=LISTED)
            if row is None:
                return None
        tenant = Tenant(row["merchant"], row["channel"])
        return Part(run_id, tenant, Source(row["source"]), row["after"], row["upto"], row["token"])

    async def renew(self, part: Part, *, lease: timedelta) -> None:
        if await self._database.row(statements.RENEW, **_part(part), lease=lease) is None:
            raise ClaimLost("This part of the reconciliation went to another runner.")

    async def finish(
        self, part: Part, counts: RunCounts, *, verified: Iterable[Payment] = (), exhausted: bool = False
    ) -> None:
        over = [{"order_id": p.key.order_id, "payment_id": p.key.payment_id, "version": p.version} for p in verified]
        done = await self._database.row(
            statements.FINISH,
            **_part(part),
            done=counts.done,
            compared=counts.compared,
            failed=counts.failed,
            norce=counts.requests["norce"],
            qliro=counts.requests["qliro"],
            verified=_encode(over).decode(),
            exhausted=exhausted,
        )
        if done is None:
            raise ClaimLost("This part of the reconciliation went to another runner.")

    async def unfinished(self, run_id: UUID) -> bool:
        row = await self._database.row(statements.UNFINISHED, run_id=run_id)
        return bool(row and row["left_over"])

    async def conclude(self, run_id: UUID, *, at: datetime) -> None:
        await self._database.row(statements.CONCLUDE, run_id=run_id, at=at)

    async def orders(self, part: Part, selection: Selection) -> tuple[StoredOrder, ...]:
        rows = await self._database.rows(
            statements.ORDERS, **_tenant(part.tenant), after=part.after, upto=part.upto, **_selection(selection)
        )
        return tuple(_order(part.tenant, row) for row in rows)

    async def order(self, key: OrderKey) -> StoredOrder:
        row = await self._database.row(statements.ORDER_NOW, **_tenant(key.tenant), order_id=key.order_id)
        return _order(key.tenant, row) if row is not None else StoredOrder(key)

    async def known(self, keys: Iterable[PaymentKey]) -> frozenset[PaymentKey]:
        asked = tuple(keys)
        found: set[PaymentKey] = set()
        for tenant in {key.tenant for key in asked}:
            rows = [{"order_id": k.order_id, "payment_id": k.payment_id} for k in asked if k.tenant == tenant]
            known = await self._database.rows(statements.KNOWN, **_tenant(tenant), keys=_encode(rows).decode())
            found.update(PaymentKey(*_names(tenant), row["order_id"], row["payment_id"]) for row in known)
        return frozenset(found)

    async def count(self, tenant: Tenant, selection: Selection, *, after: str, limit: int) -> tuple[int, str]:
        values = {**_tenant(tenant), "after": after, "limit": limit, **_selection(selection)}
        row = await self._database.row(statements.COUNT, **values)
        assert row is not None
        return row["many"], row["last"] if row["looked_at"] == limit else ""


def _names(tenant: Tenant) -> tuple[str, str]:
    return tenant.merchant, tenant.channel


def _tenant(tenant: Tenant) -> dict[str, object]:
    return {"merchant": tenant.merchant, "channel": tenant.channel}


def _part(part: Part) -> dict[str, object]:
    own = {"run_id": part.run_id, "source": str(part.source), "after": part.after, "token": part.token}
    return {**_tenant(part.tenant), **own}


def _selection(selection: Selection) -> dict[str, object]:
    rotation = selection.rotation
    return {
        "every": rotation.every if rotation else 0,
        "turn": rotation.turn if rotation else 0,
        "rotated_since": rotation.since if rotation else None,
        "since": selection.since,
        "until": selection.until,
        "undecided": selection.undecided,
        "only_open": selection.only_open,
        "order_id": selection.order_id,
        "statuses": sorted(str(status) for status in selection.statuses),
    }


def _order(tenant: Tenant, row: "Record") -> StoredOrder:
    key = OrderKey(tenant.merchant, tenant.channel, row["order_id"])
    undelivered: dict[str, list[Undelivered]] = {}
    for text in (row["letters"], row["notices"]):
        for m in _messages.decode(text) if text else ():
            message = Undelivered(id=m.id, kind=m.kind, since=m.since, parked=m.parked, last_error=m.last_error)
            undelivered.setdefault(m.payment_id, []).append(message)
    session = row["merchant_reference"] and CheckoutSession(
        row["merchant_reference"], row["attempt"], row["cart_digest"] or ""
    )
    return StoredOrder(
        key=key,
        payments=tuple(payment_of(key, one) for one in _payments.decode(row["payments"])) if row["payments"] else (),
        meant=frozenset(row["meant"]),
        undelivered={payment_id: tuple(messages) for payment_id, messages in undelivered.items()},
        session=session or None,
    )
