"""What a comparison finds, and which ordinary act may mend it."""

from dataclasses import dataclass
from enum import StrEnum

from domain.discrepancy import DiscrepancyKind


class Repair(StrEnum):
    """The ordinary act that may mend it. Nothing of it captures or gives back money; one releases it, when asked."""

    NONE = "none"
    RESUME = "resume the operation"
    REFRESH = "bring our books to Qliro's and tell Norce"
    RETELL = "tell Norce of the purchase again"
    REOPEN = "open the order again"
    FORGET = "withdraw the unpaid payment"
    REDELIVER = "deliver it again"
    CANCEL_ORPHAN = "cancel the reservation"


@dataclass(frozen=True, slots=True)
class Finding:
    """`at_risk` in minor units, 0 = nothing. `subject` as in `Discrepancy`."""

    kind: DiscrepancyKind
    repair: Repair = Repair.NONE
    at_risk: int = 0
    detail: str = ""
    subject: str = ""
