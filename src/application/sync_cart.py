"""Make Qliro hold the rows that Norce's order has now."""

from application.compose_checkout import basket_for
from application.exclusion import Exclusion
from application.journal import Journal
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfigurations
from application.ports.payments import CheckoutSession
from application.ports.platform import CheckoutPlatform
from application.ports.provider import PaymentProvider
from domain.basket import digest
from domain.checkout import ProviderCheckout
from domain.errors import OrderNotExpressible, ProviderOrderCompleted, ProviderOrderMissing, TranslationMissing
from domain.held_rows import holds
from domain.identifiers import PaymentKey
from domain.lifecycle import PaymentStatus
from domain.messages import Message, MessageKind
from domain.order import PurchaseOrder
from domain.payment import Payment


class SyncCart:
    """Repairs a difference that a denied or interrupted change left behind, and Norce's amount with it.

    Paid or dead orders are left alone.
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
        self._platform = platform
        self._provider = provider
        self._configurations = configurations
        self._clock = clock

    async def where_needed(
        self, payment: Payment, order: PurchaseOrder, session: CheckoutSession, checkout: ProviderCheckout | None
    ) -> None:
        """The last word when `order`, read just now, asks for anything else than Qliro has, or Norce shows.

        A change that a hook has approved is not yet one that Norce holds: who reads the order at that moment gives
        Qliro the old cart once more, and Norce may drop the change after all. An order that can't be told is left.
        """
        configuration = await self._configurations.read(payment.key.tenant)
        try:
            basket = basket_for(order, configuration, payment.key.payment_id)
        except (OrderNotExpressible, TranslationMissing):
            return
        told = order.payment(payment.key.payment_id)
        covered = told is None or told.amount == order.amount_to_cover(told.id)
        held = checkout is None or holds(checkout, basket)  # a change may have died after it reached Qliro
        if not held or not covered or session.cart_digest != digest(basket):
            await self(payment.key, certain=True)

    async def __call__(self, key: PaymentKey, *, certain: bool = False) -> None:
        """Unless this is `certain` to be the last word, a cart that was in doubt stays so until it is looked at again.

        Raises OrderBusy, OrderNotExpressible, and what Norce or Qliro answers that is no success.
        """
        async with self._exclusion.hold(key.order) as held:
            payment, session = held.claim.payment(key.payment_id), held.claim.session
            if payment is None or payment.status is not PaymentStatus.INTENT or payment.provider_order_id is None:
                return
            configuration = await self._configurations.read(key.tenant)
            order = await self._platform.read_order(key.order)
            basket = basket_for(order, configuration, key.payment_id)
            fingerprint = digest(basket)
            try:
                await self._provider.update_checkout(
                    configuration.account, payment.provider_order_id, basket, version=fingerprint
                )
            except (ProviderOrderCompleted, ProviderOrderMissing):
                return
            payment.cover(order.amount_to_cover(key.payment_id), at=self._clock.now())
            attempt = session.attempt if session else 1
            doubtful = session is not None and not session.cart_digest and not certain
            stored = CheckoutSession(payment.merchant_reference, attempt, "" if doubtful else fingerprint)
            told = order.payment(key.payment_id)
            stale = (Message(MessageKind.REPORT_PAYMENT),) if told and told.amount != payment.amount else ()
            await Journal(held, payment).write(*stale, release=True, session=stored)
