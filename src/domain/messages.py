"""What is still owed to Norce, as messages that say what to do, not whose data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class MessageKind(StrEnum):
    REPORT_PAYMENT = "report-payment"
    LOG_TRANSACTION = "log-transaction"
    ADVANCE_ORDER = "advance-order"
    REFRESH_CUSTOMER = "refresh-customer"
    REFRESH_SHIPPING = "refresh-shipping"
    SYNC_CART = "sync-cart"


@dataclass(frozen=True, slots=True)
class Message:
    """`payload` holds only JSON scalars: states, amounts in minor units, codes. No personal data."""

    kind: MessageKind
    payload: Mapping[str, str | int | bool] = field(default_factory=dict)
