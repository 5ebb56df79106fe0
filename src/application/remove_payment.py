"""Withdraw an unpaid payment (norce.md e.6)."""

import asyncio

from application.adopt_payment import adopted, own_payment, provider_order_of
from application.at_norce import order_showing
from application.compose_checkout import REFERENCE_ATTRIBUTE
from application.compose_renewal import renewal_mark
from application.exclusion import Exclusion, Held
from application.journal import Journal
from application.messages_owed import withdrawal_owed
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations
from application.ports.platform import CheckoutPlatform
from application.ports.provider import PaymentProvider
from application.settle_payment import SettlePayment
from application.withdraw_payment import WithdrawPayment
from domain.errors import OperationRefused, ProviderOrderMissing
from domain.evidence import DEAD
from domain.identifiers import PaymentKey
from domain.order import INACTIVE_PAYMENT_STATES, OrderPayment, PaymentState, PurchaseOrder
from domain.payment import Payment

_UNPAID = frozenset({PaymentState.INTENT, PaymentState.PROCESSING})


class RemovePayment:
    """Soft-deletes payment and own shippings and deletes the hooks; a paid payment is never withdrawn."""

    def __init__(
        self,
        exclusion: Exclusion,
        platform: CheckoutPlatform,
        provider: PaymentProvider,
        configurations: MerchantConfigurations,
        withdraw: WithdrawPayment,
        settle: SettlePayment,
        clock: Clock,
    ) -> None:
        self._exclusion = exclusion
        self._platform = platform
        self._provider = provider
        self._configurations = configurations
        self._withdraw = withdraw
        self._settle = settle
        self._clock = clock

    async def __call__(self, key: PaymentKey) -> None:
        """Raises PaymentNotFound, OrderNotFound, OperationRefused (paid), and what kept others from answering."""
        paid = False
        async with self._exclusion.hold(key.order) as held:
            configuration = await self._configurations.read(key.tenant)
            stored = held.claim.payment(key.payment_id)
            named = stored.provider_order_id if stored else None
            known = {key.payment_id} if stored else set()
            order, paid = await asyncio.gather(
                order_showing(self._platform, self._clock, key.order, known), self._paid(configuration, named)
            )
            told = own_payment(order, key.payment_id)
            if renewal_mark(told) and told.active and await self._asked_for(configuration, told, stored):
                raise OperationRefused("The merchant has asked for this payment; cancel or refund it instead.")
            if stored is None:
                paid = await self._paid(configuration, provider_order_of(told))
            if not paid:
                await self._remove(held, order, told, stored)
        if paid:
            await self._settle(key)
            raise OperationRefused("The payment has been paid; cancel or refund it instead.")

    async def _asked_for(
        self, configuration: MerchantConfiguration, told: OrderPayment, stored: Payment | None
    ) -> bool:
        """Whether Qliro has the merchant's payment, or may have it: not before it was written down here."""
        if stored is not None:
            return stored.status not in DEAD
        reference = str(told.attributes.get(REFERENCE_ATTRIBUTE) or "")
        if provider_order_of(told) is not None or not reference:
            return provider_order_of(told) is not None
        return await self._provider.find_order(configuration.account, reference) is not None

    async def _paid(self, configuration: MerchantConfiguration, provider_order_id: int | None) -> bool:
        if provider_order_id is None:
            return False
        try:
            return (await self._provider.read_checkout(configuration.account, provider_order_id)).paid
        except ProviderOrderMissing:
            return False

    async def _remove(self, held: Held, order: PurchaseOrder, told: OrderPayment, stored: Payment | None) -> None:
        if told.state not in _UNPAID | INACTIVE_PAYMENT_STATES:
            raise OperationRefused(f"The payment is {told.state}; cancel or refund it instead.")
        await self._withdraw(order, told, state=_removed(told.state))
        payment = stored or adopted(order, told, at=self._clock.now())
        if not payment.status.terminal:
            payment.remove(at=self._clock.now())
            await Journal(held, payment).write(*withdrawal_owed(), release=True)


def _removed(state: PaymentState) -> PaymentState:
    """Declined, failed and cancelled payments keep the state that tells how they ended."""
    return PaymentState.REMOVED if state in _UNPAID else state
