"""Take everything that is reserved: one shipment per live reservation, in one request."""

import asyncio
from typing import ClassVar

from application.deliver_messages import DeliverMessages
from application.drive_operation import DriveOperation
from application.exclusion import Exclusion
from application.journal import Journal
from application.operate_payment import Asked, OperatePayment
from application.ports.clock import Clock, Ids
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations
from application.ports.platform import CheckoutPlatform
from application.reduce_reservation import ReduceReservation
from application.settle_payment import SettlePayment
from application.shared_readings import OrderReading
from domain.errors import OrderUnavailable
from domain.ledger import ProviderLedger
from domain.operation import OperationKind


class CapturePayment(OperatePayment):
    """Takes everything that is reserved, or a part. When the order has shrunk, the reservation is reduced first."""

    kind: ClassVar[OperationKind] = OperationKind.CAPTURE

    def __init__(
        self,
        exclusion: Exclusion,
        settle: SettlePayment,
        drive: DriveOperation,
        platform: CheckoutPlatform,
        configurations: MerchantConfigurations,
        deliver: DeliverMessages,
        clock: Clock,
        ids: Ids,
        *,
        reduce: ReduceReservation,
    ) -> None:
        super().__init__(exclusion, settle, drive, platform, configurations, deliver, clock, ids)
        self._reduce = reduce

    async def _first(
        self, journal: Journal, asked: Asked, configuration: MerchantConfiguration, order: OrderReading | None
    ) -> ProviderLedger | None:
        if order is None or not asked.wish.everything:
            return None
        current, books = await asyncio.gather(order, self._settle.books(journal.payment, configuration))
        if current is None:
            raise OrderUnavailable("Norce did not tell what the order is worth now; nothing was captured.", sent=False)
        reduced = await self._reduce.within(journal, current, books, configuration)
        return None if reduced else books
