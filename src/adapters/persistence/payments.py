"""Payments in PostgreSQL: leases on the order's row, versions on the payments', one round trip a method."""

import asyncio
import time
from collections.abc import Set
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import msgspec

from adapters.persistence import payment_statements as statements
from adapters.persistence.addressee import addressee
from adapters.persistence.database import Database
from adapters.persistence.letters import letters_of
from adapters.persistence.payment_rows import StoredPayment, changed_row, history_rows, operation_rows, payment_of
from adapters.persistence.waiting import claimed
from application.ports.clock import Clock
from application.ports.outbox import Bundle
from application.ports.payments import CheckoutSession, Claim, Work
from domain.errors import AdapterError, ClaimLost, PaymentConflict, StalePayment, ValidationRefused
from domain.identifiers import OrderKey, PaymentKey
from domain.payment import Payment

GIVE_BACK_SECONDS = 1.0
_rows = msgspec.json.Decoder(list[StoredPayment])
_row = msgspec.json.Decoder(StoredPayment)
_encoder = msgspec.json.Encoder()


class PostgresPayments:
    """See `application.ports.payments.Payments`.

    `commit` also raises PaymentConflict when another living payment stands for the same Qliro order. When it raises
    StoreUnavailable, whether it happened is unknown; repeating it either does it or raises StalePayment.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def claim(self, order: OrderKey, *, wait: timedelta, lease: timedelta) -> Claim:
        async def attempt() -> Claim | None:
            return await self._take(order, lease)

        return await claimed(attempt, clock=self._clock, wait=wait)

    async def renew(self, claim: Claim, *, lease: timedelta) -> None:
        if await self._database.row(statements.RENEW, **_key(claim.order), token=claim.token, lease=lease) is None:
            raise ClaimLost("The claim over this order went to somebody else.")

    async def release(self, claim: Claim) -> None:
        await self._database.row(statements.RELEASE, **_key(claim.order), token=claim.token)

    async def read(self, key: PaymentKey) -> Payment | None:
        found = await self._database.row(statements.READ, **_key(key.order), payment_id=key.payment_id)
        return None if found is None else payment_of(key.order, _row.decode(found["payment"]))

    async def read_session(self, order: OrderKey) -> CheckoutSession | None:
        found = await self._database.row(statements.READ_SESSION, **_key(order))
        return None if found is None else _session(found)

    async def due(
        self, *, limit: int, now: datetime, lease: timedelta, besides: Set[str] = frozenset()
    ) -> tuple[PaymentKey, ...]:
        many = sorted(besides)
        rows = await self._database.rows(statements.DUE, limit=limit, now=now, lease=lease, besides=many)
        return tuple(PaymentKey(row["merchant"], row["channel"], row["order_id"], row["payment_id"]) for row in rows)

    async def look_again(self, key: PaymentKey, *, at: datetime) -> None:
        await self._database.row(statements.LOOK_AGAIN, **_key(key.order), payment_id=key.payment_id, at=at)

    async def looked(self, key: PaymentKey, *, leased_until: datetime) -> None:
        which = {**_key(key.order), "payment_id": key.payment_id, "leased_until": leased_until}
        await self._database.row(statements.LOOKED, **which)

    async def note_told(self, key: PaymentKey, operation: UUID) -> None:
        which = {**_key(key.order), "payment_id": key.payment_id, "operation_id": operation}
        await self._database.row(statements.NOTE_TOLD, **which)

    async def commit(self, work: Work) -> Bundle | None:
        relay, since = uuid4() if work.relay else None, time.monotonic()
        try:
            told = await self._database.row(statements.COMMIT, **self._values(work, relay))
        except asyncpg.UniqueViolationError as twin:
            if twin.constraint_name == "uq_payment_provider_order":
                raise PaymentConflict("Another payment stands for the same Qliro order.") from twin
            raise StalePayment("The payment was changed meanwhile.") from twin
        match told and told["word"]:
            case "claim lost":
                raise ClaimLost("The claim over this order went to somebody else.")
            case "stale":
                raise StalePayment("The payment was changed meanwhile.")
        if relay is None or told is None or told["relay"] is None:
            return None
        return Bundle(work.order, relay, letters_of(work.order, told["letters"]), since=since)

    async def _take(self, order: OrderKey, lease: timedelta) -> Claim | None:
        token = uuid4()
        try:
            taken = await self._database.row(statements.CLAIM, **_key(order), token=token, lease=lease)
        except asyncio.CancelledError:
            await self._give_back(order, token)
            raise
        if taken is None:
            return None
        session = _session(taken) if taken["merchant_reference"] is not None else None
        rows = _rows.decode(taken["payments"]) if taken["payments"] else []
        return Claim(order, token, session, tuple(payment_of(order, row) for row in rows))

    async def _give_back(self, order: OrderKey, token: UUID) -> None:
        """Whoever is interrupted while claiming may have got the claim; nobody should wait for its lease to run out."""
        with suppress(AdapterError, TimeoutError):
            async with asyncio.timeout(GIVE_BACK_SECONDS):
                await self._database.row(statements.RELEASE, **_key(order), token=token)

    def _values(self, work: Work, relay: UUID | None) -> dict[str, object]:
        session = work.session
        return {
            **_key(work.order),
            "token": work.claim.token if work.claim else None,
            "release": work.release,
            "work": _document(work),
            "now": self._clock.now(),
            "merchant_reference": session.merchant_reference if session else None,
            "attempt": session.attempt if session else None,
            "cart_digest": session.cart_digest if session else None,
            "letters": len(work.messages),
            "addressee": addressee(work).payment_id if work.messages else None,
            "relay": relay,
            "relay_lease": work.relay,
        }


def _key(order: OrderKey) -> dict[str, object]:
    return {"merchant": order.merchant, "channel": order.channel, "order_id": order.order_id}


def _session(row: asyncpg.Record) -> CheckoutSession:
    return CheckoutSession(row["merchant_reference"], row["attempt"], row["cart_digest"] or "")


def _document(work: Work) -> str:
    try:
        encoded = _encoder.encode(
            {
                "payments": [changed_row(payment) for payment in work.payments],
                "operations": [row for payment in work.payments for row in operation_rows(payment)],
                "history": [row for payment in work.payments for row in history_rows(payment)],
                "messages": [{"kind": m.kind, "payload": dict(m.payload)} for m in work.messages],
                "handled": work.handled,
            }
        )
    except UnicodeError as refused:
        raise ValidationRefused("The request contains a value that cannot be stored.") from refused
    return encoded.decode()
