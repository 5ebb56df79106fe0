"""UpdateItems: replace everything unshipped by a new list (section 9.4)."""

from dataclasses import dataclass

from adapters.simulators.qliro.errors import ApiError, evaluation, not_supported
from adapters.simulators.qliro.holdings import live_reservations, remaining_amount, unshipped
from adapters.simulators.qliro.ledger import Movement
from adapters.simulators.qliro.methods import is_qliro
from adapters.simulators.qliro.model import (
    RESERVING,
    ActionType,
    Item,
    Order,
    Transaction,
    TxStatus,
    TxType,
    total_of,
)
from adapters.simulators.qliro.operations.common import payment_reference, require_not_cancelled, require_paid
from adapters.simulators.qliro.state import SimState
from adapters.simulators.qliro.transactions import Planned, book


@dataclass(frozen=True, slots=True)
class Update:
    """What shall remain in one reservation (None = the only live one)."""

    transaction_id: int | None
    items: list[Item]


def plan_updates(state: SimState, order: Order, updates: list[Update]) -> list[Planned]:
    """A new reservation per update, which overrides the old one when it succeeds."""
    require_paid(order)
    require_not_cancelled(order)
    plans: list[Planned] = []
    for update in updates:
        reservation = _reservation_for(order, update.transaction_id)
        _check(order, reservation, update.items)
        plans.extend(_replacement(state, order, reservation, update.items))
    return plans


def _reservation_for(order: Order, transaction_id: int | None) -> Transaction:
    if transaction_id is None:
        live = live_reservations(order)
        return next((r for r in live if unshipped(order, r)), live[-1])
    found = order.transaction(transaction_id)
    if found is None or found.kind not in RESERVING or found.status is not TxStatus.SUCCESS:
        raise payment_reference(transaction_id)
    return found


def _shipped(order: Order) -> list[Item]:
    good = {t.id for t in order.transactions if t.status is TxStatus.SUCCESS}
    return [a.item for a in order.actions if a.kind is ActionType.SHIP and a.transaction_id in good]


def _check(order: Order, reservation: Transaction, items: list[Item]) -> None:
    qliro = is_qliro(reservation.method)
    shipped = _shipped(order)
    if shipped and not qliro:
        raise not_supported("Items can't be updated for this payment method when items have been shipped")
    if not unshipped(order, reservation) or not items or total_of(items) <= 0:
        raise evaluation("NO_ITEMS_LEFT_IN_RESERVATION", "There would be no items left in the reservation")
    _check_identities(items, shipped)
    if not qliro and total_of(items) > remaining_amount(order, reservation):
        raise not_supported(
            "Adding items that increase the original reserved amount are not allowed for this payment method."
        )


def _check_identities(items: list[Item], shipped: list[Item]) -> None:
    prices: dict[tuple[str, int], int] = {}
    for item in items:
        if prices.setdefault(item.identity, item.ex) != item.ex:
            text = f"Property: OrderItems, Message: Item '{item.reference}' has two prices excluding VAT."
            raise ApiError("INVALID_INPUT", text)
    for old in shipped:
        if prices.get(old.identity, old.ex) != old.ex:
            text = f"Item '{old.reference}' was shipped with a different PricePerItemExVat or Description"
            raise evaluation("ITEM_SHIPPED_WITH_DIFFERENT_PRICEEXVAT_DESCRIPTION", text)


def _replacement(state: SimState, order: Order, old: Transaction, items: list[Item]) -> list[Planned]:
    total = total_of(items)
    left = remaining_amount(order, old)
    direct = old.kind is TxType.DEBIT

    def replaced(tx: Transaction) -> None:
        old.status = TxStatus.CANCELLED
        if not direct:
            book(state, order, tx, Movement.REVERSED, left, f"reservation {old.id} overridden")
            book(state, order, tx, Movement.AUTHORIZED, total)

    def returned(tx: Transaction) -> None:
        book(state, order, tx, Movement.REFUNDED, left - total, "reduction of a direct payment")

    actions = [(ActionType.RESERVE, item) for item in items]
    plans = [Planned(old.kind, total, old.id, actions, replaced)]
    if direct and left > total:
        plans.append(Planned(TxType.REVERSAL, left - total, old.id, [], returned, follows=True))
    return plans
