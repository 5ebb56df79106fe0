"""What a delivery chosen at Qliro becomes in Norce: the same amounts to the cent, and the VAT rate behind them."""

from collections.abc import Iterable

from application.ports.configurations import MerchantConfiguration
from application.ports.platform import PickupAddress, ShippingDraft
from application.shipping_event import BOOKED_AT
from domain.checkout import CheckoutLine, LineType, PickupAgent, ProviderCheckout
from domain.order import OrderShipping, Price, PurchaseOrder
from domain.vat import snapped_rate

PROVIDER = "qliroShippingProvider"
SERVICES = "qliroShippingServices"
PICKUP = "qliroPickupDescription"
ACCESS_CODE = "qliroAccessCode"


def delivery_rows(checkout: ProviderCheckout) -> tuple[CheckoutLine, ...]:
    """The rows that Qliro added for delivery, however it split them: shippings, and fees that name a delivery."""
    return tuple(row for row in checkout.lines if of_delivery(row))


def of_delivery(row: CheckoutLine) -> bool:
    """Whether Qliro added the row for delivery."""
    return row.type is LineType.SHIPPING or (row.type is LineType.FEE and row.shipping_method is not None)


def cost_of(rows: Iterable[CheckoutLine]) -> Price:
    """What these rows cost together."""
    listed = tuple(rows)
    return Price(
        sum(row.price_inc * row.quantity for row in listed), sum(row.price_ex * row.quantity for row in listed)
    )


def rate_of(prices: Iterable[Price], order: PurchaseOrder, configuration: MerchantConfiguration) -> int:
    """The VAT rate of a delivery that costs all of these: what its parts agree on, else that of the sum."""
    known = configuration.integrated_shipping.vat_rates or tuple(item.vat_rate for item in order.items)
    priced = [price for price in prices if price.including_vat]
    whole = Price(sum(p.including_vat for p in priced), sum(p.excluding_vat for p in priced))
    rates = {snapped_rate(*price, known=known, country=order.country) for price in priced}
    return rates.pop() if len(rates) == 1 else snapped_rate(*whole, known=known, country=order.country)


def confirmed_delivery(
    order: PurchaseOrder,
    checkout: ProviderCheckout,
    configuration: MerchantConfiguration,
    *,
    current: OrderShipping | None,
    state: str,
) -> ShippingDraft | None:
    """The delivery as Qliro's order has it; None when there is nothing to write.

    A delivery that Norce was told of and Qliro's rows don't have any more costs nothing.
    """
    rows = delivery_rows(checkout)
    if not rows:
        return _unpriced(current, state) if current is not None and checkout.lines else None
    main = next((row for row in rows if row.shipping_method), max(rows, key=lambda row: row.price_inc))
    reference = main.shipping_method or main.reference
    same = current if current is not None and current.reference == reference else None
    place, place_name = _place(main, same)
    return ShippingDraft(
        reference=reference,
        name=(same.name if same else "") or main.description or reference,
        total=cost_of(rows),
        vat_rate=rate_of((cost_of((row,)) for row in rows), order, configuration),
        state=state,
        pickup_reference=place,
        pickup_name=place_name,
        pickup_address=_address(main.agent),
        addons=None if same else (),
        carrier_product_id=None if same and BOOKED_AT in same.attributes else main.service_id,
        attributes=_attributes(main, same),
    )


def settled_already(current: OrderShipping, draft: ShippingDraft) -> bool:
    """Whether Norce shows all of this."""
    return (
        (current.state, current.reference, current.name) == (draft.state, draft.reference, draft.name)
        and (current.total, current.vat_rate) == (draft.total, draft.vat_rate)
        and (current.pickup_reference, current.pickup_name) == (draft.pickup_reference, draft.pickup_name)
        and draft.carrier_product_id in {None, current.carrier_product_id}
        and all(current.attributes.get(name) == value for name, value in draft.attributes.items())
    )


def _unpriced(current: OrderShipping, state: str) -> ShippingDraft:
    return ShippingDraft(
        reference=current.reference,
        name=current.name,
        total=Price(0, 0),
        vat_rate=0,
        state=state,
        pickup_reference=current.pickup_reference,
        pickup_name=current.pickup_name,
        addons=None,
    )


def _place(main: CheckoutLine, same: OrderShipping | None) -> tuple[str | None, str | None]:
    """The place as Qliro's row names it; a name that only the browser told is kept for the same place."""
    agent = main.agent or PickupAgent()
    reference = main.secondary_option or agent.id
    known = same.pickup_name if same and same.pickup_reference == reference else None
    return reference, known or agent.name


def _address(agent: PickupAgent | None) -> PickupAddress | None:
    if agent is None or not (agent.street or agent.postal_code or agent.city):
        return None
    return PickupAddress(agent.street, agent.postal_code, agent.city)


def _attributes(main: CheckoutLine, same: OrderShipping | None) -> dict[str, object]:
    """What was known of another delivery is taken away."""
    stale: dict[str, object] = {} if same else {SERVICES: None, PICKUP: None}
    return stale | {PROVIDER: main.shipping_provider, ACCESS_CODE: main.access_code}
