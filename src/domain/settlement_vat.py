"""VAT rates inside a settled amount: from the entry itself, else from the rows that the transaction moved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.ledger import ProviderLedger, TransactionKind
from domain.rows import ActionKind, OrderItem
from domain.settlement import EntryKind, SettlementEntry
from domain.vat import NORDIC_RATES, net

RATES = tuple(sorted({*NORDIC_RATES, 200, 300, 500, 550, 700, 900, 1900, 2000, 2100, 2200, 2300}))
"""Basis points: the Nordic rates and those of the other markets."""


@dataclass(frozen=True, slots=True)
class VatShare:
    """Part of an entry's effect at one rate; `rate` None where nobody knows it, and then `net` is the gross."""

    rate: int | None
    gross: int
    net: int

    @property
    def vat(self) -> int:
        return self.gross - self.net


def needs_rows(entry: SettlementEntry) -> bool:
    """Whether the rows must be looked at to tell its VAT."""
    return entry.vat_rate is None and entry.kind is EntryKind.TRANSACTION and entry.effect != 0


def shares_of(entry: SettlementEntry, items: Sequence[OrderItem] = ()) -> tuple[VatShare, ...]:
    """Shares that add up to the entry's effect. What rows do not explain (a return fee, say) has no known rate.

    A chargeback of less than the rows cost has their rate when it is one, else nobody knows which rows were meant.
    """
    if entry.effect == 0:
        return ()
    if entry.vat_rate is not None:
        told = net(entry.effect, entry.vat_rate) if entry.net is None else entry.net
        return (VatShare(entry.vat_rate, entry.effect, told),)
    sign = -1 if entry.effect < 0 else 1
    sums: dict[int, tuple[int, int]] = {}
    for item in items:
        rate = rate_of(item.price_inc, item.price_ex)
        gross, without = sums.get(rate, (0, 0))
        sums[rate] = gross + item.total_inc, without + item.price_ex * item.quantity
    shares = [VatShare(rate, sign * gross, sign * without) for rate, (gross, without) in sorted(sums.items()) if gross]
    rest = entry.effect - sum(share.gross for share in shares)
    if entry.kind is EntryKind.CHARGEBACK and rest * sign < 0:
        only = shares[0].rate if len(shares) == 1 else None
        return (VatShare(only, entry.effect, entry.effect if only is None else net(entry.effect, only)),)
    return (*shares, *([VatShare(None, rest, rest)] if rest else []))


def rate_of(inc: int, ex: int) -> int:
    """The rate that best explains two prices: rounding makes the computed one miss it by a little."""
    if inc == 0 or inc == ex:
        return 0
    return min(RATES, key=lambda rate: (abs(ex - net(inc, rate)), rate))


def rows_in(ledger: ProviderLedger, transaction_id: int) -> tuple[OrderItem, ...]:
    """The rows that a transaction moved: shipped, returned, or taken at once."""
    found = ledger.transaction(transaction_id)
    if found is None:
        return ()
    kinds = {
        TransactionKind.CAPTURE: ActionKind.SHIP,
        TransactionKind.REFUND: ActionKind.RETURN,
        TransactionKind.CREDIT: ActionKind.RETURN,
        TransactionKind.DEBIT: ActionKind.RESERVE,
    }
    return tuple(
        action.item(action.quantity)
        for action in ledger.actions
        if action.transaction_id == transaction_id and action.kind is kinds.get(found.kind)
    )


def rates_in(shares: Iterable[VatShare]) -> tuple[int | None, ...]:
    """The different rates, unknown last."""
    return tuple(sorted({share.rate for share in shares}, key=lambda rate: (rate is None, rate or 0)))
