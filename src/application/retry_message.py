"""Hand messages back that were given up or put off: they are due at once.

One that was parked has used up its schedule, so it gets one more try; when that fails too it is parked again, and what
is behind it goes on. Trying again is harmless: delivering and handling are idempotent.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from application.ports.post_office import Choice, PostOffice

_PAGE = 500


@dataclass(frozen=True, slots=True)
class HandedBack:
    """How many are due now, and the ids of which nothing is open (any more)."""

    count: int
    unknown: tuple[str, ...] = ()


class RetryMessage:
    """Makes messages due; whichever process works next takes them. Raises StoreUnavailable."""

    def __init__(self, office: PostOffice) -> None:
        self._office = office

    async def __call__(self, ids: Sequence[str]) -> HandedBack:
        """Those of these ids."""
        found = {one.lower() for one in await self._office.hand_back(ids)}
        return HandedBack(len(found), tuple(one for one in ids if one.lower() not in found))

    async def all(self, choice: Choice) -> HandedBack:
        """All those chosen, page by page: each once, however fast some of them fail again."""
        count, last = 0, None
        while page := await self._office.look(choice, limit=_PAGE, after=last):
            count += len(await self._office.hand_back([message.id for message in page]))
            last = page[-1]
        return HandedBack(count)
