"""Sums of an order. Everything here is exact; rounding is half up to two decimals."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

Json = dict[str, Any]
_COLUMNS = ("includingVat", "excludingVat")


def rounded(amount: Decimal) -> Decimal:
    """To two decimals, half up."""
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def add(prices: Iterable[Json]) -> Json:
    """The sum of prices, column by column."""
    listed = list(prices)
    return {name: sum((Decimal(each[name]) for each in listed), Decimal(0)) for name in _COLUMNS}


def less(price: Json, taken: Json) -> Json:
    """`price` without `taken`, never below zero."""
    return {name: max(price[name] - taken[name], Decimal(0)) for name in _COLUMNS}


def scaled(price: Json, numerator: int, denominator: int) -> Json:
    """`price` times a fraction, rounded."""
    return {name: rounded(price[name] * numerator / denominator) for name in _COLUMNS}


def complete_item(item: Json) -> None:
    """Fill in the totals that the caller left out."""
    if item["originalTotal"] is None:
        item["originalTotal"] = scaled(item["price"], item["quantity"], 1)
    if item["total"] is None:
        item["total"] = less(item["originalTotal"], add(each["value"] for each in item["discounts"]))


def change_quantity(item: Json, quantity: int, basis: Json) -> None:
    """Totals and discounts follow the quantity in proportion to `basis`, the item as it first was."""
    item["quantity"] = quantity
    for name in ("originalTotal", "total"):
        item[name] = scaled(basis[name], quantity, basis["quantity"])
    for discount, original in zip(item["discounts"], basis["discounts"], strict=True):
        discount["value"] = scaled(original["value"], quantity, basis["quantity"])


def recompute(order: Json, *, reading: str) -> None:
    """Bring `cart.total` and `total` up to date with items, discounts and shippings that are not removed."""
    cart = order["cart"]
    for item in cart["items"]:
        complete_item(item)
    goods = add(item["total"] for item in cart["items"])
    _follow_percentages(cart["discounts"], goods)
    after_discounts = less(goods, add(each["value"] for each in cart["discounts"]))
    cart["total"] = after_discounts if reading == "net" else goods
    freight = add(each["total"] for each in order["shippings"] if each["state"] != "removed")
    order["total"] = add((after_discounts, freight))


def _follow_percentages(discounts: list[Json], goods: Json) -> None:
    """A cart discount with `attributes.percent` is that share of the goods."""
    for discount in discounts:
        percent = discount["attributes"].get("percent")
        if percent is not None:
            discount["value"] = {name: rounded(goods[name] * percent / 100) for name in _COLUMNS}


def covered(order: Json) -> Decimal:
    """What the payments that are not removed amount to."""
    return sum((each["amount"] for each in order["payments"] if each["state"] != "removed"), Decimal(0))
