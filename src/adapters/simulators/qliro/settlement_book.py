"""What people did to settlement reports through the control plane."""

from dataclasses import dataclass, field

from adapters.simulators.qliro.settlement_lines import Line, Status


@dataclass(slots=True)
class Twist:
    """What is done to one transaction's lines against the truth; amounts in minor units, None leaves them."""

    amount: int | None = None
    fee: int | None = None
    currency: str | None = None
    method: str | None = None
    omitted: bool = False
    status: Status | None = None


@dataclass(slots=True)
class SettlementBook:
    """What people did to the reports, and the numbers of batches that were made."""

    twists: dict[int, Twist] = field(default_factory=dict)
    extra: list[tuple[str, Line]] = field(default_factory=list)
    """Lines of their own (merchant key, line): chargebacks and strangers."""
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def twist(self, transaction_id: int) -> Twist:
        return self.twists.setdefault(transaction_id, Twist())

    def number_of(self, merchant: str, batch_id: str) -> int:
        """The batch's number, the same every time."""
        return self.numbers.setdefault((merchant, batch_id), 50_001 + len(self.numbers))
