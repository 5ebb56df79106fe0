"""What Ingrid is told of the goods, row by row."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.basket import compose_basket, digest
from domain.checkout import Basket, DeliverySetup, LineType
from domain.order import Item, Logistics, PurchaseOrder
from domain.parcel import LARGEST_MEASURE, Parcel, parcel_of
from tests.unit.domain.orders import item, order, price
from tests.unit.domain.test_basket_properties import require_acceptable, sound_orders

INGRID = DeliverySetup(metadata=(("Ingrid.Vouchers", ""),))
NSHIFT = DeliverySetup(checkout_id="C-1", tags=(("a", "b"),))
LIGHT = Logistics(weight=250, height=10, width=20, length=30, tags=("fragile",), shipping_date="2026-03-01T08:00:00Z")


def basket_of(order_: PurchaseOrder, delivery: DeliverySetup | None = INGRID, *, per_row: bool = False) -> Basket:
    return compose_basket(
        order_,
        cover=order_.total.including_vat,
        discount_text="Rabatt",
        voucher_text="Presentkort",
        include_shipping=False,
        discount_per_row=per_row,
        delivery=delivery,
    )


def a_cart(*items: Item) -> PurchaseOrder:
    return order(items)


def test_a_row_tells_everything_of_one_piece_and_the_discount_of_all() -> None:
    row = replace(item("A", 10_000, 3, total=price(27_000), original=price(30_000)), logistics=LIGHT, out_of_stock=True)
    for per_row in (False, True):
        (line, *_) = basket_of(a_cart(row), per_row=per_row).lines
        assert line.parcel == Parcel("A", 250, 10, 30, 20, ("fragile",), True, "2026-03-01T08:00:00Z", 3_000)


def test_a_row_that_becomes_one_piece_weighs_what_all_of_them_do() -> None:
    row = replace(item("A", 3_333, 3, total=price(10_000), original=price(10_000)), logistics=LIGHT)
    (line,) = basket_of(a_cart(row)).lines
    assert (line.quantity, line.parcel and line.parcel.weight) == (1, 750)
    assert parcel_of(replace(row, logistics=Logistics(weight=LARGEST_MEASURE)), pieces=2).weight is None


def test_a_row_of_which_nothing_is_known_still_has_a_name() -> None:
    (line,) = basket_of(a_cart(item("", 100, reference="R-1"))).lines
    assert line.parcel == Parcel("R-1")


def test_only_products_are_goods() -> None:
    sold, back = item("A", 10_000), replace(item("B", -2_000), total=price(-2_000), original_total=price(-2_000))
    kinds = {line.type: line.parcel for line in basket_of(a_cart(sold, back)).lines}
    assert kinds[LineType.PRODUCT] is not None
    assert kinds[LineType.DISCOUNT] is None


def test_nshift_and_norces_own_delivery_need_no_goods() -> None:
    row = replace(item("A", 10_000), logistics=LIGHT)
    for delivery in (NSHIFT, None):
        assert [line.parcel for line in basket_of(a_cart(row), delivery).lines] == [None]


def test_rows_of_the_same_goods_become_one_with_both_discounts() -> None:
    row = replace(item("A", 10_000, total=price(9_000), original=price(10_000)), logistics=LIGHT)
    (line, *_) = basket_of(a_cart(row, row)).lines
    assert (line.quantity, line.parcel and line.parcel.discount) == (2, 2_000)


def test_rows_of_one_article_with_unlike_goods_stay_apart() -> None:
    row = replace(item("A", 10_000), logistics=LIGHT)
    heavy = replace(row, logistics=replace(LIGHT, weight=9_000))
    lines = basket_of(a_cart(row, heavy, row)).lines
    assert [line.quantity for line in lines] == [2, 1]
    assert len({line.reference for line in lines}) == 2
    assert [line.parcel.weight for line in lines if line.parcel] == [250, 9_000]


def test_whatever_ingrid_or_nshift_is_told_changes_the_digest() -> None:
    row = replace(item("A", 10_000), logistics=LIGHT)
    one = basket_of(a_cart(row))
    others = [
        basket_of(a_cart(replace(row, logistics=replace(LIGHT, weight=251)))),
        basket_of(a_cart(replace(row, out_of_stock=False))),
        basket_of(a_cart(row), replace(INGRID, metadata=(("Ingrid.Vouchers", "X"),))),
        basket_of(a_cart(row), NSHIFT),
        basket_of(a_cart(row), replace(NSHIFT, tags=())),
        basket_of(a_cart(row), None),
    ]
    digests = {digest(basket) for basket in (one, *others)}
    assert len(digests) == len(others) + 1
    assert digest(one) == digest(basket_of(a_cart(row)))


def test_the_digest_of_orders_that_norce_delivers_is_what_it_was() -> None:
    basket = basket_of(a_cart(item("A", 10_000, 2)), None)
    assert digest(basket) == "bf1a4ee636ca37af82f1a9e6950d3ffa"


LOGISTICS = st.one_of(
    st.none(),
    st.builds(Logistics, weight=st.none() | st.integers(0, 5_000), tags=st.tuples() | st.just(("fragile",))),
)


@settings(max_examples=200)
@given(sound_orders(), st.data())
def test_goods_never_make_a_basket_wrong(made: tuple[PurchaseOrder, int], data: st.DataObject) -> None:
    order_, _ = made
    items = tuple(replace(row, logistics=data.draw(LOGISTICS), sku=row.sku or "A") for row in order_.items)
    freight = sum(s.total.including_vat for s in order_.shippings if s.active)
    cover = order_.total.including_vat - freight
    if cover <= 0:
        return
    basket = compose_basket(
        replace(order_, items=items),
        cover=cover,
        discount_text="Rabatt",
        voucher_text="Presentkort",
        include_shipping=False,
        delivery=INGRID,
    )
    require_acceptable(basket, cover)
    assert all((line.parcel is not None) == (line.type is LineType.PRODUCT) for line in basket.lines)
