"""Norce orders as rows for the provider: the sums, to the cent, and everything that is refused."""

from dataclasses import replace

import pytest

from domain.basket import LARGEST_QUANTITY, compose_basket, digest, shipping_total
from domain.checkout import Basket, DeliverySetup, LineType
from domain.errors import OrderNotExpressible
from domain.money import LARGEST_MINOR
from domain.order import Item, OrderPayment, PaymentState, Price, PurchaseOrder
from domain.parcel import Parcel
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
    once = composed(order((COFFEE, reduced)))
    assert [line.reference for line in once.lines] == [first.reference, second.reference]


def test_equal_rows_under_two_names_become_one_under_the_first() -> None:
    basket = composed(order((item("A", 100, name="Jar"), item("A", 100, 2, name="Tin"))))
    assert [(line.description, line.quantity) for line in basket.lines] == [("Jar", 3)]


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


def test_the_largest_sums_and_numbers_are_sent_and_what_is_a_cent_larger_is_not() -> None:
    whole = order((item("A", LARGEST_MINOR, rate=0),))
    assert composed(whole).total == LARGEST_MINOR
    assert composed(order((item("A", 1, LARGEST_QUANTITY),))).lines[0].quantity == LARGEST_QUANTITY
    halves = order((item("A", 1, LARGEST_QUANTITY - 1), item("A", 1)))
    assert composed(halves).lines[0].quantity == LARGEST_QUANTITY
    twice = order((item("A", LARGEST_MINOR), item("B", LARGEST_MINOR)))
    assert "voucher is too large" in refusal(twice, LARGEST_MINOR - 1)
    assert composed(twice, LARGEST_MINOR).lines[-1].price_inc == -LARGEST_MINOR
    assert refusal(order((BOOK,)), 0) == "There is nothing left to pay."


def test_the_price_without_vat_may_be_anything_between_nothing_and_the_price() -> None:
    for ex in (0, 1, 99, 100):
        row = item("A", 100, original=Price(100, ex))
        assert composed(order((row,))).lines[0].price_ex == ex
    back = item("B", -100, original=Price(-100, 0))
    assert composed(order((item("A", 200), back))).lines[1].price_ex == 0
    double = item("A", 100, rate=10_000, original=Price(100, 50))
    assert composed(order((double,))).lines[0].vat_rate == 10_000


def test_a_row_whose_total_is_above_what_is_called_its_original_one_costs_its_total() -> None:
    dearer = replace(item("A", 100), original_total=Price(90, 72))
    assert lines(composed(order((dearer,)))) == [("A", PRODUCT, 1, 100, 80, 2500)]


def test_roundings_are_told_from_a_wrong_price_by_how_many_pieces_there_are() -> None:
    for off, told in ((0, 80), (1, 81), (2, 80), (3, 80), (4, 84)):
        row = item("A", 100, 3, original=Price(100, 80 + off))
        assert lines(composed(order((row,)))) == [("A", PRODUCT, 1, 100, told, 2500)]


def test_freight_without_a_name_of_its_own_is_called_shipping() -> None:
    nameless = replace(shipping(100), reference="", id="", total=Price(100, 0))
    basket = composed(order((BOOK,), shippings=(nameless,)))
    assert lines(basket)[1:] == [("shipping", SHIPPING, 1, 100, 0, 2500)]


def test_freight_that_costs_something_without_vat_only_is_refused() -> None:
    odd = replace(shipping(0), total=Price(0, 1))
    assert "mypack costs more without VAT" in refusal(order((BOOK,), shippings=(odd,)))


def paid(ident: str, amount: int, *, ours: bool = False, state: PaymentState = PaymentState.RESERVED) -> OrderPayment:
    adapter = "qliro_checkout_adapter" if ours else "gift_cards"
    return OrderPayment(ident, adapter, "", "default", amount, "SEK", state, "")


def test_what_others_pay_and_have_not_given_up_is_left_out_of_what_we_cover() -> None:
    payments = (
        paid("gift", 1_000),
        paid("void", 200, state=PaymentState.CANCELLED),
        paid("ours", 10_000, ours=True),
        paid("twin", 5_000, ours=True),
    )
    cart = replace(order((BOOK,)), payments=payments)
    assert cart.amount_to_cover("ours") == cart.amount_to_cover() == 13_900
    assert cart.amount_to_cover("gift") == 14_900


def test_payments_made_by_a_late_request_are_twins_and_no_others() -> None:
    intent = PaymentState.INTENT
    used = replace(paid("used", 1, ours=True, state=intent), reference="4009289")
    named = replace(paid("named", 1, ours=True, state=intent), reference="4009290")
    twin, begun = paid("twin", 1, ours=True, state=intent), paid("begun", 1, ours=True)
    cart = replace(order((BOOK,)), payments=(named, twin, begun, paid("gift", 1, state=intent), used))
    assert cart.own_payment() == used
    assert cart.twins() == (twin,)
    nameless = replace(cart, payments=(twin, begun, paid("gift", 1, state=intent)))
    assert nameless.own_payment() == begun
    assert nameless.twins() == (twin,)


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
    others.append(replace(basket, subscription=True))
    setup = DeliverySetup("checkout", (("a", "b"),))
    goods = replace(basket, lines=(replace(line, parcel=Parcel("A000123")), *basket.lines[1:]))
    others += [replace(one, delivery=each) for one in (basket, goods) for each in (setup, DeliverySetup())]
    assert len({digest(b) for b in [basket, composed(ANOTHER_PRICE), *others]}) == len(others) + 2


def test_a_shipping_that_failed_is_charged_as_long_as_norce_counts_it() -> None:
    made = order((item("A", 10_000),), shippings=(shipping(4_900, state="failed"), shipping(900, state="removed")))
    basket = compose_basket(made, cover=14_900, discount_text="Rabatt", voucher_text="Presentkort")
    assert [line.price_inc for line in basket.lines] == [10_000, 4_900]
