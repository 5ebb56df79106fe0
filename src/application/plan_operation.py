"""What an operation still has to ask of Qliro, read from Qliro's own books."""

from domain.ledger import ItemGroup, ProviderLedger, Transaction, TransactionKind, TransactionStatus
from domain.operation import Operation, OperationKind
from domain.outcomes import Accepted, Declined, Outcome, Pending

_MOVES_MONEY = frozenset(
    {
        TransactionKind.CAPTURE,
        TransactionKind.REVERSAL,
        TransactionKind.REFUND,
        TransactionKind.CREDIT,
        TransactionKind.UPDATE_INVOICE,
    }
)
_ALL_RESERVED = ItemGroup(0, ())
"""A cancel names no rows: it releases whatever is reserved."""


_MADE_BY = {
    OperationKind.CAPTURE: {TransactionKind.CAPTURE},
    OperationKind.CANCEL: {TransactionKind.REVERSAL},
    OperationKind.REFUND: {TransactionKind.REFUND, TransactionKind.CREDIT},
}


def failed_unnamed(operation: Operation, ledger: ProviderLedger) -> Declined | None:
    """The failure of a request whose answer, with its transaction's id, was lost; None when the books show none.

    Only for a request that Qliro says it has received: books may lag behind, so their silence decides nothing.
    """
    for t in ledger.transactions:
        late = t.at is not None and t.at >= operation.requested_at and t.id not in operation.transactions
        if late and t.kind in _MADE_BY[operation.kind] and t.status is TransactionStatus.ERROR:
            return Declined(t.error_code or str(t.status), f"Qliro ended transaction {t.id} with {t.status}.")
    return None


def rows_left(kind: OperationKind, ledger: ProviderLedger) -> tuple[ItemGroup, ...]:
    """The rows that one more request of this kind would move; empty when there is nothing left to do."""
    match kind:
        case OperationKind.CAPTURE:
            return ledger.shippable()
        case OperationKind.CANCEL:
            return (_ALL_RESERVED,) if ledger.totals().remaining > 0 else ()
        case OperationKind.REFUND:
            return ledger.returnable()[:1]


def disagreement(kind: OperationKind, rows: tuple[ItemGroup, ...], ledger: ProviderLedger) -> str:
    """Why these rows must not be asked for: they are not worth the money that is left. Empty when they are."""
    if kind is not OperationKind.CAPTURE:
        return ""
    worth, left = sum(group.total_inc for group in rows), ledger.totals().remaining
    return "" if worth == left else f"Qliro's rows are worth {worth}, but {left} is reserved (minor units)."


def in_flight(ledger: ProviderLedger) -> tuple[Transaction, ...]:
    """Money movements that Qliro has received and not decided."""
    return tuple(t for t in ledger.undecided() if t.kind in _MOVES_MONEY)


def outcome_told_by(operation: Operation, ledger: ProviderLedger) -> Outcome | None:
    """What the books say of an open operation; None when they don't decide it.

    A refund is done only when no capture has anything left to return.
    """
    told = [t for t in map(ledger.transaction, operation.transactions) if t is not None]
    if len(told) < len(operation.transactions) or any(not t.status.final for t in told):
        return Pending(operation.transactions)
    failed = next((t for t in told if t.status is not TransactionStatus.SUCCESS), None)
    if failed is not None:
        reason = f"Qliro ended transaction {failed.id} with {failed.status}."
        return Declined(failed.error_code or str(failed.status), reason)
    done = bool(told) and operation.kind is not OperationKind.REFUND
    if done or not (rows_left(operation.kind, ledger) or in_flight(ledger)):
        return Accepted(operation.transactions)
    return None
