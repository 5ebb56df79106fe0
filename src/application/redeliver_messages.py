"""Deliver at once what was given up about one payment: letters to Norce and callbacks of Qliro's."""

from collections.abc import Sequence
from uuid import UUID

from application.deliver_messages import DeliverMessages
from application.ports.post_office import PostOffice
from application.settle_payment import SettlePayment
from domain.identifiers import PaymentKey


class RedeliverMessages:
    """Letters are handed back and delivered; a callback says no more than that Qliro should be asked, so it is."""

    def __init__(self, office: PostOffice, deliver: DeliverMessages, settle: SettlePayment) -> None:
        self._office = office
        self._deliver = deliver
        self._settle = settle

    async def __call__(self, key: PaymentKey, ids: Sequence[str]) -> None:
        """Raises StoreUnavailable, and for callbacks what settling raises. What is still not delivered stays open."""
        callbacks = tuple(UUID(one) for one in ids if not one.isdecimal())
        letters = [one for one in ids if one.isdecimal()]
        if letters:
            await self._office.hand_back(letters)
            await self._deliver.at_once(key.order)
        if callbacks:
            await self._settle(key, handled=callbacks)
