"""Our payment as Norce should show it (norce.md e.3, e.9)."""

from application.compose_checkout import REFERENCE_ATTRIBUTE
from application.ports.configurations import MerchantConfiguration
from application.ports.platform import PaymentChanges
from domain.checkout import ProviderCheckout
from domain.identifiers import PaymentKey
from domain.lifecycle import PaymentStatus
from domain.norce_state import norce_state
from domain.order import OrderPayment, OrderStatus, PaymentAction, PaymentState, PurchaseOrder
from domain.payment import Payment
from domain.upselling import shown_upsell

_HOLDING = frozenset({PaymentStatus.AUTHORIZED, PaymentStatus.PARTIALLY_REFUNDED})


def reported(
    payment: Payment,
    order: PurchaseOrder,
    configuration: MerchantConfiguration,
    checkout: ProviderCheckout | None = None,
) -> PaymentChanges:
    """State, amount, reference, attributes and actions that follow from the payment."""
    return PaymentChanges(
        state=_state(payment, order),
        amount=_amount(payment, order),
        reference=str(payment.provider_order_id) if payment.provider_order_id else None,
        attributes=_attributes(payment, checkout),
        actions=actions_of(payment, configuration.public_url),
        upsell=shown_upsell(payment),
    )


def actions_of(payment: Payment, public_url: str) -> tuple[PaymentAction, ...]:
    """What an operator may do with the payment, as URLs of ours."""
    return tuple(
        PaymentAction(str(kind), _action_url(public_url, payment.key, str(kind))) for kind in payment.available()
    )


def differs(current: OrderPayment, changes: PaymentChanges) -> bool:
    """Whether Norce shows anything else than it should."""
    wanted = {(action.type, action.url) for action in changes.actions or ()}
    shown = {(action.type, action.url) for action in current.actions}
    return (
        (changes.state is not None and changes.state is not current.state)
        or (changes.amount is not None and changes.amount != current.amount)
        or (changes.reference is not None and changes.reference != current.reference)
        or (changes.actions is not None and wanted != shown)
        or (changes.upsell is not None and changes.upsell != current.upsell)
        or any(current.attributes.get(name) != value for name, value in changes.attributes.items())
    )


def _state(payment: Payment, order: PurchaseOrder) -> PaymentState:
    if payment.status is PaymentStatus.INTENT and order.status is OrderStatus.PROCESSING:
        return PaymentState.PROCESSING
    return norce_state(payment)


def _amount(payment: Payment, order: PurchaseOrder) -> int | None:
    """Before the purchase what is to be covered, after it what is kept, or held while nothing is.

    Nothing changes it at the end.
    """
    totals = payment.totals
    if payment.merchant_initiated and payment.status is PaymentStatus.DECLINED:
        return 0  # Norce adds up all payments that are not removed, and the order is to be paid otherwise
    if payment.status is PaymentStatus.INTENT:
        return order.amount_to_cover(payment.key.payment_id)
    if totals.refundable:
        return totals.refundable
    return totals.remaining if payment.status in _HOLDING else None


def _attributes(payment: Payment, checkout: ProviderCheckout | None) -> dict[str, object]:
    attributes: dict[str, object] = {}
    if payment.merchant_reference:
        attributes[REFERENCE_ATTRIBUTE] = payment.merchant_reference
    if checkout is not None and checkout.payment_method:
        attributes["qliroPaymentMethodName"] = checkout.payment_method
    if checkout is not None and checkout.payment_type:
        attributes["qliroPaymentTypeCode"] = checkout.payment_type
    if checkout is not None:
        ids = sorted({line.transaction_id for line in checkout.lines if line.transaction_id})
        methods = [line.shipping_method for line in checkout.lines if line.shipping_method]
        attributes |= {"qliroPaymentTransactionIds": ids} if ids else {}
        attributes |= {"qliroSelectedShippingMethod": methods[0]} if methods else {}
    return attributes


def _action_url(public_url: str, key: PaymentKey, kind: str) -> str:
    return f"{public_url}/api/order/v1/orders/{key.order_id}/payments/{key.payment_id}/{kind}"
