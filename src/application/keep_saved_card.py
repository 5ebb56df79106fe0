"""Qliro has told that a card was saved (qliro.md 7.7)."""

from application.deliver_messages import DeliverMessages
from application.exclusion import Exclusion
from application.journal import Journal
from application.observation import Observer
from application.ports.clock import Clock
from application.ports.inbox import Notice
from application.saved_cards import card_facts, card_told
from application.settle_payment import SettlePayment
from domain.errors import OrderConflict
from domain.identifiers import PaymentKey
from domain.lifecycle import PaymentStatus
from domain.messages import Message, MessageKind
from domain.payment import Payment
from domain.saved_card import SavedCard


class KeepSavedCard:
    """Handles the callback: Qliro's order is asked; what it doesn't show is taken from the callback."""

    def __init__(
        self, exclusion: Exclusion, settle: SettlePayment, deliver: DeliverMessages, clock: Clock, observer: Observer
    ) -> None:
        self._exclusion = exclusion
        self._settle = settle
        self._deliver = deliver
        self._clock = clock
        self._observer = observer

    async def __call__(self, notice: Notice) -> Payment:
        """Raises OrderConflict while nothing has been bought yet, and what settling raises: then it is tried again."""
        key, told = notice.key, card_told(notice.facts)
        payment = await self._settle(key, cards=True)
        if payment.status is PaymentStatus.INTENT:
            raise OrderConflict("A card was saved for a purchase that is not finished yet.")
        if told is None or payment.saved_card:
            return payment
        if notice.facts.get("providerOrderId") not in {None, payment.provider_order_id}:
            self._observer.disagreement(key, "a card was saved for another Qliro order than this payment's")
            return payment
        await self._keep(key, told)
        return payment

    async def _keep(self, key: PaymentKey, told: SavedCard) -> None:
        async with self._exclusion.hold(key.order) as held:
            payment = held.claim.payment(key.payment_id)
            if payment is None or payment.saved_card or not payment.keep_card(told.mark, at=self._clock.now()):
                return
            news = Message(MessageKind.SAVE_CARD, card_facts(told))
            owed = await Journal(held, payment).write(news, release=True, relay=True)
        await self._deliver.at_once(key.order, owed)
