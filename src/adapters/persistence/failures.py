"""What the database's errors mean to the application."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from domain.errors import StoreUnavailable, ValidationRefused

UNAVAILABLE: tuple[type[BaseException], ...] = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.ObjectNotInPrerequisiteStateError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    asyncpg.PostgresSystemError,
    asyncpg.InvalidSQLStatementNameError,
)
"""No connection, none free in time, shutting down, read-only, out of resources, a lock or statement that took too long,
a schema that is not migrated, a pooler that keeps no session: all end without our doing."""


@contextmanager
def translated() -> Iterator[None]:
    """Raises StoreUnavailable for what may pass, ValidationRefused for values no database row can hold.

    When the connection dies during a write, it is not known whether the write happened. Repeating it is harmless:
    versions, tokens and unique keys turn a second one into a refusal.
    """
    try:
        yield
    except (asyncpg.DataError, UnicodeError) as refused:
        raise ValidationRefused("The request contains a value that cannot be stored.") from refused
    except UNAVAILABLE as failure:
        raise StoreUnavailable(f"The database does not answer ({type(failure).__name__}).") from failure
