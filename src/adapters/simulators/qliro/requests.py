"""What the simulator saw: a request log without secrets, and the memory of RequestIds."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

MOST_LOGGED = 5000


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One answered call; never headers, bodies, keys or tokens."""

    number: int
    moment: datetime
    method: str
    path: str
    status: int
    request_id: str | None
    correlation_id: str | None
    error_code: str | None
    order_id: int | None
    milliseconds: float


class RequestLog:
    """The newest requests, oldest first."""

    def __init__(self) -> None:
        self._log: deque[LoggedRequest] = deque(maxlen=MOST_LOGGED)
        self._count = 0

    def next_number(self) -> int:
        self._count += 1
        return self._count

    def add(self, entry: LoggedRequest) -> None:
        self._log.append(entry)

    def all(self) -> tuple[LoggedRequest, ...]:
        return tuple(self._log)


class RequestMemory:
    """RequestIds seen lately (section 9.1): a second use is denied, not replayed."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], datetime] = {}

    def knows(self, merchant: str, request_id: str, *, now: datetime, memory: float) -> bool:
        """Whether this merchant used the id within the memory's seconds."""
        used = self._seen.get((merchant, request_id))
        return used is not None and now - used < timedelta(seconds=memory)

    def remember(self, merchant: str, request_id: str, *, now: datetime) -> None:
        self._seen[merchant, request_id] = now
