"""Show a payment: Qliro's snippet, before and after the purchase (norce.md e.5)."""

from application.adopt_payment import own_payment, provider_order_of
from application.compose_renewal import renewal_mark
from application.deadline import deadline
from application.deliver_messages import DeliverMessages
from application.messages_owed import owed_again
from application.observation import Observer
from application.open_payment import Started
from application.patience import Patience
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations
from application.ports.payments import Payments
from application.ports.platform import CheckoutPlatform
from application.ports.provider import PaymentProvider
from application.settle_payment import SettlePayment
from application.start_payment import StartPayment
from application.take_over_payment import TakeOverPayment
from domain.checkout import ProviderCheckout
from domain.errors import AdapterError, PaymentNotFound, ProviderOrderExpired, ProviderOrderMissing
from domain.identifiers import PaymentKey
from domain.lifecycle import PaymentStatus
from domain.order import OrderPayment, OrderStatus, PaymentState
from domain.payment import Payment
from domain.saved_card import SavedCard

_UNBOUGHT = frozenset({OrderStatus.CHECKOUT, OrderStatus.PROCESSING})
_TOO_OLD = "Qliro's order was not paid in time; it can't be paid any more."


class ReadPayment:
    """One call to Qliro; what a missed push has left undone is made up for on the way."""

    def __init__(
        self,
        payments: Payments,
        platform: CheckoutPlatform,
        provider: PaymentProvider,
        configurations: MerchantConfigurations,
        start: StartPayment,
        settle: SettlePayment,
        take_over: TakeOverPayment,
        deliver: DeliverMessages,
        observer: Observer,
        clock: Clock,
        patience: Patience,
    ) -> None:
        self._payments = payments
        self._platform = platform
        self._provider = provider
        self._configurations = configurations
        self._start = start
        self._settle = settle
        self._take_over = take_over
        self._deliver = deliver
        self._observer = observer
        self._clock = clock
        self._patience = patience

    async def __call__(self, key: PaymentKey) -> Started:
        """Raises PaymentNotFound (unknown, another adapter's, removed), OrderNotFound, ProviderError."""
        configuration = await self._configurations.read(key.tenant)
        payment = await self._payments.read(key)
        if payment is not None and payment.status is PaymentStatus.REMOVED:
            raise PaymentNotFound(f"Payment {key.payment_id} has been removed.")
        if payment is not None and payment.merchant_initiated:
            return await self._without_checkout(key, payment)
        told = None if payment else await self._told_by_norce(key)
        if told is not None and renewal_mark(told):
            return await self._without_checkout(key, payment)
        named = payment.provider_order_id if payment else None
        provider_order_id = provider_order_of(told) if told else named
        if provider_order_id is None:
            return await self._finish(key)
        checkout = await self._checkout(configuration, provider_order_id, payment)
        if checkout.paid:
            await self._heal(key, payment, card=checkout.saved_card)
        elif payment is None:
            await self._taken_over(key, configuration)
        return Started(key.payment_id, checkout.snippet)

    async def _checkout(
        self, configuration: MerchantConfiguration, provider_order_id: int, payment: Payment | None
    ) -> ProviderCheckout:
        """Raises ProviderOrderExpired for one that was not paid while it could be, whether Qliro has it or not."""
        unpaid = payment is not None and payment.status is PaymentStatus.INTENT
        aged = payment is not None and self._clock.now() - payment.created_at > self._patience.checkout_lifetime
        try:
            checkout = await self._provider.read_checkout(configuration.account, provider_order_id)
        except ProviderOrderMissing as gone:
            if unpaid and aged:
                raise ProviderOrderExpired(_TOO_OLD, gone.fault) from gone
            raise
        if unpaid and aged and not checkout.paid:
            raise ProviderOrderExpired(_TOO_OLD)
        return checkout

    async def _taken_over(self, key: PaymentKey, configuration: MerchantConfiguration) -> None:
        """Met for the first time. The customer sees the checkout whatever comes of it."""
        try:
            await self._take_over(key, configuration)
        except AdapterError as failure:
            self._observer.delivery_postponed(key.order, failure)

    async def _told_by_norce(self, key: PaymentKey) -> OrderPayment:
        told = own_payment(await self._platform.read_order(key.order), key.payment_id)
        if told.state is PaymentState.REMOVED or (provider_order_of(told) is None and not told.active):
            raise PaymentNotFound(f"Payment {key.payment_id} has been removed.")
        return told

    async def _without_checkout(self, key: PaymentKey, payment: Payment | None) -> Started:
        """The merchant's own payment has nothing to show to a customer."""
        await self._heal(key, payment, card=None)
        return Started(key.payment_id, "")

    async def _finish(self, key: PaymentKey) -> Started:
        """A create died after Norce's payment and before Qliro's order was known: it is finished first."""
        started = await self._start(key.order)
        if started.payment_id != key.payment_id:
            raise PaymentNotFound(f"Payment {key.payment_id} has been replaced by {started.payment_id}.")
        return started

    async def _heal(self, key: PaymentKey, payment: Payment | None, *, card: SavedCard | None) -> None:
        """The customer has bought. A failure here costs nothing: push and background go on trying."""
        try:
            if payment is None or payment.status.undecided or (card and payment.saved_card != card.mark):
                await self._settle(key, cards=card is not None)
            else:
                await self._deliver.at_once(key.order)
                with deadline(self._patience.hook.total_seconds()):  # the customer waits for the confirmation page
                    order = await self._platform.read_order(key.order)
                if order.status in _UNBOUGHT:  # it fell back, or was never told
                    await self._settle(key, owed=owed_again)
        except AdapterError as failure:
            self._observer.delivery_postponed(key.order, failure)
