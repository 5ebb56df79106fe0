"""Bring the database to the newest schema."""

import sys
from contextlib import ExitStack
from pathlib import Path

from adapters.persistence.embedded import EmbeddedServer, EmbeddedServerError
from adapters.persistence.migrate import newest, upgrade
from entrypoints.settings import Settings


def migrate_database(settings: Settings) -> int:
    """Safe while the service runs, and from several machines at once. 0 when the schema is the newest, else 1."""
    from alembic.util import CommandError
    from asyncpg import PostgresError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with ExitStack() as stack:
            upgrade(_url(settings, stack))
    except (OSError, SQLAlchemyError, PostgresError, CommandError, EmbeddedServerError) as failure:
        reason = str(failure).splitlines()[0] if str(failure) else type(failure).__name__
        print(f"The database could not be migrated: {reason}", file=sys.stderr)
        return 1
    print(f"The database has the newest schema ({newest()}).")
    return 0


def _url(settings: Settings, stack: ExitStack) -> str:
    if settings.database_url:
        return settings.database_url
    server = EmbeddedServer(Path(settings.data_dir))
    url = server.start()
    stack.callback(server.stop)
    return url
