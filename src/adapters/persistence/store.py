"""The database as the rest of the program sees it: its ports, health, and an end."""

from adapters.persistence import migrate
from adapters.persistence.database import Database
from adapters.persistence.inbox import PostgresInbox
from adapters.persistence.outbox import PostgresOutbox
from adapters.persistence.payment_books import PostgresPaymentBooks
from adapters.persistence.payments import PostgresPayments
from adapters.persistence.post_office import PostgresPostOffice
from adapters.persistence.reconciliation_work import PostgresReconciliationWork
from adapters.persistence.reconciliations import PostgresReconciliations
from adapters.persistence.statement import Statement
from application.ports.clock import Clock
from domain.errors import StoreUnavailable

_PING = Statement.of("SELECT current_setting('transaction_read_only') = 'on' AS read_only", name="ping", types={})
_MIGRATED = Statement.of("SELECT to_regclass('alembic_version') IS NOT NULL AS once", name="migrated", types={})
_REVISION = Statement.of("SELECT version_num FROM alembic_version", name="revision", types={})


class Store:
    """Everything stored, over one pool. Safe to share between tasks of one event loop."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self.database = database
        self.payments = PostgresPayments(database, clock)
        self.inbox = PostgresInbox(database, clock)
        self.outbox = PostgresOutbox(database, clock)
        self.post_office = PostgresPostOffice(database, clock)
        self.payment_books = PostgresPaymentBooks(database)
        self.reconciliations = PostgresReconciliations(database, clock)
        self.reconciliation_work = PostgresReconciliationWork(database)
        self._outdated: frozenset[str] | None = None

    async def ping(self) -> None:
        """Raises StoreUnavailable when the database does not answer, or takes no writes."""
        answer = await self.database.row(_PING)
        if answer and answer["read_only"]:
            await self.database.renew()
            raise StoreUnavailable("The database is read-only.")

    async def schema_is_current(self) -> bool:
        """Whether the schema is the one this code was written for, or a newer one. Raises StoreUnavailable.

        A newer one is what instances meet that are about to be replaced: migrations leave them working.
        """
        if self._outdated is None:
            self._outdated = migrate.outdated()
        once = await self.database.row(_MIGRATED)
        if once is None or not once["once"]:
            return False
        found = await self.database.rows(_REVISION)
        return len(found) == 1 and found[0]["version_num"] not in self._outdated

    async def close(self) -> None:
        """Let running statements finish, then disconnect. Repeating it is harmless."""
        await self.database.close()


def open_store(url: str, *, clock: Clock, pool_size: int = 10, application_name: str = "norce-qliro-adapter") -> Store:
    """A store over the PostgreSQL at `url` (`postgresql://…`). Nothing is connected before the first use."""
    return Store(Database(url, pool_size=pool_size, application_name=application_name), clock)
