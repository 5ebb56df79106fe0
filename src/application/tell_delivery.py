"""The delivery that was bought, and what its carrier says of it, brought to Norce's order."""

from application.chosen_delivery import confirmed_delivery, settled_already
from application.observation import Observer
from application.ports.configurations import MerchantConfiguration
from application.ports.inbox import Inbox, NoticeKind
from application.ports.outbox import Letter
from application.ports.platform import CheckoutPlatform
from application.shared_readings import SharedReadings
from application.shipping_event import event_in, marks_of, standing_of
from domain.checkout import CheckoutStatus, ProviderCheckout
from domain.errors import ProviderUnavailable
from domain.identifiers import OrderKey
from domain.order import PurchaseOrder

_MOST_STALE_READINGS = 5
"""How often a purchase that Qliro's order does not show yet is waited for, before what it shows is taken for it."""


class TellDelivery:
    """Writes the order's own shipping, and only where it differs."""

    def __init__(self, platform: CheckoutPlatform, inbox: Inbox, observer: Observer) -> None:
        self._platform = platform
        self._inbox = inbox
        self._observer = observer

    async def confirm(self, letter: Letter, readings: SharedReadings) -> None:
        """What was chosen is what was bought: Norce shows the delivery that Qliro's order has, whatever it was told."""
        key = letter.key
        configuration = await readings.configuration(key)
        if not configuration.use_integrated_shipping or (await readings.payment(key)).merchant_initiated:
            await self._confirm_own(key.order, readings)
            return
        checkout = await readings.checkout(key)
        if checkout and checkout.status is CheckoutStatus.IN_PROCESS and letter.attempts < _MOST_STALE_READINGS:
            raise ProviderUnavailable("Qliro's order does not show the purchase yet.", sent=False)
        order = await readings.fresh_order()
        if checkout is not None and await self._bring(key.order, checkout, order, configuration):
            readings.forget_order()
        await self._inbox.expedite(key, NoticeKind.NOTIFICATION)

    async def mark(self, letter: Letter, readings: SharedReadings) -> None:
        """What became of the delivery's booking."""
        event, order = event_in(letter.message.payload), await readings.fresh_order()
        shipping = order.own_shipping()
        if shipping is None:
            self._observer.disagreement(letter.key, "a delivery was booked, and Norce's order has none of ours")
            return
        marks = marks_of(event, shipping)
        if marks is not None:
            await self._platform.mark_shipping(letter.key.order, shipping, marks)
            readings.forget_order()

    async def _confirm_own(self, key: OrderKey, readings: SharedReadings) -> None:
        """A delivery that the shop chose by itself is confirmed as it stands."""
        order = await readings.order()
        mine = [s for s in order.shippings if s.ours and s.active and s.state != "confirmed"]
        for shipping in mine:
            await self._platform.set_shipping_state(key, shipping, "confirmed")
        if mine:
            readings.forget_order()

    async def _bring(
        self, key: OrderKey, checkout: ProviderCheckout, order: PurchaseOrder, configuration: MerchantConfiguration
    ) -> bool:
        """Whether the order may be another one now."""
        current = order.own_shipping()
        state = standing_of(current) if current else "confirmed"
        draft = confirmed_delivery(order, checkout, configuration, current=current, state=state)
        surplus = [s for s in order.shippings if s.ours and s.active and s is not current]
        for shipping in surplus:
            await self._platform.set_shipping_state(key, shipping, "removed")
        if draft is None:
            return bool(surplus)
        if current is None:
            await self._platform.create_shipping(key, draft)
        elif not settled_already(current, draft):
            await self._platform.replace_shipping(key, current, draft)
        return True
