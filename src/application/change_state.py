"""Norce asks before it commits a change of the order's state (norce.md c.7)."""

from contextlib import suppress

from application.adopt_payment import own_payment, provider_order_of
from application.cancel_payment import CancelPayment
from application.change_cart import AFTER_COMMIT, ChangeCart, Patch
from application.compose_checkout import basket_for
from application.compose_renewal import renewal_mark
from application.deadline import deadline
from application.observation import Observer
from application.patience import Patience
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfigurations
from application.ports.payments import Payments
from application.ports.provider import PaymentProvider
from domain.checkout import CheckoutStatus, ProviderCheckout
from domain.errors import AdapterError, OperationRefused, ProviderOrderMissing, ProviderRefused, ValidationRefused
from domain.held_rows import missing_rows
from domain.identifiers import PaymentKey
from domain.lifecycle import PaymentStatus
from domain.norce_state import norce_state
from domain.operation import OperationState
from domain.order import INACTIVE_PAYMENT_STATES, OrderPayment, OrderStatus, PaymentState, PurchaseOrder

_UNPAID = frozenset({PaymentState.INTENT, PaymentState.PROCESSING})
_PAID_STATES = frozenset(
    {PaymentState.RESERVED, PaymentState.PENDING, PaymentState.CAPTURED, PaymentState.CREDITED, PaymentState.REFUNDED}
)


class ChangeState:
    """Approves, vetoes (ValidationRefused) or completes a change of state with our payment's own state."""

    def __init__(
        self,
        payments: Payments,
        provider: PaymentProvider,
        configurations: MerchantConfigurations,
        change_cart: ChangeCart,
        cancel: CancelPayment,
        observer: Observer,
        clock: Clock,
        patience: Patience,
    ) -> None:
        self._payments = payments
        self._provider = provider
        self._configurations = configurations
        self._change_cart = change_cart
        self._cancel = cancel
        self._observer = observer
        self._clock = clock
        self._patience = patience

    async def __call__(self, key: PaymentKey, order: PurchaseOrder) -> tuple[Patch, ...]:
        """Raises PaymentNotFound, ValidationRefused (veto), ProviderError; answers before Norce stops waiting."""
        told = own_payment(order, key.payment_id)
        if told.state is PaymentState.REMOVED or _out_of_it(told, order):
            return ()
        with deadline(self._patience.hook.total_seconds()):
            return await self._decided(key, order, told)

    async def _decided(self, key: PaymentKey, order: PurchaseOrder, told: OrderPayment) -> tuple[Patch, ...]:
        match order.status:
            case OrderStatus.CHECKOUT:
                return await self._reopened(key, order, told)
            case OrderStatus.PROCESSING:
                return await self._frozen(key, order, told)
            case OrderStatus.ACCEPTED:
                return await self._accepted(key, order, told)
            case OrderStatus.COMPLETED:
                return await self._completed(key, told)
            case OrderStatus.DECLINED | OrderStatus.REMOVED:
                return await self._closed(key, order, told)
            case _:
                return ()

    async def _reopened(self, key: PaymentKey, order: PurchaseOrder, told: OrderPayment) -> tuple[Patch, ...]:
        if told.state in INACTIVE_PAYMENT_STATES:
            return ()
        checkout = await self._checkout(key, told)
        if told.state not in _UNPAID or (checkout is not None and checkout.paid):
            raise ValidationRefused("The order has been paid at Qliro; it can't go back to checkout.")
        patches = await self._change_cart(key, order)
        return patches + _state_patch(order, told, PaymentState.INTENT)

    async def _frozen(self, key: PaymentKey, order: PurchaseOrder, told: OrderPayment) -> tuple[Patch, ...]:
        if renewal_mark(told):
            return ()
        checkout = await self._checkout(key, told)
        if checkout is None or checkout.status is not CheckoutStatus.IN_PROCESS:
            paid = checkout is not None and checkout.paid
            raise ValidationRefused(
                "The order has been paid at Qliro; it can't be frozen for a purchase."
                if paid
                else "Qliro has no order that can be paid for this payment."
            )
        if checkout.currency != order.currency or not await self._agreed(order, told, checkout):
            raise ValidationRefused("Qliro's total is not the amount of this payment.")
        return _state_patch(order, told, PaymentState.PROCESSING)

    async def _agreed(self, order: PurchaseOrder, told: OrderPayment, checkout: ProviderCheckout) -> bool:
        """The same total or, when Qliro has added fees of its own, all of our rows and nothing else."""
        if checkout.total == told.amount:
            return True
        configuration = await self._configurations.read(order.key.tenant)
        rows_agree = not missing_rows(checkout, basket_for(order, configuration, told.id))
        return rows_agree and told.amount == order.amount_to_cover(told.id)

    async def _accepted(self, key: PaymentKey, order: PurchaseOrder, told: OrderPayment) -> tuple[Patch, ...]:
        stored = await self._payments.read(key)
        if stored is not None and not stored.status.undecided:
            return self._as_stored(order, told, norce_state(stored))
        checkout = await self._checkout(key, told)
        if checkout is None or not checkout.paid:
            raise ValidationRefused("The order has not been paid at Qliro.")
        paid = checkout.status is CheckoutStatus.COMPLETED
        if told.state in _PAID_STATES - {PaymentState.PENDING}:
            return ()
        return _state_patch(order, told, PaymentState.RESERVED if paid else PaymentState.PENDING)

    async def _completed(self, key: PaymentKey, told: OrderPayment) -> tuple[Patch, ...]:
        """Nothing is left to write; but an order that nobody has paid must not be handed on."""
        if told.state not in _UNPAID:
            return ()
        stored = await self._payments.read(key)
        bought = stored is not None and norce_state(stored) in _PAID_STATES
        if not bought and not await self._paid(key, told):
            raise ValidationRefused("The order has not been paid at Qliro; it can't be completed.")
        return ()

    def _as_stored(self, order: PurchaseOrder, told: OrderPayment, state: PaymentState) -> tuple[Patch, ...]:
        if state not in _PAID_STATES:
            raise ValidationRefused(f"The payment is {state}; the order can't be accepted.")
        return _state_patch(order, told, state)

    async def _closed(self, key: PaymentKey, order: PurchaseOrder, told: OrderPayment) -> tuple[Patch, ...]:
        """Release what is reserved. What can't be decided within the hook is reported when it is."""
        stored = await self._payments.read(key)
        if told.state in INACTIVE_PAYMENT_STATES or (stored is not None and stored.status is PaymentStatus.DECLINED):
            refused = order.status is OrderStatus.DECLINED and told.state is not PaymentState.CANCELLED
            return _state_patch(order, told, PaymentState.DECLINED) if refused else ()
        if told.state in {PaymentState.CAPTURED, PaymentState.CREDITED, PaymentState.REFUNDED}:
            return ()
        if told.state in _UNPAID and not await self._paid(key, told):
            return _state_patch(order, told, PaymentState(str(order.status)))
        try:
            operation = await self._cancel(key, report=False)
        except AdapterError as failure:
            self._observer.disagreement(key, f"order {order.status}, and Qliro did not cancel: {failure.message}")
            await self._later(key, failure)
            return ()
        done = operation.state is OperationState.SUCCEEDED
        return _state_patch(order, told, PaymentState.CANCELLED) if done else ()

    async def _later(self, key: PaymentKey, failure: AdapterError) -> None:
        """What could not even be tried within the hook's time is tried when Norce has let go of the order.

        What is on hold at Qliro is looked at again when the bank has decided.
        """
        if isinstance(failure, (OperationRefused, ProviderRefused)):
            return
        with suppress(AdapterError):  # the order is closed all the same, and it has been reported
            await self._payments.look_again(key, at=self._clock.now() + AFTER_COMMIT)

    async def _paid(self, key: PaymentKey, told: OrderPayment) -> bool:
        checkout = await self._checkout(key, told)
        return checkout is not None and checkout.paid

    async def _checkout(self, key: PaymentKey, told: OrderPayment) -> ProviderCheckout | None:
        provider_order_id = provider_order_of(told)
        if provider_order_id is None:
            return None
        configuration = await self._configurations.read(key.tenant)
        try:
            return await self._provider.read_checkout(configuration.account, provider_order_id)
        except ProviderOrderMissing:
            return None


def _state_patch(order: PurchaseOrder, told: OrderPayment, state: PaymentState) -> tuple[Patch, ...]:
    if told.state is state:
        return ()
    return (Patch(f"/payments/{order.payments.index(told)}/state", str(state)),)


def _out_of_it(told: OrderPayment, order: PurchaseOrder) -> bool:
    """A payment that came to nothing has no say in an order that is paid otherwise: its hooks are still there."""
    if told.state not in INACTIVE_PAYMENT_STATES:
        return False
    used = order.own_payment()
    return bool(renewal_mark(told)) or (used is not None and used.id != told.id)
