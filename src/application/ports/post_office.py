"""What waits in both directions, for people who look after it: letters to Norce and callbacks from Qliro."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.identifiers import PaymentKey


class Direction(StrEnum):
    LETTER = "letter"
    CALLBACK = "callback"


class Standing(StrEnum):
    """Parked: given up until somebody hands it back. Failing: tried in vain and tried again. Waiting: not yet tried."""

    PARKED = "parked"
    FAILING = "failing"
    WAITING = "waiting"


TROUBLED = frozenset({Standing.PARKED, Standing.FAILING})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMessage:
    """A letter that Norce lacks or a callback that is not handled; `next_try` is None while it is parked.

    `id` is unique among all that is open, whoever it belongs to. `facts` hold no personal data.
    """

    id: str
    direction: Direction
    kind: str
    key: PaymentKey
    since: datetime
    attempts: int
    next_try: datetime | None
    last_error: str = ""
    facts: Mapping[str, str | int | bool | None] = field(default_factory=dict)

    @property
    def standing(self) -> Standing:
        if self.next_try is None:
            return Standing.PARKED
        return Standing.FAILING if self.attempts else Standing.WAITING


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which open messages are meant; what is empty matches everything. `kind` may also name a direction."""

    merchant: str = ""
    channel: str = ""
    order_id: str = ""
    kind: str = ""
    standings: frozenset[Standing] = TROUBLED


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """How much waits in all, and since when the oldest of it. Unpaid checkouts are not undecided: they are open."""

    inbox_waiting: int
    inbox_parked: int
    outbox_waiting: int
    outbox_parked: int
    payments_undecided: int
    oldest_in_inbox: datetime | None
    oldest_in_outbox: datetime | None
    oldest_undecided: datetime | None


class PostOffice(Protocol):
    """Looks over everybody's messages. Every method raises StoreUnavailable."""

    async def look(self, choice: Choice, *, limit: int, after: OpenMessage | None = None) -> tuple[OpenMessage, ...]:
        """The oldest `limit` of those chosen, from the one that follows `after` on."""
        ...

    async def find(self, message_id: str) -> OpenMessage | None:
        """The open message of that id."""
        ...

    async def hand_back(self, ids: Sequence[str]) -> frozenset[str]:
        """Make these due at once, the parked ones too; which of them were open. Attempts go on counting.

        A letter that was parked takes its old place: before every letter of its order that is still open. A callback
        has no order to keep, since handling it means reading the truth.
        """
        ...

    async def backlog(self) -> Backlog:
        """How much waits."""
        ...

    async def clear_away(self, *, before: datetime, limit: int) -> int:
        """Delete letters that were delivered and callbacks that were handled, at most `limit` of each; how many.

        Only such as came in before that time. What waits or is parked stays. Safe beside live traffic and others that
        do the same.
        """
        ...
