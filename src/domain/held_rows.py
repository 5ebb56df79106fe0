"""Whether the provider's order has the rows that it was given."""

from domain.basket import ROUNDING_REFERENCES
from domain.checkout import Basket, LineType, ProviderCheckout

_ADDED_BY_PROVIDER = frozenset({LineType.SHIPPING, LineType.FEE})


def holds(checkout: ProviderCheckout, basket: Basket) -> bool:
    """Whether Qliro's order has exactly these rows, apart from what Qliro adds itself."""
    return not missing_rows(checkout, basket)


def missing_rows(checkout: ProviderCheckout, basket: Basket) -> list[tuple[str, int, int]]:
    """Rows that only one side has, by (reference, price, quantity); shipping and fees that Qliro added don't count."""
    ours = sorted((line.reference, line.price_inc, line.quantity) for line in basket.lines)
    odd: list[tuple[str, int, int]] = []
    for line in checkout.lines:
        row = (line.reference, line.price_inc, line.quantity)
        if row in ours:
            ours.remove(row)
        elif line.type not in _ADDED_BY_PROVIDER:
            odd.append(row)
    return odd + ours


def added_fee(kind: LineType, reference: str) -> bool:
    """Whether the provider added it for the way of paying: what makes up for rounding is part of the order."""
    return kind is LineType.FEE and reference not in ROUNDING_REFERENCES
