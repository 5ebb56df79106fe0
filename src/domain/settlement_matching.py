"""Which entries pay for which movements: by transaction, else by order and amount."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.settlement import SettlementEntry
from domain.settlement_books import Movement, MovementKind


class MatchedBy(StrEnum):
    """How sure it is, the surest first."""

    TRANSACTION = "transaction"
    AMOUNT = "amount"
    TOTAL = "total"
    ORDER = "order"


@dataclass(frozen=True, slots=True)
class Match:
    """Entries that pay for these movements together; each entry and each movement is in one match at most."""

    by: MatchedBy
    movements: tuple[Movement, ...]
    entries: tuple[SettlementEntry, ...]

    @property
    def kind(self) -> MovementKind:
        return self.movements[0].kind

    @property
    def expected(self) -> int:
        """What the movements are worth, positive."""
        return sum(m.amount for m in self.movements)

    @property
    def settled(self) -> int:
        """What the entries settle, positive when it is in the movements' direction."""
        return self.kind.sign * sum(entry.effect for entry in self.entries)

    @property
    def awaits_more(self) -> bool:
        """Whether some of its transactions have no entry yet, so that less than expected is no difference."""
        told = {entry.transaction_id for entry in self.entries}
        return any(t not in told for m in self.movements for t in m.transactions) and len(self._transactions) > 1

    @property
    def _transactions(self) -> set[int]:
        return {t for m in self.movements for t in m.transactions}


@dataclass(frozen=True, slots=True)
class Matching:
    """`unmatched` entries pay for nothing known; `unpaid` movements have no entry."""

    matches: tuple[Match, ...]
    unmatched: tuple[SettlementEntry, ...]
    unpaid: tuple[Movement, ...]


def match(movements: Sequence[Movement], entries: Sequence[SettlementEntry], currency: str) -> Matching:
    """Match money entries of one order with its movements, the surest reason first.

    1. The entry names a transaction of the movement. 2. Same direction, currency and amount. 3. What is left of one
    direction adds up to what is left of the movements. 4. One movement without ids, or entries without, is left:
    they belong together though the amount differs.
    """
    table = _Table(list(movements), list(entries))
    table.by_transaction()
    table.by_amount(currency)
    for kind in MovementKind:
        table.by_rest(kind, currency)
    return Matching(tuple(table.matches), tuple(table.entries), tuple(table.movements))


class _Table:
    """What is still to be matched; every step takes from it."""

    def __init__(self, movements: list[Movement], entries: list[SettlementEntry]) -> None:
        self.movements = movements
        self.entries = entries
        self.matches: list[Match] = []

    def by_transaction(self) -> None:
        for movement in tuple(self.movements):
            named = [e for e in self.entries if e.transaction_id in movement.transactions]
            same_way = [e for e in named if _kind(e) in (movement.kind, None)]
            if same_way:
                self._take(MatchedBy.TRANSACTION, [movement], same_way)

    def by_amount(self, currency: str) -> None:
        for entry in tuple(self.entries):
            fits = [
                m
                for m in self.movements
                if m.kind is _kind(entry) and entry.currency == currency and m.amount == abs(entry.effect)
            ]
            if fits:
                self._take(MatchedBy.AMOUNT, [min(fits, key=lambda m: len(m.transactions))], [entry])

    def by_rest(self, kind: MovementKind, currency: str) -> None:
        movements = [m for m in self.movements if m.kind is kind]
        entries = [e for e in self.entries if _kind(e) is kind]
        if not movements or not entries:
            return
        same_money = all(e.currency == currency for e in entries)
        if same_money and sum(abs(e.effect) for e in entries) == sum(m.amount for m in movements):
            self._take(MatchedBy.TOTAL, movements, entries)
        elif len(movements) == 1 and (not movements[0].transactions or not any(e.transaction_id for e in entries)):
            self._take(MatchedBy.ORDER, movements, entries)

    def _take(self, by: MatchedBy, movements: list[Movement], entries: list[SettlementEntry]) -> None:
        self.matches.append(Match(by, tuple(movements), tuple(entries)))
        self.movements = [m for m in self.movements if not _among(movements)(m)]
        self.entries = [e for e in self.entries if not _among(entries)(e)]


def _among(things: Sequence[object]) -> Callable[[object], bool]:
    """By identity: two entries may be equal in everything that is told."""
    taken = {id(thing) for thing in things}
    return lambda thing: id(thing) in taken


def _kind(entry: SettlementEntry) -> MovementKind | None:
    if entry.effect == 0:
        return None
    return MovementKind.CAPTURE if entry.effect > 0 else MovementKind.REFUND
