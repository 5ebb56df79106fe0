"""Give up what is reserved beyond what the order is worth now (qliro.md 9.4, UpdateItems)."""

import asyncio

from application.compose_checkout import basket_for
from application.compose_renewal import renewal_basket
from application.deliver_messages import DeliverMessages
from application.drive_operation import DriveOperation
from application.exclusion import Exclusion
from application.journal import Journal
from application.ports.clock import Clock, Ids
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations
from application.ports.platform import CheckoutPlatform
from application.settle_payment import SettlePayment
from domain.errors import OperationRefused
from domain.identifiers import PaymentKey
from domain.ledger import ProviderLedger
from domain.lifecycle import PaymentStatus
from domain.operation import Operation, OperationKind, OperationState
from domain.order import PurchaseOrder
from domain.reduction import plan_reduction

_RESERVED = frozenset({PaymentStatus.AUTHORIZED, PaymentStatus.PARTIALLY_CAPTURED})


class ReduceReservation:
    """Makes the reservation as large as the order when the order has shrunk after the purchase."""

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
    ) -> None:
        self._exclusion = exclusion
        self._settle = settle
        self._drive = drive
        self._platform = platform
        self._configurations = configurations
        self._deliver = deliver
        self._clock = clock
        self._ids = ids

    async def __call__(self, key: PaymentKey) -> PurchaseOrder | None:
        """The order as it was read, None when it was not needed. Nothing happens when nothing is reserved too much.

        Raises OperationRefused telling why it can't be.
        """
        async with self._exclusion.hold(key.order) as held:
            configuration = await self._configurations.read(key.tenant)
            payment = await self._settle.load(held, key, configuration)
            if payment.status not in _RESERVED or payment.open_operation is not None:
                return None
            journal = Journal(held, payment)
            order, books = await asyncio.gather(
                self._platform.read_order(key.order), self._settle.books(payment, configuration)
            )
            await self.within(journal, order, books, configuration)
            owed = await journal.write(release=True, relay=True)
        await self._deliver.at_once(key.order, owed)
        return order

    async def within(
        self, journal: Journal, order: PurchaseOrder, books: ProviderLedger, configuration: MerchantConfiguration
    ) -> bool:
        """The same as part of another operation that holds the order already; True when anything was reduced."""
        payment = journal.payment
        if payment.status not in _RESERVED:
            return False
        compose = renewal_basket if payment.merchant_initiated else basket_for
        basket = compose(order, configuration, payment.key.payment_id)
        chosen_there = configuration.use_integrated_shipping and not payment.merchant_initiated
        call = plan_reduction(books, basket, freight_at_provider=chosen_there)
        if call is None:
            return False
        operation = payment.request(
            OperationKind.REDUCE,
            operation_id=self._ids.fresh(),
            request_id=self._ids.fresh(),
            at=self._clock.now(),
            plan=(call,),
            baseline=max((t.id for t in books.transactions), default=0),
        )
        await journal.write()
        operation = await self._drive(journal, operation, configuration.account, fresh=True, books=books)
        if operation.state is not OperationState.SUCCEEDED:  # what is raised now must not be forgotten
            await journal.write()
        _require_done(operation)
        return True


def _require_done(operation: Operation) -> None:
    if operation.state is OperationState.FAILED:
        raise OperationRefused(f"Qliro did not reduce the reservation to the order: {operation.error_message}")
    if operation.state is not OperationState.SUCCEEDED:
        raise OperationRefused("Qliro has not decided yet whether the reservation is reduced to the order.")
