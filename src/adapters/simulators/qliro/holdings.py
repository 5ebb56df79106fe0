"""What is left of each reservation and of each capture, from the successful transactions alone."""

from collections import Counter

from adapters.simulators.qliro.model import (
    RESERVING,
    ActionType,
    Identity,
    Item,
    Order,
    Transaction,
    TxStatus,
    TxType,
)


def live_reservations(order: Order) -> list[Transaction]:
    """Successful reservations and direct payments that nothing has replaced."""
    return [t for t in order.transactions if t.kind in RESERVING and t.status is TxStatus.SUCCESS]


def children(order: Order, parent: int, *kinds: TxType, open_too: bool = False) -> list[Transaction]:
    """Successful transactions (with `open_too` those under way as well) that refer to this one."""
    refused = (TxStatus.ERROR, TxStatus.CANCELLED)
    return [
        t
        for t in order.transactions
        if t.original_id == parent
        and t.kind in kinds
        and (t.status is TxStatus.SUCCESS or (open_too and t.status not in refused))
    ]


def remaining_amount(order: Order, reservation: Transaction) -> int:
    """Reserved money not yet captured or released (for a Debit: not yet marked as shipped)."""
    used = sum(t.amount for t in children(order, reservation.id, TxType.CAPTURE, TxType.REVERSAL))
    refunded = children(order, reservation.id, TxType.REFUND) if not used else []
    return reservation.amount - used - sum(t.amount for t in refunded)


def refundable_amount(order: Order, capture: Transaction) -> int:
    """Captured money not yet refunded; of a Debit only what no Capture has taken over."""
    back = sum(abs(t.amount) for t in children(order, capture.id, TxType.REFUND, TxType.CREDIT))
    shipped = sum(t.amount for t in children(order, capture.id, TxType.CAPTURE))
    added = sum(t.amount for t in children(order, capture.id, TxType.UPDATE_INVOICE))
    return capture.amount + added - back - (shipped if capture.kind is TxType.DEBIT else 0)


def _effective(order: Order, transaction_id: int) -> bool:
    found = order.transaction(transaction_id)
    return found is not None and found.status is TxStatus.SUCCESS


def items_of(order: Order, transaction_id: int, kind: ActionType) -> list[Item]:
    """The items a transaction acted on, whatever became of it."""
    return [a.item for a in order.actions if a.transaction_id == transaction_id and a.kind is kind]


def unshipped(order: Order, reservation: Transaction) -> list[Item]:
    """Reserved pieces neither shipped, released nor (for a Debit) returned, one line per identity."""
    gone: Counter[Identity] = Counter()
    for action in order.actions:
        owner = order.transaction(action.transaction_id)
        if owner is None or owner.original_id != reservation.id or not _effective(order, owner.id):
            continue
        if action.kind in (ActionType.SHIP, ActionType.RELEASE, ActionType.RETURN):
            gone[action.item.identity] += action.item.quantity
    return _subtract(items_of(order, reservation.id, ActionType.RESERVE), gone)


def returnable(order: Order, capture: Transaction) -> list[Item]:
    """Shipped pieces of a capture that have not come back; for a Debit the unshipped ones."""
    if capture.kind is TxType.DEBIT:
        return unshipped(order, capture)
    gone: Counter[Identity] = Counter()
    for action in order.actions:
        owner = order.transaction(action.transaction_id)
        if owner is not None and owner.original_id == capture.id and action.kind is ActionType.RETURN:
            gone[action.item.identity] += action.item.quantity if _effective(order, owner.id) else 0
    return _subtract(items_of(order, capture.id, ActionType.SHIP), gone)


def _subtract(items: list[Item], gone: Counter[Identity]) -> list[Item]:
    left = []
    for item in items:
        take = min(item.quantity, gone[item.identity])
        gone[item.identity] -= take
        if item.quantity > take:
            left.append(resized(item, item.quantity - take))
    return left


def resized(item: Item, quantity: int) -> Item:
    """The same line with another quantity."""
    return Item(item.reference, item.kind, quantity, item.inc, item.ex, item.description, item.metadata)


def is_cancelled(order: Order) -> bool:
    """Everything was released and nothing was ever captured."""
    reservations = live_reservations(order)
    if not reservations:
        return False
    captured = any(children(order, r.id, TxType.CAPTURE) for r in reservations)
    released = any(children(order, r.id, TxType.REVERSAL) for r in reservations)
    return released and not captured and all(not unshipped(order, r) for r in reservations)
