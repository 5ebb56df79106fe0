"""Create the payment of an order, or find the one that is there (norce.md e.2).

Repeating it gives the same answer, and finishes what an interrupted attempt has left out.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from application.adopt_payment import adopted, provider_order_of
from application.at_norce import order_showing
from application.compose_renewal import renewal_mark
from application.exclusion import Exclusion, Held
from application.journal import Journal
from application.messages_owed import withdrawal_owed
from application.open_payment import Attempt, OpenPayment, Started, attempt_for, attempts, opened
from application.patience import Patience
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations
from application.ports.platform import CheckoutPlatform, PaymentChanges
from application.ports.provider import PaymentProvider
from application.register_hooks import register_hooks
from application.settle_payment import SettlePayment
from application.side_by_side import side_by_side
from application.withdraw_payment import WithdrawPayment, withdraw_twins
from domain.checkout import CheckoutStatus, ProviderCheckout
from domain.errors import (
    OrderConflict,
    PaymentConflict,
    ProviderError,
    ProviderOrderCompleted,
    ProviderOrderMissing,
)
from domain.identifiers import OrderKey
from domain.lifecycle import PaymentStatus
from domain.messages import Message
from domain.order import OrderPayment, OrderStatus, PaymentState, PurchaseOrder
from domain.payment import Payment

_UNPAID = frozenset({PaymentState.INTENT, PaymentState.PROCESSING})


class StartPayment:
    """One Norce payment and one live Qliro order per Norce order, whatever is repeated, raced or killed."""

    def __init__(
        self,
        exclusion: Exclusion,
        platform: CheckoutPlatform,
        provider: PaymentProvider,
        configurations: MerchantConfigurations,
        begin: OpenPayment,
        withdraw: WithdrawPayment,
        settle: SettlePayment,
        clock: Clock,
        patience: Patience,
        wake: Callable[[], None],
    ) -> None:
        self._exclusion = exclusion
        self._platform = platform
        self._provider = provider
        self._configurations = configurations
        self._open = begin
        self._withdraw = withdraw
        self._settle = settle
        self._clock = clock
        self._patience = patience
        self._wake = wake

    async def __call__(self, key: OrderKey) -> Started:
        """The payment and its snippet. That it was opened is told to Norce's log afterwards.

        Raises OrderNotFound, OrderConflict (not in checkout), PaymentConflict (another active payment, or already
        paid), OrderNotExpressible, TranslationMissing, ConfigurationNotFound / Invalid, ProviderError, OrderBusy.
        """
        async with self._exclusion.hold(key) as held:
            stored = {payment.key.payment_id for payment in held.claim.payments}
            order, configuration = await asyncio.gather(
                order_showing(self._platform, self._clock, key, stored), self._configurations.read(key.tenant)
            )
            current = order.own_payment()
            await withdraw_twins(self._platform, order)
            started = await self._existing(held, order, current, configuration) if current else None
            if started is None:
                order = await self._platform.read_order(key) if current else order
                started = await self._open.anew(held, order, configuration)
        self._wake()
        return started

    async def _existing(
        self, held: Held, order: PurchaseOrder, current: OrderPayment, configuration: MerchantConfiguration
    ) -> Started | None:
        """Answer with the payment that is there; None when it had to be withdrawn, which changes the order."""
        if current.state not in _UNPAID:
            raise PaymentConflict(f"Payment {current.id} of this order is already {current.state}.")
        if renewal_mark(current):
            raise PaymentConflict(f"Payment {current.id} of this order is being made by the merchant.")
        stored = held.claim.payment(current.id)
        if stored is not None and stored.status is PaymentStatus.REMOVED:  # Norce does not show yet what it was told
            await self._withdraw(order, current)
            return None
        if _provider_order(held, current) is None:
            return await self._open.finish(held, order, current, configuration)
        checkout = await self._alive(held, order, current, configuration)
        if checkout is None:
            await self._replace(held, order, current)
            return None
        if checkout.paid:
            return await self._paid(held, current, checkout)
        if order.status not in {OrderStatus.CHECKOUT, OrderStatus.PROCESSING}:
            raise OrderConflict(f"Order {order.key.order_id} is {order.status}; it can't be paid any more.")
        return await self._brought_up_to_date(held, order, current, configuration, checkout)

    async def _alive(
        self, held: Held, order: PurchaseOrder, current: OrderPayment, configuration: MerchantConfiguration
    ) -> ProviderCheckout | None:
        """Qliro's order when it was paid or still can be."""
        try:
            checkout = await self._provider.read_checkout(configuration.account, _provider_order(held, current) or 0)
        except ProviderOrderMissing:
            return None
        stored = held.claim.payment(current.id)
        aged = stored is not None and self._clock.now() - stored.created_at > self._patience.checkout_lifetime
        moved = (checkout.currency, checkout.country) != (order.currency, order.country)
        if checkout.status is CheckoutStatus.REFUSED or ((aged or moved) and not checkout.paid):
            return None
        return checkout

    async def _paid(self, held: Held, current: OrderPayment, checkout: ProviderCheckout) -> Started:
        """The customer has bought meanwhile and the push has not told us yet."""
        await held.release()
        await self._settle(held.claim.order.payment(current.id))
        return Started(current.id, checkout.snippet)

    async def _brought_up_to_date(
        self,
        held: Held,
        order: PurchaseOrder,
        current: OrderPayment,
        configuration: MerchantConfiguration,
        checkout: ProviderCheckout,
    ) -> Started | None:
        """The same payment again, with everything that an interrupted attempt may have left out."""
        attempt = attempt_for(held, order, configuration, current.id)
        stored = held.claim.payment(current.id)
        payment = stored or adopted(order, current, at=self._clock.now())
        payment.merchant_reference = payment.merchant_reference or checkout.merchant_reference
        same_rows = held.claim.session is not None and held.claim.session.cart_digest == attempt.session.cart_digest
        try:
            fresh = await self._offered(order, configuration, checkout, attempt, same_rows=same_rows)
        except ProviderOrderMissing:
            await self._replace(held, order, current)
            return None
        except ProviderOrderCompleted:
            return await self._paid(held, current, checkout)
        amount = order.amount_to_cover(current.id)
        await self._complete_norce(order, current, configuration, amount, checkout.provider_order_id)
        payment.cover(amount, at=self._clock.now())
        session = replace(attempt.session, merchant_reference=payment.merchant_reference, attempt=attempts(held))
        owed = () if stored else await self._not_yet_opened(payment)
        await Journal(held, payment).write(*owed, release=True, session=session)
        return Started(current.id, fresh.snippet)

    async def _offered(
        self,
        order: PurchaseOrder,
        configuration: MerchantConfiguration,
        checkout: ProviderCheckout,
        attempt: Attempt,
        *,
        same_rows: bool,
    ) -> ProviderCheckout:
        """The checkout with the order's rows. Raises ProviderOrderMissing (also expired), ProviderOrderCompleted.

        Rows that Qliro holds already are written once more: only a write tells that an unpaid order is too old. Not
        while the customer pays, and no other refusal of it matters.
        """
        if same_rows and order.status is OrderStatus.PROCESSING:
            return checkout
        account, ident, version = configuration.account, checkout.provider_order_id, attempt.session.cart_digest
        try:
            await self._provider.update_checkout(account, ident, attempt.basket, version=version)
        except (ProviderOrderMissing, ProviderOrderCompleted):
            raise
        except ProviderError:
            if not same_rows:
                raise
        return checkout if same_rows else await self._provider.read_checkout(account, ident)

    async def _not_yet_opened(self, payment: Payment) -> tuple[Message, ...]:
        """What the attempt that died before it was stored could not say any more."""
        told = opened(payment)
        known = await self._platform.transaction_keys(payment.key.order, payment.key.payment_id)
        return () if told.payload["key"] in known else (told,)

    async def _replace(self, held: Held, order: PurchaseOrder, current: OrderPayment) -> None:
        """The Qliro order is dead: its payment makes room for a new one."""
        await self._withdraw(order, current)
        stored = held.claim.payment(current.id)
        if stored is not None and stored.status is PaymentStatus.INTENT:
            stored.remove(at=self._clock.now())
            await Journal(held, stored).write(*withdrawal_owed())

    async def _complete_norce(
        self,
        order: PurchaseOrder,
        current: OrderPayment,
        configuration: MerchantConfiguration,
        amount: int,
        provider_order_id: int,
    ) -> None:
        """Hooks, amount and reference, left out by an interrupted attempt; another adapter has its own hooks."""
        writes: list[Awaitable[object]] = [register_hooks(self._platform, order, current.id, configuration.public_url)]
        if current.amount != amount or not current.reference:
            changes = PaymentChanges(amount=amount, reference=None if current.reference else str(provider_order_id))
            writes.append(self._platform.replace_payment(order.key, current, changes))
        await side_by_side(*writes)


def _provider_order(held: Held, current: OrderPayment) -> int | None:
    """The Qliro order that Norce's payment names; ours is newer where Norce does not show yet what it was told."""
    stored = held.claim.payment(current.id)
    return provider_order_of(current) or (stored.provider_order_id if stored else None)
