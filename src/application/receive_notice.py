"""Store what Qliro tells before it is acknowledged (qliro.md 7.1)."""

from collections.abc import Callable

from application.ports.inbox import Inbox, Notice


class ReceiveNotice:
    """Stored once, however often and however parallel it arrives; the background is woken for a new one."""

    def __init__(self, inbox: Inbox, wake: Callable[[], None]) -> None:
        self._inbox = inbox
        self._wake = wake

    async def __call__(self, notice: Notice) -> None:
        """Returns when it is safe. Raises StoreUnavailable: then it must not be acknowledged."""
        if await self._inbox.accept(notice):
            self._wake()
