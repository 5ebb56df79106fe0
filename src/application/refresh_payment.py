"""Recompute state, amounts and actions from Qliro's books and tell Norce."""

from application.messages_owed import owed_again
from application.settle_payment import SettlePayment
from domain.identifiers import PaymentKey
from domain.payment import Payment


class RefreshPayment:
    """The ordinary settle path, with a report even when nothing changed."""

    def __init__(self, settle: SettlePayment) -> None:
        self._settle = settle

    async def __call__(self, key: PaymentKey) -> Payment:
        """Raises PaymentNotFound, and whatever kept Qliro from being read."""
        return await self._settle(key, owed=owed_again)
