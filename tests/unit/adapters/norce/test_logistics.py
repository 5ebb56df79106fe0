"""Logistics as shops write them: exact where they are, unknown where they are not."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.norce.documents import changed_shipping, marked_shipping, new_shipping
from adapters.norce.logistics import logistics_of, out_of_stock, texts_of
from adapters.norce.mapping import decode_order, shipping_answered
from application.ports.platform import PickupAddress, ShippingDraft, ShippingMarks
from domain.identifiers import Tenant
from domain.order import Logistics, Price
from domain.parcel import LARGEST_MEASURE
from tests.golden import golden

DRAFT = ShippingDraft(
    reference="collect",
    name="Till ombud",
    total=Price(5_701, 4_559),
    vat_rate=2_500,
    pickup_reference="SE-118844",
    pickup_name="ICA Nära",
    addons=("sms",),
    pickup_address=PickupAddress("Storgatan 3", "961 61", "Boden"),
    carrier_product_id="pn-collect",
    attributes={"qliroShippingProvider": "Ingrid", "qliroAccessCode": None},
)
MARKS = ShippingMarks("confirmed", "01JTOS", "DHL", "dhl-box", {"qliroShippingBooking": "booked"})


def order_with(**members: Any) -> Any:
    document = json.loads(golden("norce/order-full.json"), parse_float=Decimal)
    document["cart"]["items"][0] |= members
    document["cart"]["attributes"] = {"ingridCartAttributes": ["b2c"]}
    return decode_order(json.dumps(document, default=float).encode(), Tenant("friluft", "se-web"))


def test_an_item_is_read_with_how_it_is_sent() -> None:
    told = {"weight": 850, "height": 1, "width": 2, "length": 3, "tags": ["a", "b", "a", ""],
            "shippingDate": "2026-03-01T08:00:00Z"}  # fmt: skip
    order = order_with(logistics=told, attributes={"outOfStock": True})
    (item,) = order.items
    assert item.logistics == Logistics(850, 1, 2, 3, ("a", "b"), "2026-03-01T08:00:00Z")
    assert item.out_of_stock is True
    assert order.cart_attributes == {"ingridCartAttributes": ["b2c"]}


@pytest.mark.parametrize(
    ("value", "grams"),
    [
        (250, 250), (Decimal("250.0"), 250), (Decimal("2.5e2"), 250), (0, 0), (LARGEST_MEASURE, LARGEST_MEASURE),
        (Decimal("250.5"), None), (-1, None), (LARGEST_MEASURE + 1, None), ("250", None), (True, None), (None, None),
        ([250], None), (Decimal("1e400"), None),
    ],
)  # fmt: skip
def test_a_weight_is_whole_grams_or_not_known(value: Any, grams: int | None) -> None:
    found = logistics_of({"weight": value, "tags": ["x"]})
    assert found is not None
    assert found.weight == grams


@pytest.mark.parametrize("odd", [None, [], "heavy", 7, {"weight": None}, {"tags": 5, "shippingDate": "soon"}])
def test_odd_logistics_are_none_and_do_not_stop_a_purchase(odd: Any) -> None:
    assert order_with(logistics=odd, attributes=odd).items[0].logistics is None


@pytest.mark.parametrize(
    ("value", "known"), [(True, True), ("False", False), (" true ", True), ("no", None), (1, None)]
)
def test_out_of_stock_is_yes_no_or_not_told(value: Any, known: bool | None) -> None:
    assert out_of_stock({"outOfStock": value}) is known


def test_texts_are_told_once_and_whole() -> None:
    assert texts_of("b2c") == ("b2c",)
    assert texts_of(["a ", "a", 1, None, "x" * 251, ""]) == ("a",)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["weight", "tags", "x"]), inner),
    max_leaves=6,
)


@given(JUNK)
def test_nothing_a_shop_writes_surprises(value: Any) -> None:
    found = logistics_of(value)
    assert found is None or found.weight is None or 0 <= found.weight <= LARGEST_MEASURE
    assert out_of_stock(value) in {True, False, None}
    texts_of(value)


def test_a_chosen_and_booked_delivery_is_written_to_the_letter() -> None:
    chosen = new_shipping(DRAFT)
    confirmed = changed_shipping(chosen, ShippingDraft("collect", "Till ombud", DRAFT.total, 2_500, "confirmed",
                                 "SE-118844", "ICA Nära", addons=None))  # fmt: skip
    booked = marked_shipping(confirmed, MARKS)
    assert json.loads(booked) == json.loads(golden("norce/shipping-booked.json"))
    read = shipping_answered(b'{"id":"s1",' + booked[1:])
    assert (read.tms_reference, read.carrier, read.carrier_product_id) == ("01JTOS", "DHL", "dhl-box")
    assert (read.pickup_reference, read.pickup_name, read.vat_rate) == ("SE-118844", "ICA Nära", 2_500)


def test_another_delivery_loses_place_and_product_of_the_old_one() -> None:
    home = ShippingDraft("home", "Hem", Price(0, 0), 0, attributes={"qliroShippingProvider": None})
    changed = json.loads(changed_shipping(golden("norce/shipping-booked.json"), home))
    assert changed["deliveryDetails"] == {"product": {"reference": "home", "name": "Hem"}}
    assert changed["attributes"] == {"qliroShippingBooking": "booked"}
    assert changed["addons"] == []
    assert changed["tmsReference"] == "01JTOS"
