"""The one way in which Qliro's truth becomes ours and Norce's.

Live answers, pushes, polls, the confirmation page, refresh and the batch job all come through here.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from application.adopt_payment import AdoptPayment, books_alone, checkout_alone, evidence_of
from application.deliver_messages import DeliverMessages
from application.exclusion import Exclusion, Held
from application.journal import Journal
from application.offer_upsell import OfferUpsell
from application.plan_operation import told_by
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations, ProviderAccount
from application.ports.platform import CheckoutPlatform
from application.ports.provider import PaymentProvider
from application.saved_cards import card_owed
from domain.checkout import CheckoutStatus, ProviderCheckout
from domain.errors import PaymentNotFound, ProviderError, ProviderOrderMissing, ProviderUnavailable
from domain.identifiers import PaymentKey
from domain.ledger import ProviderLedger
from domain.lifecycle import PaymentStatus
from domain.messages import Message, MessageKind
from domain.payment import Payment

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Reading:
    """Qliro's two views of one order at about the same time; None where it no longer has one."""

    checkout: ProviderCheckout | None
    ledger: ProviderLedger | None

    @property
    def status(self) -> CheckoutStatus:
        return self.checkout.status if self.checkout else CheckoutStatus.UNKNOWN


Owed = Callable[[Payment], tuple[Message, ...]]
"""What Norce is to be told of a payment as it stands once it has been settled."""


class SettlePayment:
    """Brings a payment to what Qliro says and writes down what Norce must be told, in one commit."""

    def __init__(
        self,
        exclusion: Exclusion,
        platform: CheckoutPlatform,
        provider: PaymentProvider,
        configurations: MerchantConfigurations,
        adopt: AdoptPayment,
        deliver: DeliverMessages,
        clock: Clock,
        offer: OfferUpsell,
    ) -> None:
        self._exclusion = exclusion
        self._platform = platform
        self._provider = provider
        self._configurations = configurations
        self._adopt = adopt
        self._deliver = deliver
        self._clock = clock
        self._offer = offer

    async def __call__(
        self, key: PaymentKey, *, handled: tuple[UUID, ...] = (), owed: Owed | None = None, cards: bool = False
    ) -> Payment:
        """The payment as it now stands. With `owed` Norce is told that, too, even when nothing changed; with `cards`
        Qliro's order is read for a saved card even when the merchant asks for none.

        Raises OrderBusy, PaymentNotFound, and whatever kept Qliro from being read: nothing is stored then.
        """
        payment, _ = await self.with_reading(key, handled=handled, owed=owed, cards=cards)
        return payment

    async def with_reading(
        self, key: PaymentKey, *, handled: tuple[UUID, ...] = (), owed: Owed | None = None, cards: bool = False
    ) -> tuple[Payment, Reading]:
        """The same, with what Qliro said."""
        async with self._exclusion.hold(key.order) as held:
            configuration = await self._configurations.read(key.tenant)
            payment = await self.load(held, key, configuration)
            journal = Journal(held, payment)
            reading = await self.bring(payment, configuration, cards=cards)
            adopted = held.claim.payment(key.payment_id) is None
            also = owed(payment) if owed else ()
            also = also or ((Message(MessageKind.REPORT_PAYMENT),) if adopted else ())
            also += card_owed(payment, reading.checkout, at=self._clock.now())
            owed_now = await journal.write(*also, release=True, handled=handled, relay=True)
        await self._deliver.at_once(key.order, owed_now)
        return payment, reading

    async def bring(self, payment: Payment, configuration: MerchantConfiguration, *, cards: bool = False) -> Reading:
        """Move the payment to what Qliro says now; a purchase that is news may be followed by an offer."""
        undecided = payment.status.undecided
        reading = await self.read(payment, configuration, cards=cards)
        self.apply(payment, reading)
        if undecided and not payment.status.undecided:
            await self._offer(payment, reading.checkout, configuration)
        return reading

    async def load(self, held: Held, key: PaymentKey, configuration: MerchantConfiguration) -> Payment:
        """The stored payment, or an adopted one. Raises PaymentNotFound."""
        stored = held.claim.payment(key.payment_id)
        if stored is not None and stored.provider_order_id is not None:
            return stored
        if stored is not None and stored.merchant_initiated:
            return await self._placed(stored, configuration)
        order = await self._platform.read_order(key.order)
        return await self._adopt(order, key.payment_id, configuration)

    async def _placed(self, stored: Payment, configuration: MerchantConfiguration) -> Payment:
        """A renewal whose answer was lost: its Qliro order is found by its reference, or there is none."""
        found = await self._provider.find_order(configuration.account, stored.merchant_reference)
        if found is None:
            raise PaymentNotFound(f"Payment {stored.key.payment_id} has no Qliro order.")
        stored.place(found, at=self._clock.now())
        return stored

    async def read(self, payment: Payment, configuration: MerchantConfiguration, *, cards: bool = False) -> Reading:
        """Both of Qliro's views, side by side; only the books once the purchase itself is long decided, or when the
        merchant made the payment without a checkout.
        """
        order_id = payment.provider_order_id
        if order_id is None:
            raise PaymentNotFound(f"Payment {payment.key.payment_id} has no Qliro order.")
        account = configuration.account
        if payment.status is PaymentStatus.REMOVED:
            return Reading(None, await _absent(self._provider.read_ledger(account, order_id)))
        if payment.merchant_initiated:
            return Reading(None, await self._provider.read_ledger(account, order_id))
        if not payment.status.undecided:
            wanted = cards or (configuration.recurring and not payment.saved_card)
            return await self._decided(account, order_id, cards=wanted)
        checkout, ledger = await asyncio.gather(
            _absent(self._provider.read_checkout(account, order_id)),
            _absent(self._provider.read_ledger(account, order_id)),
        )
        return Reading(checkout, ledger)

    async def _decided(self, account: ProviderAccount, order_id: int, *, cards: bool) -> Reading:
        """The books, and the checkout for its saved card as long as Qliro shows it."""
        if not cards:
            return Reading(None, await self._provider.read_ledger(account, order_id))
        checkout, ledger = await asyncio.gather(
            _unless_hidden(self._provider.read_checkout(account, order_id)),
            self._provider.read_ledger(account, order_id),
        )
        return Reading(checkout, ledger)

    async def books(self, payment: Payment, configuration: MerchantConfiguration) -> ProviderLedger:
        """Qliro's books as they are now; the payment is moved to them.

        Raises ProviderUnavailable rather than to answer with books that are older than those already seen.
        """
        ledger = await self._provider.read_ledger(configuration.account, payment.provider_order_id or 0)
        if payment.outdated(ledger.mark):
            raise ProviderUnavailable("Qliro answered with older books than before; nothing was asked for.", sent=False)
        self.apply(payment, Reading(None, ledger))
        return ledger

    def apply(self, payment: Payment, reading: Reading) -> None:
        """Move the aggregate, and its open operation, to what the reading says."""
        if reading.ledger is not None:
            alone = payment.merchant_initiated
            evidence = books_alone(reading.ledger) if alone else evidence_of(reading.ledger, reading.status)
            payment.observe(evidence, at=self._clock.now())
            if not payment.outdated(reading.ledger.mark):
                self._decide_open_operation(payment, reading.ledger)
        elif reading.checkout is not None:
            payment.observe(checkout_alone(payment, reading.status), at=self._clock.now())

    def _decide_open_operation(self, payment: Payment, ledger: ProviderLedger) -> None:
        operation = payment.open_operation
        outcome = operation and told_by(payment, operation, ledger)
        if operation and outcome:
            payment.decide(operation.id, outcome, at=self._clock.now())


async def _unless_hidden(reading: Awaitable[_T]) -> _T | None:
    """Long after a purchase Qliro may not show its checkout any more, in whatever way: that is no failure."""
    try:
        return await reading
    except ProviderError:
        return None


async def _absent(reading: Awaitable[_T]) -> _T | None:
    try:
        return await reading
    except ProviderOrderMissing:
        return None
