"""Connections whose prepared statements nobody else's can be taken for."""

import itertools
from typing import TYPE_CHECKING
from uuid import uuid4

import asyncpg

if TYPE_CHECKING:
    from asyncpg import Connection, Record

    _Connection = Connection[Record]
else:
    _Connection = asyncpg.Connection

_PROCESS = uuid4().hex
_numbers = itertools.count(1)


class OwnNames(_Connection):
    """Names its prepared statements as no other process does.

    asyncpg counts them from one in every process. Behind a pooler that hands a server's session from one client to
    the next, a statement would run another process's of the same number, with its own arguments.
    """

    def _get_unique_id(self, prefix: str) -> str:
        return f"{prefix}_{_PROCESS}_{next(_numbers):x}"
