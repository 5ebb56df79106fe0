"""The customer chose a delivery in Qliro's checkout: bring it to Norce's order (norce.md e.7)."""

import asyncio
from dataclasses import dataclass

from application.adopt_payment import own_payment, provider_order_of
from application.at_norce import order_showing
from application.chosen_delivery import PICKUP, PROVIDER, SERVICES, cost_of, delivery_rows, rate_of
from application.exclusion import Exclusion, Held
from application.journal import Journal
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations
from application.ports.platform import CheckoutPlatform, PaymentChanges, ShippingDraft
from application.ports.provider import PaymentProvider
from application.side_by_side import side_by_side
from domain.checkout import ProviderCheckout
from domain.errors import ProviderOrderMissing
from domain.identifiers import PaymentKey
from domain.lifecycle import PaymentStatus
from domain.messages import Message, MessageKind
from domain.order import OrderPayment, OrderShipping, OrderStatus, PaymentState, Price, PurchaseOrder
from domain.payment import Payment

_UNPAID = frozenset({PaymentState.INTENT, PaymentState.PROCESSING})
_OPEN = frozenset({OrderStatus.CHECKOUT, OrderStatus.PROCESSING})


@dataclass(frozen=True, slots=True)
class ShippingChoice:
    """What the browser says the customer chose; prices in minor units, None when not told."""

    method: str
    method_name: str | None = None
    secondary_option: str | None = None
    pickup_name: str | None = None
    additional_services: tuple[str, ...] = ()
    total_price: int | None = None
    total_price_ex_vat: int | None = None
    pickup_description: tuple[str, ...] = ()
    service_names: tuple[str, ...] = ()


class UpdateShipping:
    """Writes the choice as a shipping of ours and raises our payment by its price.

    What Qliro itself says of the price goes before what the browser says. Without integrated shipping nothing is
    written: Norce owns the shipping then.
    """

    def __init__(
        self,
        exclusion: Exclusion,
        platform: CheckoutPlatform,
        provider: PaymentProvider,
        configurations: MerchantConfigurations,
        clock: Clock,
    ) -> None:
        self._exclusion = exclusion
        self._clock = clock
        self._platform = platform
        self._provider = provider
        self._configurations = configurations

    async def __call__(self, key: PaymentKey, choice: ShippingChoice) -> None:
        """Raises PaymentNotFound, OrderNotFound, OrderBusy, and what kept Norce or Qliro from answering."""
        configuration = await self._configurations.read(key.tenant)
        if not configuration.use_integrated_shipping:
            return
        async with self._exclusion.hold(key.order) as held:
            await self._apply(held, key, choice, configuration)

    async def _apply(
        self, held: Held, key: PaymentKey, choice: ShippingChoice, configuration: MerchantConfiguration
    ) -> None:
        stored = held.claim.payment(key.payment_id)
        known = {key.payment_id} if stored else set()
        order, checkout = await asyncio.gather(
            order_showing(self._platform, self._clock, key.order, known), self._checkout(configuration, stored)
        )
        told = own_payment(order, key.payment_id)
        if checkout is None and stored is None:
            checkout = await self._named(configuration, told)
        bought = (stored is not None and stored.status is not PaymentStatus.INTENT) or (checkout and checkout.paid)
        if bought or told.state not in _UNPAID or order.status not in _OPEN:
            return  # what was bought is what Qliro's order says, and Norce is told of that when it is settled
        draft = _draft(choice, checkout, order, configuration)
        current = order.own_shipping()
        amount = order.amount_to_cover(told.id) + draft.total.including_vat
        ours = [shipping for shipping in order.shippings if shipping.ours and shipping.active]
        surplus = [shipping for shipping in ours if shipping is not current]
        amount -= sum(shipping.total.including_vat for shipping in ours)
        await side_by_side(
            self._write_shipping(order, current, draft),
            self._write_amount(order, told, amount),
            *(self._platform.set_shipping_state(order.key, shipping, "removed") for shipping in surplus),
        )
        if stored is not None:
            stored.cover(amount, at=self._clock.now())
            await Journal(held, stored).write(Message(MessageKind.REPORT_PAYMENT), release=True)

    async def _write_shipping(self, order: PurchaseOrder, current: OrderShipping | None, draft: ShippingDraft) -> None:
        if current is None:
            await self._platform.create_shipping(order.key, draft)
        else:
            await self._platform.replace_shipping(order.key, current, draft)

    async def _write_amount(self, order: PurchaseOrder, told: OrderPayment, amount: int) -> None:
        if amount != told.amount:
            await self._platform.replace_payment(order.key, told, PaymentChanges(amount=amount))

    async def _checkout(self, configuration: MerchantConfiguration, stored: Payment | None) -> ProviderCheckout | None:
        if stored is None or stored.provider_order_id is None:
            return None
        return await self._provider.read_checkout(configuration.account, stored.provider_order_id)

    async def _named(self, configuration: MerchantConfiguration, told: OrderPayment) -> ProviderCheckout | None:
        named = provider_order_of(told)
        try:
            return await self._provider.read_checkout(configuration.account, named) if named else None
        except ProviderOrderMissing:
            return None


def _draft(
    choice: ShippingChoice,
    checkout: ProviderCheckout | None,
    order: PurchaseOrder,
    configuration: MerchantConfiguration,
) -> ShippingDraft:
    rows = delivery_rows(checkout) if checkout else ()
    told = rows if any(row.shipping_method == choice.method for row in rows) else ()
    prices = tuple(cost_of((row,)) for row in told) or (_price(choice),)
    main = next((row for row in told if row.shipping_method), None)
    return ShippingDraft(
        reference=choice.method,
        name=choice.method_name or (main.description if main else "") or choice.method,
        total=cost_of(told) if told else _price(choice),
        vat_rate=rate_of(prices, order, configuration),
        pickup_reference=choice.secondary_option,
        pickup_name=choice.pickup_name,
        addons=choice.additional_services,
        carrier_product_id=main.service_id if main else None,
        attributes={
            SERVICES: list(choice.service_names) or None,
            PICKUP: list(choice.pickup_description) or None,
            PROVIDER: main.shipping_provider if main else None,
        },
    )


def _price(choice: ShippingChoice) -> Price:
    """As the browser tells it. One that only states the price with VAT is taken to be free of it."""
    gross = choice.total_price or 0
    return Price(gross, gross if choice.total_price_ex_vat is None else choice.total_price_ex_vat)
