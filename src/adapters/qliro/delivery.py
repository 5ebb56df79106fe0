"""What Qliro needs to offer delivery itself, as it is sent (qliro.md 13): nothing where nothing is known."""

from adapters.qliro.wire import (
    Dimensions,
    IngridItem,
    MetadataPair,
    ShippingConfiguration,
    ShippingDates,
    Unifaun,
)
from domain.checkout import Basket, OrderLine
from domain.money import to_major
from domain.parcel import Parcel


def shipping_configuration_of(basket: Basket) -> ShippingConfiguration | None:
    """nShift's checkout and its tags."""
    delivery = basket.delivery
    if delivery is None or not delivery.checkout_id:
        return None
    return ShippingConfiguration(unifaun=Unifaun(checkout_id=delivery.checkout_id, tags=dict(delivery.tags) or None))


def metadata_of(basket: Basket) -> tuple[MetadataPair, ...] | None:
    """The cart as Ingrid sees it: a key may repeat."""
    pairs = basket.delivery.metadata if basket.delivery else ()
    return tuple(MetadataPair(key=key, value=value) for key, value in pairs) or None


def goods_of(line: OrderLine) -> IngridItem | None:
    """A row's goods for Ingrid."""
    return None if line.parcel is None else _ingrid(line.parcel)


def _ingrid(parcel: Parcel) -> IngridItem:
    measures = Dimensions(height=parcel.height, length=parcel.length, width=parcel.width)
    return IngridItem(
        weight=parcel.weight,
        sku=parcel.sku or None,
        shipping_date=ShippingDates(start=parcel.ships_from) if parcel.ships_from else None,
        attributes=parcel.attributes or None,
        dimensions=None if measures == Dimensions() else measures,
        out_of_stock=parcel.out_of_stock,
        discount=to_major(parcel.discount),
    )
