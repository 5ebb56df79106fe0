"""Rows as Qliro's requests tell of them."""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from adapters.qliro.delivery import goods_of
from adapters.qliro.wire import AddedItem, AdminItem, ItemMetadata, ItemRequest, SubscriptionRequest
from domain.checkout import Basket, LineType, OrderLine
from domain.ledger import ItemGroup
from domain.money import to_major
from domain.rows import OrderItem


def item_requests(basket: Basket) -> tuple[ItemRequest, ...]:
    """The rows of a checkout."""
    return tuple(
        ItemRequest(
            merchant_reference=line.reference,
            description=line.description,
            type=line.type,
            quantity=line.quantity,
            price_per_item_inc_vat=to_major(line.price_inc),
            price_per_item_ex_vat=to_major(line.price_ex),
            vat_rate=_percent(line.vat_rate),
            metadata=_metadata(line, subscribed=basket.subscription),
        )
        for line in basket.lines
    )


@lru_cache(256)
def _percent(rate: int) -> Decimal:
    return Decimal(rate).scaleb(-2)


def added_items(items: Iterable[OrderItem | OrderLine]) -> tuple[AddedItem, ...]:
    """Rows to be reserved, with both prices and without VAT rate."""
    return tuple(
        AddedItem(
            merchant_reference=item.reference,
            description=item.description,
            type=item.type,
            quantity=item.quantity,
            price_per_item_inc_vat=to_major(item.price_inc),
            price_per_item_ex_vat=to_major(item.price_ex),
        )
        for item in items
    )


def admin_items(group: ItemGroup) -> tuple[AdminItem, ...]:
    """Rows of a reservation or capture, as its books name them."""
    return tuple(
        AdminItem(
            merchant_reference=item.reference,
            type=item.type,
            quantity=item.quantity,
            price_per_item_inc_vat=to_major(item.price_inc),
        )
        for item in group.items
    )


def _metadata(line: OrderLine, *, subscribed: bool) -> ItemMetadata | None:
    """What a row tells beside its price; nothing where there is nothing to tell."""
    told = ItemMetadata(
        subscription=SubscriptionRequest() if subscribed and line.type is LineType.PRODUCT else None,
        ingrid=goods_of(line),
    )
    return None if told == ItemMetadata() else told
