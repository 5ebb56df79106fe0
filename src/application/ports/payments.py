"""The adapter's memory of payments, and exclusion over the order they belong to."""

from collections.abc import Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from application.ports.outbox import Bundle
from domain.identifiers import OrderKey, PaymentKey
from domain.messages import Message
from domain.payment import Payment


@dataclass(frozen=True, slots=True)
class CheckoutSession:
    """What is remembered of an order before and beside its payment.

    Written before the first outside call of a create, so that an interrupted one is found and finished:
    `merchant_reference` names the current attempt at the provider, `attempt` counts them, `cart_digest` is the
    digest of the rows the provider holds (or is about to hold).
    """

    merchant_reference: str
    attempt: int
    cart_digest: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """Exclusive work on one order until released or the lease runs out, with what is stored about it."""

    order: OrderKey
    token: UUID
    session: CheckoutSession | None
    payments: tuple[Payment, ...]

    def payment(self, payment_id: str) -> Payment | None:
        return next((p for p in self.payments if p.key.payment_id == payment_id), None)


@dataclass(frozen=True, slots=True)
class Work:
    """One atomic commit. All of it happens, or none.

    With a `claim` its token is checked (ClaimLost) and, with `release`, given back in the same statement.
    `payments` are inserted or updated with their version in the condition (StalePayment); their new operations,
    history and messages go along. `session` replaces the order's session. `messages` are owed to Norce, in order.
    `handled` are inbox ids done by this commit. With `relay` whoever commits tells Norce: the messages are leased to it
    for that long, unless something is owed to the order's Norce already.
    """

    order: OrderKey
    claim: Claim | None = None
    release: bool = False
    session: CheckoutSession | None = None
    payments: tuple[Payment, ...] = ()
    messages: tuple[Message, ...] = ()
    handled: tuple[UUID, ...] = field(default_factory=tuple)
    relay: timedelta | None = None


class Payments(Protocol):
    """Storage of payments. Every method raises StoreUnavailable when the database does not answer."""

    async def claim(self, order: OrderKey, *, wait: timedelta, lease: timedelta) -> Claim:
        """Exclusive work on the order, at most `wait` late. Raises OrderBusy."""
        ...

    async def renew(self, claim: Claim, *, lease: timedelta) -> None:
        """Extend a claim that is still held. Raises ClaimLost."""
        ...

    async def release(self, claim: Claim) -> None:
        """Give a claim back; one already lost is fine."""
        ...

    async def read(self, key: PaymentKey) -> Payment | None:
        """The payment as stored, without claiming anything."""
        ...

    async def read_session(self, order: OrderKey) -> CheckoutSession | None:
        """The order's session, without claiming anything."""
        ...

    async def due(
        self, *, limit: int, now: datetime, lease: timedelta, besides: Set[str] = frozenset()
    ) -> tuple[PaymentKey, ...]:
        """Payments whose time to be looked at has come, the longest waiting first; not due again before `lease`.

        Merchants take turns; nothing of those named in `besides`, who have enough in hand.
        """
        ...

    async def look_again(self, key: PaymentKey, *, at: datetime) -> None:
        """Make the payment due at that time, whatever its schedule says.

        When that is within ten seconds, no commit that has nothing to wait for takes it back.
        """
        ...

    async def looked(self, key: PaymentKey, *, leased_until: datetime) -> None:
        """There is nothing to wait for; unless `look_again` has been asked for since it was leased until then."""
        ...

    async def note_told(self, key: PaymentKey, operation: UUID) -> None:
        """Whoever asked for it is about to be answered; no commit takes that back. Repeating it is harmless."""
        ...

    async def commit(self, work: Work) -> Bundle | None:
        """Store it atomically. Raises StalePayment, ClaimLost.

        With `work.relay` the bundle that is now to be delivered, an empty one when nothing at all is owed; None when
        letters were waiting already, or another relay is at work: `Outbox.take` tells then.
        """
        ...
