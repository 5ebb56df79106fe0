"""Messages to the merchant, their attempts, and rules that disturb their delivery."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec


class CallbackKind(StrEnum):
    CHECKOUT_STATUS = "checkout_status"
    ORDER_MANAGEMENT = "order_management"
    NOTIFICATION = "notification"
    SAVED_CARD = "saved_card"
    UPSELL = "upsell"
    VALIDATE = "validate"
    SHIPPING_METHODS = "shipping_methods"


PUSHES = frozenset(CallbackKind) - {CallbackKind.VALIDATE, CallbackKind.SHIPPING_METHODS}


class DeliveryState(StrEnum):
    WAITING = "waiting"
    HELD = "held"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Try:
    """One delivery attempt and its answer (status None = no answer)."""

    moment: datetime
    status: int | None
    reply: str
    accepted: bool


@dataclass(slots=True)
class Delivery:
    """A message to the merchant with all its attempts."""

    id: int
    order_id: int
    kind: CallbackKind
    url: str
    body: bytes
    created: datetime
    state: DeliveryState = DeliveryState.WAITING
    tries: list[Try] = field(default_factory=list)
    next_at: datetime | None = None

    @property
    def payload(self) -> Any:
        """The body as decoded JSON."""
        return msgspec.json.decode(self.body)


class Treatment(StrEnum):
    """What a rule does with a message."""

    HOLD = "hold"
    DROP = "drop"
    DELAY = "delay"
    DUPLICATE = "duplicate"


@dataclass(slots=True)
class CallbackRule:
    """Treat the next `times` messages (None = all) of a kind, order or status specially."""

    treatment: Treatment
    kind: CallbackKind | None = None
    order_id: int | None = None
    status: str | None = None
    times: int | None = 1
    seconds: float = 0.0
    copies: int = 1
