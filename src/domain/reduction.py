"""What shall stay reserved when an order has shrunk after the purchase (qliro.md 9.4, UpdateItems)."""

from collections.abc import Iterable
from dataclasses import replace

from domain.checkout import Basket, LineType, OrderLine
from domain.errors import OperationRefused
from domain.held_rows import added_fee
from domain.ledger import ProviderLedger
from domain.planned_call import PlannedCall
from domain.rows import ItemGroup, OrderItem, RowIdentity


def plan_reduction(ledger: ProviderLedger, basket: Basket, *, freight_at_provider: bool) -> PlannedCall | None:
    """The rows that shall stay reserved when the order is worth less than what is reserved; None when it is not.

    Fees that the provider added stay, and with `freight_at_provider` its shipping; rows already captured are left out.
    Rows that the books have keep their text and their price without VAT: for another number of pieces it may come out
    a cent apart, and the provider refuses that of what is shipped.

    Raises OperationRefused when what is left can't be told in rows. Several reservations (an upsell at the provider)
    are left alone, also when all but one are captured: the order doesn't tell which of them its rows belong to.
    """
    groups = ledger.shippable()
    if ledger.divided or not groups:
        return None
    shipped, reserved = _counted(ledger.shipped()), _counted(groups[0].items)
    known = {**shipped, **reserved}
    lines = {(line.reference, line.price_inc, line.type): line for line in basket.lines}
    added: dict[RowIdentity, OrderItem] = {}
    for identity, item in known.items():
        if identity not in lines and _provider_added(item, freight=freight_at_provider):
            both = sum(rows[identity].quantity for rows in (shipped, reserved) if identity in rows)
            added[identity] = replace(item, quantity=both)
    worth = sum(line.quantity * line.price_inc for line in lines.values())
    worth += sum(item.total_inc for item in added.values())
    totals = ledger.totals()
    if worth >= totals.captured + totals.remaining:
        return None
    wanted = {identity: _item(line, known.get(identity)) for identity, line in lines.items()} | added
    left = ItemGroup(groups[0].transaction_id, tuple(_not_shipped(wanted, shipped)))
    if left.total_inc <= 0:  # also when more than its worth was captured, and only discounts are left
        raise OperationRefused("Nothing of the order is left to capture; cancel the rest of the reservation instead.")
    return PlannedCall((left,))


def _item(line: OrderLine, known: OrderItem | None) -> OrderItem:
    told = OrderItem(line.reference, line.type, line.quantity, line.price_inc, line.price_ex, line.description)
    return replace(known, quantity=line.quantity, description=known.description or told.description) if known else told


def _provider_added(item: OrderItem, *, freight: bool) -> bool:
    return added_fee(item.type, item.reference) or (freight and item.type is LineType.SHIPPING)


def _counted(items: Iterable[OrderItem]) -> dict[RowIdentity, OrderItem]:
    counted: dict[RowIdentity, OrderItem] = {}
    for item in items:
        identity = (item.reference, item.price_inc, item.type)
        known = counted.get(identity)
        counted[identity] = replace(item, quantity=item.quantity + known.quantity) if known else item
    return counted


def _not_shipped(wanted: dict[RowIdentity, OrderItem], shipped: dict[RowIdentity, OrderItem]) -> Iterable[OrderItem]:
    for identity, item in shipped.items():
        if identity not in wanted or wanted[identity].quantity < item.quantity:
            raise OperationRefused(f"{item.quantity} of item {item.reference} have been captured; refund them instead.")
    for identity, item in wanted.items():
        left = item.quantity - (shipped[identity].quantity if identity in shipped else 0)
        if left:
            yield replace(item, quantity=left)
