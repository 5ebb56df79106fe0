"""How far a reading of pay-outs is, for those who wait for it."""

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementProgress:
    """Reading comes first, window by window; then the lines that were read are explained, order by order.

    `account` is the one in hand, the `number`th of `accounts`. `windows` and `lines` are its own; `lines` to be
    explained are those that Qliro has paid.
    """

    account: str = ""
    number: int = 0
    accounts: int = 0
    windows_read: int = 0
    windows: int = 0
    lines_read: int = 0
    lines: int = 0
    explained: int = 0

    @property
    def share(self) -> float:
        """Done of everything, 0 to 1; half of an account's share is reading it."""
        if not self.accounts:
            return 0.0
        read = self.windows_read / self.windows if self.windows else 0.0
        explained = min(1.0, self.explained / self.lines) if self.lines else 0.0
        return (self.number - 1 + (read + explained) / 2) / self.accounts


Watch = Callable[[SettlementProgress], None]
"""Told after every window and every few orders; must be quick."""


class Tracker:
    """Where the acts say how far they are."""

    def __init__(self, watch: Watch | None = None) -> None:
        self._watch = watch
        self.now = SettlementProgress()

    def account(self, name: str, *, number: int, accounts: int) -> None:
        self._told(SettlementProgress(account=name, number=number, accounts=accounts))

    def window(self, *, done: int, of: int) -> None:
        self._told(replace(self.now, windows_read=done, windows=of))

    def read(self, lines: int, *, paid: int) -> None:
        self._told(replace(self.now, lines_read=self.now.lines_read + lines, lines=self.now.lines + paid))

    def explained(self, lines: int) -> None:
        self._told(replace(self.now, explained=self.now.explained + lines))

    def _told(self, now: SettlementProgress) -> None:
        self.now = now
        if self._watch is not None:
            self._watch(now)
