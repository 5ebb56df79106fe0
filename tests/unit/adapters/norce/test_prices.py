"""From the numbers of Norce's document to the numbers in Qliro's request: exact, and of one mind about VAT."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.norce.mapping import decode_order
from adapters.qliro.requests import update_order
from domain.basket import compose_basket
from domain.errors import OrderNotExpressible
from domain.identifiers import Tenant
from domain.order import Price

ENCODE = msgspec.json.Encoder(decimal_format="number").encode
DECODE = msgspec.json.Decoder(float_hook=Decimal).decode
CENT = Decimal("0.01")
RATES = ("0", "0.06", "0.12", "0.135", "0.14", "0.25", "0.255")
MENTIONS = st.sampled_from(("both", "both", "gross alone"))
Json = dict[str, Any]


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def price(gross: Decimal, rate: str, mentions: str) -> Json:
    net = {"excludingVat": cents(gross / (1 + Decimal(rate)))} if mentions == "both" else {}
    return {"includingVat": gross, **net}


@st.composite
def rows(draw: st.DrawFn) -> Json:
    """A cart row, priced by the piece or as a whole, now and then given away; what Norce may leave out is left out."""
    rate, quantity = draw(st.sampled_from(RATES)), draw(st.sampled_from((1, 2, 3, 7)))
    original = draw(st.decimals("0.01", 9_000, places=draw(st.sampled_from((2, 2, 2, 3)))))
    total = draw(st.sampled_from((original, Decimal(0), original / 2, original * 2 / 3))).quantize(Decimal("0.001"))
    stated = {"vatRate": Decimal(rate)} if (named := draw(st.booleans())) else {}
    mentions = draw(MENTIONS) if named else "both"
    return {
        "id": f"ci{draw(st.integers(1, 5))}",
        "sku": draw(st.sampled_from("AB")),
        "quantity": quantity,
        "price": price(cents(original / quantity), rate, mentions),
        "originalTotal": price(original, rate, mentions),
        "total": price(total, rate, mentions),
        **stated,
    }


def sent(items: list[Json], total: Decimal, *, per_row: bool) -> list[Json]:
    """The rows of the request that Qliro would get."""
    document = {
        "id": "o",
        "currency": "SEK",
        "cart": {"items": items, "total": {"includingVat": total}},
        "total": {"includingVat": total},
    }
    order = decode_order(ENCODE(document), Tenant("m", "c"))
    basket = compose_basket(
        order,
        cover=order.amount_to_cover(),
        discount_text="Rabatt",
        voucher_text="Presentkort",
        discount_per_row=per_row,
    )
    told: list[Json] = DECODE(update_order("key", basket, version="v"))["OrderItems"]
    return told


@settings(max_examples=300)
@given(items=st.lists(rows(), min_size=1, max_size=5), per_row=st.booleans(), cut=st.integers(0, 100))
@example(
    items=[{"id": "ci", "sku": "A", "quantity": 1, "total": {"includingVat": 0, "excludingVat": 0}}],
    per_row=False,
    cut=0,
)
def test_what_is_sent_is_worth_the_order_and_every_price_fits_its_vat_rate(
    items: list[Json], per_row: bool, cut: int
) -> None:
    whole = sum((cents(Decimal(item["total"]["includingVat"])) for item in items), Decimal(0))
    total = cents(whole * (100 - cut) / 100)
    if total == 0:
        with pytest.raises(OrderNotExpressible):
            sent(items, total, per_row=per_row)
        return
    told = sent(items, total, per_row=per_row)
    assert sum(row["Quantity"] * Decimal(row["PricePerItemIncVat"]) for row in told) == total
    for row in told:
        gross, net, rate = (Decimal(row[name]) for name in ("PricePerItemIncVat", "PricePerItemExVat", "VatRate"))
        assert gross == cents(gross)
        assert net == cents(net)
        assert abs(gross / (1 + rate / 100) - net) <= CENT * 3 / 2


def test_a_price_without_its_net_is_taken_at_the_rows_rate() -> None:
    amount = {"includingVat": 125}
    row = {"id": "ci", "sku": "A", "quantity": 1, "price": amount, "total": amount, "vatRate": Decimal("0.25")}
    freight = {"id": "s", "adapterId": "norce_adapter", "total": {"includingVat": 49}, "vatRate": Decimal("0.25")}
    document = {"id": "o", "currency": "SEK", "cart": {"items": [row], "total": amount}, "shippings": [freight]}
    raw = ENCODE(document | {"total": {"includingVat": 174}})
    order = decode_order(raw, Tenant("m", "c"))
    assert (order.items[0].total, order.items[0].original_total) == (Price(12_500, 10_000),) * 2
    assert order.shippings[0].total == Price(4_900, 3_920)


def test_a_rate_that_is_not_stated_is_told_by_what_the_row_cost_before_it_was_given_away() -> None:
    row = {
        "id": "ci",
        "sku": "A",
        "quantity": 1,
        "originalTotal": {"includingVat": 106, "excludingVat": 100},
        "total": {"includingVat": 0, "excludingVat": 0},
    }
    document = {"id": "o", "currency": "SEK", "cart": {"items": [row], "total": {"includingVat": 0}}}
    order = decode_order(ENCODE(document | {"total": {"includingVat": 0}}), Tenant("m", "c"))
    assert order.items[0].vat_rate == 600
