"""Checks that several operations share."""

from collections import Counter

from adapters.simulators.qliro.errors import ApiError, evaluation
from adapters.simulators.qliro.holdings import is_cancelled, resized
from adapters.simulators.qliro.model import CheckoutStatus, Identity, Item, Order
from adapters.simulators.qliro.money import to_major


def require_paid(order: Order) -> None:
    """Nothing can be done to an order that was never paid, is undecided, or was refused."""
    if order.status is CheckoutStatus.ON_HOLD:
        raise on_hold()
    if order.status is not CheckoutStatus.COMPLETED:
        raise evaluation("NO_PAYMENT_TRANSACTION", f"Order {order.id} has no payment transaction")


def on_hold() -> ApiError:
    return evaluation("PAYMENT_ONHOLD", "Payment is on hold")


def require_not_cancelled(order: Order) -> None:
    if is_cancelled(order):
        raise evaluation("ORDER_HAS_BEEN_CANCELLED", f"Order {order.id} has been cancelled")


def payment_reference(transaction_id: int) -> ApiError:
    text = f"Payment references {transaction_id} does not connect to a success PreAuthrization or Debit"
    return evaluation("PAYMENT_REFERENCE_IS_INCORRECT", text)


def bad_total(total: int) -> ApiError:
    text = f"Request total must be positive. Actual Request Total '{to_major(total)}'"
    return evaluation("INVALID_REQUEST_TOTAL_AMOUNT", text)


def match_items(order: Order, wanted: list[Item], known: list[Item], left: list[Item]) -> list[Item]:
    """The order's own lines for these requested pieces (reference, price and type must agree).

    INVALID_ITEM when unknown, EXCEEDING_QUANTITY when fewer are left. Sections 9.3 and 15.
    """
    by_identity = {item.identity: item for item in known}
    available: Counter[Identity] = Counter()
    for item in left:
        available[item.identity] += item.quantity
    matched = []
    for item in wanted:
        own = by_identity.get(item.identity)
        if own is None or own.kind is not item.kind:
            raise _no_such_item(order, item)
        matched.append(resized(own, item.quantity))
    for own in matched:
        available[own.identity] -= own.quantity
        if available[own.identity] < 0:
            raise evaluation("EXCEEDING_QUANTITY", "Quantity exceeds what is available")
    return matched


def _no_such_item(order: Order, item: Item) -> ApiError:
    text = (
        f"Could not find a matching item in the original order with MerchantReference '{item.reference}' "
        f"and PricePerItemIncludingVat {to_major(item.inc)} in the order {order.id}"
    )
    return evaluation("INVALID_ITEM", text)
