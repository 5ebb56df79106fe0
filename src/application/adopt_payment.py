"""Take over a payment that this database does not know.

It may have been created by another instance, by the merchant's previous Qliro adapter, or before the database
was lost. Norce says that the payment is ours and which Qliro order it stands for; Qliro says the rest.
"""

from dataclasses import replace
from datetime import datetime

from application.compose_renewal import renewal_mark
from application.ports.clock import Clock
from application.ports.configurations import MerchantConfiguration
from application.ports.provider import PaymentProvider
from domain.checkout import CheckoutStatus
from domain.errors import LedgerDisagrees, PaymentNotFound, ProviderOrderMissing
from domain.evidence import Evidence
from domain.identifiers import PaymentKey
from domain.ledger import AUTHORIZING, LedgerTotals, ProviderLedger, TransactionStatus
from domain.lifecycle import PaymentStatus
from domain.money import Money
from domain.order import OrderPayment, PaymentState, PurchaseOrder
from domain.payment import Payment

_UNPAID = frozenset({PaymentState.INTENT, PaymentState.PROCESSING})
_REFUSED = frozenset({PaymentState.DECLINED, PaymentState.FAILED})


def provider_order_of(payment: OrderPayment) -> int | None:
    """The Qliro order that a Norce payment names, None when it names none.

    Ours are named by the reference; an adapter that keeps something else there may have an attribute for it.
    """
    named = (_order_id(payment.reference), _order_id(payment.attributes.get("qliroOrderId")))
    return next((order_id for order_id in named if order_id), None)


def _order_id(told: object) -> int | None:
    text = str(told).strip() if isinstance(told, (str, int)) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def own_payment(order: PurchaseOrder, payment_id: str) -> OrderPayment:
    """Our payment on the order, in whatever state. Raises PaymentNotFound."""
    payment = order.payment(payment_id)
    if payment is None or not payment.ours:
        raise PaymentNotFound(f"Payment {payment_id} is not a payment of this adapter on order {order.key.order_id}.")
    return payment


class AdoptPayment:
    """Rebuilds the aggregate from Norce's payment and Qliro's books. Nothing is stored here.

    It stands where Norce thinks it stands: what has happened since is news, found out by settling it.
    """

    def __init__(self, provider: PaymentProvider, clock: Clock) -> None:
        self._provider = provider
        self._clock = clock

    async def __call__(self, order: PurchaseOrder, payment_id: str, configuration: MerchantConfiguration) -> Payment:
        """Raises PaymentNotFound when the order has no such payment of ours that reached Qliro.

        Raises LedgerDisagrees when Norce shows money that Qliro knows nothing of: nothing goes back to the beginning.
        """
        told = own_payment(order, payment_id)
        payment = adopted(order, told, at=self._clock.now())
        if payment.provider_order_id is None:
            raise PaymentNotFound(f"Payment {payment_id} has no Qliro order.")
        if told.state is PaymentState.PENDING:
            payment.observe(checkout_alone(payment, CheckoutStatus.ON_HOLD), at=self._clock.now())
        if told.state in _REFUSED:
            payment.observe(checkout_alone(payment, CheckoutStatus.REFUSED), at=self._clock.now())
        if told.state is PaymentState.REMOVED:
            payment.remove(at=self._clock.now())
        if payment.status.undecided and told.state in _UNPAID | {PaymentState.PENDING}:
            return payment
        ledger = await self._books(configuration, payment.provider_order_id)
        if ledger is not None:
            payment.observe(evidence_of(ledger, CheckoutStatus.UNKNOWN), at=self._clock.now())
        if payment.status is PaymentStatus.INTENT and told.active:
            raise LedgerDisagrees(f"Norce shows payment {payment_id} as {told.state}, and Qliro has no money for it.")
        return payment

    async def _books(self, configuration: MerchantConfiguration, provider_order_id: int) -> ProviderLedger | None:
        try:
            return await self._provider.read_ledger(configuration.account, provider_order_id)
        except ProviderOrderMissing:
            return None


def adopted(order: PurchaseOrder, told: OrderPayment, *, at: datetime) -> Payment:
    """The aggregate as Norce alone tells it: an intent for the amount it shows."""
    key: PaymentKey = order.key.payment(told.id)
    reference = told.attributes.get("qliroMerchantReference")
    payment = Payment.intend(
        key,
        Money(told.amount, order.currency),
        provider_order_id=provider_order_of(told),
        merchant_reference=str(reference or ""),
        at=at,
    )
    payment.token_mark = renewal_mark(told)
    return payment


def checkout_alone(payment: Payment, status: CheckoutStatus) -> Evidence:
    """What the checkout's status says while the books have nothing to say."""
    return Evidence(status=status, totals=LedgerTotals(), mark=payment.ledger_mark, currency=payment.currency)


def books_alone(ledger: ProviderLedger) -> Evidence:
    """What the books say of a payment that has no checkout: refused when every reservation was."""
    asked = [t for t in ledger.transactions if t.kind in AUTHORIZING]
    refused = bool(asked) and all(t.status.final and t.status is not TransactionStatus.SUCCESS for t in asked)
    return replace(evidence_of(ledger, CheckoutStatus.UNKNOWN), refused=refused)


def evidence_of(ledger: ProviderLedger, status: CheckoutStatus) -> Evidence:
    """What the books and the checkout's status say together."""
    return Evidence(
        status=status,
        totals=ledger.totals(),
        mark=ledger.mark,
        currency=ledger.currency,
    )
