"""Take everything that is reserved: one shipment per live reservation, in one request (qliro.md 9.4)."""

import asyncio
from contextlib import suppress
from typing import ClassVar

from application.deadline import deadline
from application.deliver_messages import DeliverMessages
from application.drive_operation import DriveOperation
from application.exclusion import Exclusion
from application.journal import Journal
from application.operate_payment import Asked, OperatePayment
from application.ports.clock import Clock, Ids
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations
from application.ports.payments import Payments
from application.ports.platform import CheckoutPlatform
from application.ports.provider import PaymentProvider
from application.reduce_reservation import ReduceReservation
from application.settle_payment import SettlePayment
from application.shared_readings import OrderReading
from domain.errors import OrderUnavailable, ProviderError
from domain.ledger import ProviderLedger
from domain.operation import Operation, OperationKind, OperationState
from domain.payment import Payment

_MARKING_SECONDS = 4.0
"""How long the caller, whose money is taken, waits for Qliro to hear that the rows are shipped."""


class CapturePayment(OperatePayment):
    """Takes everything that is reserved, or a part. When the order has shrunk, the reservation is reduced first.

    What was paid at once has been taken already; Qliro is told that it is shipped.
    """

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
        payments: Payments,
        *,
        reduce: ReduceReservation,
        provider: PaymentProvider,
    ) -> None:
        super().__init__(exclusion, settle, drive, platform, configurations, deliver, clock, ids, payments)
        self._reduce = reduce
        self._provider = provider

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

    async def _last(
        self,
        operation: Operation,
        payment: Payment,
        configuration: MerchantConfiguration,
        books: ProviderLedger | None,
    ) -> None:
        """Rows of money that was taken at once are marked as shipped (qliro.md 9.5): no money moves by that.

        Qliro may not know this for the method, or may have decided it otherwise: then there is nothing to do. What is
        lost is done by the next capture that is asked for.
        """
        charged = books.unshipped_charges() if books and operation.state is OperationState.SUCCEEDED else ()
        if not charged:
            return
        key = self._ids.fresh() if operation.transactions else operation.request_id
        with suppress(ProviderError), deadline(_MARKING_SECONDS):
            await self._provider.capture(
                configuration.account,
                payment.provider_order_id or 0,
                request_id=key,
                currency=payment.currency,
                shipments=charged,
            )
