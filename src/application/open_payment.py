"""Open a payment's checkout at Qliro and tie it to the payment in Norce.

Norce's payment carries the merchant reference from its birth, and Qliro is asked for that reference before it is sent
a second time: an attempt that died between any two steps is finished by the next one.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace

from application.at_norce import payment_created
from application.compose_checkout import (
    REFERENCE_ATTRIBUTE,
    CheckoutComposer,
    basket_for,
    birthmarks,
    reference_for,
)
from application.exclusion import Held
from application.journal import Journal
from application.let_go import let_go
from application.messages_owed import transaction_logged
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfiguration, ProviderAccount
from application.ports.payments import CheckoutSession, Work
from application.ports.platform import CheckoutPlatform, PaymentChanges, PaymentDraft, TransactionEntry
from application.ports.provider import PaymentProvider
from application.register_hooks import register_hooks
from application.side_by_side import side_by_side
from application.withdraw_payment import WithdrawPayment, clear_spent
from domain.basket import digest
from domain.checkout import Basket, ProviderCheckout
from domain.errors import (
    AdapterError,
    ConfigurationNotFound,
    OrderConflict,
    PaymentConflict,
    ProviderError,
    ProviderOrderMissing,
    ProviderUnavailable,
)
from domain.identifiers import PaymentKey
from domain.lifecycle import PaymentStatus
from domain.messages import Message
from domain.money import Money
from domain.order import ADAPTER_ID, OrderPayment, OrderStatus, PaymentState, PurchaseOrder
from domain.payment import Payment

PAYMENT_NAME = "Qliro Checkout"
_UNTIL_SHOWN = (0.1, 0.2, 0.4, 0.8)


@dataclass(frozen=True, slots=True)
class Started:
    """What the storefront needs: the payment's id and Qliro's snippet, unchanged."""

    payment_id: str
    snippet: str


@dataclass(slots=True)
class Attempt:
    """One create under way."""

    held: Held
    order: PurchaseOrder
    configuration: MerchantConfiguration
    basket: Basket
    session: CheckoutSession


class OpenPayment:
    """The part of creating a payment that begins with nothing at Qliro, as far as anybody knows."""

    def __init__(
        self,
        platform: CheckoutPlatform,
        provider: PaymentProvider,
        composer: CheckoutComposer,
        withdraw: WithdrawPayment,
        clock: Clock,
    ) -> None:
        self._platform = platform
        self._provider = provider
        self._composer = composer
        self._withdraw = withdraw
        self._clock = clock

    async def anew(self, held: Held, order: PurchaseOrder, configuration: MerchantConfiguration) -> Started:
        """A payment in Norce and a checkout at Qliro, for an order that has neither. Raises as StartPayment does."""
        require_open(order, configuration)
        attempt = attempt_for(held, order, configuration, None)
        reference = attempt.session.merchant_reference
        await clear_spent(self._platform, order)
        draft = PaymentDraft(
            name=PAYMENT_NAME,
            amount=order.amount_to_cover(),
            currency=order.currency,
            attributes=birthmarks(reference),
        )
        gone = self._withdrawn(held, order)
        created = asyncio.ensure_future(payment_created(self._platform, self._clock, order.key, draft, reference))
        await side_by_side(held.commit(*gone, work=Work(order.key, session=attempt.session)), created)
        return await self._at_qliro(attempt, order.key.payment(created.result()), draft.amount, known=None)

    def _withdrawn(self, held: Held, order: PurchaseOrder) -> tuple[Payment, ...]:
        """Payments that Norce shows as withdrawn and an interrupted request left unpaid in store."""
        live = {payment.id for payment in order.payments if payment.active}
        gone = [p for p in held.claim.payments if p.status is PaymentStatus.INTENT and p.key.payment_id not in live]
        for payment in gone:
            payment.remove(at=self._clock.now())
        return tuple(gone)

    async def finish(
        self, held: Held, order: PurchaseOrder, current: OrderPayment, configuration: MerchantConfiguration
    ) -> Started:
        """An earlier attempt ended between Norce's payment and our knowing the Qliro order."""
        attempt = attempt_for(held, order, configuration, current.id)
        reference = str(current.attributes.get(REFERENCE_ATTRIBUTE) or attempt.session.merchant_reference)
        session = CheckoutSession(reference, attempts(held) or 1, attempt.session.cart_digest)
        attempt.session = session
        await held.commit(work=Work(order.key, session=session))
        known = await self._provider.find_checkout(configuration.account, reference, payment_id=current.id)
        key, amount = order.key.payment(current.id), order.amount_to_cover(current.id)
        return await self._at_qliro(attempt, key, amount, known=known)

    async def _at_qliro(
        self, attempt: Attempt, key: PaymentKey, amount: int, *, known: ProviderCheckout | None
    ) -> Started:
        hooks = asyncio.create_task(self._add_hooks(attempt, key))
        try:
            if known is not None:
                provider_order_id = known.provider_order_id
            else:
                provider_order_id = await self._create_checkout(attempt, key)
            await hooks
        except AdapterError as failure:
            await self._undo(attempt, key, hooks, failure)
            raise
        finally:
            let_go(hooks)
        payment = Payment.intend(
            key,
            Money(amount, attempt.order.currency),
            provider_order_id=provider_order_id,
            merchant_reference=attempt.session.merchant_reference,
            at=self._clock.now(),
        )
        return await self._linked(attempt, payment, sync=known is not None)

    async def _linked(self, attempt: Attempt, payment: Payment, *, sync: bool) -> Started:
        """Tie both sides together, look whether the cart moved meanwhile, and write it down."""
        key, account = payment.key, attempt.configuration.account
        provider_order_id = payment.provider_order_id or 0
        reading = asyncio.ensure_future(self._just_created(account, provider_order_id))
        order_reading = asyncio.ensure_future(self._platform.read_order(key.order))
        await side_by_side(reading, order_reading, self._link(attempt, payment))
        checkout, order = reading.result(), order_reading.result()
        basket = basket_for(order, attempt.configuration, key.payment_id)
        fingerprint = digest(basket)
        if sync or fingerprint != attempt.session.cart_digest:
            await self._provider.update_checkout(account, provider_order_id, basket, version=fingerprint)
            checkout = await self._provider.read_checkout(account, provider_order_id)
        if payment.amount != order.amount_to_cover(key.payment_id):
            payment.cover(order.amount_to_cover(key.payment_id), at=self._clock.now())
            await self._link(attempt, payment)
        session = replace(attempt.session, cart_digest=fingerprint)
        await Journal(attempt.held, payment).write(opened(payment), release=True, session=session)
        return Started(key.payment_id, checkout.snippet)

    async def _just_created(self, account: ProviderAccount, provider_order_id: int) -> ProviderCheckout:
        """Qliro may take a moment until it shows an order that it has just made (qliro.md 15)."""
        for pause in _UNTIL_SHOWN:
            try:
                return await self._provider.read_checkout(account, provider_order_id)
            except ProviderOrderMissing:
                await self._clock.sleep(pause)
        return await self._provider.read_checkout(account, provider_order_id)

    async def _link(self, attempt: Attempt, payment: Payment) -> None:
        key = payment.key
        current = attempt.order.payment(key.payment_id) or _as_created(attempt, key.payment_id, payment.amount)
        changes = PaymentChanges(
            state=PaymentState.INTENT,
            amount=payment.amount,
            reference=str(payment.provider_order_id),
            attributes=birthmarks(payment.merchant_reference),
        )
        await self._platform.replace_payment(key.order, current, changes)

    async def _create_checkout(self, attempt: Attempt, key: PaymentKey) -> int:
        """One Qliro order for this reference: after a lost answer it is looked up before it is sent once more."""
        account, reference, mine = attempt.configuration.account, attempt.session.merchant_reference, key.payment_id
        draft = self._composer.draft(attempt.order, attempt.configuration, key, attempt.basket, reference)
        try:
            return await self._provider.create_checkout(account, draft)
        except ProviderUnavailable as lost:
            found = await self._provider.find_checkout(account, reference, payment_id=mine) if lost.sent else None
        if found is not None:
            return found.provider_order_id
        return await self._provider.create_checkout(account, draft)

    async def _add_hooks(self, attempt: Attempt, key: PaymentKey) -> None:
        await register_hooks(self._platform, attempt.order, key.payment_id, attempt.configuration.public_url)

    async def _undo(self, attempt: Attempt, key: PaymentKey, hooks: asyncio.Task[None], failure: AdapterError) -> None:
        """Qliro has no order for this payment: withdraw it so that the storefront can begin anew."""
        await asyncio.gather(hooks, return_exceptions=True)
        if not isinstance(failure, ProviderError):
            return
        entry = TransactionEntry(
            "open", "open", 0, False, f"{key.payment_id}:open-failed", error_detail=failure.message
        )
        with suppress(AdapterError):  # the storefront's next create finds whatever is left and mends it
            order = await self._platform.read_order(key.order)
            payment = order.payment(key.payment_id)
            if payment is not None:
                await self._withdraw(order, payment)
            await self._platform.log_transaction(key.order, key.payment_id, entry)


def attempt_for(
    held: Held, order: PurchaseOrder, configuration: MerchantConfiguration, payment_id: str | None
) -> Attempt:
    """What is to be asked of Qliro now, under a merchant reference that no earlier attempt used."""
    basket = basket_for(order, configuration, payment_id)
    number = max(attempts(held), sum(1 for p in order.payments if p.ours)) + 1
    reference = reference_for(order, configuration, number)
    session = CheckoutSession(reference, number, digest(basket))
    return Attempt(held, order, configuration, basket, session)


def opened(payment: Payment) -> Message:
    """The line for Norce's log that is written once per payment."""
    key = f"{payment.key.payment_id}:open"
    return transaction_logged("open", payment.amount, key=key, status="InProcess")


def attempts(held: Held) -> int:
    """How many merchant references this order has used."""
    return held.claim.session.attempt if held.claim.session else 0


def require_open(order: PurchaseOrder, configuration: MerchantConfiguration) -> None:
    """Raises ConfigurationNotFound, OrderConflict, or PaymentConflict when another provider's payment is active."""
    if not configuration.active:
        raise ConfigurationNotFound("The configuration of this channel is not active.")
    if order.status is not OrderStatus.CHECKOUT:
        raise OrderConflict(f"Order {order.key.order_id} is {order.status}; a payment can only be created in checkout.")
    for other in order.payments:
        if not other.ours and other.active and other.type == "default":
            raise PaymentConflict(f"Payment {other.id} of {other.adapter_id} is already active on this order.")


def _as_created(attempt: Attempt, payment_id: str, amount: int) -> OrderPayment:
    return OrderPayment(
        id=payment_id,
        adapter_id=ADAPTER_ID,
        name=PAYMENT_NAME,
        type="default",
        amount=amount,
        currency=attempt.order.currency,
        state=PaymentState.INTENT,
        reference="",
    )
