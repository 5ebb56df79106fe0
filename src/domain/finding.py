"""What a comparison finds, and which ordinary act may mend it."""

from dataclasses import dataclass
from enum import StrEnum

from domain.discrepancy import DiscrepancyKind


class Repair(StrEnum):
    """The ordinary act that may mend it. Nothing of it captures or gives back money; one releases it, when asked."""

    NONE = "none"
    RESUME = "the operation is carried on"
    REFRESH = "our books follow Qliro's, and Norce is told"
    RETELL = "Norce is told of the purchase again"
    REOPEN = "the order is opened again"
    FORGET = "the unpaid payment is withdrawn"
    REDELIVER = "it is delivered again"
    CANCEL_ORPHAN = "the reservation is cancelled"


@dataclass(frozen=True, slots=True)
class Finding:
    """`at_risk` in minor units, 0 = nothing. `subject` as in `Discrepancy`."""

    kind: DiscrepancyKind
    repair: Repair = Repair.NONE
    at_risk: int = 0
    detail: str = ""
    subject: str = ""
