"""What really happened: an append-only account that tests use as the judge."""

import hashlib
import time
from dataclasses import dataclass, field
from typing import Any, Final

from adapters.simulators.norce.wire import timestamp

Json = dict[str, Any]
MAX_ENTRIES: Final = 100_000
"""A list that grows beyond this loses its older half: a sandbox may run for weeks."""


@dataclass
class Ledger:
    """Lists only ever grow (until `clear`); every entry has `seq`, one counter over all lists, and `at`."""

    requests: list[Json] = field(default_factory=list)
    """Requests received, with status; bodies for writes and for refusals."""
    calls: list[Json] = field(default_factory=list)
    """Calls made to adapters: `kind` is hook, validation, notification or action."""
    transactions: list[Json] = field(default_factory=list)
    states: list[Json] = field(default_factory=list)
    """Order and payment state changes: `{orderId, paymentId?, from, to, by}`."""
    seq: int = 0

    def note(self, entries: list[Json], **members: Any) -> Json:
        """Append an entry."""
        self.seq += 1
        entry = {"seq": self.seq, "at": timestamp(), **members}
        entries.append(entry)
        if len(entries) > MAX_ENTRIES:
            del entries[: MAX_ENTRIES // 2]
        return entry

    def clear(self) -> None:
        """Forget everything."""
        for entries in (self.requests, self.calls, self.transactions, self.states):
            entries.clear()


def digest(body: bytes) -> str | None:
    """A fingerprint of a body, None when it is empty."""
    return hashlib.sha256(body).hexdigest() if body else None


class Stopwatch:
    """Milliseconds since it was made."""

    def __init__(self) -> None:
        self._start = time.perf_counter()

    @property
    def ms(self) -> float:
        """Elapsed milliseconds."""
        return round((time.perf_counter() - self._start) * 1000, 2)
