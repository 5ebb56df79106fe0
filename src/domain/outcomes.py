"""What a provider can tell of a money operation: four outcomes, not a boolean.

Only a certain refusal is `Declined`. A timeout, a 5xx after sending, an undecodable answer are `Unknown`, and
stay so until the provider has been asked.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accepted:
    """Carried out; `transactions` are the provider's ids."""

    transactions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pending:
    """Received, not decided yet."""

    transactions: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Declined:
    """Refused for certain; no money moved, or as much as the message tells. `retryable`: the same may succeed later."""

    code: str
    message: str
    retryable: bool = False
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may or may not have happened."""

    reason: str


Outcome = Accepted | Pending | Declined | Unknown

ALREADY_RECEIVED = Unknown("already received")
"""The provider has been sent this key before: what came of that is in its books, or nowhere."""
