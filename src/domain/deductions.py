"""Cart-level discounts: how much of them belongs to which VAT rate."""

from collections import defaultdict
from collections.abc import Iterable

from domain.money import allocate
from domain.order import PurchaseOrder


def cart_deductions(order: PurchaseOrder, gap: int) -> dict[int, int]:
    """Split `gap` (> 0: what rows and shippings cost more than the order) over the VAT rates, to the cent.

    Discounts on the goods follow the goods' totals, discounts on the freight follow the freight's.
    """
    goods = _by_rate((item.vat_rate, item.total.including_vat) for item in order.items)
    freight = _by_rate((s.vat_rate, s.total.including_vat) for s in order.shippings if s.active)
    on_freight = _freight_part(order, gap, sum(goods.values())) if freight else 0
    if not goods:
        on_freight = gap
    parts: defaultdict[int, int] = defaultdict(int)
    _spread(parts, gap - on_freight, goods)
    _spread(parts, on_freight, freight or {0: 0})
    return parts


def spread(amount: int, parts: Iterable[tuple[int, int]]) -> dict[int, int]:
    """`amount` over the VAT rates of these (rate, worth) parts, to the cent."""
    spread_over: defaultdict[int, int] = defaultdict(int)
    _spread(spread_over, amount, _by_rate(parts) or {0: 0})
    return spread_over


def _freight_part(order: PurchaseOrder, gap: int, goods: int) -> int:
    """How much of `gap` is freight.

    Norce may or may not have taken freight discounts out of the shipping's total already, so they count only when
    they explain the gap; otherwise freight bears what the goods can't.
    """
    declared = sum(d.value.including_vat for d in order.discounts if d.kind == "shipping")
    others = sum(d.value.including_vat for d in order.discounts if d.kind != "shipping")
    if 0 < declared <= gap and gap in {declared + others, declared} and gap != others:
        return declared
    return max(0, gap - goods)


def _by_rate(amounts: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Positive sums per VAT rate, lowest rate first."""
    sums: defaultdict[int, int] = defaultdict(int)
    for rate, amount in amounts:
        sums[rate] += amount
    return {rate: amount for rate, amount in sorted(sums.items()) if amount > 0}


def _spread(parts: defaultdict[int, int], amount: int, weights: dict[int, int]) -> None:
    if amount:
        for rate, part in zip(weights, allocate(amount, list(weights.values())), strict=True):
            parts[rate] += part
