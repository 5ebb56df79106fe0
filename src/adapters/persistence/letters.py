"""Letters as rows of the outbox's table."""

from collections.abc import Iterator
from datetime import datetime
from itertools import takewhile

import msgspec
from msgspec import Struct

from application.ports.outbox import Letter
from domain.identifiers import OrderKey
from domain.messages import Message, MessageKind


class LetterRow(Struct):
    id: int
    payment_id: str
    kind: str
    payload: dict[str, str | int | bool]
    attempts: int
    created_at: datetime


_rows = msgspec.json.Decoder(list[LetterRow])
_KNOWN = frozenset(MessageKind)


def letters_of(order: OrderKey, rows: str | None, *, doubted: bool = False) -> tuple[Letter, ...]:
    """The letters in a JSON array of rows, up to the first that only a newer version of this service understands.

    `doubted`: a relay took them and gave nothing back, so each may have been told once more than is written down.
    """
    return tuple(_letters(order, rows, doubted)) if rows else ()


def _letters(order: OrderKey, rows: str, doubted: bool) -> Iterator[Letter]:
    for row in takewhile(lambda row: row.kind in _KNOWN, _rows.decode(rows)):
        yield Letter(
            id=row.id,
            key=order.payment(row.payment_id),
            message=Message(MessageKind(row.kind), row.payload),
            attempts=row.attempts + doubted,
            created_at=row.created_at,
        )
