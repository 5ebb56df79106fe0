"""What one round of telling has read: the order, its payments and their checkouts, each read once."""

import asyncio
from dataclasses import replace

from application.deadline import remaining_budget
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations
from application.ports.payments import Payments
from application.ports.platform import CheckoutPlatform
from application.ports.provider import PaymentProvider
from domain.checkout import ProviderCheckout
from domain.errors import PaymentNotFound, ProviderError, ProviderUnavailable
from domain.identifiers import OrderKey, PaymentKey
from domain.order import OrderPayment, PurchaseOrder
from domain.payment import Payment

OrderReading = asyncio.Task[PurchaseOrder | None]
"""A reading of the order that the caller has begun; it ends with None when it failed."""


async def _in_time(reading: OrderReading) -> PurchaseOrder | None:
    """None as well when it has not come while there was time for it: it was begun before, under another deadline."""
    await asyncio.wait({reading}, timeout=remaining_budget())
    return reading.result() if reading.done() else None


class SharedReadings:
    """Of one order, starting from what the caller reads."""

    def __init__(
        self,
        platform: CheckoutPlatform,
        provider: PaymentProvider,
        payments: Payments,
        configurations: MerchantConfigurations,
        key: OrderKey,
        reading: OrderReading | None,
    ) -> None:
        self._platform, self._provider = platform, provider
        self._stored, self._configurations = payments, configurations
        self._key = key
        self._order: PurchaseOrder | None = None
        self._reading = reading
        self._payments: dict[PaymentKey, Payment] = {}
        self._checkouts: dict[int, ProviderCheckout] = {}

    async def order(self) -> PurchaseOrder:
        if self._order is None and self._reading is not None:
            self._order = await _in_time(self._reading)
        if self._order is None:
            self._order = await self._platform.read_order(self._key)
        return self._order

    async def fresh_order(self) -> PurchaseOrder:
        """Not the reading of before the work that is now reported."""
        if self._reading is not None:
            self._order, self._reading = None, None
        return await self.order()

    def order_written(self, order: PurchaseOrder) -> None:
        """Norce's order is now this."""
        self._order = order

    def payment_written(self, order: PurchaseOrder, payment: OrderPayment) -> None:
        """Norce's order is this one with its payment written anew."""
        others = tuple(payment if p.id == payment.id else p for p in order.payments)
        self.order_written(replace(order, payments=others))

    def forget_order(self) -> None:
        """Norce's order is no longer what was read."""
        self._order, self._reading = None, None

    async def payment(self, key: PaymentKey) -> Payment:
        """As it was when the round began or later: whatever is newer has letters of its own.

        Raises PaymentNotFound.
        """
        payment = self._payments.get(key) or await self._stored.read(key)
        if payment is None:
            raise PaymentNotFound(f"Payment {key.payment_id} is not stored.")
        self._payments[key] = payment
        return payment

    def payment_stored(self, payment: Payment) -> None:
        """The payment was written down like this when its letters were."""
        self._payments[payment.key] = payment

    def forget_payment(self, key: PaymentKey) -> None:
        """The payment is no longer what was read."""
        self._payments.pop(key, None)

    async def configuration(self, key: PaymentKey) -> MerchantConfiguration:
        return await self._configurations.read(key.tenant)

    async def checkout(self, key: PaymentKey) -> ProviderCheckout | None:
        """Qliro's order of the payment; None when there is none that a customer used."""
        payment, configuration = await asyncio.gather(self.payment(key), self.configuration(key))
        order_id = payment.provider_order_id
        if order_id is None or payment.merchant_initiated:
            return None
        if order_id not in self._checkouts:
            self._checkouts[order_id] = await self._provider.read_checkout(configuration.account, order_id)
        return self._checkouts[order_id]

    async def checkout_or_none(self, key: PaymentKey, *, needed: bool) -> ProviderCheckout | None:
        """None when Qliro does not show it any more, or can't just now and there is something else to go by."""
        try:
            return await self.checkout(key)
        except ProviderError as failure:
            if needed and isinstance(failure, ProviderUnavailable):
                raise
            return None

    def checkout_read(self, payment: Payment) -> ProviderCheckout | None:
        """The payment's checkout as far as it has been read; nothing is asked."""
        return self._checkouts.get(payment.provider_order_id or 0)
