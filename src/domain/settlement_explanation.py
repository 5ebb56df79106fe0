"""What an entry of a report is, once it has been judged."""

from dataclasses import dataclass
from enum import StrEnum

from domain.discrepancy import Discrepancy, DiscrepancyKind
from domain.identifiers import PaymentKey
from domain.settlement import SettlementEntry
from domain.settlement_books import Movement
from domain.settlement_matching import MatchedBy


class Category(StrEnum):
    """What explains an entry."""

    CAPTURE = "capture"
    REFUND = "refund"
    FEE = "fee"
    CHARGEBACK = "chargeback"
    ELSEWHERE = "other channel"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What an entry is: `explained` + `unexplained` are its effect, always."""

    entry: SettlementEntry
    category: Category
    explained: int
    payment: PaymentKey | None = None
    movement: Movement | None = None
    by: MatchedBy | None = None
    kind: DiscrepancyKind | None = None

    @property
    def unexplained(self) -> int:
        return self.entry.effect - self.explained


@dataclass(frozen=True, slots=True)
class Unpaid:
    """Part of a movement, or all of it, that no accepted entry pays for."""

    movement: Movement
    amount: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """All entries of an order, in their order, what is wrong with them, and what has not been paid (yet)."""

    explanations: tuple[Explanation, ...]
    discrepancies: tuple[Discrepancy, ...]
    unpaid: tuple[Unpaid, ...] = ()
