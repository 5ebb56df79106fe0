"""Runs of the reconciliation and what they found, in PostgreSQL."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from uuid import UUID

import msgspec

from adapters.persistence import reconciliation_statements as statements
from adapters.persistence.database import Database
from adapters.persistence.reconciliation_rows import counts_text, finding_of, finding_row, run_of
from adapters.persistence.statement import Statement
from application.ports.clock import Clock
from application.ports.reconciliations import OpenDiscrepancies
from domain.discrepancy import PAYMENT_KINDS, Discrepancy, DiscrepancyKind
from domain.errors import StoreUnavailable
from domain.identifiers import PaymentKey, Tenant
from domain.reconciliation import ReconciliationRun, RunKind

PAGE = 500
_encode = msgspec.json.Encoder().encode
_PAYMENT_KINDS = sorted(PAYMENT_KINDS)
_TRIES = 5


class PostgresReconciliations:
    """See `application.ports.reconciliations.Reconciliations`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def begin(
        self, run: ReconciliationRun, *, sharing: str = "", since: datetime | None = None
    ) -> ReconciliationRun:
        for _ in range(_TRIES):
            if sharing and since:
                await self._database.row(statements.GIVE_UP, sharing=sharing, since=since)
            mine = await self._database.row(
                statements.BEGIN,
                id=run.id,
                kind=str(run.kind),
                who=run.who,
                applied=run.applied,
                scope=_encode(dict(run.scope)).decode(),
                counts=counts_text(run.counts),
                sharing=sharing or None,
                started_at=run.started_at,
                ended_at=run.ended_at,
            )
            oldest = since or datetime.min.replace(tzinfo=run.started_at.tzinfo)
            found = mine or await self._database.row(statements.SHARED, sharing=sharing, since=oldest)
            if found is not None:
                return run_of(found)
        raise StoreUnavailable("The run could neither be begun nor joined: others begin and end too fast.")

    async def record(self, run_id: UUID, found: Iterable[Discrepancy], *, checked: Iterable[PaymentKey] = ()) -> None:
        rows = {one.identity: finding_row(one) for one in found}
        keys = [
            {"merchant": k.merchant, "channel": k.channel, "order_id": k.order_id, "payment_id": k.payment_id}
            for k in checked
        ]
        if rows or keys:
            await self._database.row(
                statements.RECORD,
                run_id=run_id,
                found=_encode(list(rows.values())).decode(),
                checked=_encode(keys).decode(),
                kinds=_PAYMENT_KINDS,
                now=self._clock.now(),
            )

    async def close(
        self, run_id: UUID, tenant: Tenant, kinds: Iterable[DiscrepancyKind], *, since: datetime, until: datetime
    ) -> None:
        await self._database.row(
            statements.CLOSE,
            run_id=run_id,
            merchant=tenant.merchant,
            channel=tenant.channel,
            kinds=sorted(kinds),
            since=since,
            until=until,
        )

    async def save(self, run: ReconciliationRun) -> None:
        await self._database.row(statements.SAVE, id=run.id, counts=counts_text(run.counts), ended_at=run.ended_at)

    async def run(self, run_id: UUID) -> ReconciliationRun | None:
        found = await self._database.row(statements.RUN, id=run_id)
        return None if found is None else run_of(found)

    async def latest(self, *, limit: int) -> tuple[ReconciliationRun, ...]:
        return tuple(run_of(row) for row in await self._database.rows(statements.LATEST, limit=limit))

    async def findings(self, run_id: UUID) -> AsyncIterator[Discrepancy]:
        async for found in self._pages(statements.FINDINGS, run_id):
            yield found

    async def begun(self, run_id: UUID) -> AsyncIterator[Discrepancy]:
        async for found in self._pages(statements.BEGUN, run_id):
            yield found

    async def _pages(self, statement: Statement, run_id: UUID) -> AsyncIterator[Discrepancy]:
        last = dict.fromkeys(("merchant", "channel", "order_id", "payment_id", "kind", "subject"), "")
        while rows := await self._database.rows(statement, run_id=run_id, limit=PAGE, **last):
            for row in rows:
                yield finding_of(row)
            last = {name: rows[-1][name] for name in last}

    async def clear_away(self, *, before: datetime, limit: int) -> int:
        row = await self._database.row(statements.CLEAR_AWAY, before=before, limit=limit)
        return int(row["gone"]) if row else 0

    async def open(self) -> OpenDiscrepancies:
        rows = await self._database.rows(statements.OPEN)
        return OpenDiscrepancies(
            {DiscrepancyKind(row["kind"]): row["many"] for row in rows},
            min((row["oldest"] for row in rows), default=None),
            {RunKind(row["kind"]): row["ended_at"] for row in await self._database.rows(statements.LAST_ENDED)},
        )
