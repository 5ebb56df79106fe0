"""Look after what is sold beyond a purchase: send new rows to Qliro, settle what was sent, end it in time.

The hook only judges a change; rows are sold when Norce holds them, so that no money is reserved for what an order
lacks. The same act serves the hook's aftermath, Norce's delayed call and the background: whoever comes first does it.
"""

import asyncio

from application.deliver_messages import DeliverMessages
from application.drive_upsell import EXPIRED, DriveUpsell
from application.exclusion import Exclusion
from application.journal import Journal
from application.messages_owed import order_advanced
from application.observation import Observer
from application.ports.clock import Clock, Ids
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations
from application.ports.platform import CheckoutPlatform
from application.ports.provider import PaymentProvider
from application.settle_payment import SettlePayment
from application.texts import discount_text
from domain.checkout import OrderLine
from domain.errors import OperationRefused, OrderNotExpressible, PaymentNotFound, TranslationMissing
from domain.identifiers import PaymentKey
from domain.lifecycle import PaymentStatus
from domain.messages import Message, MessageKind
from domain.operation import Operation, OperationKind
from domain.order import OrderStatus, PurchaseOrder
from domain.outcomes import Declined
from domain.payment import Payment
from domain.planned_call import PlannedCall
from domain.rows import ItemGroup, OrderItem
from domain.upsell import UpsellAttempt
from domain.upselling import UpsellPlan, plan_upsell, unsold

_HELD = frozenset({OrderStatus.CHECKOUT, OrderStatus.PROCESSING, OrderStatus.ACCEPTED})
_BETWEEN_LOOKS = 0.2
NOT_ELIGIBLE = "NOT_ELIGIBLE"


class TendUpsell:
    """One visit to the window of a payment. Visits of several processes follow one another."""

    def __init__(
        self,
        exclusion: Exclusion,
        settle: SettlePayment,
        drive: DriveUpsell,
        platform: CheckoutPlatform,
        provider: PaymentProvider,
        configurations: MerchantConfigurations,
        deliver: DeliverMessages,
        observer: Observer,
        clock: Clock,
        ids: Ids,
    ) -> None:
        self._exclusion = exclusion
        self._settle = settle
        self._drive = drive
        self._platform = platform
        self._provider = provider
        self._configurations = configurations
        self._deliver = deliver
        self._observer = observer
        self._clock = clock
        self._ids = ids

    async def __call__(self, key: PaymentKey, *, end: bool = False) -> Payment:
        """The payment as it then stands. With `end` nothing more is sold after this.

        Raises PaymentNotFound, OperationRefused (`end` of what nobody has bought), OrderBusy, and whatever kept Norce
        or Qliro from answering: it is tried again then.
        """
        async with self._exclusion.hold(key.order) as held:
            configuration = await self._configurations.read(key.tenant)
            payment = await self._settle.load(held, key, configuration)
            journal = Journal(held, payment)
            if payment.status.undecided:  # a push may have been missed
                await self._settle.bring(payment, configuration)
            if end:
                _require_bought(payment)
            if payment.upsell is not None:
                await self._tend(journal, configuration, end=end)
            adopted = held.claim.payment(key.payment_id) is None
            also = (Message(MessageKind.REPORT_PAYMENT),) if adopted else ()
            if end and payment.upsell is None:
                also = (*also, order_advanced(OrderStatus.COMPLETED))
            owed = await journal.write(*also, release=True, relay=True)
        await self._deliver.at_once(key.order, owed)
        return payment

    async def _tend(self, journal: Journal, configuration: MerchantConfiguration, *, end: bool) -> None:
        payment = journal.payment
        operation = payment.open_operation
        if operation is not None and operation.kind is OperationKind.UPSELL:
            await self._drive(journal, operation, configuration.account, fresh=False)
        window = payment.upsell
        if window is None:
            return
        order = await self._platform.read_order(payment.key.order)
        if window.ended_at is not None:
            self._leave(payment, order)
            return
        if end:
            order = await self._announced(payment, order)
        lasts = window.open(self._clock.now()) and order.status in _HELD
        if lasts and payment.open_operation is None:
            await self._sell(journal, order, configuration)
        if end or not lasts:
            self._leave(payment, order)
            payment.end_upsell(at=self._clock.now())

    async def _announced(self, payment: Payment, order: PurchaseOrder) -> PurchaseOrder:
        """The order with the rows that Norce has just been allowed to add, or without those that it dropped."""
        window = payment.upsell
        while window and window.announced_until and self._clock.now() < window.announced_until:
            if set(window.announced) <= {item.id for item in order.items}:
                break
            await self._clock.sleep(_BETWEEN_LOOKS)
            order = await self._platform.read_order(payment.key.order)
        return order

    async def _sell(self, journal: Journal, order: PurchaseOrder, configuration: MerchantConfiguration) -> None:
        """Send what is new on the order to Qliro, once: the attempt is written down before the call."""
        payment = journal.payment
        try:
            text = discount_text(configuration, order.culture) if order.discounts else ""
            plan = plan_upsell(order, payment, text)
        except (OperationRefused, OrderNotExpressible, TranslationMissing) as wrong:
            self._refuse(payment, order, wrong.code, wrong.message)
            return
        if plan is None:
            return
        checkout, books = await asyncio.gather(
            self._provider.read_checkout(configuration.account, payment.provider_order_id or 0),
            self._settle.books(payment, configuration),
        )
        now, eligible = self._clock.now(), checkout.upsell
        if not eligible.eligible or (eligible.until is not None and now >= eligible.until):
            self._refuse(payment, order, NOT_ELIGIBLE, "Qliro takes nothing more for this order.")
            return
        newest = max((t.id for t in books.transactions), default=0)
        operation = self._attempt(payment, plan, baseline=newest)
        await journal.write()
        await self._drive(journal, operation, configuration.account, fresh=True)

    def _attempt(self, payment: Payment, plan: UpsellPlan, *, baseline: int) -> Operation:
        now, before = self._clock.now(), payment.totals.authorized
        rows = tuple(_row(line) for line in plan.basket.lines)
        operation = payment.request(
            OperationKind.UPSELL,
            operation_id=self._ids.fresh(),
            request_id=self._ids.fresh(),
            at=now,
            plan=(PlannedCall((ItemGroup(0, rows),)),),
            baseline=baseline,
        )
        attempt = UpsellAttempt(operation.id, plan.items, plan.basket.total, plan.discount, before)
        payment.try_upsell(attempt, at=now)
        return operation

    def _refuse(self, payment: Payment, order: PurchaseOrder, code: str, message: str) -> None:
        """What can't be sold is told as failed; Qliro is not asked."""
        window = payment.upsell
        items = unsold(order, window) if window else ()
        if not items:
            return
        now, worth = self._clock.now(), sum(item.total.including_vat for item in items)
        operation = payment.request(
            OperationKind.UPSELL, operation_id=self._ids.fresh(), request_id=self._ids.fresh(), at=now
        )
        payment.try_upsell(UpsellAttempt(operation.id, tuple(item.id for item in items), max(worth, 0)), at=now)
        payment.decide(operation.id, Declined(code, message), at=now)

    def _leave(self, payment: Payment, order: PurchaseOrder) -> None:
        """What the order holds and nobody has paid for when it is handed on: a person has to know."""
        if payment.open_operation is None:
            self._refuse(payment, order, EXPIRED, "It came too late to be sold.")
        cost, held = order.amount_to_cover(payment.key.payment_id), payment.totals.authorized
        window = payment.upsell
        failed = window is not None and len(window.attempts) > sum(1 for a in window.attempts if a.transaction)
        if failed and payment.open_operation is None and cost > held:
            text = f"handed on with an upsell that failed: Norce's order costs {cost}, {held} is authorized"
            self._observer.disagreement(payment.key, f"{text} (minor units)")


def _require_bought(payment: Payment) -> None:
    if payment.status is PaymentStatus.REMOVED:
        raise PaymentNotFound(f"Payment {payment.key.payment_id} has been removed.")
    if payment.status.undecided or payment.status is PaymentStatus.DECLINED:
        raise OperationRefused(f"A payment that is {payment.status} has nothing to complete.")


def _row(line: OrderLine) -> OrderItem:
    return OrderItem(line.reference, line.type, line.quantity, line.price_inc, line.price_ex, line.description)
