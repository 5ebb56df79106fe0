"""Open an order again that was frozen for a purchase nobody finished."""

from application.deliver_messages import DeliverMessages
from application.exclusion import Exclusion
from application.journal import Journal
from application.messages_owed import order_advanced
from application.ports.configurations import MerchantConfigurations
from application.settle_payment import SettlePayment
from domain.identifiers import PaymentKey
from domain.lifecycle import PaymentStatus
from domain.messages import Message, MessageKind
from domain.order import OrderStatus
from domain.payment import Payment


class ReopenOrder:
    """Asks Qliro first; the order is opened only while nobody has paid, which is asked once more when Norce is told."""

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
        """Raises what settling raises."""
        async with self._exclusion.hold(key.order) as held:
            configuration = await self._configurations.read(key.tenant)
            payment = await self._settle.load(held, key, configuration)
            journal = Journal(held, payment)
            self._settle.apply(payment, await self._settle.read(payment, configuration))
            unpaid = payment.status is PaymentStatus.INTENT
            opened = (order_advanced(OrderStatus.CHECKOUT), Message(MessageKind.REPORT_PAYMENT)) if unpaid else ()
            await journal.write(*opened, release=True)
        await self._deliver.at_once(key.order)
        return payment
