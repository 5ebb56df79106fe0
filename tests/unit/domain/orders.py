"""Norce orders for the tests of the domain, built from short words. Amounts in minor units."""

from domain.identifiers import OrderKey
from domain.order import Discount, Item, OrderShipping, OrderStatus, Price, PurchaseOrder
from domain.vat import net

Rows = tuple[Item, ...]


def price(inc: int, rate: int = 2500) -> Price:
    return Price(inc, net(inc, rate))


def item(
    sku: str,
    unit: int,
    quantity: int = 1,
    *,
    rate: int = 2500,
    total: Price | None = None,
    original: Price | None = None,
    name: str | None = None,
    reference: str = "",
    id: str = "",
) -> Item:
    """A row whose totals are quantity × the unit price unless told otherwise."""
    piece = price(unit, rate)
    whole = Price(piece.including_vat * quantity, piece.excluding_vat * quantity)
    return Item(
        id=id or f"ci-{sku}",
        reference=reference,
        sku=sku,
        name=f"Name of {sku}" if name is None else name,
        quantity=quantity,
        total=total or original or whole,
        original_total=original or whole,
        vat_rate=rate,
    )


def shipping(total: int, *, rate: int = 2500, state: str = "intent", reference: str = "mypack") -> OrderShipping:
    return OrderShipping(
        id=f"s-{reference}",
        adapter_id="norce_adapter",
        state=state,
        reference=reference,
        name="MyPack Collect",
        total=price(total, rate),
        vat_rate=rate,
    )


def discount(value: int, kind: str = "item") -> Discount:
    return Discount(kind=kind, name="Campaign", code="", value=price(value))


def order(
    items: Rows,
    *,
    total: int | None = None,
    shippings: tuple[OrderShipping, ...] = (),
    discounts: tuple[Discount, ...] = (),
    order_id: str = "onksAnol",
    cart_reference: str = "56393",
    culture: str = "sv-SE",
) -> PurchaseOrder:
    """An order that costs what its rows and active shippings do unless `total` says otherwise."""
    whole = sum(i.total.including_vat for i in items)
    whole += sum(s.total.including_vat for s in shippings if s.active)
    return PurchaseOrder(
        key=OrderKey("thingsandstuff", "se-qliro", order_id),
        status=OrderStatus.CHECKOUT,
        culture=culture,
        currency="SEK",
        country="SE",
        cart_reference=cart_reference,
        items=items,
        discounts=discounts,
        cart_total=price(sum(i.total.including_vat for i in items)),
        shippings=shippings,
        payments=(),
        hooks=(),
        total=price(whole if total is None else total),
    )
