"""Qliro tells of a booking (qliro.md 7.6): show it on Norce's shipping, once the customer has bought."""

from collections.abc import Mapping
from uuid import UUID

from application.deliver_messages import DeliverMessages
from application.exclusion import Exclusion
from application.journal import Journal
from application.observation import Observer
from application.ports.inbox import StoredNotice
from application.ports.payments import Payments
from application.settle_payment import SettlePayment
from application.shipping_event import ShippingEvent
from domain.errors import PaymentNotFound, ShippingNotFound
from domain.evidence import DEAD
from domain.identifiers import PaymentKey
from domain.lifecycle import PaymentStatus
from domain.payment import Payment

SHIPPING_PROVIDERS = frozenset({"ingrid", "unifaun", "nshift"})
Facts = Mapping[str, str | int | None]


class BookShipping:
    """Turns a stored notification into a letter to Norce, in one commit. Others' events are kept and change nothing."""

    def __init__(
        self,
        exclusion: Exclusion,
        payments: Payments,
        settle: SettlePayment,
        deliver: DeliverMessages,
        observer: Observer,
    ) -> None:
        self._exclusion = exclusion
        self._payments = payments
        self._settle = settle
        self._deliver = deliver
        self._observer = observer

    async def __call__(self, notice: StoredNotice) -> bool:
        """Whether the notice has been marked as handled; when False, nothing is to be done about it.

        Raises ShippingNotFound while nobody has bought, PaymentNotFound and OrderNotFound while the payment is not
        known, and whatever kept Qliro from being asked: the notice waits then.
        """
        key, facts = notice.notice.key, notice.notice.facts
        if str(facts.get("provider") or "").casefold() not in SHIPPING_PROVIDERS:
            return False
        payment = await self._bought(key)
        if payment.status in DEAD:
            return False
        if facts.get("providerOrderId") not in {None, payment.provider_order_id}:
            self._observer.disagreement(key, "a delivery was booked for another Qliro order than this payment's")
            return False
        await self._commit(key, notice.id, _event(notice))
        await self._deliver.at_once(key.order)
        return True

    async def _bought(self, key: PaymentKey) -> Payment:
        payment = await self._payments.read(key)
        if payment is None or payment.provider_order_id is None or payment.status is PaymentStatus.INTENT:
            payment = await self._settle(key)
        if payment.status is PaymentStatus.INTENT:
            raise ShippingNotFound("The delivery is booked before the customer has bought.")
        return payment

    async def _commit(self, key: PaymentKey, notice_id: UUID, event: ShippingEvent) -> None:
        async with self._exclusion.hold(key.order) as held:
            payment = held.claim.payment(key.payment_id)
            if payment is None:
                raise PaymentNotFound(f"Payment {key.payment_id} is not stored.")
            await Journal(held, payment).write(event.message(), release=True, handled=(notice_id,))


def _event(notice: StoredNotice) -> ShippingEvent:
    """A booking without a moment of its own counts from when it was received."""
    facts = notice.notice.facts
    received = notice.received_at.isoformat(timespec="milliseconds")
    return ShippingEvent(
        success=bool(facts.get("success")),
        at=str(facts.get("at") or received),
        booking=_text(facts, "booking"),
        carrier=_text(facts, "carrier"),
        product=_text(facts, "product"),
        service=_text(facts, "service"),
        error=_text(facts, "error"),
    )


def _text(facts: Facts, name: str) -> str:
    return str(facts.get(name) or "")
