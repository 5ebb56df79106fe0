"""Whether the provider's order has the rows that it was given."""

from domain.checkout import Basket, ProviderCheckout


def holds(checkout: ProviderCheckout, basket: Basket) -> bool:
    """Whether Qliro's order has exactly these rows, apart from what Qliro adds itself."""
    return not missing_rows(checkout, basket)


def missing_rows(checkout: ProviderCheckout, basket: Basket) -> list[tuple[str, int, int]]:
    """Rows that only one side has, by (reference, price, quantity); shipping and fees that Qliro added don't count."""
    ours = sorted((line.reference, line.price_inc, line.quantity) for line in basket.lines)
    theirs = [(line.reference, line.price_inc, line.quantity, line.type) for line in checkout.lines]
    left = list(ours)
    odd: list[tuple[str, int, int]] = []
    for reference, price, quantity, kind in theirs:
        row = (reference, price, quantity)
        if row in left:
            left.remove(row)
        elif kind.name not in {"SHIPPING", "FEE"}:
            odd.append(row)
    return odd + left
