"""Capture, cancel and refund everything that is left: write down the attempt, call, settle (qliro.md 9)."""

import asyncio
from typing import ClassVar

from application.deliver_messages import DeliverMessages
from application.drive_operation import DriveOperation
from application.exclusion import Exclusion, Held
from application.journal import Journal
from application.ports.clock import Clock, Ids
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations
from application.ports.platform import CheckoutPlatform
from application.settle_payment import SettlePayment
from domain.errors import (
    AdapterError,
    OperationRefused,
    OrderBusy,
    PaymentConflict,
    ProviderFault,
    ProviderRefused,
    ProviderUnavailable,
)
from domain.identifiers import OrderKey, PaymentKey
from domain.lifecycle import PaymentStatus
from domain.operation import Operation, OperationKind, OperationState
from domain.order import PurchaseOrder
from domain.payment import Payment


class OperatePayment:
    """Moves everything that is left of one kind. Asking again for what is done changes nothing."""

    kind: ClassVar[OperationKind]

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

    async def __call__(self, key: PaymentKey, *, report: bool = True) -> Operation:
        """The operation as it ended, or pending when Qliro has not decided within the budget.

        Without `report` nothing is written to Norce before it returns (inside a hook Norce's order is locked).

        Raises PaymentNotFound, PaymentConflict (still on hold), OperationRefused (not possible in this state),
        OrderBusy (another operation is undecided), ProviderRefused (Qliro said no; nothing moved),
        ProviderUnavailable (`sent`: it may have happened and will be settled later).
        """
        if not report:
            return _answered(await self._operate(key))
        order = asyncio.create_task(self._order(key.order))
        try:
            operation = await self._operate(key)
            await self._deliver.at_once(key.order, order_read=await order)
        finally:
            order.cancel()
        return _answered(operation)

    async def _operate(self, key: PaymentKey) -> Operation:
        async with self._exclusion.hold(key.order) as held:
            return await self._operate_on(held, key)

    async def _operate_on(self, held: Held, key: PaymentKey) -> Operation:
        configuration = await self._configurations.read(key.tenant)
        payment = await self._settle.load(held, key, configuration)
        journal = Journal(held, payment)
        resumed = await self._resume(journal, configuration)
        if resumed is not None and resumed.kind is self.kind:
            operation = resumed
        else:
            operation = await self._begin(journal, configuration)
        await journal.write(release=True)
        return operation

    async def _resume(self, journal: Journal, configuration: MerchantConfiguration) -> Operation | None:
        """Settle what an earlier attempt left open. Raises OrderBusy when that can't be done yet."""
        open_operation = journal.payment.open_operation
        if open_operation is None:
            return None
        operation = await self._drive(journal, open_operation, configuration.account, fresh=False)
        if operation.state.open and operation.kind is not self.kind:
            await journal.write()
            raise OrderBusy(f"A {operation.kind} of this payment is still being decided.")
        return operation

    async def _begin(self, journal: Journal, configuration: MerchantConfiguration) -> Operation:
        payment = journal.payment
        _require_possible(payment, self.kind)
        operation = payment.request(
            self.kind, operation_id=self._ids.fresh(), request_id=self._ids.fresh(), at=self._clock.now()
        )
        await journal.write()
        return await self._drive(journal, operation, configuration.account, fresh=True)

    async def _order(self, order: OrderKey) -> PurchaseOrder | None:
        """The order for the report, read while Qliro works; the report reads it itself when this fails."""
        try:
            return await self._platform.read_order(order)
        except AdapterError:
            return None


def _require_possible(payment: Payment, kind: OperationKind) -> None:
    status = payment.status
    if status is PaymentStatus.PENDING and kind is not OperationKind.CANCEL:
        raise PaymentConflict(f"The payment is on hold at Qliro; it cannot be asked to {kind} before that is decided.")
    dead = status in {PaymentStatus.DECLINED, PaymentStatus.REMOVED} and not payment.orphaned
    if status is PaymentStatus.INTENT or dead:
        raise OperationRefused(f"A payment that is {status} has nothing to {kind}.")
    if kind is OperationKind.REFUND and not payment.totals.captured and not payment.totals.refunded:
        raise OperationRefused(f"A payment that is {status} has nothing to refund.")
    if kind is OperationKind.CANCEL and payment.totals.captured and not payment.totals.remaining:
        raise OperationRefused("Everything has been captured; refund it instead.")
    if kind is OperationKind.CAPTURE and status is PaymentStatus.CANCELLED:
        raise OperationRefused("The reservation has been cancelled.")


def _answered(operation: Operation) -> Operation:
    fault = ProviderFault(operation.error_code, (operation.error_message,) if operation.error_message else ())
    if operation.state is OperationState.FAILED:
        raise ProviderRefused(f"Qliro did not {operation.kind}: {operation.error_message}", fault)
    if operation.state is OperationState.UNKNOWN:
        message = f"Qliro gave no usable answer; whether the {operation.kind} happened will be found out."
        raise ProviderUnavailable(message, fault)
    return operation
