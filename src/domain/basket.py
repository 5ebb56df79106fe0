"""Norce's order as rows for the provider that add up, to the cent, to what the payment covers.

The sum of a basket's rows is not checked by anyone but us: the provider charges what the rows say. So every row is
taken from the order's own totals, differences become rows of their own, and what does not fit is refused by name.
"""

import json
from collections import defaultdict
from dataclasses import astuple, replace
from hashlib import sha256

from domain.checkout import Basket, DeliverySetup, LineType, OrderLine
from domain.deductions import cart_deductions, spread
from domain.errors import OrderNotExpressible
from domain.money import LARGEST_MINOR
from domain.order import Item, Price, PurchaseOrder
from domain.parcel import alike, parcel_of, together
from domain.references import item_reference, shipping_reference, tagged
from domain.texts import description, rounding_text
from domain.vat import HIGHEST_RATE, net, percent

MOST_LINES = 200
LARGEST_QUANTITY = 2**31 - 1
LARGEST_ROUNDING = 5
_ROUNDING = "rounding"
ROUNDING_REFERENCES = frozenset({_ROUNDING, tagged(_ROUNDING, _ROUNDING)})
"""What the row is called that makes up for rounding: the second where a row of the cart has the first name."""


def compose_basket(
    order: PurchaseOrder,
    *,
    cover: int,
    discount_text: str,
    voucher_text: str,
    include_shipping: bool = True,
    discount_per_row: bool = False,
    delivery: DeliverySetup | None = None,
) -> Basket:
    """Rows whose sum is exactly `cover` (minor units); raises OrderNotExpressible and nothing else.

    What `cover` falls short of the order's value is taken to be paid by vouchers or other payments and becomes one
    negative row. With `include_shipping` False (the provider adds the shipping itself) the order's shippings are
    neither rows nor part of its value: `cover` must then be without them, see `shipping_total`.

    `discount_per_row` puts a row's own discounts into its price; otherwise rows show the price before discount and
    all discounts together make one row per VAT rate. A text that is empty leaves its rows without description.
    `delivery` goes along; unless it names a checkout of nShift's, every row also tells of its goods.
    """
    _require_payable(order, cover)
    with_goods = delivery is not None and not delivery.checkout_id
    lines, deductions = _item_lines(order.items, embedded=discount_per_row, with_goods=with_goods)
    shipping = shipping_total(order)
    gap = sum(item.total.including_vat for item in order.items) + shipping - order.total.including_vat
    if gap > 0:
        for rate, amount in cart_deductions(order, gap).items():
            deductions[rate] += amount
    if include_shipping:
        lines += _shipping_lines(order)
    lines = _with_own_identity(lines)
    value = order.total.including_vat - (0 if include_shipping else shipping)
    lines += _adjustments(order, deductions, -gap, value - cover, discount_text, voucher_text, lines)
    return _proven(lines, cover, order.currency, delivery)


def compose_addition(items: tuple[Item, ...], *, currency: str, discount: int, discount_text: str) -> Basket:
    """Rows for these cart rows alone, worth their totals less `discount` (minor units) exactly.

    Raises OrderNotExpressible. The rows' own discounts are in their prices.
    """
    lines, _ = _item_lines(items, embedded=True, with_goods=False)
    lines = _with_own_identity(lines)
    taken = {line.reference for line in lines}
    for rate, part in spread(discount, ((i.vat_rate, i.total.including_vat) for i in items)).items():
        if part:
            reference = f"upsell-discount-{percent(rate)}"
            lines.append(_adjustment(LineType.DISCOUNT, reference, discount_text, -part, rate, taken))
    return _proven(lines, sum(item.total.including_vat for item in items) - discount, currency, None)


def shipping_total(order: PurchaseOrder) -> int:
    """What the order's active shippings cost, in minor units."""
    return sum(shipping.total.including_vat for shipping in order.shippings if shipping.active)


def digest(basket: Basket) -> str:
    """32 hexadecimal digits that change whenever anything does that an update of the rows can change."""
    rows = [
        (line.reference, line.description, line.type.value, line.quantity, line.price_inc, line.price_ex, line.vat_rate)
        for line in basket.lines
    ]
    content: list[object] = [basket.currency, basket.total, rows]
    content += ["subscription"] if basket.subscription else []
    if basket.delivery is not None:
        goods = [None if line.parcel is None else astuple(line.parcel) for line in basket.lines]
        content += [astuple(basket.delivery), goods]
    return sha256(json.dumps(content).encode()).hexdigest()[:32]


def _require_payable(order: PurchaseOrder, cover: int) -> None:
    if not order.items:
        raise OrderNotExpressible("The cart is empty.")
    if not 0 < cover <= LARGEST_MINOR:
        raise OrderNotExpressible("There is nothing left to pay." if cover <= 0 else "The amount to pay is too large.")


def _item_lines(
    items: tuple[Item, ...], *, embedded: bool, with_goods: bool
) -> tuple[list[OrderLine], defaultdict[int, int]]:
    """One row per cart row, and what was left out of their prices per VAT rate."""
    lines: list[OrderLine] = []
    deductions: defaultdict[int, int] = defaultdict(int)
    for number, item in enumerate(items, start=1):
        reference = item_reference(item)
        if not reference:
            raise OrderNotExpressible(f"Cart row {number} has neither SKU, reference nor id.")
        shown = item.total if embedded else _before_discount(item)
        deductions[item.vat_rate] += shown.including_vat - item.total.including_vat
        line = _line(LineType.PRODUCT, reference, item.name, item.quantity, shown, item.vat_rate)
        if with_goods and line.type is LineType.PRODUCT:
            line = replace(line, parcel=parcel_of(item, pieces=item.quantity // line.quantity))
        lines.append(line)
    return lines, deductions


def _before_discount(item: Item) -> Price:
    """The row's price before its own discounts; its total where the order does not tell a higher one."""
    return item.original_total if item.original_total.including_vat > item.total.including_vat else item.total


def _shipping_lines(order: PurchaseOrder) -> list[OrderLine]:
    lines = []
    for shipping in order.shippings:
        if shipping.active and (shipping.total.including_vat or shipping.total.excluding_vat):
            reference = shipping_reference(shipping) or "shipping"
            lines.append(_line(LineType.SHIPPING, reference, shipping.name, 1, shipping.total, shipping.vat_rate))
    return lines


def _line(kind: LineType, reference: str, name: str, quantity: int, total: Price, rate: int) -> OrderLine:
    """A row worth exactly `total` with VAT: by the piece when that divides, else as one piece that names its number.

    Only pieces can be captured and refunded one by one, and only the sum with VAT is what the customer pays; so the
    price without VAT is rounded per piece rather than glueing the pieces together.
    """
    inc, ex = total.including_vat, total.excluding_vat
    _require_rate(reference, rate)
    _require_expressible(reference, quantity, inc, ex)
    text = description(name, reference)
    if inc % quantity:
        text, ex, quantity = description(f"{quantity} × {text}"), _within_rounding(ex, inc, rate, quantity), 1
    if inc < 0:
        kind = LineType.DISCOUNT
    return OrderLine(reference, text, kind, quantity, inc // quantity, _per_piece(ex, quantity), rate)


def _per_piece(ex: int, quantity: int) -> int:
    """`ex` divided by `quantity`, rounded half away from zero."""
    size = (2 * abs(ex) + quantity) // (2 * quantity)
    return -size if ex < 0 else size


def _within_rounding(ex: int, inc: int, rate: int, quantity: int) -> int:
    """`ex`, unless every piece's rounding has added up in it so far that it would tell another VAT rate."""
    exact = net(inc, rate)
    return exact if 1 < abs(ex - exact) <= quantity else ex


def _require_expressible(reference: str, quantity: int, inc: int, ex: int) -> None:
    if not 1 <= quantity <= LARGEST_QUANTITY:
        raise OrderNotExpressible(f"Row {reference} has the quantity {quantity}.")
    if abs(inc) > LARGEST_MINOR:
        raise OrderNotExpressible(f"Row {reference} is too large an amount.")
    if not (0 <= ex <= inc or inc <= ex <= 0):
        raise OrderNotExpressible(f"Row {reference} costs more without VAT than with it.")


def _require_rate(reference: str, rate: int) -> None:
    if not 0 <= rate <= HIGHEST_RATE:
        raise OrderNotExpressible(f"Row {reference} has an impossible VAT rate.")


def _with_own_identity(lines: list[OrderLine]) -> list[OrderLine]:
    """Rows that are the same thing become one; rows that only share reference and price are told apart."""
    known: dict[tuple[str, int], OrderLine] = {}
    for line in lines:
        identity = (line.reference, line.price_inc)
        while (twin := known.get(identity)) and not _same(twin, line):
            content = f"{identity[0]}|{line.price_ex}|{line.type}|{line.vat_rate}"
            identity = (tagged(line.reference, content), line.price_inc)
        row = _together(twin, line) if twin else line
        known[identity] = row if row.reference == identity[0] else replace(row, reference=identity[0])
    return list(known.values())


def _together(one: OrderLine, other: OrderLine) -> OrderLine:
    quantity = one.quantity + other.quantity
    if quantity > LARGEST_QUANTITY:
        raise OrderNotExpressible(f"Row {other.reference} has the quantity {quantity}.")
    return replace(one, quantity=quantity, parcel=together(one.parcel, other.parcel))


def _same(one: OrderLine, other: OrderLine) -> bool:
    terms = (one.price_ex, one.type, one.vat_rate) == (other.price_ex, other.type, other.vat_rate)
    return terms and alike(one.parcel, other.parcel)


def _adjustments(
    order: PurchaseOrder,
    deductions: dict[int, int],
    surplus: int,
    paid_elsewhere: int,
    discount_text: str,
    voucher_text: str,
    lines: list[OrderLine],
) -> list[OrderLine]:
    """Discounts per VAT rate, rounding in the order's favour, and what others pay."""
    taken = {line.reference for line in lines}
    rows = [
        _adjustment(LineType.DISCOUNT, f"discount-{percent(rate)}", discount_text, -amount, rate, taken)
        for rate, amount in sorted(deductions.items())
        if amount
    ]
    if surplus > LARGEST_ROUNDING:
        raise OrderNotExpressible(f"The order's total exceeds its rows and shippings by {surplus} minor units.")
    if surplus > 0:
        rows.append(_adjustment(LineType.FEE, _ROUNDING, rounding_text(order.culture), surplus, 0, taken))
    if paid_elsewhere < 0:
        raise OrderNotExpressible(f"The amount to pay exceeds the order's value by {-paid_elsewhere} minor units.")
    if paid_elsewhere:
        rows.append(_adjustment(LineType.DISCOUNT, "voucher", voucher_text, -paid_elsewhere, 0, taken))
    return rows


def _adjustment(kind: LineType, reference: str, text: str, inc: int, rate: int, taken: set[str]) -> OrderLine:
    while reference in taken:
        reference = tagged(reference, reference)
    _require_rate(reference, rate)
    ex = net(inc, rate)
    _require_expressible(reference, 1, inc, ex)
    return OrderLine(reference, description(text), kind, 1, inc, ex, rate)


def _proven(lines: list[OrderLine], cover: int, currency: str, delivery: DeliverySetup | None) -> Basket:
    if len(lines) > MOST_LINES:
        raise OrderNotExpressible(f"The order needs {len(lines)} rows; {MOST_LINES} are the most possible.")
    total = sum(line.quantity * line.price_inc for line in lines)
    if total != cover:
        raise OrderNotExpressible(f"The rows add up to {total}, not to {cover} minor units.")
    return Basket(tuple(lines), total, currency, delivery=delivery)
