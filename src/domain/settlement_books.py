"""Our side of a settlement: what was captured and refunded on one order of the provider's, and under which ids."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.identifiers import PaymentKey
from domain.operation import Operation, OperationKind, OperationState
from domain.rows import OrderItem


class MovementKind(StrEnum):
    CAPTURE = "capture"
    REFUND = "refund"

    @property
    def sign(self) -> int:
        """What it does to a pay-out."""
        return 1 if self is MovementKind.CAPTURE else -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Money that was taken or given back; `amount` in minor units, positive.

    `transactions` are the provider's, as far as we know them: none for what was done in its own portal or at the
    purchase itself. `items` are the rows it moved, when they are on record.
    """

    kind: MovementKind
    amount: int
    at: datetime
    transactions: tuple[int, ...] = ()
    items: tuple[OrderItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBooks:
    """A payment with its movements, oldest first. `wanted` is False when it belongs to a channel not asked about."""

    key: PaymentKey
    provider_order_id: int
    currency: str
    movements: tuple[Movement, ...]
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Sums:
    """What a payment's books held after a change."""

    captured: int
    refunded: int
    at: datetime


_KINDS = {OperationKind.CAPTURE: MovementKind.CAPTURE, OperationKind.REFUND: MovementKind.REFUND}


def movements(operations: Sequence[Operation], history: Sequence[Sums]) -> tuple[Movement, ...]:
    """Everything that moved money. `history` are the payment's sums after each of its changes, oldest first.

    Operations that succeeded are known by their transactions; what the sums show beyond them was done without us and
    has no id. When both together do not make up the sums, the sums count: one movement stands for the difference.
    """
    ours = [m for operation in operations for m in _ours(operation)]
    found = list(ours)
    for kind in MovementKind:
        found += _others(kind, [m for m in ours if m.kind is kind], history)
    return tuple(sorted(found, key=lambda m: (m.at, m.transactions)))


def _ours(operation: Operation) -> Iterator[Movement]:
    kind = _KINDS.get(operation.kind)
    if kind is None or operation.state is not OperationState.SUCCEEDED or operation.amount <= 0:
        return
    at = operation.settled_at or operation.requested_at
    if kind is MovementKind.REFUND and len(operation.plan) == len(operation.transactions) > 0:
        for call, transaction in zip(operation.plan, operation.transactions, strict=True):
            items = tuple(item for group in call.groups for item in group.items)
            yield Movement(kind=kind, amount=call.amount, at=at, transactions=(transaction,), items=items)
        return
    single = len(operation.transactions) == 1
    items = tuple(i for call in operation.plan for group in call.groups for i in group.items) if single else ()
    yield Movement(kind=kind, amount=operation.amount, at=at, transactions=operation.transactions, items=items)


def _others(kind: MovementKind, ours: Sequence[Movement], history: Sequence[Sums]) -> Iterator[Movement]:
    """Rises of the sum that no operation of ours explains."""
    left = [m.amount for m in ours]
    rises: list[tuple[int, datetime]] = []
    before = 0
    for sums in history:
        now = sums.captured if kind is MovementKind.CAPTURE else sums.refunded
        if now > before:
            rises.append((now - before, sums.at))
        before = max(before, now)
    missing = before - sum(left)
    unexplained = []
    for amount, at in rises:
        if amount in left:
            left.remove(amount)
        else:
            unexplained.append((amount, at))
    if missing <= 0:
        return
    if sum(amount for amount, _ in unexplained) == missing:
        for amount, at in unexplained:
            yield Movement(kind=kind, amount=amount, at=at)
        return
    yield Movement(kind=kind, amount=missing, at=unexplained[-1][1] if unexplained else history[-1].at)
