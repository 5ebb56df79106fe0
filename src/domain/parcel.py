"""What a delivery platform integrated at the provider is told of the goods (qliro.md 13)."""

from dataclasses import dataclass, replace

from domain.order import Item, Logistics

LARGEST_MEASURE = 2**31 - 1
"""What the provider's 32-bit members can hold."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One piece of a row in grams and millimetres; None where nothing is known.

    `discount` (minor units, with VAT) is what the whole row was reduced by.
    """

    sku: str
    weight: int | None = None
    height: int | None = None
    length: int | None = None
    width: int | None = None
    attributes: tuple[str, ...] = ()
    out_of_stock: bool | None = None
    ships_from: str | None = None
    discount: int = 0


def parcel_of(item: Item, *, pieces: int = 1) -> Parcel:
    """The goods of a row; with `pieces` the row is sent as one piece that holds so many of them."""
    known = item.logistics or Logistics()
    weight = None if known.weight is None else known.weight * pieces
    reduced = item.original_total.including_vat - item.total.including_vat
    return Parcel(
        sku=item.sku or item.reference or item.id,
        weight=weight if weight is None or weight <= LARGEST_MEASURE else None,
        height=known.height,
        length=known.length,
        width=known.width,
        attributes=known.tags,
        out_of_stock=item.out_of_stock,
        ships_from=known.shipping_date,
        discount=max(0, reduced),
    )


def alike(one: Parcel | None, other: Parcel | None) -> bool:
    """Whether they are the same goods, whatever the rows were reduced by."""
    if one is None or other is None:
        return one is other
    return replace(one, discount=0) == replace(other, discount=0)


def together(one: Parcel | None, other: Parcel | None) -> Parcel | None:
    """Two rows of the same goods as one."""
    if one is None or other is None:
        return one
    return replace(one, discount=one.discount + other.discount)
