"""What an operation still has to ask of Qliro, read from Qliro's own books."""

from datetime import datetime, timedelta

from domain.ledger import AUTHORIZING, ProviderLedger, Transaction, TransactionKind, TransactionStatus
from domain.operation import Operation, OperationKind
from domain.outcomes import Accepted, Declined, Outcome, Pending
from domain.payment import Payment
from domain.planned_call import PlannedCall
from domain.planning import next_refund
from domain.upselling import upsell_told_by

_MOVES_MONEY = frozenset(
    {
        TransactionKind.CAPTURE,
        TransactionKind.REVERSAL,
        TransactionKind.REFUND,
        TransactionKind.CREDIT,
        TransactionKind.UPDATE_INVOICE,
    }
)
_MADE_BY = {
    OperationKind.CAPTURE: {TransactionKind.CAPTURE},
    OperationKind.CANCEL: {TransactionKind.REVERSAL},
    OperationKind.REFUND: {TransactionKind.REFUND, TransactionKind.CREDIT},
    OperationKind.REDUCE: {TransactionKind.PREAUTHORIZATION},
    OperationKind.UPSELL: {TransactionKind.PREAUTHORIZATION, TransactionKind.DEBIT},
}


_CLOCKS_DIFFER = timedelta(minutes=5)
_BOOKS_LAG = timedelta(hours=1)
_REFUSAL_LAG = timedelta(minutes=5)


def failed_unnamed(payment: Payment, operation: Operation, ledger: ProviderLedger, *, now: datetime) -> Declined | None:
    """The failure of a request whose answer, with its transaction's id, was lost; None when the books show none yet.

    Only for a request that Qliro says it has received. Its clock is not ours, and its books may lag behind: their
    silence decides nothing before it has lasted.
    """
    named = {i for each in payment.operations for i in each.transactions}
    since = operation.requested_at - _CLOCKS_DIFFER
    for t in ledger.transactions:
        late = t.at is not None and t.at >= since and t.id not in named
        if late and t.kind in _MADE_BY[operation.kind] and t.status is TransactionStatus.ERROR:
            return Declined(t.error_code or str(t.status), t.reason)
    if now - payment.updated_at > _BOOKS_LAG:
        return Declined("NO_TRANSACTION", "Qliro has received the request, and its books show nothing of it.")
    return None


def believable(payment: Payment, *, now: datetime) -> bool:
    """Whether a refusal counts that came after an answer was lost.

    In words that nobody has heard yet it may refuse nothing but the repetition, while the books still lack the first.
    """
    return now - payment.updated_at > _REFUSAL_LAG


def refunded_unseen(operation: Operation, ledger: ProviderLedger) -> bool:
    """Whether a refund of everything has given back more than the answers it has seen can explain.

    Then the call in hand is the explanation: Qliro has carried it out, and other captures are still to be refunded.
    """
    if operation.kind is not OperationKind.REFUND or operation.plan:
        return False
    seen = [t for t in map(ledger.transaction, operation.transactions) if t is not None]
    explained = sum(t.amount for t in seen if t.status is TransactionStatus.SUCCESS)
    return operation.amount - ledger.totals().refundable > explained


def next_call(operation: Operation, ledger: ProviderLedger) -> PlannedCall | None:
    """What one more request has to move; None when there is nothing left to do."""
    if operation.plan:
        return operation.plan[operation.step] if operation.step < len(operation.plan) else None
    match operation.kind:
        case OperationKind.CAPTURE:
            groups = ledger.shippable()
            return PlannedCall(groups) if groups else None
        case OperationKind.CANCEL:
            return PlannedCall() if ledger.totals().remaining > 0 or _undecided_reservation(ledger) else None
        case OperationKind.REFUND:
            return next_refund(ledger)
        case OperationKind.REDUCE | OperationKind.UPSELL:
            return None


def _undecided_reservation(ledger: ProviderLedger) -> bool:
    """Nothing is reserved yet, but the bank may still say yes: a cancel of that is not done by doing nothing."""
    return any(t.kind in AUTHORIZING for t in ledger.undecided())


def disagreement(operation: Operation, call: PlannedCall, ledger: ProviderLedger) -> str:
    """Why this must not be asked for: Qliro's rows don't make it. Empty when they do."""
    if call.credit and not ledger.is_capture(call.target):
        return f"{call.credit} is left of transaction {call.target} (minor units), but no row to give it back by."
    if operation.plan or operation.kind is not OperationKind.CAPTURE:
        return ""
    left = ledger.totals().remaining
    return "" if call.amount == left else f"Qliro's rows are worth {call.amount}, but {left} is reserved (minor units)."


def in_flight(ledger: ProviderLedger) -> tuple[Transaction, ...]:
    """Money movements that Qliro has received and not decided."""
    return tuple(t for t in ledger.undecided() if t.kind in _MOVES_MONEY)


def told_by(payment: Payment, operation: Operation, ledger: ProviderLedger) -> Outcome | None:
    """What the books say of an open operation of whatever kind; None when they don't decide it."""
    if operation.kind is OperationKind.UPSELL:
        return upsell_told_by(payment, operation, ledger)
    return outcome_told_by(operation, ledger)


def outcome_told_by(operation: Operation, ledger: ProviderLedger) -> Outcome | None:
    """What the books say of an open operation; None when there is a call to make."""
    current = operation.current
    told = [t for t in map(ledger.transaction, current) if t is not None]
    if len(told) < len(current) or any(not t.status.final for t in told):
        return Pending(current)
    failed = next((t for t in told if t.status is not TransactionStatus.SUCCESS), None)
    if failed is not None:
        return Declined(failed.error_code or str(failed.status), _in_part(operation, ledger) + failed.reason)
    if operation.plan:
        return Accepted(current) if told and operation.step + 1 >= len(operation.plan) else None
    done = bool(told) and operation.kind is not OperationKind.REFUND
    if done or not (next_call(operation, ledger) or in_flight(ledger)):
        return Accepted(current)
    return None


def _in_part(operation: Operation, ledger: ProviderLedger) -> str:
    """How much an operation that failed has moved all the same: other shipments, or captures refunded before."""
    made = (t for t in map(ledger.transaction, operation.transactions) if t is not None)
    done = sum(t.amount for t in made if t.status is TransactionStatus.SUCCESS)
    return f"{done} of it was done (minor units), the rest was not: " if done else ""


def unnamed(operation: Operation, ledger: ProviderLedger) -> tuple[int, ...]:
    """The transaction of a planned call whose answer was lost: newer than the plan, of its kind, for its amount.

    A credit is a change to an invoice, and Qliro may call it that.
    """
    if not operation.plan or operation.step >= len(operation.plan):
        return ()
    call = operation.plan[operation.step]
    kinds = _MADE_BY[operation.kind] | ({TransactionKind.UPDATE_INVOICE} if call.credit else set())
    newer = (t for t in ledger.transactions if t.id > operation.baseline)
    return tuple(t.id for t in newer if t.kind in kinds and t.amount == call.amount)[:1]
