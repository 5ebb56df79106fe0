"""Create the payment of an order, or find the one that is there (norce.md e.2).

Repeating it gives the same answer. An attempt that died between any two of its steps is finished by the next one:
Norce's payment carries the merchant reference from its birth, and Qliro is asked for that reference before it is
sent a second time.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from application.adopt_payment import adopted, provider_order_of
from application.compose_checkout import (
    REFERENCE_ATTRIBUTE,
    CheckoutComposer,
    basket_for,
    birthmarks,
    reference_for,
)
from application.compose_renewal import renewal_mark
from application.exclusion import Exclusion, Held
from application.journal import Journal
from application.messages_owed import transaction_logged
from application.patience import Patience
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations
from application.ports.payments import CheckoutSession, Work
from application.ports.platform import CheckoutPlatform, PaymentChanges, PaymentDraft, TransactionEntry
from application.ports.provider import PaymentProvider
from application.register_hooks import register_hooks
from application.settle_payment import SettlePayment
from application.side_by_side import side_by_side
from application.withdraw_payment import WithdrawPayment, withdraw_twins
from domain.basket import digest
from domain.checkout import Basket, CheckoutStatus, ProviderCheckout
from domain.errors import (
    AdapterError,
    ConfigurationNotFound,
    OrderConflict,
    OrderUnavailable,
    PaymentConflict,
    ProviderError,
    ProviderOrderCompleted,
    ProviderOrderMissing,
    ProviderUnavailable,
)
from domain.identifiers import OrderKey, PaymentKey
from domain.lifecycle import PaymentStatus
from domain.messages import Message
from domain.money import Money
from domain.order import ADAPTER_ID, OrderPayment, OrderStatus, PaymentState, PurchaseOrder
from domain.payment import Payment

PAYMENT_NAME = "Qliro Checkout"
_UNPAID = frozenset({PaymentState.INTENT, PaymentState.PROCESSING})


@dataclass(frozen=True, slots=True)
class Started:
    """What the storefront needs: the payment's id and Qliro's snippet, unchanged."""

    payment_id: str
    snippet: str


@dataclass(slots=True)
class _Attempt:
    """One create under way."""

    held: Held
    order: PurchaseOrder
    configuration: MerchantConfiguration
    basket: Basket
    session: CheckoutSession


class StartPayment:
    """One Norce payment and one live Qliro order per Norce order, whatever is repeated, raced or killed."""

    def __init__(
        self,
        exclusion: Exclusion,
        platform: CheckoutPlatform,
        provider: PaymentProvider,
        configurations: MerchantConfigurations,
        composer: CheckoutComposer,
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
        self._composer = composer
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
            order, configuration = await asyncio.gather(
                self._platform.read_order(key), self._configurations.read(key.tenant)
            )
            current = order.own_payment()
            await withdraw_twins(self._platform, order)
            started = await self._existing(held, order, current, configuration) if current else None
            if started is None:
                order = await self._platform.read_order(key) if current else order
                started = await self._new(held, order, configuration)
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
        if provider_order_of(current) is None:
            return await self._finish(held, order, current, configuration)
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
            checkout = await self._provider.read_checkout(configuration.account, provider_order_of(current) or 0)
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
        attempt = self._attempt(held, order, configuration, current.id)
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
        await self._complete_norce(order, current, configuration, order.amount_to_cover(current.id))
        payment.cover(order.amount_to_cover(current.id), at=self._clock.now())
        session = replace(attempt.session, merchant_reference=payment.merchant_reference, attempt=_attempts(held))
        opened = () if stored else await self._not_yet_opened(payment)
        await Journal(held, payment).write(*opened, release=True, session=session)
        return Started(current.id, fresh.snippet)

    async def _offered(
        self,
        order: PurchaseOrder,
        configuration: MerchantConfiguration,
        checkout: ProviderCheckout,
        attempt: _Attempt,
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
        opened = _opened(payment)
        known = await self._platform.transaction_keys(payment.key.order, payment.key.payment_id)
        return () if opened.payload["key"] in known else (opened,)

    async def _new(self, held: Held, order: PurchaseOrder, configuration: MerchantConfiguration) -> Started:
        require_open(order, configuration)
        attempt = self._attempt(held, order, configuration, None)
        reference = attempt.session.merchant_reference
        draft = PaymentDraft(
            name=PAYMENT_NAME,
            amount=order.amount_to_cover(),
            currency=order.currency,
            attributes=birthmarks(reference),
        )
        created = asyncio.ensure_future(self._create_norce_payment(order.key, draft, reference))
        gone = self._withdrawn(held, order)
        await side_by_side(held.commit(*gone, work=Work(order.key, session=attempt.session)), created)
        return await self._at_qliro(attempt, order.key.payment(created.result()), draft.amount, known=None)

    def _withdrawn(self, held: Held, order: PurchaseOrder) -> tuple[Payment, ...]:
        """Payments that Norce shows as withdrawn and an interrupted request left unpaid in store."""
        live = {payment.id for payment in order.payments if payment.active}
        gone = [p for p in held.claim.payments if p.status is PaymentStatus.INTENT and p.key.payment_id not in live]
        for payment in gone:
            payment.remove(at=self._clock.now())
        return tuple(gone)

    async def _finish(
        self, held: Held, order: PurchaseOrder, current: OrderPayment, configuration: MerchantConfiguration
    ) -> Started:
        """An earlier attempt ended between Norce's payment and our knowing the Qliro order."""
        attempt = self._attempt(held, order, configuration, current.id)
        reference = str(current.attributes.get(REFERENCE_ATTRIBUTE) or attempt.session.merchant_reference)
        session = CheckoutSession(reference, _attempts(held) or 1, attempt.session.cart_digest)
        attempt.session = session
        await held.commit(work=Work(order.key, session=session))
        known = await self._provider.find_checkout(configuration.account, reference)
        key, amount = order.key.payment(current.id), order.amount_to_cover(current.id)
        return await self._at_qliro(attempt, key, amount, known=known)

    async def _at_qliro(
        self, attempt: _Attempt, key: PaymentKey, amount: int, *, known: ProviderCheckout | None
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
        payment = Payment.intend(
            key,
            Money(amount, attempt.order.currency),
            provider_order_id=provider_order_id,
            merchant_reference=attempt.session.merchant_reference,
            at=self._clock.now(),
        )
        return await self._linked(attempt, payment, sync=known is not None)

    async def _linked(self, attempt: _Attempt, payment: Payment, *, sync: bool) -> Started:
        """Tie both sides together, look whether the cart moved meanwhile, and write it down."""
        key, account = payment.key, attempt.configuration.account
        provider_order_id = payment.provider_order_id or 0
        reading = asyncio.ensure_future(self._provider.read_checkout(account, provider_order_id))
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
        await Journal(attempt.held, payment).write(_opened(payment), release=True, session=session)
        return Started(key.payment_id, checkout.snippet)

    async def _link(self, attempt: _Attempt, payment: Payment) -> None:
        key = payment.key
        current = attempt.order.payment(key.payment_id) or _as_created(attempt, key.payment_id, payment.amount)
        changes = PaymentChanges(
            state=PaymentState.INTENT,
            amount=payment.amount,
            reference=str(payment.provider_order_id),
            attributes=birthmarks(payment.merchant_reference),
        )
        await self._platform.replace_payment(key.order, current, changes)

    async def _create_norce_payment(self, order: OrderKey, draft: PaymentDraft, reference: str) -> str:
        try:
            return await self._platform.create_payment(order, draft)
        except OrderUnavailable as lost:
            if not lost.sent:
                raise
        found = (await self._platform.read_order(order)).own_payment()
        if found is not None and found.attributes.get(REFERENCE_ATTRIBUTE) == reference:
            return found.id
        return await self._platform.create_payment(order, draft)

    async def _create_checkout(self, attempt: _Attempt, key: PaymentKey) -> int:
        """One Qliro order for this reference: after a lost answer it is looked up before it is sent once more."""
        account, reference = attempt.configuration.account, attempt.session.merchant_reference
        draft = self._composer.draft(attempt.order, attempt.configuration, key, attempt.basket, reference)
        try:
            return await self._provider.create_checkout(account, draft)
        except ProviderUnavailable as lost:
            found = await self._provider.find_checkout(account, reference) if lost.sent else None
        if found is not None:
            return found.provider_order_id
        return await self._provider.create_checkout(account, draft)

    async def _add_hooks(self, attempt: _Attempt, key: PaymentKey) -> None:
        await register_hooks(self._platform, attempt.order, key.payment_id, attempt.configuration.public_url)

    async def _undo(self, attempt: _Attempt, key: PaymentKey, hooks: asyncio.Task[None], failure: AdapterError) -> None:
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

    async def _replace(self, held: Held, order: PurchaseOrder, current: OrderPayment) -> None:
        """The Qliro order is dead: its payment makes room for a new one."""
        await self._withdraw(order, current)
        stored = held.claim.payment(current.id)
        if stored is not None and stored.status is PaymentStatus.INTENT:
            stored.remove(at=self._clock.now())
            await Journal(held, stored).write()

    def _attempt(
        self, held: Held, order: PurchaseOrder, configuration: MerchantConfiguration, payment_id: str | None
    ) -> _Attempt:
        basket = basket_for(order, configuration, payment_id)
        number = max(_attempts(held), sum(1 for p in order.payments if p.ours)) + 1
        reference = reference_for(order, configuration, number)
        session = CheckoutSession(reference, number, digest(basket))
        return _Attempt(held, order, configuration, basket, session)

    async def _complete_norce(
        self, order: PurchaseOrder, current: OrderPayment, configuration: MerchantConfiguration, amount: int
    ) -> None:
        """Hooks and amount, where an interrupted attempt left them out, or another adapter has hooks of its own."""
        writes: list[Awaitable[object]] = [register_hooks(self._platform, order, current.id, configuration.public_url)]
        if current.amount != amount:
            writes.append(self._platform.replace_payment(order.key, current, PaymentChanges(amount=amount)))
        await side_by_side(*writes)


def _opened(payment: Payment) -> Message:
    key = f"{payment.key.payment_id}:open"
    return transaction_logged("open", payment.amount, key=key, status="InProcess")


def _attempts(held: Held) -> int:
    return held.claim.session.attempt if held.claim.session else 0


def require_open(order: PurchaseOrder, configuration: MerchantConfiguration) -> None:
    if not configuration.active:
        raise ConfigurationNotFound("The configuration of this channel is not active.")
    if order.status is not OrderStatus.CHECKOUT:
        raise OrderConflict(f"Order {order.key.order_id} is {order.status}; a payment can only be created in checkout.")
    for other in order.payments:
        if not other.ours and other.active and other.type == "default":
            raise PaymentConflict(f"Payment {other.id} of {other.adapter_id} is already active on this order.")


def _as_created(attempt: _Attempt, payment_id: str, amount: int) -> OrderPayment:
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
