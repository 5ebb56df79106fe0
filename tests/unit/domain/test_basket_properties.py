"""Whatever the order: rows that add up exactly and that the provider accepts, or a refusal. Nothing else."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.basket import LARGEST_QUANTITY, MOST_LINES, compose_basket, digest
from domain.checkout import Basket, LineType
from domain.errors import OrderNotExpressible
from domain.order import Discount, Item, OrderShipping, Price, PurchaseOrder
from tests.unit.domain.orders import order, price

ACCEPTED = re.compile(r"(?:[^\W\d_]|[0-9\s().'\-_&,/–+:]){1,200}")
RATES = st.sampled_from([0, 600, 1200, 1400, 2400, 2500, 2550])
SKUS = st.one_of(st.sampled_from(["A", "B", "B#", "voucher", "discount-25", "rounding", ""]), st.text(max_size=8))


@st.composite
def sound_items(draw: st.DrawFn) -> Item:
    """A row as Norce makes it, now and then with a discount, and a total that is not always a multiple."""
    rate, quantity = draw(RATES), draw(st.integers(1, 12))
    original = draw(st.integers(0, 5_000_00)) if draw(st.booleans()) else draw(st.integers(0, 50_000)) * quantity
    total = draw(st.integers(0, original)) if draw(st.booleans()) else original
    return Item(
        id=f"ci{draw(st.integers(1, 9))}",
        reference="",
        sku=draw(SKUS),
        name=draw(st.text(max_size=12)),
        quantity=quantity,
        total=price(total, rate),
        original_total=price(original, rate),
        vat_rate=rate,
    )


SHIPPINGS = st.builds(
    OrderShipping,
    id=st.just("s1"),
    adapter_id=st.just("norce_adapter"),
    state=st.sampled_from(["intent", "confirmed", "removed"]),
    reference=st.sampled_from(["HOME", "A", ""]),
    name=st.text(max_size=5),
    total=st.builds(price, st.integers(0, 20_000)),
    vat_rate=st.just(2500),
)
DISCOUNTS = st.builds(
    Discount,
    kind=st.sampled_from(["item", "shipping"]),
    name=st.just(""),
    code=st.just(""),
    value=st.builds(price, st.integers(0, 9_000)),
)


@st.composite
def sound_orders(draw: st.DrawFn) -> tuple[PurchaseOrder, int]:
    """An order worth something, a cart discount and vouchers within it, and what is left to cover."""
    items = tuple(draw(st.lists(sound_items(), min_size=1, max_size=8)))
    shippings = tuple(draw(st.lists(SHIPPINGS, max_size=2)))
    whole = sum(i.total.including_vat for i in items) + sum(s.total.including_vat for s in shippings if s.active)
    total = draw(st.integers(1, whole + 5))
    made = order(items, total=total, shippings=shippings, discounts=tuple(draw(st.lists(DISCOUNTS, max_size=2))))
    return made, draw(st.integers(1, total))


@st.composite
def wild_orders(draw: st.DrawFn) -> tuple[PurchaseOrder, int]:
    """Numbers without any sense in them."""
    amount = st.integers(-200_000, 200_000)
    wild_price = st.builds(Price, amount, amount)
    items = st.builds(
        Item,
        id=SKUS,
        reference=SKUS,
        sku=SKUS,
        name=st.text(max_size=5),
        quantity=st.integers(-1, 4),
        total=wild_price,
        original_total=wild_price,
        vat_rate=st.integers(-20_000, 20_000),
    )
    rows = tuple(draw(st.lists(st.one_of(items, sound_items()), max_size=4)))
    wild_shipping = st.builds(
        OrderShipping,
        id=SKUS,
        adapter_id=st.just(""),
        state=st.just("intent"),
        reference=SKUS,
        name=SKUS,
        total=st.one_of(wild_price, st.builds(price, amount)),
        vat_rate=st.integers(-20_000, 20_000),
    )
    made = order(rows, total=draw(amount), shippings=tuple(draw(st.lists(wild_shipping, max_size=2))))
    return made, draw(amount)


def composed(order_: PurchaseOrder, cover: int, include_shipping: bool, discount_per_row: bool) -> Basket:
    return compose_basket(
        order_,
        cover=cover,
        discount_text="Rabatt",
        voucher_text="Presentkort",
        include_shipping=include_shipping,
        discount_per_row=discount_per_row,
    )


def require_acceptable(basket: Basket, cover: int) -> None:
    assert basket.total == cover == sum(line.quantity * line.price_inc for line in basket.lines)
    assert 1 <= len(basket.lines) <= MOST_LINES
    identities = {(line.reference, line.price_inc) for line in basket.lines}
    assert len(identities) == len(basket.lines)
    for line in basket.lines:
        assert ACCEPTED.fullmatch(line.reference)
        assert 1 <= line.quantity <= LARGEST_QUANTITY
        assert abs(line.price_inc) >= abs(line.price_ex)
        assert 0 <= line.vat_rate <= 10_000
        assert len(line.description) <= 4000
        assert line.price_inc or line.type is LineType.PRODUCT
        if line.type is LineType.DISCOUNT:
            assert line.price_inc <= 0 >= line.price_ex
        else:
            assert line.price_inc >= 0 <= line.price_ex


@settings(max_examples=300)
@given(sound_orders(), st.booleans())
def test_every_sound_order_is_told_to_the_cent(case: tuple[PurchaseOrder, int], discount_per_row: bool) -> None:
    made, cover = case
    basket = composed(made, cover, True, discount_per_row)
    require_acceptable(basket, cover)
    assert digest(basket) == digest(composed(made, cover, True, discount_per_row))


@settings(max_examples=300)
@given(sound_orders(), st.booleans(), st.data())
def test_without_shipping_the_rows_cover_the_rest(
    case: tuple[PurchaseOrder, int], discount_per_row: bool, data: st.DataObject
) -> None:
    made, _ = case
    value = made.total.including_vat - sum(s.total.including_vat for s in made.shippings if s.active)
    if value > 0:
        cover = data.draw(st.integers(1, value))
        basket = composed(made, cover, False, discount_per_row)
        require_acceptable(basket, cover)
        assert all(line.type is not LineType.SHIPPING for line in basket.lines)


@settings(max_examples=500)
@given(wild_orders(), st.booleans(), st.booleans())
def test_senseless_orders_are_told_exactly_or_refused(
    case: tuple[PurchaseOrder, int], include_shipping: bool, discount_per_row: bool
) -> None:
    made, cover = case
    try:
        basket = composed(made, cover, include_shipping, discount_per_row)
    except OrderNotExpressible as refused:
        assert refused.message  # noqa: PT017
        return
    require_acceptable(basket, cover)


@given(sound_orders())
def test_a_discount_row_has_the_vat_rate_of_rows_in_the_order(case: tuple[PurchaseOrder, int]) -> None:
    made, cover = case
    rates = {i.vat_rate for i in made.items} | {s.vat_rate for s in made.shippings if s.active}
    for line in composed(made, cover, True, False).lines:
        if line.reference.startswith("discount-") and line.type is LineType.DISCOUNT:
            assert line.vat_rate in rates
