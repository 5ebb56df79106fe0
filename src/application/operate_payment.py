"""Capture, cancel and refund everything that is left: write down the attempt, call, settle (qliro.md 9)."""

import asyncio
import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from application.deliver_messages import DeliverMessages
from application.drive_operation import DriveOperation
from application.exclusion import Exclusion
from application.journal import Journal
from application.let_go import let_go
from application.named_rows import in_qliros_words
from application.ports.clock import Clock, Ids
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations
from application.ports.outbox import Bundle
from application.ports.payments import Payments
from application.ports.platform import CheckoutPlatform
from application.settle_payment import SettlePayment
from application.shared_readings import OrderReading
from domain.errors import (
    AdapterError,
    OrderBusy,
    PaymentConflict,
    ProviderFault,
    ProviderRefused,
    ProviderUnavailable,
)
from domain.identifiers import OrderKey, PaymentKey
from domain.ledger import ProviderLedger
from domain.lifecycle import PaymentStatus
from domain.messages import Message, MessageKind
from domain.operation import Operation, OperationKind, OperationState
from domain.order import PurchaseOrder
from domain.payment import Payment
from domain.permitted import require_possible
from domain.planned_call import PlannedCall
from domain.planning import Wish, plan_capture, plan_refund

_ANSWERS = frozenset({OperationState.SUCCEEDED, OperationState.PENDING})
_REPEATED_WITHIN = timedelta(days=2)
"""Who was not answered repeats a part without a key at once, or in the next night's run; later it is another one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller wants moved, and under which key of its own it asks ("" = none)."""

    wish: Wish = field(default_factory=Wish)
    reason: str = ""
    idempotency_key: str = ""

    @property
    def fingerprint(self) -> str:
        """The same for the same request, another for another."""
        told = json.dumps([sorted(self.wish.items), self.wish.amount, self.reason])
        named = self.idempotency_key or not self.wish.everything
        return hashlib.sha256(told.encode()).hexdigest()[:32] if named else ""

    @property
    def keyless(self) -> str:
        """The fingerprint of a part without a key: whether it is a repeat depends on what became of one alike."""
        return "" if self.idempotency_key else self.fingerprint


class OperatePayment:
    """Moves everything that is left of one kind, or a part of it. Asking again for what is done changes nothing."""

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
        payments: Payments,
    ) -> None:
        self._exclusion = exclusion
        self._settle = settle
        self._drive = drive
        self._platform = platform
        self._configurations = configurations
        self._deliver = deliver
        self._clock = clock
        self._ids = ids
        self._payments = payments

    async def __call__(self, key: PaymentKey, asked: Asked | None = None, *, report: bool = True) -> Operation:
        """The operation as it ended, or pending when Qliro has not decided within the budget.

        Without `report` nothing is written to Norce before it returns (inside a hook Norce's order is locked), and the
        order, which Norce is closing, is not completed because of it.

        Raises PaymentNotFound, PaymentConflict (still on hold; the caller's key was used for another request),
        OperationRefused (not possible: state, unknown item, more than is left), OrderBusy (another operation is
        undecided), ProviderRefused (Qliro said no; nothing moved), ProviderUnavailable (`sent`: it may have happened
        and will be settled later).
        """
        asked = asked or Asked()
        if not report:
            operation, payment, _ = await self._operate(key, asked, None, closing=True)
            return _answered(operation, payment)
        order = asyncio.create_task(self._order(key.order))
        try:
            operation, payment, owed = await self._operate(key, asked, order)
            await self._deliver.at_once(key.order, owed, order_read=order)
        finally:
            let_go(order)
        if asked.keyless and operation.state in _ANSWERS:
            await self._payments.note_told(key, operation.id)
        return _answered(operation, payment)

    async def _operate(
        self, key: PaymentKey, asked: Asked, order: OrderReading | None, *, closing: bool = False
    ) -> tuple[Operation, Payment, Bundle | None]:
        answered = await self._answered_before(key, asked)
        async with self._exclusion.hold(key.order) as held:
            configuration = await self._configurations.read(key.tenant)
            payment = await self._settle.load(held, key, configuration)
            journal = Journal(held, payment, closing=closing)
            if payment.status.undecided:  # a push may have been missed: ask before refusing
                self._settle.apply(payment, await self._settle.read(payment, configuration))
            before = payment.asked_before(asked.idempotency_key)
            recent = self._clock.now() - _REPEATED_WITHIN
            before = before or payment.alike(self.kind, asked.keyless, since=recent, but=answered)
            operation = await self._operate_on(journal, asked, configuration, order, before)
            adopted = held.claim.payment(key.payment_id) is None
            also = (Message(MessageKind.REPORT_PAYMENT),) if adopted else ()
            owed = await journal.write(*also, release=True, relay=not closing)
            return operation, payment, owed

    async def _operate_on(
        self,
        journal: Journal,
        asked: Asked,
        configuration: MerchantConfiguration,
        order: OrderReading | None,
        before: Operation | None,
    ) -> Operation:
        if before is not None and (before.kind is not self.kind or before.fingerprint != asked.fingerprint):
            raise PaymentConflict("This Idempotency-Key was used for another request.")
        resumed = await self._resume(journal, configuration, repeat=before)
        if before is not None:
            return journal.payment.operation(before.id)
        if resumed is not None and resumed.kind is self.kind and asked.wish.everything and not resumed.plan:
            return resumed
        return await self._begin(journal, asked, configuration, order)

    async def _answered_before(self, key: PaymentKey, asked: Asked) -> frozenset[UUID]:
        """Of which operations, when this was asked, their callers knew: this is no repeat of those."""
        payment = await self._payments.read(key) if asked.keyless else None
        return frozenset(o.id for o in payment.operations if o.told) if payment else frozenset()

    async def _resume(
        self, journal: Journal, configuration: MerchantConfiguration, *, repeat: Operation | None
    ) -> Operation | None:
        """Settle what an earlier attempt left open. Raises OrderBusy when that stands in the way and can't be yet."""
        open_operation = journal.payment.open_operation
        if open_operation is None:
            return None
        operation = await self._drive(journal, open_operation, configuration.account, fresh=False)
        same = operation.kind is self.kind and not operation.plan
        if operation.state.open and not same and (repeat is None or repeat.id != operation.id):
            await journal.write()
            raise OrderBusy(f"A {operation.kind} of this payment is still being decided.")
        return operation

    async def _begin(
        self, journal: Journal, asked: Asked, configuration: MerchantConfiguration, order: OrderReading | None
    ) -> Operation:
        payment = journal.payment
        require_possible(payment, self.kind)
        books = await self._first(journal, asked, configuration, order)
        plan, baseline = await self._planned(payment, asked.wish, configuration, order)
        operation = payment.request(
            self.kind,
            operation_id=self._ids.fresh(),
            request_id=self._ids.fresh(),
            at=self._clock.now(),
            plan=plan,
            baseline=baseline,
            idempotency_key=asked.idempotency_key,
            fingerprint=asked.fingerprint,
        )
        await journal.write()
        operation = await self._drive(journal, operation, configuration.account, fresh=True, books=books)
        await self._last(operation, journal.payment, configuration, books)
        return operation

    async def _first(
        self, journal: Journal, asked: Asked, configuration: MerchantConfiguration, order: OrderReading | None
    ) -> ProviderLedger | None:
        """What has to be done before the operation itself is written down; Qliro's books if that read them."""
        return None

    async def _last(
        self,
        operation: Operation,
        payment: Payment,
        configuration: MerchantConfiguration,
        books: ProviderLedger | None,
    ) -> None:
        """What has to be done after the operation; the operation stands, whatever comes of it."""

    async def _planned(
        self, payment: Payment, wish: Wish, configuration: MerchantConfiguration, order: OrderReading | None
    ) -> tuple[tuple[PlannedCall, ...], int]:
        """The requests for a part, and the newest transaction there was when they were planned."""
        if wish.everything:
            return (), 0
        ledger = await self._settle.books(payment, configuration)
        newest = max((t.id for t in ledger.transactions), default=0)
        current, per_row = await order if order else None, configuration.map_discount_per_row
        wish = in_qliros_words(wish, ledger, current, discount_per_row=per_row)
        plan = plan_refund(ledger, wish) if self.kind is OperationKind.REFUND else plan_capture(ledger, wish)
        return plan, newest if plan else 0

    async def _order(self, order: OrderKey) -> PurchaseOrder | None:
        """The order for the report, read while Qliro works; the report reads it itself when this fails."""
        try:
            return await self._platform.read_order(order)
        except AdapterError:
            return None


def _answered(operation: Operation, payment: Payment) -> Operation:
    if operation.state is OperationState.SUCCEEDED and not operation.transactions:
        require_possible(payment, operation.kind)  # nothing moved: somebody else may have moved it elsewhere
    fault = ProviderFault(operation.error_code, (operation.error_message,) if operation.error_message else ())
    if operation.state is OperationState.FAILED and payment.status is PaymentStatus.PENDING:
        raise PaymentConflict(f"The payment is on hold at Qliro, which did not {operation.kind} it.")
    if operation.state is OperationState.FAILED:
        raise ProviderRefused(f"Qliro did not {operation.kind}: {operation.error_message}", fault)
    if operation.state is OperationState.UNKNOWN:
        message = f"Qliro gave no usable answer; whether the {operation.kind} happened will be found out."
        raise ProviderUnavailable(message, fault)
    return operation
