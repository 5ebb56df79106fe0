"""Carry out one message to Norce: read what Norce holds, write only what differs.

Delivering the same message twice ends in the same order, so at-least-once delivery is enough.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta

from application.adopt_payment import own_payment
from application.chosen_delivery import of_delivery
from application.customer_details import address_changes
from application.log_reopening import log_reopening
from application.newsletter import TellNewsletter
from application.observation import Observer
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations
from application.ports.inbox import Inbox
from application.ports.outbox import Letter
from application.ports.payments import Payments
from application.ports.platform import CheckoutPlatform, PaymentChanges, TransactionEntry
from application.ports.provider import PaymentProvider
from application.reported_payment import differs, reported
from application.saved_cards import card_told, recurring_to_write
from application.schedule_upsell_end import ScheduleUpsellEnd
from application.shared_readings import OrderReading, SharedReadings
from application.side_by_side import side_by_side
from application.sync_cart import SyncCart
from application.tell_delivery import TellDelivery
from application.withdraw_payment import withdraw_twins
from domain.checkout import CheckoutStatus, ProviderCheckout
from domain.errors import OrderNotExpressible, TranslationMissing
from domain.held_rows import added_fee
from domain.identifiers import OrderKey, PaymentKey
from domain.lifecycle import PaymentStatus
from domain.messages import MessageKind
from domain.order import OrderPayment, OrderStatus, PaymentState, PurchaseOrder
from domain.payment import Payment

_UNPAID = frozenset({PaymentState.INTENT, PaymentState.PROCESSING, PaymentState.PENDING})
_ONCE_TOLD = timedelta(seconds=3)
"""When a purchase that came in for a closed order is looked at again, and released."""
_RANK = {OrderStatus.CHECKOUT: 0, OrderStatus.PROCESSING: 1, OrderStatus.ACCEPTED: 2, OrderStatus.COMPLETED: 3}


class TellNorce:
    """Opens a round of telling for one order; readings are shared within the round."""

    def __init__(
        self,
        platform: CheckoutPlatform,
        provider: PaymentProvider,
        payments: Payments,
        configurations: MerchantConfigurations,
        sync_cart: SyncCart,
        observer: Observer,
        inbox: Inbox,
        schedule: ScheduleUpsellEnd,
        clock: Clock,
    ) -> None:
        self.platform = platform
        self.payments = payments
        self.sync_cart = sync_cart
        self.observer = observer
        self.schedule = schedule
        self.clock = clock
        self.newsletter = TellNewsletter(platform, observer)
        self.delivery = TellDelivery(platform, inbox, observer)
        self._provider = provider
        self._configurations = configurations

    def begin(self, order: OrderKey, read: OrderReading | None = None, stored: Payment | None = None) -> "Round":
        """A round for this order, starting from what the caller reads, or has just stored."""
        readings = SharedReadings(self.platform, self._provider, self.payments, self._configurations, order, read)
        if stored is not None:
            readings.payment_stored(stored)
        return Round(self, order, readings)


class Round:
    """One order's messages, told one after the other."""

    def __init__(self, tools: TellNorce, key: OrderKey, readings: SharedReadings) -> None:
        self._key = key
        self._tools = tools
        self._platform = tools.platform
        self._readings = readings

    async def tell(self, letter: Letter, *, again: bool = False) -> None:
        """`again`: Norce may have been told before. Raises whatever is no success; the message is still owed then."""
        match letter.message.kind:
            case MessageKind.REPORT_PAYMENT:
                await self._report(letter.key)
            case MessageKind.LOG_TRANSACTION:
                await self._log(letter, again=again)
            case MessageKind.ADVANCE_ORDER:
                await self._advance(letter, OrderStatus(str(letter.message.payload["status"])), again=again)
            case MessageKind.REFRESH_CUSTOMER:
                await self._refresh_customer(letter.key)
            case MessageKind.REFRESH_SHIPPING:
                await self._tools.delivery.confirm(letter, self._readings)
            case MessageKind.SHIPPING_EVENT:
                await self._tools.delivery.mark(letter, self._readings)
            case MessageKind.SYNC_CART:
                await self._sync_cart(letter.key)
            case MessageKind.SAVE_CARD:
                await self._save_card(letter)
            case MessageKind.SCHEDULE_UPSELL_END:
                await self._schedule_upsell_end(letter.key)

    async def _report(self, key: PaymentKey) -> None:
        payment, order, configuration = await asyncio.gather(
            self._readings.payment(key), self._readings.order(), self._readings.configuration(key)
        )
        current = own_payment(order, key.payment_id)
        if payment.status in {PaymentStatus.INTENT, PaymentStatus.REMOVED} and not current.active:
            return  # withdrawn in Norce, and nobody has paid: it stays withdrawn
        checkout = self._readings.checkout_read(payment)
        if current.state in _UNPAID and payment.totals.authorized:
            checkout = await self._bought(payment, order, configuration)
        changes = reported(payment, order, configuration, checkout)
        if differs(current, changes):
            written = await self._platform.replace_payment(self._key, current, changes)
            self._readings.payment_written(order, written)
            if payment.status is PaymentStatus.INTENT:
                await self._overtaken(key, written)

    async def _overtaken(self, key: PaymentKey, written: OrderPayment) -> None:
        """A cart that changed between our reading and our writing: its hook set an amount, and we the one before it.

        The hook wrote down what it told Norce before Norce had it, so nothing is read again where that agrees.
        """
        stored = await self._tools.payments.read(key)
        if stored is None or stored.status is not PaymentStatus.INTENT or stored.amount == written.amount:
            return
        self._readings.forget_order()
        order = await self._readings.order()
        told, amount = order.payment(key.payment_id), order.amount_to_cover(key.payment_id)
        if told is not None and told.active and told.amount != amount:
            again = await self._platform.replace_payment(self._key, told, PaymentChanges(amount=amount))
            self._readings.payment_written(order, again)

    async def _bought(
        self, payment: Payment, order: PurchaseOrder, configuration: MerchantConfiguration
    ) -> ProviderCheckout | None:
        """What Qliro shows of a purchase that is news to Norce, after it was compared with the order.

        An earlier round may have read it and not come this far. An order that is bought needs no twin of the payment.
        """
        checkout = self._readings.checkout_read(payment)
        told_delivery = checkout is not None or not configuration.use_integrated_shipping or _delivery_confirmed(order)
        if told_delivery:
            checkout = checkout or await self._readings.checkout_or_none(payment.key, needed=False)
        if told_delivery and (checkout is not None or payment.merchant_initiated):
            self._compare(payment, order, checkout)
        await withdraw_twins(self._platform, order)
        return checkout

    def _compare(self, payment: Payment, order: PurchaseOrder, checkout: ProviderCheckout | None) -> None:
        """What was bought is what the order says. A purchase that nobody could check may be of another cart."""
        lines = checkout.lines if checkout else ()
        added = (row for row in lines if added_fee(row.type, row.reference) and not of_delivery(row))
        fees = sum(row.price_inc * row.quantity for row in added)
        bought, cost = payment.totals.authorized - fees, order.amount_to_cover(payment.key.payment_id)
        if bought != cost:
            text = f"Qliro's order was bought for {bought} without fees, Norce's costs {cost} (minor units)"
            self._tools.observer.disagreement(payment.key, text)

    async def _log(self, letter: Letter, *, again: bool) -> None:
        payload = letter.message.payload
        entry = TransactionEntry(
            event=str(payload["event"]),
            psp_event=str(payload["event"]),
            amount=int(payload["amount"]),
            success=bool(payload["success"]),
            key=str(payload["key"]),
            psp_status=str(payload.get("status", "")),
            error_detail=str(payload.get("detail", "")),
        )
        payment_id = letter.key.payment_id
        if again and entry.key in await self._platform.transaction_keys(self._key, payment_id):
            return
        await self._platform.log_transaction(self._key, payment_id, entry)

    async def _schedule_upsell_end(self, key: PaymentKey) -> None:
        payment, order, configuration = await asyncio.gather(
            self._readings.payment(key), self._readings.order(), self._readings.configuration(key)
        )
        await self._tools.schedule(payment, order, configuration.public_url)

    async def _sync_cart(self, key: PaymentKey) -> None:
        try:
            self._readings.forget_payment(key)
            await self._tools.sync_cart(key)
        except (OrderNotExpressible, TranslationMissing) as failure:
            self._tools.observer.disagreement(key, f"Qliro keeps the old cart: {failure.message}")

    async def _save_card(self, letter: Letter) -> None:
        """What Qliro's order shows now, or else what its callback told."""
        key, told = letter.key, card_told(letter.message.payload)
        order, checkout = await asyncio.gather(
            self._readings.order(), self._readings.checkout_or_none(key, needed=told is None)
        )
        current = own_payment(order, key.payment_id)
        changes = recurring_to_write(current, (checkout and checkout.saved_card) or told)
        if changes is not None:
            written = await self._platform.replace_payment(self._key, current, PaymentChanges(recurring=changes))
            self._readings.payment_written(order, written)

    async def _advance(self, letter: Letter, wanted: OrderStatus, *, again: bool) -> None:
        key, order = letter.key, await self._readings.fresh_order()
        if wanted is OrderStatus.CHECKOUT:
            frozen = order.status is OrderStatus.PROCESSING and not _superseded(order, key)
            due = frozen and await self._unpaid(key, order)
        elif wanted is OrderStatus.DECLINED:
            due = order.status in {OrderStatus.PROCESSING, OrderStatus.ACCEPTED} and not _superseded(order, key)
        elif order.status in _OPEN and await self._fallen_through(key):
            wanted, due = OrderStatus.DECLINED, order.status is OrderStatus.PROCESSING
        else:
            due = _RANK.get(order.status, 9) < _RANK[wanted]
        if due and wanted is OrderStatus.CHECKOUT:  # logged first: once it is open nobody would come back for that
            amount = (await self._readings.payment(key)).amount
            await log_reopening(self._platform, key, amount=amount, mark=letter.id, again=again)
        if due:
            await self._platform.set_status(self._key, wanted)
            self._readings.order_written(replace(order, status=wanted))
        elif order.status in _CLOSED and wanted in _BOUGHT and not await self._fallen_through(key):
            self._tools.observer.disagreement(key, f"paid at Qliro, but Norce's order is {order.status}")
            await self._tools.payments.look_again(key, at=self._tools.clock.now() + _ONCE_TOLD)

    async def _refresh_customer(self, key: PaymentKey) -> None:
        order, checkout = await asyncio.gather(self._readings.order(), self._readings.checkout(key))
        if checkout is None:
            return
        changes = address_changes(order, checkout)
        writes = [self._tools.newsletter(key, order, checkout)]
        if changes.billing:
            document = order.customer.billing_document
            writes.append(self._platform.write_billing(self._key, changes.billing, document))
        if changes.shipping:
            document = order.customer.shipping_document
            writes.append(self._platform.write_shipping_address(self._key, changes.shipping, document))
        await side_by_side(*writes)

    async def _fallen_through(self, key: PaymentKey) -> bool:
        """Whether the purchase was refused or cancelled before Norce has heard of it: nobody pays for the order."""
        return (await self._readings.payment(key)).status in {PaymentStatus.CANCELLED, PaymentStatus.DECLINED}

    async def _unpaid(self, key: PaymentKey, order: PurchaseOrder) -> bool:
        payment = await self._readings.payment(key)
        if payment.status is PaymentStatus.REMOVED:
            return not any(p.active and p.type == "default" for p in order.payments if p.id != key.payment_id)
        if payment.merchant_initiated:
            return payment.status is PaymentStatus.DECLINED
        checkout = await self._readings.checkout(key)
        return checkout is None or checkout.status is CheckoutStatus.IN_PROCESS


def _delivery_confirmed(order: PurchaseOrder) -> bool:
    """Whether Norce has been told which delivery was bought."""
    shipping = order.own_shipping()
    return shipping is not None and shipping.state != "intent"


def _superseded(order: PurchaseOrder, key: PaymentKey) -> bool:
    """Another payment of ours took the place of this one; how this one ended says nothing of the order any more."""
    newest = order.own_payment()
    return newest is not None and newest.id != key.payment_id


_OPEN = frozenset({OrderStatus.CHECKOUT, OrderStatus.PROCESSING})
_BOUGHT = frozenset({OrderStatus.ACCEPTED, OrderStatus.COMPLETED})
_CLOSED = frozenset({OrderStatus.REMOVED, OrderStatus.DECLINED})
