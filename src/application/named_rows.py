"""Parts of a payment as callers name them, in the rows that Qliro has."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from domain.basket import compose_addition
from domain.checkout import OrderLine
from domain.errors import OperationRefused, OrderNotExpressible
from domain.ledger import ProviderLedger
from domain.order import Item, PurchaseOrder
from domain.planning import Wish
from domain.references import item_reference


@dataclass(frozen=True, slots=True)
class _Sold:
    """A cart row with its reference at Qliro and, unless that has changed since, the row that it was sold as."""

    item: Item
    reference: str
    line: OrderLine | None

    @property
    def pieces(self) -> int:
        """So many of the cart row are one piece at Qliro."""
        return self.item.quantity // self.line.quantity if self.line else 1

    def called(self, name: str) -> bool:
        return name in {self.item.id, self.item.reference, self.item.sku}


def in_qliros_words(wish: Wish, ledger: ProviderLedger, order: PurchaseOrder | None, *, discount_per_row: bool) -> Wish:
    """Rows may be named as Norce does, by SKU, reference or id of the cart row; Qliro knows reference and price.

    A name that stands for rows of several prices is left as a reference of any price. Raises OperationRefused for some
    of the pieces that were sold as one, unless a sum says what they are worth.
    """
    sold = tuple(_sold(order, ledger, discount_per_row=discount_per_row)) if order else ()
    words = [_word(name, quantity, sold, ledger, summed=wish.amount is not None) for name, quantity in wish.items]
    return replace(
        wish,
        items=tuple((name, quantity) for name, price, quantity in words if price is None),
        priced=tuple((name, price, quantity) for name, price, quantity in words if price is not None),
    )


def _sold(order: PurchaseOrder, ledger: ProviderLedger, *, discount_per_row: bool) -> Iterator[_Sold]:
    """The cart rows that Qliro has: with their own discount in their price, or apart from it."""
    known = {(action.reference, action.price_inc) for action in ledger.actions}
    references = {reference for reference, _ in known}
    for item in (item for item in order.items if item_reference(item) in references):
        whole = max(item.total, item.original_total, key=lambda price: price.including_vat)
        shown = (item, replace(item, total=whole))
        lines = (_line(row, order.currency) for row in (shown if discount_per_row else reversed(shown)))
        line = next((each for each in lines if each and (each.reference, each.price_inc) in known), None)
        yield _Sold(item, item_reference(item), line)


def _line(item: Item, currency: str) -> OrderLine | None:
    try:
        (line,) = compose_addition((item,), currency=currency, discount=0, discount_text="").lines
    except OrderNotExpressible:
        return None
    return line


def _word(
    name: str, quantity: int, sold: tuple[_Sold, ...], ledger: ProviderLedger, *, summed: bool
) -> tuple[str, int | None, int]:
    """Reference, price if there is only one that can be meant, and pieces at Qliro."""
    prices = {action.price_inc for action in ledger.actions if action.reference == name}
    meant = [row for row in sold if (row.reference == name if prices else row.called(name))]
    references = {row.reference for row in meant}
    lines = {row.line.price_inc if row.line else None for row in meant}
    pieces = {row.pieces for row in meant}
    if len(references) != 1:
        return name, None, quantity
    if len(lines) > 1 or len(pieces) > 1 or len(prices) > 1:
        return references.pop(), None, quantity
    count = pieces.pop()
    if quantity % count and not summed:
        raise OperationRefused(f"{count} of item {name} were sold as one: name all of them, or a sum as well.")
    return references.pop(), lines.pop(), -(-quantity // count)
