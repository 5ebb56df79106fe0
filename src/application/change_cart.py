"""Norce asks before it commits a change of cart, shipping or payments (norce.md e.4).

Norce holds its lock on the order while we answer: nothing here writes to the Order API, Qliro holds the new rows
before the answer, and a change that Qliro's rows don't feel is answered without waiting for anybody. The last
matters beyond speed: on platforms that ignore `x-adapterid` our own writes come back here while we hold the order.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from application.adopt_payment import adopted, own_payment
from application.compose_checkout import basket_for
from application.compose_renewal import renewal_mark
from application.deadline import deadline
from application.exclusion import Exclusion, Held
from application.journal import Journal
from application.messages_owed import order_advanced
from application.observation import Observer
from application.patience import Patience
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations, ProviderAccount
from application.ports.payments import CheckoutSession, Payments
from application.ports.provider import PaymentProvider
from application.texts import discount_text
from domain.basket import digest
from domain.checkout import Basket
from domain.errors import (
    OperationRefused,
    OrderBusy,
    PaymentConflict,
    ProviderBusy,
    ProviderOrderCompleted,
    ProviderOrderMissing,
    ProviderUnavailable,
)
from domain.held_rows import holds
from domain.identifiers import PaymentKey
from domain.lifecycle import PaymentStatus
from domain.messages import Message, MessageKind
from domain.order import OrderPayment, OrderStatus, PaymentState, PurchaseOrder
from domain.payment import Payment
from domain.upselling import plan_upsell, unsold

_EDITABLE = frozenset({PaymentState.INTENT, PaymentState.PROCESSING})
_ENDED = {PaymentStatus.REMOVED, PaymentStatus.DECLINED, PaymentStatus.CANCELLED}
_BOUGHT = frozenset(PaymentStatus) - _ENDED - {PaymentStatus.INTENT}
_HOLDING = frozenset({PaymentState.RESERVED, PaymentState.CAPTURED})
_AT_ONCE = timedelta(0)
_ONCE_CERTAIN = timedelta(seconds=10)
AFTER_COMMIT = timedelta(seconds=3)
_ONCE_COMMITTED = timedelta(seconds=0.2)


@dataclass(frozen=True, slots=True)
class Patch:
    """One JSON Patch operation on our own payment; amounts in minor units of the order's currency."""

    path: str
    value: int | str


class ChangeCart:
    """Gives Qliro the new cart and Norce the patch for our payment's amount."""

    def __init__(
        self,
        exclusion: Exclusion,
        payments: Payments,
        provider: PaymentProvider,
        configurations: MerchantConfigurations,
        observer: Observer,
        clock: Clock,
        patience: Patience,
    ) -> None:
        self._exclusion = exclusion
        self._payments = payments
        self._provider = provider
        self._configurations = configurations
        self._observer = observer
        self._clock = clock
        self._patience = patience

    async def __call__(self, key: PaymentKey, order: PurchaseOrder) -> tuple[Patch, ...]:
        """The patches, empty when the amount stays.

        Raises PaymentNotFound, PaymentConflict (being paid, or paid), OrderBusy, OrderNotExpressible,
        TranslationMissing, ProviderError (also when Qliro is too slow for Norce's patience): Norce then drops the
        change, and Qliro keeps the old cart or is given it again.
        """
        told = own_payment(order, key.payment_id)
        if told.state is PaymentState.PENDING and renewal_mark(told):
            await self._require_charged(key, order, told)
            return ()
        if told.state not in _EDITABLE:
            if not await self._upsold(key, order, told):
                await self._bought(key, told)
            return ()
        with deadline(self._patience.hook.total_seconds()):
            configuration = await self._configurations.read(key.tenant)
            basket = basket_for(order, configuration, key.payment_id)
            handed_over = await self._hand_over(key, order, told, configuration, basket)
        return amount_patch(order, told) if handed_over else ()

    async def _upsold(self, key: PaymentKey, order: PurchaseOrder, told: OrderPayment) -> bool:
        """Whether the order gets rows to be sold beyond the purchase; they are when Norce holds them.

        Raises PaymentConflict and what plan_upsell raises when they can't be: Norce drops the change then.
        """
        if told.state not in _HOLDING or not any(item.upsell for item in order.items):
            return False
        payment = await self._payments.read(key)
        configuration = await self._configurations.read(key.tenant)
        if payment is None or payment.upsell is None:
            if configuration.use_upsell and order.amount_to_cover(key.payment_id) > told.amount:
                raise PaymentConflict("Nothing more can be sold with this order.")
            return False
        if not unsold(order, payment.upsell):
            return False
        async with self._exclusion.hold(key.order, wait=self._patience.hook_claim) as held:
            await self._announce(held, held.claim.payment(key.payment_id) or payment, order, configuration)
        await self._payments.look_again(key, at=self._clock.now() + _ONCE_COMMITTED)
        return True

    async def _announce(
        self, held: Held, payment: Payment, order: PurchaseOrder, configuration: MerchantConfiguration
    ) -> None:
        """Whoever ends the window at this moment either is first, and nothing is added, or waits for the rows."""
        now, window = self._clock.now(), payment.upsell
        if window is None or not window.open(now):
            raise PaymentConflict("The time to sell more with this order is over.")
        try:
            plan = plan_upsell(order, payment, discount_text(configuration, order.culture) if order.discounts else "")
        except OperationRefused as refused:
            raise PaymentConflict(refused.message) from refused
        if plan is not None and plan.items != window.announced:
            payment.announce_upsell(plan.items, until=now + AFTER_COMMIT, at=now)
            await Journal(held, payment).write(release=True)

    async def _require_charged(self, key: PaymentKey, order: PurchaseOrder, told: OrderPayment) -> None:
        """While the merchant charges for it an order stays as it is; our own writes come back here too."""
        configuration, session = await asyncio.gather(
            self._configurations.read(key.tenant), self._payments.read_session(key.order)
        )
        same = told.amount == order.amount_to_cover(told.id)
        if same and session is not None:
            same = session.cart_digest == digest(basket_for(order, configuration, told.id))
        if not same:
            raise PaymentConflict("The merchant is charging for this order; its cart can't be changed now.")

    async def _bought(self, key: PaymentKey, told: OrderPayment) -> None:
        """An order that changes after its purchase: soon, when Norce has committed it, the reservation is compared."""
        if told.state in _HOLDING:
            await self._payments.look_again(key, at=self._clock.now() + AFTER_COMMIT)

    async def _hand_over(
        self,
        key: PaymentKey,
        order: PurchaseOrder,
        told: OrderPayment,
        configuration: MerchantConfiguration,
        basket: Basket,
    ) -> bool:
        """Whether Qliro holds this basket; False when its order is dead and the storefront must begin anew."""
        fingerprint = digest(basket)
        try:
            async with self._exclusion.hold(key.order, wait=_AT_ONCE) as held:
                return await self._change(held, key, order, told, configuration, basket, fingerprint)
        except OrderBusy:
            session = await self._payments.read_session(key.order)
            if session is not None and session.cart_digest == fingerprint:
                return True
        async with self._exclusion.hold(key.order, wait=self._patience.hook_claim) as held:
            return await self._change(held, key, order, told, configuration, basket, fingerprint)

    async def _change(
        self,
        held: Held,
        key: PaymentKey,
        order: PurchaseOrder,
        told: OrderPayment,
        configuration: MerchantConfiguration,
        basket: Basket,
        fingerprint: str,
    ) -> bool:
        session = held.claim.session
        payment = held.claim.payment(key.payment_id) or adopted(order, told, at=self._clock.now())
        stale = session is None or session.cart_digest != fingerprint
        if payment.status in _BOUGHT and stale:
            raise PaymentConflict("The order has been paid; its cart can't be changed.")
        if payment.status is not PaymentStatus.INTENT or payment.provider_order_id is None:
            return payment.status is PaymentStatus.INTENT
        try:
            if stale and not await self._update(payment, configuration, basket, fingerprint):
                return False
        except ProviderUnavailable as lost:
            if lost.sent:
                await self._in_doubt(held, payment, session)
            raise
        payment.cover(order.amount_to_cover(key.payment_id), at=self._clock.now())
        stored = CheckoutSession(payment.merchant_reference, session.attempt if session else 1, fingerprint)
        await Journal(held, payment).write(*_reopened(order), release=True, session=stored)
        return True

    async def _in_doubt(self, held: Held, payment: Payment, session: CheckoutSession | None) -> None:
        """Norce keeps the old cart, and which one Qliro holds nobody knows: it is given Norce's once more.

        And again a little later: Qliro may still be at work on the change that it was too slow to confirm.
        """
        unknown = CheckoutSession(payment.merchant_reference, session.attempt if session else 1, "")
        await Journal(held, payment).write(Message(MessageKind.SYNC_CART), release=True, session=unknown)
        await self._payments.look_again(payment.key, at=self._clock.now() + _ONCE_CERTAIN)

    async def _update(
        self, payment: Payment, configuration: MerchantConfiguration, basket: Basket, version: str
    ) -> bool:
        order_id, account = payment.provider_order_id or 0, configuration.account
        try:
            await self._provider.update_checkout(account, order_id, basket, version=version)
        except ProviderOrderMissing:
            return False
        except ProviderOrderCompleted as paid:
            raise PaymentConflict("The order has just been paid; its cart can't be changed.") from paid
        except ProviderBusy as paying:
            raise PaymentConflict("The customer is paying; the cart can't be changed now.") from paying
        except ProviderUnavailable as lost:
            if not lost.sent or not await self._holds(account, order_id, basket):
                raise
        return True

    async def _holds(self, account: ProviderAccount, order_id: int, basket: Basket) -> bool:
        try:
            return holds(await self._provider.read_checkout(account, order_id), basket)
        except ProviderUnavailable:
            return False


def amount_patch(order: PurchaseOrder, told: OrderPayment) -> tuple[Patch, ...]:
    """The patch that brings our payment to what it must cover; none when it already is."""
    amount = order.amount_to_cover(told.id)
    if amount == told.amount:
        return ()
    return (Patch(f"/payments/{order.payments.index(told)}/amount", amount),)


def _reopened(order: PurchaseOrder) -> tuple[Message, ...]:
    """An order frozen for a purchase whose cart changes is not being bought: it goes back to checkout."""
    if order.status is not OrderStatus.PROCESSING:
        return ()
    return order_advanced(OrderStatus.CHECKOUT), Message(MessageKind.REPORT_PAYMENT)
