"""Writing a payment down together with what each step makes owed to Norce."""

from dataclasses import replace
from uuid import UUID

from application.exclusion import Held
from application.messages_owed import messages_owed, upsell_owed
from application.ports.outbox import RELAY_LEASE, Bundle
from application.ports.payments import CheckoutSession, Work
from domain.messages import Message
from domain.payment import Payment
from domain.upselling import shown_upsell


class Journal:
    """Stores one payment step by step inside a claim; no step's messages can be lost between two commits.

    With `closing` Norce is about to close the order: it is not told to complete it, which it might do after closing it.
    """

    def __init__(self, held: Held, payment: Payment, *, closing: bool = False) -> None:
        self._held = held
        self._closing = closing
        self.payment = payment
        self._told = (payment.status, payment.totals)
        self._upsell = (shown_upsell(payment), payment.holds_order)

    async def write(
        self,
        *also: Message,
        release: bool = False,
        session: CheckoutSession | None = None,
        handled: tuple[UUID, ...] = (),
        relay: bool = False,
    ) -> Bundle | None:
        """Commit the payment as it stands, the messages owed since the last write, and `also` after them.

        With `relay` the caller goes on to deliver what is returned (see `Payments.commit`).
        """
        shown, held = self._upsell
        held_back = held and not self._closing
        owed = messages_owed(self.payment, *self._told) + upsell_owed(self.payment, shown, held=held_back) + also
        relay_lease = RELAY_LEASE if relay else None
        work = Work(self._held.claim.order, session=session, messages=_once(owed), handled=handled, relay=relay_lease)
        bundle = await self._held.commit(self.payment, release=release, work=work)
        self._told = (self.payment.status, self.payment.totals)
        self._upsell = (shown_upsell(self.payment), self.payment.holds_order)
        return bundle and replace(bundle, payment=self.payment)


def _once(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    kept: list[Message] = []
    for message in messages:
        if message not in kept:
            kept.append(message)
    return tuple(kept)
