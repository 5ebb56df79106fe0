"""Addresses that Qliro and Norce call back on."""

from enum import StrEnum
from typing import Protocol

from domain.identifiers import PaymentKey


class Purpose(StrEnum):
    """What a callback address is for; each has a token of its own."""

    VALIDATE = "validate"
    PUSH = "push"
    STATUS = "status"
    SAVED_CARD = "save-recurring-details"
    NOTIFICATION = "notification"


class CallbackAddresses(Protocol):
    """Builds and checks callback addresses."""

    def callback(self, public_url: str, key: PaymentKey, purpose: Purpose) -> str:
        """A complete URL with an unguessable token that never expires."""
        ...

    def genuine(self, token: str, key: PaymentKey, purpose: Purpose) -> bool:
        """Whether the token was made for exactly this payment and purpose; constant time."""
        ...
