"""What is known of a payment, and what follows from it; nothing here changes it."""

from collections.abc import Iterator, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from domain.attention import HURRIED, next_look
from domain.evidence import DEAD
from domain.identifiers import PaymentKey
from domain.ledger import LedgerTotals
from domain.lifecycle import PaymentStatus
from domain.operation import Operation, OperationKind, OperationState
from domain.upsell import UpsellAttempt, UpsellWindow

_AT_LEAST = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Transition:
    """A line of the payment's history: appended, never changed."""

    version: int
    event: str
    status: PaymentStatus
    totals: LedgerTotals
    at: datetime


@dataclass(slots=True)
class PaymentRecord:
    """A payment's own memory: what it is, what the provider's books said of it, and every attempt. Minor units."""

    key: PaymentKey
    currency: str
    amount: int
    provider_order_id: int | None
    merchant_reference: str
    created_at: datetime
    updated_at: datetime
    status: PaymentStatus = PaymentStatus.INTENT
    totals: LedgerTotals = field(default_factory=LedgerTotals)
    ledger_mark: int = 0
    operations: tuple[Operation, ...] = ()
    version: int = 0
    saved_card: str = ""
    """The mark of the saved card that Norce is told of; empty while there is none."""
    charge_id: UUID | None = None
    token_mark: str = ""
    """Of a payment that the merchant makes by itself: the key of its one call, and the mark of the token it uses."""
    upsell: UpsellWindow | None = None
    _history: list[Transition] = field(default_factory=list)

    @property
    def merchant_initiated(self) -> bool:
        """Made by the merchant without the customer: no checkout, only the provider's books."""
        return bool(self.token_mark)

    @property
    def unplaced(self) -> bool:
        """A payment of the merchant's of which it is not known whether the provider has it."""
        return self.merchant_initiated and self.provider_order_id is None and self.status is PaymentStatus.PENDING

    @property
    def orphaned(self) -> bool:
        """Withdrawn or refused, and yet money is reserved or taken for it."""
        return self.status in DEAD and self.totals.remaining + self.totals.refundable > 0

    @property
    def stored_version(self) -> int:
        """The version this was read at; what an update must still find."""
        return self.version - len(self._history)

    @property
    def history(self) -> tuple[Transition, ...]:
        """What happened since it was read."""
        return tuple(self._history)

    def operation(self, operation_id: UUID) -> Operation:
        return next(o for o in self.operations if o.id == operation_id)

    @property
    def open_operation(self) -> Operation | None:
        return next((o for o in self.operations if o.state.open), None)

    def left_to(self, kind: OperationKind) -> int:
        """Everything that an operation of this kind could still move, in minor units."""
        return self.totals.refundable if kind is OperationKind.REFUND else self.totals.remaining

    def asked_before(self, idempotency_key: str) -> Operation | None:
        """The operation that a caller asked for under this key of its own."""
        return next((o for o in self.operations if idempotency_key and o.idempotency_key == idempotency_key), None)

    def alike(self, kind: OperationKind, fingerprint: str, *, since: datetime, but: Set[UUID]) -> Operation | None:
        """What was asked for like this, without a key, and is open or has succeeded since then; not one of those."""
        named = (o for o in self.operations if fingerprint and o.kind is kind and o.fingerprint == fingerprint)
        lived = (o for o in named if not o.idempotency_key and o.state is not OperationState.FAILED)
        return next((o for o in lived if o.id not in but and (o.settled_at or since) >= since), None)

    def available(self) -> tuple[OperationKind, ...]:
        """What may be asked for now."""
        if self.status is PaymentStatus.PENDING:
            return () if self.unplaced else (OperationKind.CANCEL,)
        if self.status.undecided or self.status in {PaymentStatus.DECLINED, PaymentStatus.REMOVED}:
            return ()
        return tuple(self._possible())

    def outdated(self, mark: int) -> bool:
        """Whether books with this many decided transactions are older than those already seen."""
        return mark < self.ledger_mark

    def may_be_paid(self, now: datetime, lifetime: timedelta) -> bool:
        """Whether it is withdrawn, and yet its checkout can still be paid by who had it open."""
        return self.status is PaymentStatus.REMOVED and now - self.created_at <= lifetime

    @property
    def needs_attention(self) -> bool:
        """Whether somebody still has to speak, so that it must be looked at again by itself."""
        return self.status.undecided or self.orphaned or self.open_operation is not None or self.holds_order

    @property
    def look_at(self) -> datetime | None:
        """When to look at it again if nothing else happens; None when there is nothing to wait for.

        Withdrawn just now, it is looked at once more: the customer may have been paying at that moment. So is one
        whose order is handed on while Norce may still add what was to be sold with it.
        """
        added = "upsell-ended" if self.upsell and self.upsell.announced else ""
        lately = any(line.event in {"remove", added} for line in self._history)
        due = self.needs_attention or lately
        scheduled = next_look(self.waiting_since, self.updated_at) if due else None
        return self.upsell_look(self.updated_at) or scheduled

    @property
    def waiting_since(self) -> datetime:
        """When the waiting began: every fruitless question about an operation leaves a mark, and is no news."""
        operation = self.open_operation
        return operation.requested_at if operation else self.updated_at

    @property
    def open_upsell(self) -> UpsellAttempt | None:
        """The attempt to sell more that is not decided."""
        operation = self.open_operation
        return self.upsell.attempt(operation.id) if operation and self.upsell else None

    @property
    def holds_order(self) -> bool:
        """Whether the order must not be handed on yet: more may be sold, or it is open whether it has been."""
        return self.upsell is not None and (self.upsell.ended_at is None or self.open_upsell is not None)

    def upsell_look(self, now: datetime) -> datetime | None:
        """When to look after what is sold beyond the purchase; None when that holds nothing up."""
        if self.upsell is None or not self.holds_order:
            return None
        asked = self.open_upsell
        if asked is not None and not asked.link:
            return next_look(self.waiting_since, now, HURRIED)
        return self.upsell.expected(now) or max(self.upsell.until, now + _AT_LEAST)

    def _possible(self) -> Iterator[OperationKind]:
        if self.totals.remaining:
            yield OperationKind.CAPTURE
            yield OperationKind.CANCEL
        if self.totals.refundable:
            yield OperationKind.REFUND
