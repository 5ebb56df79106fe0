"""Tell Norce of a purchase once more: whatever of it was lost, Norce ends where it should be."""

from application.deliver_messages import DeliverMessages
from application.exclusion import Exclusion
from application.journal import Journal
from application.messages_owed import messages_owed
from application.ports.configurations import MerchantConfigurations
from application.settle_payment import SettlePayment
from domain.identifiers import PaymentKey
from domain.ledger import LedgerTotals
from domain.lifecycle import PaymentStatus
from domain.messages import Message, MessageKind
from domain.payment import Payment


class RetellPurchase:
    """Settles, and owes Norce everything that follows a purchase; telling it twice changes nothing."""

    def __init__(
        self,
        exclusion: Exclusion,
        settle: SettlePayment,
        configurations: MerchantConfigurations,
        deliver: DeliverMessages,
    ) -> None:
        self._exclusion = exclusion
        self._settle = settle
        self._configurations = configurations
        self._deliver = deliver

    async def __call__(self, key: PaymentKey) -> Payment:
        """Raises what settling raises. A payment that nobody has bought is only settled and reported."""
        async with self._exclusion.hold(key.order) as held:
            configuration = await self._configurations.read(key.tenant)
            payment = await self._settle.load(held, key, configuration)
            journal = Journal(held, payment)
            self._settle.apply(payment, await self._settle.read(payment, configuration))
            await journal.write(*_of_a_purchase(payment), release=True)
        await self._deliver.at_once(key.order)
        return payment


def _of_a_purchase(payment: Payment) -> tuple[Message, ...]:
    """What is owed when an intent turns out to be bought, but for the log's entries: those are in it already."""
    owed = messages_owed(payment, PaymentStatus.INTENT, LedgerTotals())
    told = tuple(message for message in owed if message.kind is not MessageKind.LOG_TRANSACTION)
    return told or (Message(MessageKind.REPORT_PAYMENT),)
