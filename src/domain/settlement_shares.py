"""The VAT of a transaction shared out over the entries that pay for it, however many they are."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from domain.settlement import EntryKind
from domain.settlement_books import Movement
from domain.settlement_explanation import Category, Explanation
from domain.settlement_vat import Moved, VatShare
from domain.vat import net


class _Group(NamedTuple):
    """Entries that count on from each other: those of one movement, or of one transaction and direction."""

    category: Category
    of: Movement | int


def shares_of(
    explanations: Sequence[Explanation], moved: Mapping[int, Moved] | None = None
) -> list[tuple[VatShare, ...]]:
    """For each explanation of an order, shares that add up to what is explained of it.

    Entries that pay for a transaction in parts have its VAT together exactly once, per rate and to the cent, in
    whatever order they come. What rows do not explain (a return fee, say) has no known rate. Nor has money that goes
    the other way (a chargeback, say) while it is less than the rows cost, unless they have one rate: nobody knows
    which of them are meant. `moved` is what the transactions moved, as far as that is known.
    """
    known = {} if moved is None else moved
    groups: dict[_Group, list[int]] = defaultdict(list)
    shares: list[tuple[VatShare, ...]] = [_alone(x) for x in explanations]
    for place in _in_time(explanations):
        x = explanations[place]
        if x.explained and x.entry.vat_rate is None and (of := _moves(x, known)) is not None:
            groups[_Group(x.category, of)].append(place)
    for group, places in groups.items():
        whole = _whole(group.of, known)
        explained = [explanations[place].explained for place in places]
        against = explanations[places[0]].entry.kind is EntryKind.CHARGEBACK or _turned(whole, explained)
        for place, share in zip(places, _shared(whole, explained, against=against), strict=True):
            shares[place] = share
    return shares


def _in_time(explanations: Sequence[Explanation]) -> list[int]:
    """Places by day and batch: the same whichever of the days are asked about first."""
    return sorted(
        range(len(explanations)), key=lambda i: (explanations[i].entry.settled_on, explanations[i].entry.batch, i)
    )


def _alone(x: Explanation) -> tuple[VatShare, ...]:
    """By what the entry tells itself."""
    if not x.explained:
        return ()
    entry = x.entry
    if entry.vat_rate is None:
        return (VatShare(None, x.explained, x.explained),)
    told = entry.net if entry.net is not None and not x.unexplained else net(x.explained, entry.vat_rate)
    return (VatShare(entry.vat_rate, x.explained, told),)


def _moves(x: Explanation, known: Mapping[int, Moved]) -> Movement | int | None:
    """Whose rows are behind it."""
    if x.movement is not None and x.movement.items:
        return x.movement
    transaction = x.entry.transaction_id or 0
    return transaction if transaction in known and known[transaction].items else None


def _whole(of: Movement | int, known: Mapping[int, Moved]) -> Moved:
    return Moved(of.kind.sign * of.amount, of.items) if isinstance(of, Movement) else known[of]


def _turned(whole: Moved, explained: Sequence[int]) -> bool:
    return whole.effect * sum(explained) < 0


def _shared(whole: Moved, explained: Sequence[int], *, against: bool) -> Iterator[tuple[VatShare, ...]]:
    sums = _Sums(whole)
    if against and not sums.single and not _complete(abs(whole.effect), explained):
        yield from (sums.between(0, one) if abs(one) >= sums.size else (VatShare(None, one, one),) for one in explained)
        return
    position = 0
    for one in explained:
        yield sums.between(position, position + one)
        position += one


def _complete(size: int, explained: Iterable[int]) -> bool:
    """Whether it is clear which rows are meant: all of them, and perhaps back again."""
    position = reach = 0
    for one in explained:
        position += one
        reach = max(reach, abs(position))
    return reach >= size and (position == 0 or abs(position) >= size)


@dataclass(frozen=True, slots=True)
class _Part:
    rate: int | None
    upto: int
    """Gross of all parts up to and with this one."""
    gross: int
    net: int


class _Sums:
    """What a transaction moved, by rate, as a line from nothing to the whole: each entry is a stretch of it."""

    def __init__(self, whole: Moved) -> None:
        self.size = abs(whole.effect)
        parts: list[_Part] = []
        upto = 0
        for rate, gross, without in whole.rates():
            upto += gross
            parts.append(_Part(rate, upto, gross, without))
        self.single = len(parts) == 1
        if rest := self.size - upto:
            parts.append(_Part(None, self.size, rest, rest))
        self._parts = parts

    def between(self, start: int, end: int) -> tuple[VatShare, ...]:
        before, after = self._at(start), self._at(end)
        found = ((rate, after[rate][0] - before[rate][0], after[rate][1] - before[rate][1]) for rate in after)
        return tuple(VatShare(rate, gross, without) for rate, gross, without in found if gross or without)

    def _at(self, position: int) -> dict[int | None, tuple[int, int]]:
        """Gross and net by rate of everything from nothing to there, unknown last."""
        sign = -1 if position < 0 else 1
        inside = min(abs(position), self.size)
        told: dict[int | None, tuple[int, int]] = {}
        before = 0
        for part in self._parts:
            now = _portion(part.upto, inside, self.size)
            gross = now - before
            told[part.rate] = sign * gross, sign * _portion(part.net, gross, part.gross)
            before = now
        beyond = sign * (abs(position) - inside)
        unknown = told.pop(None, (0, 0))
        return {**told, None: (unknown[0] + beyond, unknown[1] + beyond)}


def _portion(amount: int, part: int, whole: int) -> int:
    """`amount` * `part` / `whole`, rounded half away from zero: exact at nothing and at the whole."""
    size, sign = abs(amount * part), -1 if (amount * part < 0) != (whole < 0) else 1
    return sign * ((2 * size + abs(whole)) // (2 * abs(whole)))
