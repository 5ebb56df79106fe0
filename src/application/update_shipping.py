"""The customer chose a delivery in Qliro's checkout: bring it to Norce's order (norce.md e.7)."""

import asyncio
from dataclasses import dataclass

from application.adopt_payment import own_payment, provider_order_of
from application.exclusion import Exclusion, Held
from application.journal import Journal
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations
from application.ports.platform import CheckoutPlatform, PaymentChanges, ShippingDraft
from application.ports.provider import PaymentProvider
from application.side_by_side import side_by_side
from domain.checkout import LineType, ProviderCheckout
from domain.errors import ProviderOrderMissing
from domain.identifiers import PaymentKey
from domain.lifecycle import PaymentStatus
from domain.messages import Message, MessageKind
from domain.order import ADAPTER_ID, OrderPayment, OrderShipping, OrderStatus, PaymentState, Price, PurchaseOrder
from domain.payment import Payment
from domain.vat import nearest_rate

_UNPAID = frozenset({PaymentState.INTENT, PaymentState.PROCESSING})


@dataclass(frozen=True, slots=True)
class ShippingChoice:
    """What the browser says the customer chose; prices in minor units, None when not told."""

    method: str
    method_name: str | None = None
    secondary_option: str | None = None
    secondary_name: str | None = None
    additional_services: tuple[str, ...] = ()
    total_price: int | None = None
    total_price_ex_vat: int | None = None


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
        order, checkout = await asyncio.gather(
            self._platform.read_order(key.order), self._checkout(configuration, stored)
        )
        told = own_payment(order, key.payment_id)
        if checkout is None and stored is None:
            checkout = await self._named(configuration, told)
        if told.state not in _UNPAID or order.status not in {OrderStatus.CHECKOUT, OrderStatus.PROCESSING}:
            return
        draft = _draft(choice, checkout)
        current = next((s for s in order.shippings if s.adapter_id == ADAPTER_ID and s.active), None)
        amount = order.amount_to_cover(told.id) + draft.total.including_vat
        amount -= current.total.including_vat if current else 0
        await side_by_side(self._write_shipping(order, current, draft), self._write_amount(order, told, amount))
        if stored is not None:
            if stored.status is PaymentStatus.INTENT:
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


def _draft(choice: ShippingChoice, checkout: ProviderCheckout | None) -> ShippingDraft:
    lines = checkout.lines if checkout else ()
    line = next((row for row in lines if row.type is LineType.SHIPPING and row.shipping_method == choice.method), None)
    if line is not None:
        total = Price(line.price_inc * line.quantity, line.price_ex * line.quantity)
    else:
        gross = choice.total_price or 0
        total = Price(gross, gross if choice.total_price_ex_vat is None else choice.total_price_ex_vat)
    return ShippingDraft(
        reference=choice.method,
        name=choice.method_name or (line.description if line else "") or choice.method,
        total=total,
        vat_rate=nearest_rate(total.including_vat, total.excluding_vat),
        pickup_reference=choice.secondary_option,
        pickup_name=choice.secondary_name,
        addons=choice.additional_services,
    )
