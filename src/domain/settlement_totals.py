"""Sums over explained entries: per batch, currency, method and VAT rate. They always add up to what was paid."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from domain.discrepancy import Discrepancy, DiscrepancyKind, Side
from domain.identifiers import OrderKey
from domain.money import Money
from domain.settlement import EntryKind, Exchange, PayOut, Told, how_told
from domain.settlement_explanation import Category, Explanation
from domain.settlement_remedies import REMEDIES
from domain.settlement_vat import VatShare


@dataclass(slots=True)
class Sums:
    """A waterfall from captures down to the pay-out, in minor units of one currency.

    `captured` + `refunded` + `fees` + `chargebacks` + `elsewhere` + `unexplained` = `paid`: what takes from the
    pay-out is negative.
    """

    captured: int = 0
    refunded: int = 0
    fees: int = 0
    chargebacks: int = 0
    elsewhere: int = 0
    unexplained: int = 0
    entries: int = 0

    @property
    def explained(self) -> int:
        return self.captured + self.refunded + self.fees + self.chargebacks + self.elsewhere

    @property
    def paid(self) -> int:
        return self.explained + self.unexplained

    def add(self, explanation: Explanation) -> None:
        name = _MEMBERS.get(explanation.category)
        if name is not None:
            setattr(self, name, getattr(self, name) + explanation.explained)
        self.unexplained += explanation.unexplained
        self.entries += 1


_MEMBERS = {
    Category.CAPTURE: "captured",
    Category.REFUND: "refunded",
    Category.FEE: "fees",
    Category.CHARGEBACK: "chargebacks",
    Category.ELSEWHERE: "elsewhere",
}


@dataclass(slots=True)
class VatSums:
    gross: int = 0
    net: int = 0

    @property
    def vat(self) -> int:
        return self.gross - self.net


@dataclass(frozen=True, slots=True, order=True)
class BatchKey:
    """A batch of one account of the provider's: names are unique within it only."""

    day: date
    account: str
    batch: str
    currency: str


@dataclass(slots=True)
class BatchTotals:
    """A pay-out with its waterfall and what each (category, method, VAT rate) contributes to it.

    `fees` is the effect of all its fees, whosoever they are for. `difference` is what the provider says to have paid
    less what its entries add up to; 0 when it says nothing else.
    """

    announced: PayOut | None = None
    sums: Sums = field(default_factory=Sums)
    shares: dict[tuple[Category, str, int | None], VatSums] = field(default_factory=dict)
    fees: int = 0

    @property
    def difference(self) -> int:
        if self.announced is None:
            return 0
        told = how_told(self.announced.total, self.sums.paid - self.fees, self.fees)
        return self.announced.total - self.sums.paid if told is Told.OTHERWISE else 0

    @property
    def paid(self) -> int:
        """What arrived, as far as anybody says."""
        return self.sums.paid + self.difference

    @property
    def unexplained(self) -> int:
        return self.sums.unexplained + self.difference

    @property
    def exchange(self) -> Exchange | None:
        return self.announced.exchange if self.announced is not None else None


@dataclass(slots=True)
class SettlementTotals:
    """Bounded: one entry per batch, per (currency, method) and per (currency, category, VAT rate)."""

    batches: dict[BatchKey, BatchTotals] = field(default_factory=dict)
    methods: dict[tuple[str, str], Sums] = field(default_factory=dict)
    vat: dict[tuple[str, Category, int | None], VatSums] = field(default_factory=dict)

    def announce(self, key: BatchKey, pay_out: PayOut) -> None:
        """A batch that the provider lists, whether or not entries follow."""
        self.batches.setdefault(key, BatchTotals()).announced = pay_out

    def add(self, key: BatchKey, explanation: Explanation, shares: Iterable[VatShare]) -> None:
        """Count an entry; `shares` must add up to what is explained of it."""
        entry = explanation.entry
        batch = self.batches.setdefault(key, BatchTotals())
        batch.sums.add(explanation)
        if entry.kind is EntryKind.FEE:
            batch.fees += entry.effect
        self.methods.setdefault((entry.currency, entry.method), Sums()).add(explanation)
        for category, share in booked(explanation, shares):
            for sums in (
                self.vat.setdefault((entry.currency, category, share.rate), VatSums()),
                batch.shares.setdefault((category, entry.method, share.rate), VatSums()),
            ):
                sums.gross += share.gross
                sums.net += share.net

    def currencies(self) -> dict[str, Sums]:
        """The waterfall of each currency, differences of its batches among what is unexplained."""
        found: dict[str, Sums] = {}
        for key, batch in sorted(self.batches.items()):
            total = found.setdefault(key.currency, Sums())
            for name in (*_MEMBERS.values(), "unexplained", "entries"):
                setattr(total, name, getattr(total, name) + getattr(batch.sums, name))
            total.unexplained += batch.difference
        return found


def booked(explanation: Explanation, shares: Iterable[VatShare]) -> Iterator[tuple[Category, VatShare]]:
    """Its shares by what they are booked as: what is unexplained is nothing's, and has no VAT rate."""
    yield from ((explanation.category, share) for share in shares)
    if rest := explanation.unexplained:
        yield Category.NOTHING, VatShare(None, rest, rest)


def batch_discrepancies(key: BatchKey, batch: BatchTotals, account: OrderKey) -> Iterable[Discrepancy]:
    """What the provider announced of a batch and its entries do not bear out."""
    if batch.announced is None:
        return
    if batch.difference:
        paid = batch.announced.total
        yield _differs(DiscrepancyKind.SETTLED_AMOUNT_DIFFERS, key, account, batch.sums.paid, paid)
    if abs(batch.announced.fees) != abs(batch.fees):
        told = -abs(batch.announced.fees)
        yield _differs(DiscrepancyKind.SETTLED_FEE_DIFFERS, key, account, batch.fees, told)


def _differs(kind: DiscrepancyKind, key: BatchKey, account: OrderKey, entries: int, announced: int) -> Discrepancy:
    return Discrepancy(
        kind=kind,
        order=account,
        subject=f"batch {key.batch}",
        provider=Side(state="announced", amount=announced, currency=key.currency, reference=key.batch),
        ours=Side(state="its entries add up to", amount=entries, currency=key.currency),
        at_risk=Money(abs(entries - announced), key.currency),
        since=datetime.combine(key.day, time(), UTC),
        remedy=REMEDIES[kind],
        detail=f"batch {key.batch} of {key.day}",
    )
