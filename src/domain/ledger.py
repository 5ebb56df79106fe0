"""The provider's books of one order: transactions and what they did to each row."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from domain.rows import ActionKind as ActionKind
from domain.rows import ItemAction as ItemAction
from domain.rows import ItemGroup as ItemGroup
from domain.rows import OrderItem as OrderItem
from domain.rows import RowShelf
from domain.transactions import Transaction as Transaction
from domain.transactions import TransactionKind as TransactionKind
from domain.transactions import TransactionStatus as TransactionStatus

AUTHORIZING = frozenset({TransactionKind.PREAUTHORIZATION, TransactionKind.DEBIT})
"""Money is set aside, or taken at once."""
_GIVEN_BACK = frozenset({TransactionKind.REFUND, TransactionKind.CREDIT})
_LEAVES = frozenset({ActionKind.SHIP, ActionKind.RELEASE})
"""A row is reserved no more."""


@dataclass(frozen=True, slots=True)
class LedgerTotals:
    """Settled amounts in minor units: captured + cancelled ≤ authorized, refunded ≤ captured."""

    authorized: int = 0
    captured: int = 0
    cancelled: int = 0
    refunded: int = 0

    @property
    def remaining(self) -> int:
        """Reserved and neither captured nor released."""
        return self.authorized - self.captured - self.cancelled

    @property
    def refundable(self) -> int:
        return self.captured - self.refunded

    @property
    def consistent(self) -> bool:
        return min(self.remaining, self.refundable, self.cancelled, self.refunded) >= 0


def _use(left: dict[int, int], transaction_ids: Iterable[int], amount: int) -> int:
    """Take `amount` out of what is left of these, in turn; how much of it there was."""
    wanted = amount
    for i in transaction_ids:
        part = min(wanted, left[i])
        left[i] -= part
        wanted -= part
    return amount - wanted


@dataclass(frozen=True)
class ProviderLedger:
    """One reading of the provider's admin order; what follows from it is worked out once."""

    provider_order_id: int
    merchant_reference: str
    currency: str
    transactions: tuple[Transaction, ...]
    actions: tuple[ItemAction, ...]

    def transaction(self, transaction_id: int) -> Transaction | None:
        return next((t for t in self.transactions if t.id == transaction_id), None)

    def totals(self) -> LedgerTotals:
        """Settled amounts over all live reservations and their captures (qliro.md 10).

        Only successful transactions count, and a reservation that another one overrode holds nothing any more, while
        captures made from it stay. Money that was taken at once counts as captured. What is authorized follows from
        the rest, so that captured + cancelled + remaining always make it up.
        """
        totals, _ = self._settled
        return totals

    def left_of_reservations(self) -> dict[int, int]:
        """What may still be captured of each live reservation, oldest first."""
        _, left = self._settled
        return dict(left)

    @cached_property
    def _settled(self) -> tuple[LedgerTotals, dict[int, int]]:
        """The sums, and what is left of each reservation."""
        live = self._live
        left = {t.id: t.amount for t in live.values()}
        captured = refunded = cancelled = 0
        for done in self._certain_first:
            if done.kind is TransactionKind.CAPTURE:
                captured += done.amount
                _use(left, self._reservations(done, live), done.amount)
            elif done.kind is TransactionKind.REVERSAL:
                held = [i for i in self._reservations(done, live) if live[i].kind is TransactionKind.PREAUTHORIZATION]
                cancelled += _use(left, held, done.amount)
            elif done.kind in _GIVEN_BACK:
                refunded += done.amount
        captured += sum(left.pop(i) for i, t in live.items() if t.kind is TransactionKind.DEBIT)
        remaining = sum(left.values())
        return LedgerTotals(remaining + captured + cancelled, captured, cancelled, refunded), left

    def shippable(self) -> tuple[ItemGroup, ...]:
        """What is left to capture, per live reservation, oldest first.

        Money that was taken at once (Debit) is captured already: its rows are not here. A reservation whose rows are
        worth nothing, or less, has nothing to capture and is left out; discounts otherwise go with the rest.
        """
        reserved, _ = self._rows
        return tuple(group for group in reserved if group.total_inc > 0)

    def returnable(self) -> tuple[ItemGroup, ...]:
        """The rows left to give back, per capture, oldest first; of a Debit, those that no capture names.

        Together they may be worth nothing, or less: a discount stays when what it was given for has come back.
        """
        _, charged = self._rows
        return charged

    def unshipped_charges(self) -> tuple[ItemGroup, ...]:
        """Rows of money taken at once (Debit) that are neither marked as shipped nor given back, oldest first."""
        return tuple(g for g in self.returnable() if g.total_inc > 0 and not self.is_capture(g.transaction_id))

    def left_of_captures(self) -> dict[int, int]:
        """What may still be given back of each capture, or of money taken at once, oldest first.

        A refund that names no capture takes from those that had its rows, and from the oldest.
        """
        live = self._live
        debits = {i: t.amount for i, t in live.items() if t.kind is TransactionKind.DEBIT}
        captured: dict[int, int] = {}
        for done in self._successful:
            if done.kind is TransactionKind.CAPTURE:
                captured[done.id] = done.amount
                _use(debits, [i for i in self._reservations(done, live) if i in debits], done.amount)
        left = dict(sorted((captured | {i: rest for i, rest in debits.items() if rest}).items()))
        for done in sorted((t for t in self._successful if t.kind in _GIVEN_BACK), key=lambda t: t.parent not in left):
            _use(left, [done.parent] if done.parent in left else self._likely(done, left), done.amount)
        return left

    def _likely(self, refund: Transaction, captures: Iterable[int]) -> list[int]:
        """The captures that a refund which names none may be of, the likeliest first."""
        returned = {a.identity for a in self.actions if a.transaction_id == refund.id}
        had = {a.transaction_id for a in self.actions if a.identity in returned}
        return sorted((i for i in captures if i < refund.id), key=lambda i: (i not in had, i))

    @property
    def divided(self) -> bool:
        """Whether several reservations or direct charges hold, whatever has become of each."""
        return len(self._live) > 1

    def is_capture(self, transaction_id: int) -> bool:
        """Whether it is a capture, rather than money that was taken at once."""
        found = self.transaction(transaction_id)
        return found is not None and found.kind is TransactionKind.CAPTURE

    def shipped(self) -> tuple[OrderItem, ...]:
        """Every row of every successful capture, whatever came back since."""
        captures = {t.id for t in self._successful if t.kind is TransactionKind.CAPTURE}
        shipped = (a for a in self.actions if a.kind is ActionKind.SHIP and a.transaction_id in captures)
        return tuple(action.item(action.quantity) for action in shipped)

    def shipped_in(self, transaction_id: int) -> tuple[OrderItem, ...]:
        """Every row that this capture shipped, whatever came back since."""
        shipped = (a for a in self.actions if a.kind is ActionKind.SHIP and a.transaction_id == transaction_id)
        return tuple(action.item(action.quantity) for action in shipped)

    @cached_property
    def _successful(self) -> tuple[Transaction, ...]:
        done = [t for t in self.transactions if t.status is TransactionStatus.SUCCESS]
        return tuple(sorted(done, key=lambda t: t.id))

    @cached_property
    def _certain_first(self) -> tuple[Transaction, ...]:
        """In the order in which they happened, but first those that name what they act on."""
        return tuple(sorted(self._successful, key=lambda t: not t.parent))

    @cached_property
    def _live(self) -> dict[int, Transaction]:
        """Reservations and direct charges that hold, oldest first; when none does, those that let go by themselves."""
        return {t.id: t for t in self._successful if t.kind in AUTHORIZING} or self._let_go()

    def _let_go(self) -> dict[int, Transaction]:
        """Reservations that nothing but their own release has overridden: worth what became of them, no more."""
        became: Counter[int] = Counter()
        for done in self._successful:
            if done.parent and done.kind in {TransactionKind.CAPTURE, TransactionKind.REVERSAL}:
                became[done.parent] += done.amount
        released = {t.parent for t in self._successful if t.kind is TransactionKind.REVERSAL}
        taking = [t for t in self.transactions if t.kind in AUTHORIZING and t.status is not TransactionStatus.ERROR]
        if not all(t.status.final for t in taking):  # what is on its way may take their place, named or not
            return {}
        replaced = {t.parent for t in taking}
        cancelled = (t for t in self.transactions if t.status is TransactionStatus.CANCELLED)
        held = sorted((t for t in cancelled if t.kind is TransactionKind.PREAUTHORIZATION), key=lambda t: t.id)
        return {t.id: replace(t, amount=became[t.id]) for t in held if t.id in released - replaced}

    def _reservations(self, done: Transaction, live: dict[int, Transaction]) -> list[int]:
        """Which live reservations it acts on: its parent, or any older one when the books don't name it.

        A newer one, that took the place of what it acted on, was not there yet.
        """
        if done.parent:
            return [done.parent] if done.parent in live else []
        return [i for i in live if i < done.id]

    @cached_property
    def _rows(self) -> tuple[tuple[ItemGroup, ...], tuple[ItemGroup, ...]]:
        """Rows not captured yet per reservation, and rows not given back yet per capture or Debit."""
        live = self._live
        done = {t.id: t for t in self._successful}
        reserved, charged = RowShelf(), RowShelf()
        turns = {t.id: turn for turn, t in enumerate(self._certain_first)}
        effective = sorted((a for a in self.actions if a.transaction_id in done), key=lambda a: turns[a.transaction_id])
        for action in (a for a in effective if a.kind is ActionKind.RESERVE):
            reserved.put(action.transaction_id, action)
        for action in (a for a in effective if a.kind in _LEAVES and a.transaction_id not in live):
            reserved.take(self._reservations(done[action.transaction_id], live), action)
            if action.kind is ActionKind.SHIP:
                charged.put(action.transaction_id, action)
        for debit in (t for t in live.values() if t.kind is TransactionKind.DEBIT):
            charged.rows[debit.id] = reserved.rows.pop(debit.id, {})
        returns = [a for a in effective if a.kind is ActionKind.RETURN]
        refunds = {a.transaction_id: done[a.transaction_id] for a in returns}
        of = {i: [t.parent] if t.parent in charged.rows else self._likely(t, charged.rows) for i, t in refunds.items()}
        for action in returns:
            charged.take(of[action.transaction_id], action)
        return reserved.groups(live), charged.groups(sorted(charged.rows))

    @property
    def mark(self) -> int:
        """How many transactions are decided: never falls, so a smaller number is an older reading."""
        return sum(1 for t in self.transactions if t.status.final)

    def undecided(self) -> tuple[Transaction, ...]:
        """Transactions that are neither settled nor dead."""
        return tuple(t for t in self.transactions if not t.status.final)
