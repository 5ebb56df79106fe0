"""Tell Norce of a purchase once more: whatever of it was lost, Norce ends where it should be."""

from application.messages_owed import messages_owed
from application.settle_payment import SettlePayment
from domain.identifiers import PaymentKey
from domain.ledger import LedgerTotals
from domain.lifecycle import PaymentStatus
from domain.messages import Message, MessageKind
from domain.payment import Payment


class RetellPurchase:
    """Settles, and owes Norce everything that follows a purchase; telling it twice changes nothing."""

    def __init__(self, settle: SettlePayment) -> None:
        self._settle = settle

    async def __call__(self, key: PaymentKey) -> Payment:
        """Raises what settling raises. A payment that nobody has bought is only settled and reported."""
        return await self._settle(key, owed=_of_a_purchase)


def _of_a_purchase(payment: Payment) -> tuple[Message, ...]:
    """What is owed when an intent turns out to be bought, but for the log's entries: those are in it already."""
    owed = messages_owed(payment, PaymentStatus.INTENT, LedgerTotals())
    told = tuple(message for message in owed if message.kind is not MessageKind.LOG_TRANSACTION)
    return told or (Message(MessageKind.REPORT_PAYMENT),)
