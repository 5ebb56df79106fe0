"""Withdraw an unpaid payment whose order, or whose place on the order, Norce no longer has."""

from application.exclusion import Exclusion
from application.journal import Journal
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfigurations
from application.ports.platform import CheckoutPlatform
from application.settle_payment import SettlePayment
from domain.errors import OrderNotFound, PaymentNotFound
from domain.identifiers import PaymentKey
from domain.lifecycle import PaymentStatus
from domain.payment import Payment


class ForgetUnpaid:
    """There is nothing to take off the order any more; should its checkout be paid after all, that is an orphan."""

    def __init__(
        self,
        exclusion: Exclusion,
        platform: CheckoutPlatform,
        settle: SettlePayment,
        configurations: MerchantConfigurations,
        clock: Clock,
    ) -> None:
        self._exclusion = exclusion
        self._platform = platform
        self._settle = settle
        self._configurations = configurations
        self._clock = clock

    async def __call__(self, key: PaymentKey) -> Payment:
        """Raises PaymentNotFound when it is not stored, and what settling raises. What is paid, or there, is kept."""
        async with self._exclusion.hold(key.order) as held:
            configuration = await self._configurations.read(key.tenant)
            payment = held.claim.payment(key.payment_id)
            if payment is None:
                raise PaymentNotFound(f"Payment {key.payment_id} is not stored.")
            journal = Journal(held, payment)
            if payment.provider_order_id is not None:
                self._settle.apply(payment, await self._settle.read(payment, configuration))
            if payment.status is PaymentStatus.INTENT and await self._gone(key):
                payment.remove(at=self._clock.now())
            await journal.write(release=True)
            return payment

    async def _gone(self, key: PaymentKey) -> bool:
        try:
            return (await self._platform.read_order(key.order)).payment(key.payment_id) is None
        except OrderNotFound:
            return True
