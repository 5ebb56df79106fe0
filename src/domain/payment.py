"""The payment: what was asked for, what the provider's books say, and every attempt in between."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.errors import IllegalTransition, OperationRefused, OrderBusy
from domain.evidence import DEAD, Evidence, told_steps
from domain.identifiers import PaymentKey
from domain.lifecycle import PaymentStatus, move
from domain.money import Money
from domain.operation import Operation, OperationKind, OperationState
from domain.outcomes import Outcome
from domain.payment_record import PaymentRecord, Transition
from domain.planned_call import PlannedCall
from domain.upsell import UpsellAttempt, UpsellWindow

_MERCHANTS = frozenset({OperationKind.CAPTURE, OperationKind.CANCEL, OperationKind.REFUND})


@dataclass(slots=True)
class Payment(PaymentRecord):
    """One payment of ours on a Norce order: everything that can happen to it. Amounts in minor units of `currency`.

    Status moves only along the lifecycle; totals and status always agree; a settled operation never changes.
    """

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
        payment._move("hold", at)
        return payment

    def stored(self) -> None:
        """Forget what has been written down."""
        self._history.clear()

    def copy(self) -> "Payment":
        """The payment as it stands, as if it had just been read: what happens to the one leaves the other alone."""
        return replace(self, _history=[])

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
        self._move("decline", at)

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
            self._move("remove", at)

    def observe(self, evidence: Evidence, *, at: datetime) -> bool:
        """Bring status and amounts to what the provider's books say; True when anything changed.

        Stale readings change nothing. Raises LedgerDisagrees when the books contradict what is already settled:
        then nothing is changed either.
        """
        if self.outdated(evidence.mark):
            return False
        taken = told_steps(evidence, status=self.status, known=self.totals, currency=self.currency)
        for step in taken:
            self.status, self.totals = step.status, step.totals
            self._record(step.event, at)
        self.ledger_mark = evidence.mark
        return bool(taken)

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
        self._admit(kind)
        if self.upsell and self.upsell.ended_at is None and kind in _MERCHANTS:
            self.end_upsell(at=at)
        operation = Operation(
            id=operation_id,
            kind=kind,
            state=OperationState.REQUESTED,
            amount=sum(call.amount for call in plan) or self.left_to(kind),
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

    def _admit(self, kind: OperationKind) -> None:
        if self.open_operation:
            raise OrderBusy(f"A {self.open_operation.kind} of this payment is still being decided.")
        cancels = self.status is PaymentStatus.PENDING and kind is OperationKind.CANCEL
        if self.status.undecided and not cancels:
            raise OperationRefused(f"A payment that is {self.status} cannot be asked to {kind}.")

    def _sold(self, operation_id: UUID, transaction: int) -> None:
        attempt = self.upsell and self.upsell.attempt(operation_id)
        if self.upsell and attempt:
            self.upsell = self.upsell.with_attempt(replace(attempt, transaction=transaction))

    def _move(self, event: str, at: datetime) -> None:
        self.status = move(self.status, event, self.totals)
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
