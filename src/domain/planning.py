"""Which requests carry out what a caller wants moved: everything, some rows, or a sum (qliro.md 9.4)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from domain.errors import OperationRefused
from domain.ledger import ProviderLedger
from domain.planned_call import PlannedCall
from domain.rows import ItemGroup, OrderItem


@dataclass(frozen=True, slots=True)
class Wish:
    """What to move: so many of these rows, by the provider's reference, or a sum (minor units); nothing = all.

    `priced` rows are meant at one price only: reference, price with VAT, and how many.
    """

    items: tuple[tuple[str, int], ...] = ()
    amount: int | None = None
    priced: tuple[tuple[str, int, int], ...] = ()

    @property
    def everything(self) -> bool:
        return not self.names_rows and self.amount is None

    @property
    def names_rows(self) -> bool:
        return bool(self.items or self.priced)


def plan_capture(ledger: ProviderLedger, wish: Wish) -> tuple[PlannedCall, ...]:
    """One request for the wished rows, a shipment per reservation; () when that is all there is.

    Raises OperationRefused for unknown rows, more than is left, a sum that the rows don't make, or nothing at all.
    """
    remaining = ledger.totals().remaining
    if not wish.names_rows:
        if wish.amount == remaining:
            return ()
        raise OperationRefused(f"Name the items to capture; {remaining} is reserved (minor units).")
    call = PlannedCall(_chosen(ledger.shippable(), wish))
    if wish.amount not in {None, call.amount}:
        raise OperationRefused(f"The items are worth {call.amount}, not {wish.amount} (minor units).")
    left = ledger.left_of_reservations()
    for group in call.groups:  # one shipment each, of which none may exceed its own reservation
        if not 0 < group.total_inc <= left[group.transaction_id]:
            held = f"{left[group.transaction_id]} is left of reservation {group.transaction_id}"
            raise OperationRefused(f"The items are worth {group.total_inc}; {held} (minor units).")
    return (call,)


def plan_refund(ledger: ProviderLedger, wish: Wish) -> tuple[PlannedCall, ...]:
    """Requests to be made one after the other, each about one capture, oldest first; () when that is all there is.

    Rows come back at their own price, less a fee when a smaller sum is wished; a sum alone becomes a correction of the
    invoice. Raises OperationRefused for what can't be done.
    """
    left = ledger.left_of_captures()
    if wish.amount is not None and not 0 < wish.amount <= sum(left.values()):
        raise OperationRefused(f"{wish.amount} cannot be refunded; {sum(left.values())} is left (minor units).")
    if wish.names_rows:
        return _rows_back(ledger, wish, left)
    calls = tuple(_sums_back(ledger, wish.amount or 0, left))
    return () if wish.amount == sum(left.values()) else calls


def next_refund(ledger: ProviderLedger) -> PlannedCall | None:
    """The next request on the way to giving back everything; None when nothing is left.

    What can't be given back, since no row is left to do it by, comes last: it holds up nothing else.
    """
    rows = {group.transaction_id: group for group in ledger.returnable()}
    calls = [_close(ledger, i, left, rows.get(i)) for i, left in ledger.left_of_captures().items() if left > 0]
    possible = (call for call in calls if not call.credit or ledger.is_capture(call.target))
    return next(possible, calls[0] if calls else None)


def _close(ledger: ProviderLedger, capture: int, left: int, rows: ItemGroup | None) -> PlannedCall:
    """Give back what is left, or as much of it as one request can."""
    worth = rows.total_inc if rows else 0
    goods = 0 if ledger.is_capture(capture) else _worth_of_goods(rows)
    if rows and worth < left and goods > 0:  # a discount is of no use where only rows give money back
        return _rows_worth(capture, min(left, goods), rows)
    if rows is None or worth <= 0:
        return _credit(ledger, capture, left)
    return _less(PlannedCall((rows,)), max(0, worth - left))


def _rows_back(ledger: ProviderLedger, wish: Wish, left: dict[int, int]) -> tuple[PlannedCall, ...]:
    spent_last = sorted(ledger.returnable(), key=lambda group: left.get(group.transaction_id, 0) <= 0)
    calls = [PlannedCall((group,)) for group in _chosen(tuple(spent_last), wish)]
    worth = sum(call.amount for call in calls)
    fee = 0 if wish.amount is None else worth - wish.amount
    if fee < 0 or (fee and fee >= calls[0].amount):
        raise OperationRefused(f"The items are worth {worth}; {wish.amount} cannot be refunded for them (minor units).")
    calls[0] = _less(calls[0], fee)
    for call in calls:
        if not 0 < call.amount <= left.get(call.target, 0):
            raise OperationRefused(f"{left.get(call.target, 0)} is left of capture {call.target} (minor units).")
    return tuple(calls)


def _sums_back(ledger: ProviderLedger, amount: int, left: dict[int, int]) -> Iterable[PlannedCall]:
    rows = {group.transaction_id: group for group in ledger.returnable()}
    for capture, available in left.items():
        group = rows.get(capture)
        direct = not ledger.is_capture(capture)
        part = min(amount, available, _worth_of_goods(group)) if direct else min(amount, available)
        if part <= 0:
            continue
        amount -= part
        worth = group.total_inc if group else 0
        if group and direct:
            whole = part == available <= worth
            yield _close(ledger, capture, part, group) if whole else _rows_worth(capture, part, group)
        elif part < available:
            yield _credit(ledger, capture, part)
        else:
            yield _close(ledger, capture, part, group)
            if 0 < worth < part:  # an earlier return kept a fee: its rows are gone, its money is not
                yield _credit(ledger, capture, part - worth)
    if amount:
        raise OperationRefused(f"No rows are left by which {amount} of it could be given back (minor units).")


def _worth_of_goods(rows: ItemGroup | None) -> int:
    """What the rows are worth that cost anything, without the discounts on them."""
    return sum(row.total_inc for row in rows.items if row.price_inc > 0) if rows else 0


def _rows_worth(capture: int, amount: int, rows: ItemGroup) -> PlannedCall:
    """Money taken at once can only be given back by rows: just enough of them, the rest kept as a fee.

    They are worth `amount` at least. The fee is kept small, since what it holds back has no row any more by which it
    could be given back later.
    """
    dearest_first = sorted((row for row in rows.items if row.price_inc > 0), key=lambda row: -row.price_inc)
    short, counts = amount, [0] * len(dearest_first)
    for place, row in enumerate(dearest_first):
        counts[place] = min(row.quantity, short // row.price_inc)
        short -= counts[place] * row.price_inc
    spare = [place for place, row in enumerate(dearest_first) if counts[place] < row.quantity]
    if short:  # whatever is spare is worth more than what is short, or it would have been taken
        counts[spare[-1]] += 1
        short -= dearest_first[spare[-1]].price_inc
    for place, row in enumerate(dearest_first):  # which may make others needless
        needless = min(counts[place], -short // row.price_inc)
        counts[place] -= needless
        short += needless * row.price_inc
    taken = tuple(replace(row, quantity=count) for row, count in zip(dearest_first, counts, strict=True) if count)
    return _less(PlannedCall((ItemGroup(capture, taken),)), -short)


def _less(call: PlannedCall, fee: int) -> PlannedCall:
    return replace(call, fee=fee, fee_ex=_without_vat(fee, call.groups[0].items))


def _credit(ledger: ProviderLedger, capture: int, amount: int) -> PlannedCall:
    shipped = ledger.shipped_in(capture)
    return PlannedCall((ItemGroup(capture, ()),), credit=amount, credit_ex=_without_vat(amount, shipped))


def _without_vat(amount: int, rows: tuple[OrderItem, ...]) -> int:
    """At the rows' average rate: an odd sum belongs to all of them."""
    inc = sum(row.quantity * row.price_inc for row in rows)
    ex = sum(row.quantity * row.price_ex for row in rows)
    return amount if inc <= 0 or not 0 <= ex <= inc else (2 * amount * ex + inc) // (2 * inc)


def _chosen(groups: tuple[ItemGroup, ...], wish: Wish) -> tuple[ItemGroup, ...]:
    """The wished quantities, taken from the oldest group that has them; those of one price before those of any."""
    left = {(group.transaction_id, row): row.quantity for group in groups for row in group.items}
    for reference, price, quantity in (*wish.priced, *((name, None, number) for name, number in wish.items)):
        if quantity <= 0:
            raise OperationRefused(f"Item {reference}: the quantity must be at least 1.")
        rows = [key for key in left if key[1].reference == reference and price in {None, key[1].price_inc}]
        if not rows:
            raise OperationRefused(f"Item {reference} is not among what is left.")
        wanted = quantity
        for key in rows:
            taken = min(wanted, left[key])
            left[key] -= taken
            wanted -= taken
        if wanted:
            raise OperationRefused(f"Item {reference}: {wanted} more than is left.")
    return tuple(chosen for group in groups if (chosen := _without(group, left)).items)


def _without(group: ItemGroup, left: dict[tuple[int, OrderItem], int]) -> ItemGroup:
    """What has been taken of a group, of which so much is left."""
    taken = ((row, row.quantity - left[group.transaction_id, row]) for row in group.items)
    return replace(group, items=tuple(replace(row, quantity=number) for row, number in taken if number))
