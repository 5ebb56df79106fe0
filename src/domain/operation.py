"""One attempt to move money: written down before the call, settled after it, never forgotten between."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.discretion import discreet
from domain.errors import IllegalTransition
from domain.outcomes import Accepted, Declined, Outcome, Pending, Unknown
from domain.planned_call import PlannedCall


class OperationKind(StrEnum):
    CAPTURE = "capture"
    CANCEL = "cancel"
    REFUND = "refund"
    REDUCE = "reduce"
    UPSELL = "upsell"


class OperationState(StrEnum):
    """requested → (sent, not decided) pending | unknown → succeeded | failed."""

    REQUESTED = "requested"
    PENDING = "pending"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"

    @property
    def open(self) -> bool:
        return self not in {OperationState.SUCCEEDED, OperationState.FAILED}


@dataclass(frozen=True, slots=True)
class Operation:
    """An attempt with its idempotency key.

    `request_id` is what the provider remembers: stored before the first call and reused by every repeat of it.
    `amount` (minor units) is what was left to move when it was requested. `step` counts the provider calls of
    one operation (a refund over several captures makes one call each, strictly one after the other).

    Without a `plan` it is about everything that is left, whatever that turns out to be; with one, about exactly these
    calls. Transactions up to `baseline` were there before the call in hand. `idempotency_key` is the caller's, empty
    when it gave none, or when nothing came of it that a repeat could not do better; `fingerprint` is that of what was
    asked, empty for everything without a key. `told` = who asked for a part without a key is being answered that it is
    done, or that Qliro has it; noted on its own.
    """

    id: UUID
    kind: OperationKind
    state: OperationState
    amount: int
    request_id: UUID
    requested_at: datetime
    transactions: tuple[int, ...] = ()
    step: int = 0
    settled_at: datetime | None = None
    error_code: str = ""
    error_message: str = ""
    plan: tuple[PlannedCall, ...] = ()
    baseline: int = 0
    idempotency_key: str = ""
    fingerprint: str = ""
    told: bool = False

    @property
    def current(self) -> tuple[int, ...]:
        """Transactions of the call in hand; those of earlier steps are not among them."""
        return tuple(t for t in self.transactions if t > self.baseline)

    def decided_by(self, outcome: Outcome, *, at: datetime) -> "Operation":
        """The operation after the provider's answer. A settled operation never changes again."""
        if not self.state.open:
            return self
        match outcome:
            case Accepted(transactions):
                return replace(self._now(OperationState.SUCCEEDED, transactions, at), error_message="")
            case Pending(transactions):
                return self._now(OperationState.PENDING, transactions, None)
            case Declined(code, message, retryable):
                failed = self._now(OperationState.FAILED, (), at)
                used = bool(self.step or self.transactions or not retryable)
                key = self.idempotency_key if used else ""
                return replace(failed, error_code=code, error_message=discreet(message), idempotency_key=key)
            case Unknown(reason):
                return replace(self._now(OperationState.UNKNOWN, (), None), error_message=discreet(reason))

    def next_step(self, request_id: UUID) -> "Operation":
        """Another provider call of the same operation, with its own key; only after the previous one settled.

        Raises IllegalTransition when the operation as a whole is settled.
        """
        if not self.state.open:
            raise IllegalTransition(f"A {self.kind} that has {self.state} cannot be continued.")
        return replace(
            self,
            step=self.step + 1,
            request_id=request_id,
            state=OperationState.REQUESTED,
            baseline=max(self.transactions, default=self.baseline),
        )

    def with_fresh_key(self, request_id: UUID) -> "Operation":
        """The same call again under another key: only after the provider certainly refused the first."""
        return replace(self, request_id=request_id, state=OperationState.REQUESTED)

    def _now(self, state: OperationState, transactions: tuple[int, ...], settled: datetime | None) -> "Operation":
        known = self.transactions + tuple(t for t in transactions if t not in self.transactions)
        return replace(self, state=state, transactions=known, settled_at=settled)
