"""Pay an order with a saved card, or by invoice, without the customer (qliro.md 11, norce.md e.11).

Written down before it is asked for, asked for with one key that never changes, and looked up before it is asked for
again: whatever is repeated, raced or killed, an order is charged once.
"""

import asyncio
from datetime import timedelta

from application.at_norce import order_showing, payment_created
from application.compose_checkout import REFERENCE_ATTRIBUTE, basket_for, birthmarks
from application.compose_renewal import (
    METHOD_ATTRIBUTE,
    RENEWAL_ATTRIBUTE,
    customer_to_charge,
    renewal_mark,
    renewal_reference,
)
from application.deadline import deadline
from application.deliver_messages import DeliverMessages
from application.exclusion import Exclusion, Held
from application.journal import Journal
from application.messages_owed import transaction_logged
from application.open_payment import PAYMENT_NAME, require_open
from application.place_renewal import PlaceRenewal, Renewal
from application.ports.clock import Clock, Ids
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations
from application.ports.merchant_payments import INVOICE, method_of
from application.ports.payments import CheckoutSession, Work
from application.ports.platform import CheckoutPlatform, PaymentDraft
from application.settle_payment import SettlePayment
from application.withdraw_payment import clear_spent
from domain.basket import digest
from domain.errors import PaymentConflict
from domain.evidence import DEAD
from domain.identifiers import OrderKey, PaymentKey
from domain.money import Money
from domain.order import OrderPayment, PurchaseOrder, Recurring
from domain.payment import Payment
from domain.saved_card import token_mark

MOST_SECONDS = 45.0
"""For Norce and Qliro together while a caller waits; what is not known by then is found out in the background."""
KEY_IS_REMEMBERED = timedelta(days=6)
"""Qliro refuses a key that it has seen in the last seven days; after that nothing is sent a second time."""


class RenewPayment:
    """The same order and token give the same payment; it is decided by Qliro's books, not by this call."""

    def __init__(
        self,
        exclusion: Exclusion,
        platform: CheckoutPlatform,
        configurations: MerchantConfigurations,
        place: PlaceRenewal,
        settle: SettlePayment,
        deliver: DeliverMessages,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._exclusion = exclusion
        self._platform = platform
        self._configurations = configurations
        self._place = place
        self._settle = settle
        self._deliver = deliver
        self._clock = clock
        self._ids = ids

    async def __call__(self, key: OrderKey, token: str) -> str:
        """The payment's id, once Qliro has it or nobody can tell whether it has.

        Raises OrderNotFound, OrderConflict (not in checkout), PaymentConflict (another payment), ValidationRefused,
        OrderNotExpressible, ConfigurationNotFound / Invalid, OrderBusy, and ProviderError when nothing was charged.
        """
        mark, decided = token_mark(token), False
        try:
            async with self._exclusion.hold(key) as held:
                order, configuration = await asyncio.gather(
                    self._platform.read_order(key), self._configurations.read(key.tenant)
                )
                payment = _stored(held, mark) or await self._begun_elsewhere(held, order, mark)
                fresh = payment is None
                if payment is None:
                    payment = await self._begin(held, order, configuration, token)
                if payment.unplaced:
                    order = await self._shown(key, payment) if fresh else order
                    renewal = Renewal(held, payment, order, configuration, token, fresh=fresh)
                    with deadline(MOST_SECONDS):
                        decided = await self._place(renewal)
        finally:
            await self._deliver.at_once(key)
        if decided:
            await self._settle(payment.key)
        return payment.key.payment_id

    async def _shown(self, key: OrderKey, payment: Payment) -> PurchaseOrder:
        return await order_showing(self._platform, self._clock, key, {payment.key.payment_id})

    async def resume(self, key: PaymentKey) -> bool:
        """Finish what a caller who is gone has begun; whether Qliro has it now.

        Raises what asking again may raise, and why it came to nothing.
        """
        try:
            async with self._exclusion.hold(key.order) as held:
                payment = held.claim.payment(key.payment_id)
                if payment is None or not payment.unplaced:
                    return False
                order, configuration = await asyncio.gather(
                    self._platform.read_order(key.order), self._configurations.read(key.tenant)
                )
                over = self._clock.now() - payment.created_at > KEY_IS_REMEMBERED
                token = "" if over else _token_of(order, payment)
                await self._place(Renewal(held, payment, order, configuration, token, fresh=False))
                return payment.provider_order_id is not None
        finally:
            await self._deliver.at_once(key.order)

    async def _begun_elsewhere(self, held: Held, order: PurchaseOrder, mark: str) -> Payment | None:
        """A payment that Norce knows and this database does not: an attempt that died early, or another database's.

        Raises PaymentConflict when somebody else's payment, or another token's, is in the way.
        """
        told = next((p for p in reversed(order.payments) if p.ours and p.active and renewal_mark(p) == mark), None)
        if told is None:
            _require_free(order)
            return None
        if told.reference:
            return await self._settle.load(held, order.key.payment(told.id), await self._configuration(order))
        return await self._written_down(held, order, told.id, mark, str(told.attributes.get(REFERENCE_ATTRIBUTE) or ""))

    async def _configuration(self, order: PurchaseOrder) -> MerchantConfiguration:
        return await self._configurations.read(order.key.tenant)

    async def _begin(
        self, held: Held, order: PurchaseOrder, configuration: MerchantConfiguration, token: str
    ) -> Payment:
        """What can be refused is refused before anything is written."""
        require_open(order, configuration)
        customer_to_charge(order, token)
        fingerprint = digest(basket_for(order, configuration))
        known = held.claim.session.attempt if held.claim.session else 0
        number = max(known, sum(1 for payment in order.payments if payment.ours)) + 1
        reference = renewal_reference(order, configuration, number)
        await held.commit(work=Work(order.key, session=CheckoutSession(reference, number, fingerprint)))
        await clear_spent(self._platform, order)
        mark = token_mark(token)
        draft = PaymentDraft(
            name=PAYMENT_NAME,
            amount=order.amount_to_cover(),
            currency=order.currency,
            attributes={**birthmarks(reference), RENEWAL_ATTRIBUTE: mark, METHOD_ATTRIBUTE: method_of(token)},
            recurring=Recurring(token, "Invoice" if token == INVOICE else ""),
        )
        payment_id = await payment_created(self._platform, self._clock, order.key, draft, reference)
        return await self._written_down(held, order, payment_id, mark, reference)

    async def _written_down(
        self, held: Held, order: PurchaseOrder, payment_id: str, mark: str, reference: str
    ) -> Payment:
        """Before Qliro is asked, with the key that it will be asked with however often."""
        payment = Payment.by_merchant(
            order.key.payment(payment_id),
            Money(order.amount_to_cover(payment_id), order.currency),
            charge_id=self._ids.fresh(),
            token_mark=mark,
            merchant_reference=reference,
            at=self._clock.now(),
        )
        opened = transaction_logged("open", payment.amount, key=f"{payment_id}:open", status="InProcess")
        await Journal(held, payment).write(opened)
        return payment


def _stored(held: Held, mark: str) -> Payment | None:
    """The newest payment with this token that was not refused."""
    mine = [p for p in held.claim.payments if p.token_mark == mark and p.status not in DEAD]
    return mine[-1] if mine else None


def _require_free(order: PurchaseOrder) -> None:
    """Of our own payments one is enough; others' are looked at with the rest of the order."""
    for own in order.payments:
        if own.ours and own.active:
            raise PaymentConflict(f"Payment {own.id} of this order is already {own.state}.")


def _token_of(order: PurchaseOrder, payment: Payment) -> str:
    """Norce keeps it; empty when it does not, and then only the caller can go on."""
    if payment.token_mark == token_mark(INVOICE):
        return INVOICE
    told: OrderPayment | None = order.payment(payment.key.payment_id)
    token = told.recurring.token if told and told.recurring else ""
    return token if token_mark(token) == payment.token_mark else ""
