"""Decide whether the customer may buy, before money moves (norce.md e.7, qliro.md 7.4).

Reads first, decides, and only as its last step freezes the order. There is always an answer within the budget:
Qliro takes silence for approval, so whatever can't be checked is declined.
"""

import asyncio
from dataclasses import dataclass

from application.adopt_payment import AdoptPayment, own_payment
from application.at_norce import order_showing
from application.compose_checkout import basket_for, begun_here
from application.deadline import deadline
from application.exclusion import Exclusion, Held
from application.journal import Journal
from application.let_go import let_go
from application.messages_owed import transaction_logged
from application.observation import Observer
from application.patience import Patience
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfiguration, MerchantConfigurations
from application.ports.platform import CheckoutPlatform
from application.texts import DeclineReason, decline_text
from domain.basket import shipping_total
from domain.checkout import LineType, ProviderCheckout
from domain.errors import (
    AdapterError,
    OrderConflict,
    OrderNotFound,
    OrderRefused,
    PaymentNotFound,
)
from domain.held_rows import missing_rows
from domain.identifiers import PaymentKey
from domain.lifecycle import PaymentStatus
from domain.messages import Message, MessageKind
from domain.order import OrderPayment, OrderStatus, PaymentState, PurchaseOrder
from domain.payment import Payment

_OPEN = frozenset({OrderStatus.CHECKOUT, OrderStatus.PROCESSING})
_UNPAID = frozenset({PaymentState.INTENT, PaymentState.PROCESSING})
_ANOTHER_LOOK = 0.2


@dataclass(frozen=True, slots=True)
class Decline:
    """The purchase is stopped: Qliro's reason code and what the customer reads."""

    reason: str
    message: str
    detail: str = ""
    """What Norce's own validations said, for whoever looks into it."""


class ValidatePurchase:
    """None approves; a Decline stops the purchase."""

    def __init__(
        self,
        exclusion: Exclusion,
        platform: CheckoutPlatform,
        configurations: MerchantConfigurations,
        adopt: AdoptPayment,
        observer: Observer,
        clock: Clock,
        patience: Patience,
    ) -> None:
        self._exclusion = exclusion
        self._platform = platform
        self._configurations = configurations
        self._adopt = adopt
        self._observer = observer
        self._clock = clock
        self._patience = patience

    async def __call__(self, key: PaymentKey, posted: ProviderCheckout) -> Decline | None:
        """`posted` is the order as Qliro sent it. Raises PaymentNotFound and OrderNotFound, nothing else."""
        budget = self._patience.validate.total_seconds()
        with deadline(budget):
            deciding = asyncio.create_task(self._decide(key, posted))
        try:
            done, _ = await asyncio.wait({deciding}, timeout=budget)
        finally:
            let_go(deciding)  # its tidying up may take longer than there is time, and is not waited for
        try:
            return deciding.result() if done else self._undecided(key, posted, TimeoutError())
        except (PaymentNotFound, OrderNotFound):
            raise
        except AdapterError as failure:
            return self._undecided(key, posted, failure)
        except Exception as defect:  # noqa: BLE001 - silence would be taken for approval
            self._observer.unexpected("validate", defect)
            return _decline(None, posted.language, DeclineReason.TRY_AGAIN)

    def _undecided(self, key: PaymentKey, posted: ProviderCheckout, failure: Exception) -> Decline:
        self._observer.purchase_undecided(key, failure)
        return _decline(None, posted.language, DeclineReason.TRY_AGAIN)

    async def _decide(self, key: PaymentKey, posted: ProviderCheckout) -> Decline | None:
        async with self._exclusion.hold(key.order, wait=self._patience.hook_claim) as held:
            configuration, (order, errors) = await asyncio.gather(
                self._configurations.read(key.tenant), self._at_norce(key, held.claim.payment(key.payment_id))
            )
            told = own_payment(order, key.payment_id)
            payment = held.claim.payment(key.payment_id) or await self._adopt(order, key.payment_id, configuration)
            ours = held.claim.session is not None or begun_here(told)
            agreed = (_same_cart if ours else _same_worth)(order, told, posted, configuration)
            reason = _objection(order, told, payment, posted, errors, agreed=agreed)
            if reason is not None:
                await self._refuse(held, payment, reason, errors)
                return _decline(configuration, order.culture, reason, errors)
            if order.status is OrderStatus.CHECKOUT and not await self._frozen(key):
                await self._refuse(held, payment, DeclineReason.NOT_VALID, ("the order could not be frozen",))
                return _decline(configuration, order.culture, DeclineReason.NOT_VALID)
            stamp = f"{key.payment_id}:{payment.version}:process:{self._moment()}"
            processed = transaction_logged("process", payment.amount, key=stamp, status="InProcess")
            await Journal(held, payment).write(Message(MessageKind.REPORT_PAYMENT), processed, release=True)
            return None

    async def _at_norce(self, key: PaymentKey, stored: Payment | None) -> tuple[PurchaseOrder, tuple[str, ...]]:
        """The order and what Norce's own validations say; both once more while it shows another amount than agreed.

        A hook tells us of a new amount before Norce shows it, and a report may just have laid the old one over it.
        """
        known = {key.payment_id} if stored else set()
        for pause in (_ANOTHER_LOOK, None):
            order, errors = await asyncio.gather(
                order_showing(self._platform, self._clock, key.order, known), self._platform.validate(key.order)
            )
            shown = order.payment(key.payment_id)
            if pause is None or stored is None or shown is None or shown.amount == stored.amount:
                break
            await self._clock.sleep(pause)
        return order, errors

    async def _frozen(self, key: PaymentKey) -> bool:
        try:
            await self._platform.set_status(key.order, OrderStatus.PROCESSING)
        except (OrderRefused, OrderConflict):
            return False
        return True

    async def _refuse(self, held: Held, payment: Payment, reason: DeclineReason, errors: tuple[str, ...]) -> None:
        key = payment.key
        stamp = f"{key.payment_id}:{payment.version}:{reason}:{self._moment()}"
        detail = ", ".join((str(reason), *errors))
        messages = [transaction_logged("process", payment.amount, key=stamp, success=False, detail=detail)]
        if reason is DeclineReason.CART_CHANGED:
            messages.append(Message(MessageKind.SYNC_CART))
        await Journal(held, payment).write(*messages, release=True)

    def _moment(self) -> int:
        """Milliseconds: every attempt of the customer is an event of its own in Norce's log."""
        return int(self._clock.now().timestamp() * 1000)


def _objection(
    order: PurchaseOrder,
    told: OrderPayment,
    payment: Payment,
    posted: ProviderCheckout,
    errors: tuple[str, ...],
    *,
    agreed: bool,
) -> DeclineReason | None:
    if order.status not in _OPEN or told.state not in _UNPAID or payment.status is not PaymentStatus.INTENT:
        return DeclineReason.ORDER_CLOSED
    if posted.provider_order_id != payment.provider_order_id:
        return DeclineReason.ORDER_CLOSED
    if not agreed:
        return DeclineReason.CART_CHANGED
    if errors:
        return DeclineReason.OUT_OF_STOCK if any("stock" in e.lower() for e in errors) else DeclineReason.NOT_VALID
    return None


def _same_cart(
    order: PurchaseOrder, told: OrderPayment, posted: ProviderCheckout, configuration: MerchantConfiguration
) -> bool:
    """Same currency, amount and rows, whatever shipping and fees Qliro added itself.

    What an integrated delivery costs is Qliro's to say: the browser's word for it may not have reached Norce yet, and
    the price that was bought is brought to Norce when the purchase is settled.
    """
    try:
        basket = basket_for(order, configuration, told.id)
    except AdapterError:
        return False
    worth = _worth(posted)
    if posted.currency != order.currency or posted.total != worth or missing_rows(posted, basket):
        return False
    if configuration.use_integrated_shipping and _delivered_otherwise(order):
        return False
    return told.amount == order.amount_to_cover(told.id)


def _delivered_otherwise(order: PurchaseOrder) -> bool:
    """Whether Norce charges for a delivery that Qliro knows nothing of: its order would be bought for too little."""
    return any(s.total.including_vat for s in order.shippings if s.active and not s.ours)


def _same_worth(
    order: PurchaseOrder, told: OrderPayment, posted: ProviderCheckout, configuration: MerchantConfiguration
) -> bool:
    """Same currency and amount. Another adapter has its own way of telling an order in rows: they can't be compared."""
    total = _worth(posted)
    if posted.currency != order.currency or posted.total != total or told.amount != order.amount_to_cover(told.id):
        return False
    if told.amount in (total, _worth(posted, LineType.FEE)):
        return True
    if not configuration.use_integrated_shipping or _delivered_otherwise(order):
        return False
    return told.amount - shipping_total(order) == _worth(posted, LineType.FEE, LineType.SHIPPING)


def _worth(posted: ProviderCheckout, *without: LineType) -> int:
    return sum(line.quantity * line.price_inc for line in posted.lines if line.type not in without)


def _decline(
    configuration: MerchantConfiguration | None, culture: str, reason: DeclineReason, errors: tuple[str, ...] = ()
) -> Decline:
    code = "OutOfStock" if reason is DeclineReason.OUT_OF_STOCK else "Other"
    detail = ", ".join(errors)[:300] if reason is DeclineReason.NOT_VALID else ""
    return Decline(code, decline_text(configuration, culture, reason), detail)
