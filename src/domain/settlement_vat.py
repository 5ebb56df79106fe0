"""VAT rates inside settled money: from the entry itself, else from the rows that the transaction moved."""

from collections.abc import Iterable
from dataclasses import dataclass

from domain.ledger import ProviderLedger, TransactionKind
from domain.rows import ActionKind, OrderItem
from domain.settlement import EntryKind, SettlementEntry
from domain.vat import NORDIC_RATES, net

RATES = tuple(sorted({*NORDIC_RATES, 200, 300, 500, 550, 700, 900, 1900, 2000, 2100, 2200, 2300}))
"""Basis points: the Nordic rates and those of the other markets."""

_ACTIONS = {
    TransactionKind.CAPTURE: ActionKind.SHIP,
    TransactionKind.REFUND: ActionKind.RETURN,
    TransactionKind.CREDIT: ActionKind.RETURN,
    TransactionKind.DEBIT: ActionKind.RESERVE,
}


@dataclass(frozen=True, slots=True)
class VatShare:
    """Part of an entry's effect at one rate; `rate` None where nobody knows it, and then `net` is the gross."""

    rate: int | None
    gross: int
    net: int

    @property
    def vat(self) -> int:
        return self.gross - self.net


@dataclass(frozen=True, slots=True)
class Moved:
    """What a transaction does to pay-outs, negative when it takes from them, and the rows that it moved."""

    effect: int
    items: tuple[OrderItem, ...]

    def rates(self) -> tuple[tuple[int, int, int], ...]:
        """Rate, gross and net of the rows, the lowest rate first."""
        sums: dict[int, tuple[int, int]] = {}
        for item in self.items:
            rate = rate_of(item.price_inc, item.price_ex)
            gross, without = sums.get(rate, (0, 0))
            sums[rate] = gross + item.total_inc, without + item.price_ex * item.quantity
        return tuple((rate, gross, without) for rate, (gross, without) in sorted(sums.items()) if gross)


def needs_rows(entry: SettlementEntry) -> bool:
    """Whether the rows must be looked at to tell its VAT."""
    return entry.vat_rate is None and entry.kind is EntryKind.TRANSACTION and entry.effect != 0


def rate_of(inc: int, ex: int) -> int:
    """The rate that best explains two prices: rounding makes the computed one miss it by a little."""
    if inc == 0 or inc == ex:
        return 0
    return min(RATES, key=lambda rate: (abs(ex - net(inc, rate)), rate))


def moved_by(ledger: ProviderLedger, transaction_ids: Iterable[int]) -> dict[int, Moved]:
    """What these transactions moved: rows shipped, returned, or taken at once. Only those that moved any."""
    found: dict[int, Moved] = {}
    for transaction_id in transaction_ids:
        transaction = ledger.transaction(transaction_id)
        kind = _ACTIONS.get(transaction.kind) if transaction is not None else None
        items = tuple(
            action.item(action.quantity)
            for action in ledger.actions
            if action.transaction_id == transaction_id and action.kind is kind
        )
        if transaction is not None and transaction.amount and items:
            sign = -1 if kind is ActionKind.RETURN else 1
            found[transaction_id] = Moved(sign * abs(transaction.amount), items)
    return found
