"""The customer told Qliro something: bring it to Norce's order (norce.md e.7)."""

import asyncio
from contextlib import suppress

from application.adopt_payment import own_payment, provider_order_of
from application.at_norce import order_showing
from application.customer_details import address_changes
from application.log_reopening import log_reopening
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfigurations
from application.ports.payments import Payments
from application.ports.platform import CheckoutPlatform, PaymentChanges
from application.ports.provider import PaymentProvider
from application.settle_payment import SettlePayment
from application.side_by_side import side_by_side
from domain.checkout import CheckoutStatus, ProviderCheckout
from domain.errors import AdapterError, PaymentNotFound
from domain.identifiers import PaymentKey
from domain.order import OrderPayment, OrderStatus, PaymentState, PurchaseOrder

_OPEN = frozenset({OrderStatus.CHECKOUT, OrderStatus.PROCESSING})


class UpdateCustomer:
    """Writes what Qliro knows and Norce does not. Safe to repeat, to abort and to run twice at once."""

    def __init__(
        self,
        payments: Payments,
        platform: CheckoutPlatform,
        provider: PaymentProvider,
        configurations: MerchantConfigurations,
        settle: SettlePayment,
        clock: Clock,
    ) -> None:
        self._payments = payments
        self._platform = platform
        self._provider = provider
        self._configurations = configurations
        self._settle = settle
        self._clock = clock

    async def __call__(self, key: PaymentKey) -> None:
        """Raises PaymentNotFound, OrderNotFound, and what kept Norce or Qliro from answering."""
        order, checkout = await self._read(key)
        if checkout.paid:
            await self._settle(key)
        await side_by_side(self._write(order, checkout), self._reopen(order, key, checkout))

    async def _read(self, key: PaymentKey) -> tuple[PurchaseOrder, ProviderCheckout]:
        configuration, stored = await asyncio.gather(self._configurations.read(key.tenant), self._payments.read(key))
        account = configuration.account
        if stored is not None and stored.provider_order_id is not None:
            order, checkout = await asyncio.gather(
                order_showing(self._platform, self._clock, key.order, {key.payment_id}),
                self._provider.read_checkout(account, stored.provider_order_id),
            )
            _require_live(order, key)
            return order, checkout
        order = await self._platform.read_order(key.order)
        named = provider_order_of(_require_live(order, key))
        if named is None:
            raise PaymentNotFound(f"Payment {key.payment_id} has no Qliro order.")
        return order, await self._provider.read_checkout(account, named)

    async def _write(self, order: PurchaseOrder, checkout: ProviderCheckout) -> None:
        changes = address_changes(order, checkout)
        writes = []
        if changes.billing:
            writes.append(self._platform.write_billing(order.key, changes.billing, order.customer.billing_document))
        if changes.shipping:
            document = order.customer.shipping_document
            writes.append(self._platform.write_shipping_address(order.key, changes.shipping, document))
        await side_by_side(*writes)

    async def _reopen(self, order: PurchaseOrder, key: PaymentKey, checkout: ProviderCheckout) -> None:
        """A customer who edits details after the order was frozen is not paying: back to checkout."""
        if checkout.status is not CheckoutStatus.IN_PROCESS:
            return
        if order.status is OrderStatus.PROCESSING:
            await self._platform.set_status(order.key, OrderStatus.CHECKOUT)
        told = _require_live(order, key)
        if order.status in _OPEN and told.state is PaymentState.PROCESSING:
            await self._platform.replace_payment(order.key, told, PaymentChanges(state=PaymentState.INTENT))
        if order.status is OrderStatus.PROCESSING:
            await self._log(order, key)

    async def _log(self, order: PurchaseOrder, key: PaymentKey) -> None:
        """The order is open, and the customer goes on, whatever comes of it."""
        amount, since = own_payment(order, key.payment_id).amount, order.status_since
        with suppress(AdapterError):
            await log_reopening(self._platform, key, amount=amount, mark=since.isoformat() if since else "", again=True)


def _require_live(order: PurchaseOrder, key: PaymentKey) -> OrderPayment:
    payment = own_payment(order, key.payment_id)
    if payment.state is PaymentState.REMOVED:
        raise PaymentNotFound(f"Payment {key.payment_id} has been removed.")
    return payment
