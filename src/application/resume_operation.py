"""Carry on an operation that a dead process, a lost answer or a slow bank left undecided."""

from application.deliver_messages import DeliverMessages
from application.drive_operation import DriveOperation
from application.exclusion import Exclusion
from application.journal import Journal
from application.ports.configurations import MerchantConfigurations
from application.settle_payment import SettlePayment
from domain.identifiers import PaymentKey
from domain.operation import Operation


class ResumeOperation:
    """Asks Qliro's books first; sends again only with the key that was stored before."""

    def __init__(
        self,
        exclusion: Exclusion,
        settle: SettlePayment,
        drive: DriveOperation,
        configurations: MerchantConfigurations,
        deliver: DeliverMessages,
    ) -> None:
        self._exclusion = exclusion
        self._settle = settle
        self._drive = drive
        self._configurations = configurations
        self._deliver = deliver

    async def __call__(self, key: PaymentKey) -> Operation | None:
        """The operation as it now stands; None when there is none open. Raises OrderBusy and what kept Qliro away."""
        async with self._exclusion.hold(key.order) as held:
            configuration = await self._configurations.read(key.tenant)
            payment = await self._settle.load(held, key, configuration)
            operation = payment.open_operation
            if operation is None:
                return None
            journal = Journal(held, payment)
            operation = await self._drive(journal, operation, configuration.account, fresh=False)
            owed = await journal.write(release=True, relay=True)
        await self._deliver.at_once(key.order, owed)
        return operation
