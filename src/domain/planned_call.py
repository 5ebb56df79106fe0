"""One request of an operation to the provider, worked out before it is made."""

from dataclasses import dataclass

from domain.rows import ItemGroup


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """Rows to move, and the money that goes with them; all amounts in minor units.

    A capture has one group per reservation. A refund names one capture: its rows less `fee`, or, without rows,
    `credit` as a sum of its own. The `_ex` members are the same without VAT.
    """

    groups: tuple[ItemGroup, ...] = ()
    fee: int = 0
    fee_ex: int = 0
    credit: int = 0
    credit_ex: int = 0

    @property
    def amount(self) -> int:
        """What moves when it succeeds."""
        return self.credit or sum(group.total_inc for group in self.groups) - self.fee

    @property
    def target(self) -> int:
        """The capture a refund takes from."""
        return self.groups[0].transaction_id if self.groups else 0
