"""Where a report is laid down while it is worked through: as large as it likes, without filling the memory."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from domain.discrepancy import Discrepancy
from domain.settlement import EntryStatus, SettlementEntry
from domain.settlement_explanation import Explanation
from domain.settlement_totals import BatchKey
from domain.settlement_vat import VatShare


@dataclass(frozen=True, slots=True)
class ExplainedLine:
    """An entry of a batch with what it is and the VAT in what is explained of it."""

    batch: BatchKey
    explanation: Explanation
    shares: tuple[VatShare, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchSums:
    """Effects of a batch's accepted entries: those that are no fees, and those that are."""

    money: int = 0
    fees: int = 0


class SettlementSpool(Protocol):
    """Entries by account and order, explained lines, discrepancies. Gone when it is closed."""

    def put(self, account: str, entries: Iterable[SettlementEntry]) -> None:
        """Lay down entries of an account."""
        ...

    def sums(self, account: str) -> Mapping[str, BatchSums]:
        """What the accepted entries of each batch add up to."""
        ...

    def turn_fees(self, account: str, batch: str) -> None:
        """The effect of a batch's fees is the other way round."""
        ...

    def forget(self, account: str, batch: str) -> None:
        """Take a batch's accepted entries away: others come in their place."""
        ...

    def orders(self, account: str, *, at_once: int) -> Iterator[Mapping[int, tuple[SettlementEntry, ...]]]:
        """Accepted entries by the provider's order, so many orders at a time."""
        ...

    def without_order(self, account: str, *, at_once: int) -> Iterator[tuple[SettlementEntry, ...]]:
        """Accepted entries that are about no order, so many at a time."""
        ...

    def of_orders(self, account: str, order_ids: Collection[int]) -> Mapping[int, tuple[SettlementEntry, ...]]:
        """The accepted entries of these orders."""
        ...

    def standing(self, account: str, transaction_ids: Collection[int]) -> EntryStatus | None:
        """Rejected or pending when an entry about one of these is; rejected counts before pending."""
        ...

    def unpaid(self, account: str, status: EntryStatus) -> Iterator[SettlementEntry]:
        """Entries that are pending, or rejected."""
        ...

    def explain(self, lines: Iterable[ExplainedLine]) -> None:
        """Keep explained entries."""
        ...

    def lines(self) -> Iterator[ExplainedLine]:
        """All explained entries: by day, account and batch, in the order in which they came within it."""
        ...

    def report(self, discrepancies: Iterable[Discrepancy]) -> None:
        """Keep discrepancies."""
        ...

    def discrepancies(self) -> Iterator[Discrepancy]:
        """All discrepancies, by kind, in the order in which they came."""
        ...
