"""Deliver at once what was given up about one payment: letters to Norce and callbacks of Qliro's."""

from collections.abc import Sequence
from uuid import UUID

from application.deliver_messages import DeliverMessages
from application.ports.inbox import NoticeKind
from application.ports.post_office import PostOffice
from application.settle_payment import SettlePayment
from domain.identifiers import PaymentKey
from domain.readings import Undelivered


class RedeliverMessages:
    """Everything is handed back. Letters are delivered at once; a callback about the purchase or its operations says no
    more than that Qliro should be asked, so it is; whatever else Qliro told is left to the background, due now.
    """

    def __init__(self, office: PostOffice, deliver: DeliverMessages, settle: SettlePayment) -> None:
        self._office = office
        self._deliver = deliver
        self._settle = settle

    async def __call__(self, key: PaymentKey, messages: Sequence[Undelivered]) -> None:
        """Raises StoreUnavailable, and for callbacks what settling raises. What is still not delivered stays open."""
        await self._office.hand_back([message.id for message in messages])
        if any(message.id.isdecimal() for message in messages):
            await self._deliver.at_once(key.order)
        asked = tuple(UUID(message.id) for message in messages if message.kind in _ABOUT_MONEY)
        if asked:
            await self._settle(key, handled=asked)


_ABOUT_MONEY = frozenset(f"{kind} callback" for kind in (NoticeKind.CHECKOUT, NoticeKind.ORDER_MANAGEMENT))
