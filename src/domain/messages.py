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
    SAVE_CARD = "save-card"
    SHIPPING_EVENT = "shipping-event"
    SCHEDULE_UPSELL_END = "schedule-upsell-end"


@dataclass(frozen=True, slots=True)
class Message:
    """`payload` holds only JSON scalars: states, amounts in minor units, codes. No personal data.

    The one secret is a saved card's token that Qliro's own order does not show; it is wiped when it has been delivered.
    """

    kind: MessageKind
    payload: Mapping[str, str | int | bool] = field(default_factory=dict)
