"""What stays reserved of an order that has shrunk: what it is worth now, as the books tell it."""

from hypothesis import given
from hypothesis import strategies as st

from domain.checkout import Basket, LineType, OrderLine
from domain.errors import OperationRefused
from domain.planned_call import PlannedCall
from domain.readings import held_of
from domain.reduction import plan_reduction
from tests.unit.domain.books import Books, Row, worth

INVOICE_FEE: Row = ("INVOICE-FEE", 1, 2_900, LineType.FEE)


def basket(*rows: Row, off: int = 0) -> Basket:
    """A cart whose prices without VAT are `off` beside those in the books."""
    lines = (
        OrderLine(name, f"New {name}", kind, n, price, price * 4 // 5 - off, 2_500) for name, n, price, kind in rows
    )
    return Basket(tuple(lines), worth(*rows), "SEK")


def reduced(books: Books, now: Basket, *, freight_at_provider: bool = False) -> PlannedCall | None:
    return plan_reduction(books.read(), now, freight_at_provider=freight_at_provider)


@st.composite
def shrunk_orders(draw: st.DrawFn) -> tuple[list[Row], list[Row], list[Row]]:
    """What was bought, what has been captured of it, and what is still in the order."""
    bought: list[Row] = []
    shipped: list[Row] = []
    left: list[Row] = []
    for number in range(draw(st.integers(1, 4))):
        quantity, price = draw(st.integers(1, 4)), draw(st.integers(10, 900))
        gone = draw(st.integers(0, quantity))
        for rows, count in ((bought, quantity), (shipped, gone), (left, draw(st.integers(gone, quantity)))):
            rows += [(f"R{number}", count, price, LineType.PRODUCT)] if count else []
    bought.append(("FREIGHT", 1, 490, LineType.SHIPPING))
    freight = draw(st.sampled_from((490, 290, 590, 0)))
    left += [("FREIGHT", 1, freight, LineType.SHIPPING)] if freight else []
    return bought, shipped, left


@given(case=shrunk_orders(), fee=st.booleans(), rounding=st.booleans())
def test_what_stays_reserved_is_what_the_order_is_worth_and_has_not_been_captured(
    case: tuple[list[Row], list[Row], list[Row]], fee: bool, rounding: bool
) -> None:
    bought, shipped, left = case
    bought = bought + [INVOICE_FEE] * fee + [("rounding", 1, 3, LineType.FEE)] * rounding
    books = Books()
    held = books.reserve(*bought)
    if shipped:
        books.ship(held, *shipped)
    wanted = worth(*left) + INVOICE_FEE[2] * fee
    try:
        call = reduced(books, basket(*left, off=1))
    except OperationRefused:
        assert wanted <= worth(*shipped)
        return
    if wanted >= worth(*bought):
        assert call is None
        return
    assert call is not None
    assert call.amount == wanted - worth(*shipped)
    in_books = {action.identity: action.price_ex for action in books.actions}
    for row in call.groups[0].items:
        identity = (row.reference, row.price_inc, row.type)
        assert row.price_ex == in_books.get(identity, row.price_inc * 4 // 5 - 1)


def test_delivery_that_the_provider_sells_stays_although_the_order_does_not_have_it() -> None:
    books = Books()
    hats: Row = ("HAT", 2, 24_900, LineType.PRODUCT)
    freight: Row = ("FREIGHT", 1, 4_900, LineType.SHIPPING)
    books.reserve(hats, freight)
    hat = basket(("HAT", 1, 24_900, LineType.PRODUCT))
    both, alone = reduced(books, hat, freight_at_provider=True), reduced(books, hat)
    assert both is not None
    assert alone is not None
    assert (both.amount, alone.amount) == (29_800, 24_900)


def test_what_made_up_for_rounding_was_bought_and_a_fee_of_the_providers_was_not() -> None:
    books = Books()
    books.reserve(("HAT", 1, 24_900, LineType.PRODUCT), ("rounding", 1, 3, LineType.FEE), INVOICE_FEE)
    held = held_of(None, books.read())
    assert held is not None
    assert held.bought == 24_903
