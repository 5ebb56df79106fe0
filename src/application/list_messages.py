"""Show what waits in both directions to those who look after it."""

from application.ports.post_office import Choice, OpenMessage, PostOffice


class ListMessages:
    """Reads only. Raises StoreUnavailable."""

    def __init__(self, office: PostOffice) -> None:
        self._office = office

    async def __call__(self, choice: Choice, *, limit: int) -> tuple[OpenMessage, ...]:
        """The oldest `limit` of those chosen."""
        return await self._office.look(choice, limit=limit)

    async def one(self, message_id: str) -> OpenMessage | None:
        """The open message of that id; None when it is done or was never there."""
        return await self._office.find(message_id)
