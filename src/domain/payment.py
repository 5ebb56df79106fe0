"""The payment: what was asked for, what the provider's books say, and every attempt in between."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.attention import HURRIED, next_look
from domain.checkout import CheckoutStatus
from domain.errors import IllegalTransition, LedgerDisagrees, OperationRefused, OrderBusy
from domain.evidence import DEAD, steps
from domain.evidence import Evidence as Evidence
from domain.identifiers import PaymentKey
from domain.ledger import LedgerTotals
from domain.lifecycle import PaymentStatus, move
from domain.money import Money
from domain.operation import Operation, OperationKind, OperationState
from domain.order import PaymentState
from domain.outcomes import Outcome
from domain.planned_call import PlannedCall
from domain.upsell import UpsellAttempt, UpsellWindow


@dataclass(frozen=True, slots=True)
class Transition:
    """A line of the payment's history: appended, never changed."""

    version: int
    event: str
    status: PaymentStatus
    totals: LedgerTotals
    at: datetime


@dataclass(slots=True)
class Payment:
    """One payment of ours on a Norce order. Amounts in minor units of `currency`.

    Status moves only along the lifecycle; totals and status always agree; a settled operation never changes.
    """

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

    @classmethod
    def intend(
        cls, key: PaymentKey, amount: Money, *, provider_order_id: int | None, merchant_reference: str, at: datetime
    ) -> "Payment":
        """A payment whose checkout exists at the provider and whose customer has not paid."""
        payment = cls(
            key=key,
            currency=amount.currency,
            amount=amount.minor,
            provider_order_id=provider_order_id,
            merchant_reference=merchant_reference,
            created_at=at,
            updated_at=at,
        )
        payment._record("intend", at)
        return payment

    @classmethod
    def by_merchant(
        cls,
        key: PaymentKey,
        amount: Money,
        *,
        charge_id: UUID,
        token_mark: str,
        merchant_reference: str,
        at: datetime,
    ) -> "Payment":
        """A payment that the merchant makes with a saved token. From the first it waits for the provider's word."""
        payment = cls.intend(key, amount, provider_order_id=None, merchant_reference=merchant_reference, at=at)
        payment.charge_id, payment.token_mark = charge_id, token_mark
        payment._move("hold", payment.totals, at)
        return payment

    @property
    def merchant_initiated(self) -> bool:
        """Made by the merchant without the customer: no checkout, only the provider's books."""
        return bool(self.token_mark)

    @property
    def unplaced(self) -> bool:
        """A payment of the merchant's of which it is not known whether the provider has it."""
        return self.merchant_initiated and self.provider_order_id is None and self.status is PaymentStatus.PENDING

    @property
    def stored_version(self) -> int:
        """The version this was read at; what an update must still find."""
        return self.version - len(self._history)

    @property
    def history(self) -> tuple[Transition, ...]:
        """What happened since it was read."""
        return tuple(self._history)

    def stored(self) -> None:
        """Forget what has been written down."""
        self._history.clear()

    @property
    def orphaned(self) -> bool:
        """Withdrawn or refused, and yet money is reserved or taken for it."""
        return self.status in DEAD and self.totals.remaining + self.totals.refundable > 0

    @property
    def open_operation(self) -> Operation | None:
        return next((o for o in self.operations if o.state.open), None)

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

    def may_be_paid(self, now: datetime, lifetime: timedelta) -> bool:
        """Whether it is withdrawn, and yet its checkout can still be paid by who had it open."""
        return self.status is PaymentStatus.REMOVED and now - self.created_at <= lifetime

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

    def operation(self, operation_id: UUID) -> Operation:
        return next(o for o in self.operations if o.id == operation_id)

    def cover(self, amount: int, *, at: datetime) -> None:
        """The cart changed before the purchase: the payment must cover another amount."""
        self._require(PaymentStatus.INTENT, "cover another amount")
        if amount != self.amount:
            self.amount = amount
            self._record("cover", at)

    def renew(self, *, provider_order_id: int, merchant_reference: str, at: datetime) -> None:
        """The provider's checkout died unpaid; another one, with books of its own, took its place."""
        self._require(PaymentStatus.INTENT, "be renewed")
        self.ledger_mark = 0
        self.provider_order_id = provider_order_id
        self.merchant_reference = merchant_reference
        self._record("renew", at)

    def place(self, provider_order_id: int, *, at: datetime) -> None:
        """The provider has the merchant's payment, as this order."""
        if self.provider_order_id != provider_order_id:
            self.provider_order_id = provider_order_id
            self._record("place", at)

    def decline(self, *, at: datetime) -> None:
        """The provider certainly refused, or has certainly never had, a payment that nobody paid."""
        self._move("decline", self.totals, at)

    def keep_card(self, mark: str, *, at: datetime) -> bool:
        """Note the saved card of a bought payment; False when it was noted before, or nothing was bought."""
        if self.saved_card == mark or self.status is PaymentStatus.INTENT or self.status in DEAD:
            return False
        self.saved_card = mark
        self._record("save-card", at)
        return True

    def remove(self, *, at: datetime) -> None:
        """Withdraw an unpaid payment. Repeating it changes nothing."""
        if self.status is not PaymentStatus.REMOVED:
            self._move("remove", self.totals, at)

    def outdated(self, mark: int) -> bool:
        """Whether books with this many decided transactions are older than those already seen."""
        return mark < self.ledger_mark

    def observe(self, evidence: Evidence, *, at: datetime) -> bool:
        """Bring status and amounts to what the provider's books say; True when anything changed.

        Stale readings change nothing. Raises LedgerDisagrees when the books contradict what is already settled:
        then nothing is changed either.
        """
        if self.outdated(evidence.mark):
            return False
        if evidence.totals.authorized == 0:
            changed = self._observe_unpaid(evidence, at)
        else:
            changed = self._observe_amounts(evidence, at)
        self.ledger_mark = evidence.mark
        return changed

    def request(
        self,
        kind: OperationKind,
        *,
        operation_id: UUID,
        request_id: UUID,
        at: datetime,
        plan: tuple[PlannedCall, ...] = (),
        baseline: int = 0,
        idempotency_key: str = "",
        fingerprint: str = "",
    ) -> Operation:
        """Write down the attempt to move what is planned, or everything that is left (which may be nothing).

        Raises OrderBusy while another operation is undecided, OperationRefused while the purchase itself is: a
        payment on hold can only be cancelled, one that nobody has paid not even that.
        """
        if self.open_operation:
            raise OrderBusy(f"A {self.open_operation.kind} of this payment is still being decided.")
        cancels = self.status is PaymentStatus.PENDING and kind is OperationKind.CANCEL
        if self.status.undecided and not cancels:
            raise OperationRefused(f"A payment that is {self.status} cannot be asked to {kind}.")
        if self.upsell and self.upsell.ended_at is None and kind in _MERCHANTS:
            self.end_upsell(at=at)
        left = self.totals.refundable if kind is OperationKind.REFUND else self.totals.remaining
        operation = Operation(
            id=operation_id,
            kind=kind,
            state=OperationState.REQUESTED,
            amount=sum(call.amount for call in plan) or left,
            request_id=request_id,
            requested_at=at,
            plan=plan,
            baseline=baseline,
            idempotency_key=idempotency_key,
            fingerprint=fingerprint,
        )
        self.operations += (operation,)
        self._record(f"{kind}-requested", at)
        return operation

    def decide(self, operation_id: UUID, outcome: Outcome, *, at: datetime) -> Operation:
        """Apply the provider's answer to an operation. Repeating it changes nothing."""
        before = self.operation(operation_id)
        after = before.decided_by(outcome, at=at)
        if after != before:
            self._replace(after)
            if after.state is OperationState.SUCCEEDED and after.transactions:
                self._sold(operation_id, after.transactions[-1])
            self._record(f"{after.kind}-{after.state}", at)
        return after

    def advance(self, operation_id: UUID, *, request_id: UUID, at: datetime) -> Operation:
        """Begin the next provider call of an operation, with its own key."""
        after = self.operation(operation_id).next_step(request_id)
        self._replace(after)
        self._record(f"{after.kind}-continued", at)
        return after

    def change_key(self, operation_id: UUID, *, request_id: UUID, at: datetime) -> Operation:
        """The same call again under another key, after the first was certainly refused."""
        after = self.operation(operation_id).with_fresh_key(request_id)
        self._replace(after)
        self._record(f"{after.kind}-repeated", at)
        return after

    def asked_before(self, idempotency_key: str) -> Operation | None:
        """The operation that a caller asked for under this key of its own."""
        return next((o for o in self.operations if idempotency_key and o.idempotency_key == idempotency_key), None)

    def available(self) -> tuple[OperationKind, ...]:
        """What may be asked for now."""
        if self.status is PaymentStatus.PENDING:
            return (OperationKind.CANCEL,)
        if self.status.undecided or self.status in {PaymentStatus.DECLINED, PaymentStatus.REMOVED}:
            return ()
        return tuple(self._possible())

    def offer_upsell(self, window: UpsellWindow, *, at: datetime) -> None:
        """More may be sold until the window ends; the order is held back meanwhile."""
        if self.status.undecided or self.status.terminal or self.upsell is not None:
            raise IllegalTransition(f"A payment that is {self.status} cannot be offered more.")
        self.upsell = window
        self._record("upsell-offered", at)

    def announce_upsell(self, items: tuple[str, ...], *, until: datetime, at: datetime) -> None:
        """Norce may add these rows: until then nobody ends the window without having looked for them."""
        if self.upsell is None:
            raise IllegalTransition("Nothing more is offered with this payment.")
        self.upsell = replace(self.upsell, announced=items, announced_until=until)
        self._record("upsell-announced", at)

    def try_upsell(self, attempt: UpsellAttempt, *, at: datetime) -> None:
        """Note whose rows the operation of that id is about, or where the customer pays for them."""
        if self.upsell is None:
            raise IllegalTransition("Nothing more is offered with this payment.")
        self.upsell = self.upsell.with_attempt(attempt)
        self._record("upsell-waits" if attempt.link else "upsell-tried", at)

    def sold_late(self, operation_id: UUID, transaction: int, *, at: datetime) -> bool:
        """What had been given up has been paid all the same; False when that was known."""
        known = self.upsell and self.upsell.attempt(operation_id)
        if not known or known.transaction:
            return False
        self._sold(operation_id, transaction)
        self._record("upsell-late", at)
        return True

    def end_upsell(self, *, at: datetime) -> None:
        """Nothing more is sold. What is undecided goes on to be decided. Repeating it changes nothing."""
        if self.upsell is not None and self.upsell.ended_at is None:
            self.upsell = replace(self.upsell, ended_at=at)
            self._record("upsell-ended", at)

    def _sold(self, operation_id: UUID, transaction: int) -> None:
        attempt = self.upsell and self.upsell.attempt(operation_id)
        if self.upsell and attempt:
            self.upsell = self.upsell.with_attempt(replace(attempt, transaction=transaction))

    def _possible(self) -> Iterator[OperationKind]:
        if self.totals.remaining:
            yield OperationKind.CAPTURE
            yield OperationKind.CANCEL
        if self.totals.refundable:
            yield OperationKind.REFUND

    def _observe_unpaid(self, evidence: Evidence, at: datetime) -> bool:
        if self.totals.authorized:
            raise LedgerDisagrees("Qliro no longer shows the reservation of this payment.")
        refused = evidence.status is CheckoutStatus.REFUSED or evidence.refused
        if refused and self.status.undecided:
            self._move("decline", self.totals, at)
        elif self.status is PaymentStatus.INTENT and evidence.status in _FINISHED:
            self._move("hold", self.totals, at)
        else:
            return False
        return True

    def _observe_amounts(self, evidence: Evidence, at: datetime) -> bool:
        new, old = evidence.totals, self.totals
        if evidence.currency != self.currency:
            raise LedgerDisagrees(f"Qliro holds {evidence.currency}, the payment is in {self.currency}.")
        if not new.consistent or new.captured < old.captured or new.refunded < old.refunded:
            raise LedgerDisagrees("Qliro's settled amounts contradict those already known.")
        if new == old:
            return False
        for step in steps(self.status, old, new):
            self.status, self.totals = step.status, step.totals
            self._record(step.event, at)
        return True

    def _move(self, event: str, totals: LedgerTotals, at: datetime) -> None:
        self.status = move(self.status, event, totals)
        self.totals = totals
        self._record(event, at)

    def _replace(self, operation: Operation) -> None:
        self.operations = tuple(operation if o.id == operation.id else o for o in self.operations)

    def _record(self, event: str, at: datetime) -> None:
        self.version += 1
        self.updated_at = max(at, self.updated_at)
        self._history.append(Transition(self.version, event, self.status, self.totals, at))

    def _require(self, status: PaymentStatus, act: str) -> None:
        if self.status is not status:
            raise IllegalTransition(f"A payment that is {self.status} cannot {act}.")


_FINISHED = frozenset({CheckoutStatus.ON_HOLD, CheckoutStatus.COMPLETED})
_MERCHANTS = frozenset({OperationKind.CAPTURE, OperationKind.CANCEL, OperationKind.REFUND})
_AT_LEAST = timedelta(seconds=1)


def norce_state(payment: Payment) -> PaymentState:
    """What Norce calls the payment's status (design: the payment's states)."""
    return _NORCE_STATE[payment.status]


def statuses_shown_as(name: str) -> set[PaymentStatus]:
    """The statuses that Norce calls so; none when it calls nothing so."""
    return {status for status, state in _NORCE_STATE.items() if state == name}


_NORCE_STATE = {
    PaymentStatus.INTENT: PaymentState.INTENT,
    PaymentStatus.PENDING: PaymentState.PENDING,
    PaymentStatus.AUTHORIZED: PaymentState.RESERVED,
    PaymentStatus.PARTIALLY_CAPTURED: PaymentState.CAPTURED,
    PaymentStatus.CAPTURED: PaymentState.CAPTURED,
    PaymentStatus.PARTIALLY_REFUNDED: PaymentState.CREDITED,
    PaymentStatus.REFUNDED: PaymentState.REFUNDED,
    PaymentStatus.CANCELLED: PaymentState.CANCELLED,
    PaymentStatus.DECLINED: PaymentState.DECLINED,
    PaymentStatus.REMOVED: PaymentState.REMOVED,
}
