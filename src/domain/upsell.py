"""What is sold after the purchase: how long it may be, and every attempt made meanwhile."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.outcomes import Outcome

_SOON = timedelta(seconds=0.5)
_SLOW_COMMIT = timedelta(seconds=20)


class UpsellState(StrEnum):
    """Norce's name for where an attempt stands."""

    CREATED = "created"
    ACTION_REQUIRED = "actionRequired"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class UpsellTransaction:
    """An attempt as Norce shows it. `items` are ids of cart rows; `link` is where the customer has to go."""

    id: str
    state: UpsellState
    items: tuple[str, ...] = ()
    link: str = ""
    transaction_id: int = 0


@dataclass(frozen=True, slots=True)
class UpsellShown:
    """What Norce shows of the window on our payment."""

    eligible: bool
    expiration: datetime | None
    transactions: tuple[UpsellTransaction, ...] = ()


@dataclass(frozen=True, slots=True)
class UpsellEligibility:
    """What the provider says: whether it takes more for this order, and until when (None = it does not say)."""

    eligible: bool = False
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class UpsellAnswer:
    """The provider's answer to an upsell: with a `link` the customer pays there, and nothing has begun yet."""

    outcome: Outcome
    link: str = ""


@dataclass(frozen=True, slots=True)
class UpsellAttempt:
    """One request to the provider; the operation of that id holds its key, its rows and how it stands.

    `items` are ids of cart rows, `discount` is what the order's discounts grew by with them, `before` what was
    authorized until then, `transaction` what it became. Amounts in minor units.
    """

    operation_id: UUID
    items: tuple[str, ...]
    amount: int
    discount: int = 0
    before: int = 0
    link: str = ""
    transaction: int = 0

    @property
    def upsell_id(self) -> str:
        """What the provider knows it by: one success at most."""
        return str(self.operation_id)


@dataclass(frozen=True, slots=True)
class UpsellWindow:
    """The order is held back until `until`, or until it is ended before.

    `covered` and `discounted` (minor units) are what our payment had to cover and what the order's discounts came to
    when it was bought; `bought` are ids of rows that are called upsell and were part of the purchase.
    """

    until: datetime
    covered: int
    discounted: int = 0
    bought: tuple[str, ...] = ()
    attempts: tuple[UpsellAttempt, ...] = ()
    ended_at: datetime | None = None
    announced: tuple[str, ...] = ()
    announced_until: datetime | None = None
    """Rows that Norce was allowed to add, and so long they are waited for before the window ends."""

    def open(self, now: datetime) -> bool:
        """Whether more may be sold."""
        return self.ended_at is None and now < self.until

    def expected(self, now: datetime) -> datetime | None:
        """When to look for rows that Norce was allowed to add and nobody has seen; None when it has dropped them."""
        tried = {ident for attempt in self.attempts for ident in attempt.items}
        if self.announced_until is None or set(self.announced) <= tried or now > self.announced_until + _SLOW_COMMIT:
            return None
        return now + (_SOON if now < self.announced_until else 4 * _SOON)

    def attempt(self, operation_id: UUID) -> UpsellAttempt | None:
        return next((a for a in self.attempts if a.operation_id == operation_id), None)

    def named(self, upsell_id: str) -> UpsellAttempt | None:
        """The attempt that the provider calls so, in whatever letter case."""
        wanted = upsell_id.strip().lower()
        return next((a for a in self.attempts if a.upsell_id == wanted), None)

    def with_attempt(self, attempt: UpsellAttempt) -> "UpsellWindow":
        """With one more attempt, or with a known one as it is now."""
        if self.attempt(attempt.operation_id) is None:
            return replace(self, attempts=(*self.attempts, attempt))
        changed = tuple(attempt if a.operation_id == attempt.operation_id else a for a in self.attempts)
        return replace(self, attempts=changed)
