"""Carry out one message to Norce: read what Norce holds, write only what differs.

Delivering the same message twice ends in the same order, so at-least-once delivery is enough.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta

from application.adopt_payment import own_payment
from application.chosen_delivery import confirmed_delivery, of_delivery, settled_already
from application.customer_details import address_changes
from application.newsletter import TellNewsletter
from application.observation import Observer
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations
from application.ports.inbox import Inbox, NoticeKind
from application.ports.outbox import Letter
from application.ports.payments import Payments
from application.ports.platform import CheckoutPlatform, PaymentChanges, TransactionEntry
from application.ports.provider import PaymentProvider
from application.reported_payment import differs, reported
from application.saved_cards import card_told, recurring_to_write
from application.schedule_upsell_end import ScheduleUpsellEnd
from application.shipping_event import event_in, marks_of, standing_of
from application.side_by_side import side_by_side
from application.sync_cart import SyncCart
from domain.checkout import CheckoutStatus, LineType, ProviderCheckout
from domain.errors import (
    OrderNotExpressible,
    PaymentNotFound,
    ProviderError,
    ProviderUnavailable,
    TranslationMissing,
)
from domain.identifiers import OrderKey, PaymentKey
from domain.lifecycle import PaymentStatus
from domain.messages import MessageKind
from domain.order import OrderStatus, PaymentState, PurchaseOrder
from domain.payment import Payment

_UNPAID = frozenset({PaymentState.INTENT, PaymentState.PROCESSING, PaymentState.PENDING})
_ONCE_TOLD = timedelta(seconds=3)
"""When a purchase that came in for a closed order is looked at again, and released."""
_MOST_STALE_READINGS = 5
"""How often a purchase that Qliro's order does not show yet is waited for, before what it shows is taken for it."""
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
        self.clock = clock
        self.schedule = schedule
        self.platform = platform
        self.provider = provider
        self.payments = payments
        self.configurations = configurations
        self.sync_cart = sync_cart
        self.observer = observer
        self.inbox = inbox
        self.newsletter = TellNewsletter(platform, observer)

    def begin(self, order: OrderKey, read: PurchaseOrder | None = None) -> "Round":
        """A round for this order, starting from `read` when the caller has just read it."""
        return Round(self, order, read)


class Round:
    """One order's messages, told one after the other."""

    def __init__(self, tools: TellNorce, key: OrderKey, read: PurchaseOrder | None) -> None:
        self._key = key
        self._order = read
        self._aged = read is not None
        self._platform, self._provider = tools.platform, tools.provider
        self._tools = tools
        self._checkouts: dict[int, ProviderCheckout] = {}
        self._payments: dict[PaymentKey, Payment] = {}

    async def tell(self, letter: Letter, *, again: bool = False) -> None:
        """`again`: Norce may have been told before. Raises whatever is no success; the message is still owed then."""
        match letter.message.kind:
            case MessageKind.REPORT_PAYMENT:
                await self._report(letter.key)
            case MessageKind.LOG_TRANSACTION:
                await self._log(letter, again=again)
            case MessageKind.ADVANCE_ORDER:
                await self._advance(letter.key, OrderStatus(str(letter.message.payload["status"])))
            case MessageKind.REFRESH_CUSTOMER:
                await self._refresh_customer(letter.key)
            case MessageKind.REFRESH_SHIPPING:
                await self._confirm_shipping(letter)
            case MessageKind.SHIPPING_EVENT:
                await self._mark_shipping(letter)
            case MessageKind.SYNC_CART:
                await self._sync_cart(letter.key)
            case MessageKind.SAVE_CARD:
                await self._save_card(letter)
            case MessageKind.SCHEDULE_UPSELL_END:
                await self._schedule_upsell_end(letter.key)

    async def _report(self, key: PaymentKey) -> None:
        payment, order, configuration = await asyncio.gather(
            self._payment(key), self._read_order(), self._configuration(key)
        )
        current = own_payment(order, key.payment_id)
        if payment.status is PaymentStatus.INTENT and not current.active:
            return  # withdrawn in Norce, and nobody has paid: it stays withdrawn
        checkout = self._checkouts.get(payment.provider_order_id or 0)
        told_delivery = checkout is not None or not configuration.use_integrated_shipping or _delivery_confirmed(order)
        if current.state in _UNPAID and payment.totals.authorized and told_delivery:
            self._compare(payment, order, checkout)
        changes = reported(payment, order, configuration, checkout)
        if differs(current, changes):
            written = await self._platform.replace_payment(self._key, current, changes)
            others = tuple(written if p.id == written.id else p for p in order.payments)
            self._order = replace(order, payments=others)

    def _compare(self, payment: Payment, order: PurchaseOrder, checkout: ProviderCheckout | None) -> None:
        """What was bought is what the order says. A purchase that nobody could check may be of another cart."""
        lines = checkout.lines if checkout else ()
        fees = sum(row.price_inc * row.quantity for row in lines if row.type is LineType.FEE and not of_delivery(row))
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
            self._payment(key), self._read_order(), self._configuration(key)
        )
        await self._tools.schedule(payment, order, configuration.public_url)

    async def _sync_cart(self, key: PaymentKey) -> None:
        try:
            self._payments.pop(key, None)
            await self._tools.sync_cart(key)
        except (OrderNotExpressible, TranslationMissing) as failure:
            self._tools.observer.disagreement(key, f"Qliro keeps the old cart: {failure.message}")

    async def _save_card(self, letter: Letter) -> None:
        """What Qliro's order shows now, or else what its callback told."""
        key, told = letter.key, card_told(letter.message.payload)
        order, checkout = await asyncio.gather(self._read_order(), self._checkout_or_none(key, needed=told is None))
        current = own_payment(order, key.payment_id)
        changes = recurring_to_write(current, (checkout and checkout.saved_card) or told)
        if changes is not None:
            written = await self._platform.replace_payment(self._key, current, PaymentChanges(recurring=changes))
            self._order = replace(order, payments=tuple(written if p.id == written.id else p for p in order.payments))

    async def _advance(self, key: PaymentKey, wanted: OrderStatus) -> None:
        order = await self._fresh_order()
        if wanted is OrderStatus.CHECKOUT:
            due = order.status is OrderStatus.PROCESSING and not _superseded(order, key) and await self._unpaid(key)
        elif wanted is OrderStatus.DECLINED:
            due = order.status in {OrderStatus.PROCESSING, OrderStatus.ACCEPTED} and not _superseded(order, key)
        else:
            due = _RANK.get(order.status, 9) < _RANK[wanted]
        if due:
            await self._platform.set_status(self._key, wanted)
            self._order = replace(order, status=wanted)
        elif order.status in {OrderStatus.REMOVED, OrderStatus.DECLINED} and wanted in _BOUGHT:
            self._tools.observer.disagreement(key, f"paid at Qliro, but Norce's order is {order.status}")
            await self._tools.payments.look_again(key, at=self._tools.clock.now() + _ONCE_TOLD)

    async def _refresh_customer(self, key: PaymentKey) -> None:
        order, checkout = await asyncio.gather(self._read_order(), self._checkout(key))
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

    async def _confirm_shipping(self, letter: Letter) -> None:
        """What was chosen is what was bought: Norce shows the delivery that Qliro's order has, whatever it was told."""
        key = letter.key
        configuration = await self._configuration(key)
        if configuration.use_integrated_shipping and not (await self._payment(key)).merchant_initiated:
            checkout = await self._checkout(key)
            if checkout and checkout.status is CheckoutStatus.IN_PROCESS and letter.attempts < _MOST_STALE_READINGS:
                raise ProviderUnavailable("Qliro's order does not show the purchase yet.", sent=False)
            await self._bring_delivery(checkout, await self._fresh_order(), configuration)
            await self._tools.inbox.expedite(key, NoticeKind.NOTIFICATION)
            return
        order = await self._read_order()
        mine = [s for s in order.shippings if s.ours and s.active and s.state != "confirmed"]
        for shipping in mine:
            await self._platform.set_shipping_state(self._key, shipping, "confirmed")
        if mine:
            self._order = None

    async def _bring_delivery(
        self, checkout: ProviderCheckout | None, order: PurchaseOrder, configuration: MerchantConfiguration
    ) -> None:
        current = order.own_shipping()
        if checkout is None:
            return
        state = standing_of(current) if current else "confirmed"
        draft = confirmed_delivery(order, checkout, configuration, current=current, state=state)
        surplus = [s for s in order.shippings if s.ours and s.active and s is not current]
        for shipping in surplus:
            await self._platform.set_shipping_state(self._key, shipping, "removed")
        if draft is None:
            self._order = None if surplus else self._order
            return
        if current is None:
            await self._platform.create_shipping(self._key, draft)
        elif not settled_already(current, draft):
            await self._platform.replace_shipping(self._key, current, draft)
        self._order = None

    async def _mark_shipping(self, letter: Letter) -> None:
        event, order = event_in(letter.message.payload), await self._fresh_order()
        shipping = order.own_shipping()
        if shipping is None:
            self._tools.observer.disagreement(letter.key, "a delivery was booked, and Norce's order has none of ours")
            return
        marks = marks_of(event, shipping)
        if marks is not None:
            await self._platform.mark_shipping(self._key, shipping, marks)
            self._order = None

    async def _fresh_order(self) -> PurchaseOrder:
        """Not the reading of before the work that is now reported."""
        if self._aged:
            self._order, self._aged = None, False
        return await self._read_order()

    async def _unpaid(self, key: PaymentKey) -> bool:
        payment = await self._payment(key)
        if payment.merchant_initiated:
            return payment.status is PaymentStatus.DECLINED
        checkout = await self._checkout(key)
        return checkout is None or checkout.status is CheckoutStatus.IN_PROCESS

    async def _read_order(self) -> PurchaseOrder:
        if self._order is None:
            self._order = await self._platform.read_order(self._key)
        return self._order

    async def _payment(self, key: PaymentKey) -> Payment:
        """As it was when the round began or later: whatever is newer has letters of its own."""
        payment = self._payments.get(key) or await self._tools.payments.read(key)
        if payment is None:
            raise PaymentNotFound(f"Payment {key.payment_id} is not stored.")
        self._payments[key] = payment
        return payment

    async def _configuration(self, key: PaymentKey) -> MerchantConfiguration:
        return await self._tools.configurations.read(key.tenant)

    async def _checkout_or_none(self, key: PaymentKey, *, needed: bool) -> ProviderCheckout | None:
        """None when Qliro does not show it any more, or can't just now and there is something else to go by."""
        try:
            return await self._checkout(key)
        except ProviderError as failure:
            if needed and isinstance(failure, ProviderUnavailable):
                raise
            return None

    async def _checkout(self, key: PaymentKey) -> ProviderCheckout | None:
        payment, configuration = await asyncio.gather(self._payment(key), self._configuration(key))
        order_id = payment.provider_order_id
        if order_id is None or payment.merchant_initiated:
            return None
        if order_id not in self._checkouts:
            reading = await self._provider.read_checkout(configuration.account, order_id)
            self._checkouts[order_id] = reading
        return self._checkouts[order_id]


def _delivery_confirmed(order: PurchaseOrder) -> bool:
    """Whether Norce has been told which delivery was bought."""
    shipping = order.own_shipping()
    return shipping is not None and shipping.state != "intent"


def _superseded(order: PurchaseOrder, key: PaymentKey) -> bool:
    """Another payment of ours took the place of this one; how this one ended says nothing of the order any more."""
    newest = order.own_payment()
    return newest is not None and newest.id != key.payment_id


_BOUGHT = frozenset({OrderStatus.ACCEPTED, OrderStatus.COMPLETED})
