"""The post office over memory, for tests of what people and metrics are shown."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from application.ports.outbox import Letter
from application.ports.post_office import Backlog, Choice, Direction, OpenMessage
from domain.lifecycle import PaymentStatus
from tests.fakes.memory import MemoryStore
from tests.fakes.memory_state import Pigeonhole


class MemoryPostOffice:
    """See `application.ports.post_office.PostOffice`."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    async def look(self, choice: Choice, *, limit: int, after: OpenMessage | None = None) -> tuple[OpenMessage, ...]:
        chosen = sorted((m for m in self._open() if _meant(m, choice)), key=_place)
        return tuple(m for m in chosen if after is None or _place(m) > _place(after))[:limit]

    async def find(self, message_id: str) -> OpenMessage | None:
        return next((m for m in self._open() if m.id == message_id.lower()), None)

    async def hand_back(self, ids: Sequence[str]) -> frozenset[str]:
        found = [m for m in self._open() if m.id in ids]
        now = self._store.clock.now()
        for hole in self._store.notices.values():
            if any(m.id == str(hole.notice.id) for m in found):
                hole.parked_reason, hole.due_at = None, min(hole.due_at, now)
        for entry in [e for e in self._store.parked if any(m.id == str(e[0].id) for m in found)]:
            self._store.parked.remove(entry)
            self._reopen(*entry)
        for message in found:
            desk = self._store.desk(message.key.order)
            if desk.letters and message.direction is Direction.LETTER:
                desk.due_at = min(desk.due_at or now, now)
        return frozenset(m.id for m in found)

    async def backlog(self) -> Backlog:
        waiting = {d: [m.since for m in self._open() if m.direction is d and m.next_try] for d in Direction}
        parked = {d: [m for m in self._open() if m.direction is d and not m.next_try] for d in Direction}
        looked_after = [p for key, p in self._store.stored.items() if self._store.looks[key]]
        undecided = [p.updated_at for p in looked_after if p.status is not PaymentStatus.INTENT]
        return Backlog(
            inbox_waiting=len(waiting[Direction.CALLBACK]),
            inbox_parked=len(parked[Direction.CALLBACK]),
            outbox_waiting=len(waiting[Direction.LETTER]),
            outbox_parked=len(parked[Direction.LETTER]),
            payments_undecided=len(undecided),
            oldest_in_inbox=min(waiting[Direction.CALLBACK], default=None),
            oldest_in_outbox=min(waiting[Direction.LETTER], default=None),
            oldest_undecided=min(undecided, default=None),
        )

    async def clear_away(self, *, before: datetime, limit: int) -> int:
        """Letters are gone from memory once they are delivered."""
        notices = self._store.notices
        done = [k for k, h in notices.items() if h.handled_at and max(h.handled_at, h.notice.received_at) < before]
        for key in done[:limit]:
            del notices[key]
        return len(done[:limit])

    def _reopen(self, letter: Letter, reason: str) -> None:
        desk = self._store.desk(letter.key.order)
        desk.letters = sorted([*desk.letters, replace(letter, attempts=letter.attempts + 1)], key=lambda x: x.id)
        desk.errors[letter.id] = reason

    def _open(self) -> Iterator[OpenMessage]:
        for hole in self._store.notices.values():
            if hole.handled_at is None:
                yield _callback(hole)
        for desk in self._store.desks.values():
            for letter in desk.letters:
                shown = _letter(letter, desk.errors.get(letter.id, ""))
                yield replace(shown, next_try=desk.due_at)
        for letter, reason in self._store.parked:
            yield _letter(replace(letter, attempts=letter.attempts + 1), reason)


def _callback(hole: Pigeonhole) -> OpenMessage:
    return OpenMessage(
        id=str(hole.notice.id),
        direction=Direction.CALLBACK,
        kind=str(hole.notice.notice.kind),
        key=hole.notice.notice.key,
        since=hole.notice.received_at,
        attempts=hole.notice.attempts,
        next_try=hole.due_at if hole.parked_reason is None else None,
        last_error=hole.last_error,
        facts=hole.notice.notice.facts,
    )


def _letter(letter: Letter, error: str) -> OpenMessage:
    return OpenMessage(
        id=str(letter.id),
        direction=Direction.LETTER,
        kind=str(letter.message.kind),
        key=letter.key,
        since=letter.created_at,
        attempts=letter.attempts,
        next_try=None,
        last_error=error,
        facts=letter.message.payload,
    )


def _place(message: OpenMessage) -> tuple[object, ...]:
    return message.since, message.id


def _meant(message: OpenMessage, choice: Choice) -> bool:
    key = message.key
    asked = ((choice.merchant, key.merchant), (choice.channel, key.channel), (choice.order_id, key.order_id))
    same = all(wanted in {"", found} for wanted, found in asked)
    kind = choice.kind in {"", message.kind, str(message.direction)}
    return same and kind and message.standing in choice.standings
