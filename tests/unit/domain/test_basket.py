"""Norce orders as rows for the provider: the sums, to the cent, and everything that is refused."""

from dataclasses import replace

import pytest

from domain.basket import LARGEST_QUANTITY, compose_basket, digest, shipping_total
from domain.checkout import Basket, LineType
from domain.errors import OrderNotExpressible
from domain.money import LARGEST_MINOR
from domain.order import Item, Price, PurchaseOrder
from tests.unit.domain.orders import discount, item, order, price, shipping

Line = tuple[str, LineType, int, int, int, int]
PRODUCT, DISCOUNT, FEE, SHIPPING = LineType.PRODUCT, LineType.DISCOUNT, LineType.FEE, LineType.SHIPPING

SHIRT = item("A000123", 29900, 2, total=Price(49800, 39840))  # 2 × 299.00 less 100.00
BOOK = item("B000045", 14900, rate=600)
COFFEE = item("F000777", 4500, 3, rate=1200)


def composed(
    order_: PurchaseOrder,
    cover: int | None = None,
    *,
    include_shipping: bool = True,
    discount_per_row: bool = False,
) -> Basket:
    basket = compose_basket(
        order_,
        cover=order_.total.including_vat if cover is None else cover,
        discount_text="Rabatt",
        voucher_text="Presentkort",
        include_shipping=include_shipping,
        discount_per_row=discount_per_row,
    )
    assert sum(line.total_inc for line in basket.lines) == basket.total
    return basket


def lines(basket: Basket) -> list[Line]:
    return [(x.reference, x.type, x.quantity, x.price_inc, x.price_ex, x.vat_rate) for x in basket.lines]


def refusal(order_: PurchaseOrder, cover: int | None = None) -> str:
    with pytest.raises(OrderNotExpressible) as refused:
        composed(order_, cover)
    return refused.value.message


def test_rows_and_shipping_become_rows() -> None:
    basket = composed(order((BOOK, COFFEE), shippings=(shipping(4900),)))
    assert (basket.total, basket.currency) == (14900 + 13500 + 4900, "SEK")
    assert lines(basket) == [
        ("B000045", PRODUCT, 1, 14900, 14057, 600),
        ("F000777", PRODUCT, 3, 4500, 4018, 1200),
        ("mypack", SHIPPING, 1, 4900, 3920, 2500),
    ]
    assert [x.description for x in basket.lines] == ["Name of B000045", "Name of F000777", "MyPack Collect"]


def test_row_discounts_are_a_row_per_vat_rate_of_their_own() -> None:
    cheaper = replace(BOOK, total=price(13900, 600))
    basket = composed(order((SHIRT, cheaper, COFFEE)))
    assert lines(basket) == [
        ("A000123", PRODUCT, 2, 29900, 23920, 2500),
        ("B000045", PRODUCT, 1, 14900, 14057, 600),
        ("F000777", PRODUCT, 3, 4500, 4018, 1200),
        ("discount-6", DISCOUNT, 1, -1000, -943, 600),
        ("discount-25", DISCOUNT, 1, -10000, -8000, 2500),
    ]
    assert basket.lines[-1].description == "Rabatt"


def test_row_discounts_can_be_put_into_the_rows_prices() -> None:
    basket = composed(order((SHIRT, COFFEE)), discount_per_row=True)
    assert lines(basket) == [
        ("A000123", PRODUCT, 2, 24900, 19920, 2500),
        ("F000777", PRODUCT, 3, 4500, 4018, 1200),
    ]


@pytest.mark.parametrize("discount_per_row", [True, False])
def test_cart_discounts_are_split_over_the_vat_rates_of_the_rows(discount_per_row: bool) -> None:
    """The published example: 782.00 of goods, 10 % off, 49.00 of freight; 752.80 to pay."""
    cart = order((SHIRT, BOOK, COFFEE), total=75280, shippings=(shipping(4900),), discounts=(discount(7820),))
    basket = composed(cart, discount_per_row=discount_per_row)
    shirt = 0 if discount_per_row else 10000
    discounts = [line for line in lines(basket) if line[1] is DISCOUNT]
    assert discounts == [
        ("discount-6", DISCOUNT, 1, -1490, -1406, 600),
        ("discount-12", DISCOUNT, 1, -1350, -1205, 1200),
        ("discount-25", DISCOUNT, 1, -4980 - shirt, -(4980 + shirt) * 4 // 5, 2500),
    ]
    assert basket.total == 75280


def test_odd_cents_of_a_discount_are_not_lost() -> None:
    rows = tuple(item(f"R{rate}", 100, rate=rate) for rate in (0, 600, 1200))
    basket = composed(order(rows, total=200))
    assert [line[3] for line in lines(basket) if line[1] is DISCOUNT] == [-34, -33, -33]


def test_a_discount_on_the_freight_has_the_freights_vat_rate() -> None:
    cart = order((BOOK,), total=14900, shippings=(shipping(4900),), discounts=(discount(4900, "shipping"),))
    assert lines(composed(cart))[1:] == [
        ("mypack", SHIPPING, 1, 4900, 3920, 2500),
        ("discount-25", DISCOUNT, 1, -4900, -3920, 2500),
    ]


def test_a_freight_discount_that_the_shippings_price_already_has_is_not_counted_twice() -> None:
    both = (discount(1000), discount(4900, "shipping"))
    cart = order((BOOK,), total=13900, shippings=(shipping(0),), discounts=both)
    assert lines(composed(cart))[1:] == [("discount-6", DISCOUNT, 1, -1000, -943, 600)]


def test_a_gap_that_discounts_on_goods_and_on_freight_both_explain_is_of_the_goods() -> None:
    both = (discount(1000), discount(1000, "shipping"))
    cart = order((BOOK,), total=14900 + 4900 - 1000, shippings=(shipping(4900),), discounts=both)
    assert lines(composed(cart))[-1] == ("discount-6", DISCOUNT, 1, -1000, -943, 600)


def test_a_vat_rate_with_nothing_but_returns_bears_no_discount() -> None:
    cart = order((BOOK, item("RETURN", -2500, rate=1200)), total=14900 - 2500 - 1000)
    assert lines(composed(cart))[2:] == [("discount-6", DISCOUNT, 1, -1000, -943, 600)]


def test_a_discount_larger_than_the_goods_falls_on_the_freight() -> None:
    cart = order((item("A", 1000, rate=600),), total=2000, shippings=(shipping(4900),))
    assert [line[3:] for line in lines(composed(cart)) if line[1] is DISCOUNT] == [
        (-1000, -943, 600),
        (-2900, -2320, 2500),
    ]


def test_a_total_a_few_cents_above_the_rows_is_rounding() -> None:
    basket = composed(order((BOOK,), total=14905))
    assert lines(basket)[1:] == [("rounding", FEE, 1, 5, 5, 0)]
    assert basket.lines[1].description == "Öresavrundning"


def test_a_total_further_above_the_rows_is_refused() -> None:
    assert "exceeds its rows and shippings by 6 " in refusal(order((BOOK,), total=14906))


def test_what_others_pay_is_one_row_without_vat() -> None:
    basket = composed(order((SHIRT,)), 40000)
    assert lines(basket)[-1] == ("voucher", DISCOUNT, 1, -9800, -9800, 0)
    assert basket.lines[-1].description == "Presentkort"
    assert basket.total == 40000


def test_more_to_pay_than_the_order_is_worth_is_refused() -> None:
    assert "exceeds the order's value by 1 " in refusal(order((BOOK,)), 14901)


@pytest.mark.parametrize("cover", [0, -1])
def test_nothing_to_pay_is_refused(cover: int) -> None:
    assert "nothing left to pay" in refusal(order((BOOK,)), cover)


def test_an_empty_cart_is_refused() -> None:
    assert "empty" in refusal(order((), total=4900, shippings=(shipping(4900),)))


def test_removed_shippings_and_free_ones_are_no_rows() -> None:
    cart = order((BOOK,), shippings=(shipping(7900, state="removed"), shipping(0, reference="free")))
    assert [line[0] for line in lines(composed(cart))] == ["B000045"]


def test_shipping_that_the_provider_adds_itself_is_left_out() -> None:
    cart = order((SHIRT, BOOK), total=49800 + 14900 + 4900 - 700, shippings=(shipping(4900),))
    assert shipping_total(cart) == 4900
    cover = cart.total.including_vat - shipping_total(cart) - 1000
    basket = composed(cart, cover, include_shipping=False)
    assert all(line.type is not SHIPPING for line in basket.lines)
    assert basket.total == cover
    assert lines(basket)[-1] == ("voucher", DISCOUNT, 1, -1000, -1000, 0)


def test_a_row_that_does_not_divide_is_sent_as_one_piece() -> None:
    basket = composed(order((item("THIRDS", 3333, 3, original=Price(10000, 8000)),)))
    assert lines(basket) == [("THIRDS", PRODUCT, 1, 10000, 8000, 2500)]
    assert basket.lines[0].description == "3 × Name of THIRDS"


def test_a_row_whose_price_without_vat_does_not_divide_stays_in_pieces_that_can_be_captured_one_by_one() -> None:
    basket = composed(order((item("X", 4500, 3, rate=1200, original=Price(13500, 12053)),)))
    assert lines(basket) == [("X", PRODUCT, 3, 4500, 4018, 1200)]


def test_the_roundings_of_many_pieces_do_not_tell_another_vat_rate() -> None:
    # 100 × 33.33 of which 26.67 each; as one piece 3333.33 with 25 % is 2666.66 without, not 2667.00
    basket = composed(order((item("X", 3333, 100, original=Price(333333, 266700)),)))
    assert lines(basket) == [("X", PRODUCT, 1, 333333, 266666, 2500)]


def test_free_rows_stay() -> None:
    basket = composed(order((BOOK, item("GIFT", 0, 2))))
    assert lines(basket)[1] == ("GIFT", PRODUCT, 2, 0, 0, 2500)


def test_a_negative_row_is_a_discount() -> None:
    basket = composed(order((BOOK, item("RETURN", -2500, 2))))
    assert lines(basket)[1] == ("RETURN", DISCOUNT, 2, -2500, -2000, 2500)


def test_equal_rows_become_one() -> None:
    basket = composed(order((COFFEE, BOOK, replace(COFFEE, id="other", quantity=2, total=Price(9000, 8036),
                                                     original_total=Price(9000, 8036)))))  # fmt: skip
    assert [line[:3] for line in lines(basket)] == [("F000777", PRODUCT, 5), ("B000045", PRODUCT, 1)]


def test_rows_that_share_only_reference_and_price_are_told_apart() -> None:
    reduced = item("F000777", 4500, rate=600)
    basket = composed(order((COFFEE, reduced, reduced)))
    first, second = basket.lines
    assert first.reference == "F000777"
    assert second.reference.startswith("F000777-")
    assert (second.quantity, second.vat_rate) == (2, 600)


def test_the_same_reference_at_two_prices_is_two_rows() -> None:
    basket = composed(order((item("A", 100), item("A", 200))))
    assert [(line[0], line[3]) for line in lines(basket)] == [("A", 100), ("A", 200)]


@pytest.mark.parametrize("name", ["voucher", "discount-25"])
def test_our_own_rows_never_take_a_rows_name(name: str) -> None:
    basket = composed(order((SHIRT, item(name, -5000))), 40000)
    references = [line.reference for line in basket.lines]
    assert len(set(references)) == len(references) == 4


def test_two_hundred_rows_are_the_most() -> None:
    rows = tuple(item(f"R{n}", 100) for n in range(200))
    assert len(composed(order(rows)).lines) == 200
    assert len(composed(order((*rows, rows[0]))).lines) == 200
    assert "201 rows" in refusal(order((*rows, item("ONE TOO MANY", 100))))
    assert "201 rows" in refusal(order(rows), 19900)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (item("A", 100, 0), "Row A has the quantity 0"),
        (item("A", 100, -1), "Row A has the quantity -1"),
        (item("A", 1, LARGEST_QUANTITY + 1), f"Row A has the quantity {LARGEST_QUANTITY + 1}"),
        (item("A", 100, original=Price(100, 101)), "Row A costs more without VAT"),
        (item("A", 100, original=Price(100, -80)), "Row A costs more without VAT"),
        (item("A", 0, original=Price(0, 1)), "Row A costs more without VAT"),
        (item("A", 100, rate=-100, original=Price(100, 100)), "Row A has an impossible VAT rate"),
        (item("A", 100, rate=10001, original=Price(100, 50)), "Row A has an impossible VAT rate"),
        (item("A", LARGEST_MINOR + 1), "Row A is too large"),
        (replace(item("", 100), id=""), "Cart row 2 has neither"),
    ],
)
def test_a_row_that_cannot_be_sent_is_refused_by_name(row: Item, reason: str) -> None:
    assert reason in refusal(order((BOOK, row)), 100)


def test_too_many_pieces_of_one_thing_are_refused() -> None:
    row = item("A", 1, LARGEST_QUANTITY)
    assert "Row A has the quantity" in refusal(order((row, row)))


def test_an_impossible_rate_of_left_out_shipping_is_refused_and_not_divided_by() -> None:
    cart = order((item("A", 100),), total=50, shippings=(replace(shipping(1000), vat_rate=-10000),))
    with pytest.raises(OrderNotExpressible, match="impossible VAT rate"):
        composed(cart, 10, include_shipping=False)


def test_too_large_a_sum_is_refused() -> None:
    assert "too large" in refusal(order((BOOK,), total=LARGEST_MINOR + 1), LARGEST_MINOR + 1)


def test_an_empty_text_leaves_the_description_empty() -> None:
    basket = compose_basket(order((SHIRT,)), cover=40000, discount_text="", voucher_text="")
    assert [x.description for x in basket.lines] == ["Name of A000123", "", ""]


def test_long_and_empty_names_are_made_to_fit() -> None:
    basket = composed(order((item("A", 3333, 3, name="n" * 5000, original=price(10000)), item("B", 100, name=" "),
                             item("C", 100, name="two\nlines"))))  # fmt: skip
    assert [len(x.description) for x in basket.lines] == [4000, 1, 9]
    assert basket.lines[0].description.startswith("3 × nnn")
    assert [x.description for x in basket.lines[1:]] == ["B", "two lines"]


CART = order((SHIRT, BOOK), total=60000, shippings=(shipping(4900),))
ANOTHER_PRICE = order((SHIRT, item("B000045", 15000, rate=600)), total=60100, shippings=(shipping(4900),))


def test_the_digest_is_the_same_for_the_same_order() -> None:
    assert digest(composed(CART)) == digest(composed(CART))
    assert len(digest(composed(CART))) == 32


def test_the_digest_tells_every_difference() -> None:
    basket = composed(CART)
    line = basket.lines[0]
    changed = [
        replace(line, reference="other"),
        replace(line, description="other"),
        replace(line, type=LineType.FEE),
        replace(line, quantity=3),
        replace(line, price_inc=1),
        replace(line, price_ex=1),
        replace(line, vat_rate=600),
    ]
    others = [replace(basket, lines=(x, *basket.lines[1:])) for x in changed]
    others += [replace(basket, lines=basket.lines[::-1]), replace(basket, currency="NOK"), replace(basket, total=1)]
    assert len({digest(b) for b in [basket, composed(ANOTHER_PRICE), *others]}) == len(others) + 2


def test_a_shipping_that_failed_is_charged_as_long_as_norce_counts_it() -> None:
    made = order((item("A", 10_000),), shippings=(shipping(4_900, state="failed"), shipping(900, state="removed")))
    basket = compose_basket(made, cover=14_900, discount_text="Rabatt", voucher_text="Presentkort")
    assert [line.price_inc for line in basket.lines] == [10_000, 4_900]
